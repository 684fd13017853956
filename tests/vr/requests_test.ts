import { assert, assertEquals } from "@std/assert";
import { type Attempt, Clients, lengthOf } from "./client.ts";
import { Cluster } from "./cluster.ts";

function kinds(attempt: Attempt): string[] {
  return attempt.replies.map(({ type }) => type);
}

Deno.test("A request that is repeated is answered from the record, by every later primary", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  const clientId = clients.session();
  const id = { clientId, requestNumber: 1 };
  assertEquals(clients.execute(id, "a"), 1);
  assertEquals(clients.execute(id, "a"), 1);
  for (let round = 0; round < 3; round++) {
    const { index } = cluster.primary!;
    cluster.crash(index);
    cluster.untilReplaced(index);
    assertEquals(clients.execute(id, "a"), 1);
    cluster.start(index);
    cluster.untilConverged();
  }
  assertEquals(cluster.node(0).machine.applied.map(({ command }) => command), ["a"]);
});

Deno.test("A request that is repeated while it is in flight waits for the same execution", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  const clientId = clients.session();
  const pass = cluster.drop("prepareOk");
  const attempts = [0, 1, 2, 0].map((node) =>
    clients.submit(node, { clientId, requestNumber: 1 }, "a")
  );
  cluster.run(100);
  assertEquals(attempts.map(kinds), [[], [], [], []]);
  assertEquals(cluster.primary!.replica!.opNumber, 2, "one entry for the session, one for this");
  pass();
  cluster.run(200);
  assertEquals(attempts.map(({ replies }) => lengthOf(replies[0]!)), [1, 1, 1, 1]);
  assertEquals(cluster.primary!.replica!.opNumber, 2);
});

Deno.test("A request in flight when its primary dies is executed once, though it is repeated", () => {
  for (const isPrepared of [false, true]) {
    const cluster = Cluster.formed();
    const clients = new Clients(cluster);
    const clientId = clients.session();
    const id = { clientId, requestNumber: 1 };
    const first = cluster.primary!.index;
    const pass = cluster.drop(isPrepared ? "prepareOk" : "prepare");
    clients.submit(first, id, "a");
    cluster.run(10);
    cluster.crash(first);
    pass();
    cluster.untilReplaced(first);
    cluster.untilConverged();
    const repeated = [1, 2].map((node) => clients.submit(node, id, "a"));
    cluster.run(500);
    for (const { replies } of repeated) assertEquals(lengthOf(replies[0]!), 1);
    cluster.start(first);
    cluster.untilConverged();
    assertEquals(clients.execute(id, "a"), 1);
    for (const { machine } of cluster.nodes) assertEquals(machine.applied.length, 1);
  }
});

Deno.test("A request of the past is superseded, and one with the number 0 always is", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  const clientId = clients.session();
  clients.execute({ clientId, requestNumber: 5 }, "a");
  const attempts = [4, 0].map((requestNumber) =>
    clients.submit(1, { clientId, requestNumber }, "b")
  );
  cluster.run(100);
  assertEquals(attempts.map(({ replies }) => replies[0]), [
    { type: "superseded", newest: 5 },
    { type: "superseded", newest: 5 },
  ]);
  assertEquals(cluster.primary!.machine.applied.length, 1);
});

Deno.test("The session that was used least recently is evicted, at every replica, and executes no more", () => {
  const cluster = Cluster.formed({ snapshotLogBytes: 3_000 });
  const clients = new Clients(cluster);
  const open = () => {
    const attempt = clients.open(0, { sessionsMax: 3 });
    cluster.until(() => attempt.replies.length > 0);
    const reply = attempt.replies[0]!;
    return reply.type === "session" ? reply.clientId : -1;
  };
  const [a, b, c] = [open(), open(), open()];
  clients.execute({ clientId: a, requestNumber: 1 }, "a1");
  const d = open();
  const answer = (clientId: number, command: string, requestNumber = 2) => {
    const id = { clientId, requestNumber };
    const attempt = clients.submit(cluster.primary!.index, id, command);
    cluster.until(() => attempt.replies.length > 0, 1_000);
    return kinds(attempt).join();
  };
  assertEquals(answer(b, "b"), "noSession");
  for (const each of [a, c, d]) assertEquals(answer(each, `${each}`), "result");
  // The same at those who lead later, and after a restart from a snapshot.
  open();
  const first = cluster.primary!.index;
  cluster.crash(first);
  cluster.untilReplaced(first);
  assertEquals(answer(a, "a3", 3), "noSession");
  assertEquals(answer(c, `${c}`), "result");
  cluster.start(first);
  cluster.untilConverged();
  const lists = cluster.nodes.map(({ machine }) => machine.applied.map(({ command }) => command));
  assertEquals(lists[0], ["a1", `${a}`, `${c}`, `${d}`]);
  assertEquals(lists, [lists[0], lists[0], lists[0]]);
});

Deno.test("An opening of a session that is repeated while it is in flight opens one session", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  const pass = cluster.drop("prepareOk");
  const attempts = [0, 1, 2].map((node) => clients.open(node, { nonce: 77 }));
  cluster.run(60);
  pass();
  cluster.run(200);
  const ids = attempts.map(({ replies: [reply] }) => reply?.type === "session" && reply.clientId);
  assertEquals(ids, [1, 1, 1]);
});

Deno.test("A node that does not lead passes a request on once, or says who does lead", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  const clientId = clients.session();
  const [backup] = cluster.backups;
  const passed = clients.submit(backup!.index, { clientId, requestNumber: 1 }, "a");
  cluster.run(50);
  assertEquals(lengthOf(passed.replies[0]!), 1);
  const refused = clients.ask(backup!.index, (replyTo) => ({
    type: "submit",
    request: new Uint8Array(),
    forward: false,
    replyTo,
  }));
  cluster.run(50);
  assertEquals(refused.replies, [{ type: "notPrimary", primary: cluster.primary!.index }]);
});

Deno.test("Bytes that are no request are refused and never ordered", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  for (const bytes of [[], [0], [9, ...Array(16).fill(0)], Array(17).fill(255)]) {
    const attempt = clients.ask(0, (replyTo) => ({
      type: "submit",
      request: Uint8Array.from(bytes),
      forward: true,
      replyTo,
    }));
    cluster.run(100);
    assertEquals(kinds(attempt), ["noSession"]);
  }
  assertEquals(cluster.primary!.replica!.opNumber, 0);
  assert(cluster.failures.length === 0);
});
