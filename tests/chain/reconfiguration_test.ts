import { assertEquals } from "@std/assert";
import type { ChainMessage } from "../../protocols/chain/messages.ts";
import { type Attempt, show } from "../protocols/member_cluster.ts";
import { ChainCluster } from "./cluster.ts";

/** What each node that is up has executed. */
function applied(cluster: ChainCluster): string[][] {
  return cluster.nodes.filter((node) => node.isUp).map(({ machine }) => machine.applied);
}

Deno.test("a new head inherits what is under way: a retry is attached, executed once, and answered late enough", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.onMessage(({ type }, from) =>
    type === "update" && from === 1 ? { copies: 0 } : undefined
  );
  const first = cluster.submit(0, client, 1, "x=1");
  cluster.run(50);
  cluster.crash(0);
  cluster.assign([1, 2]);
  cluster.run(5);
  const retry = cluster.submit(1, client, 1, "x=1");
  cluster.run(100);
  assertEquals([retry.replies, first.replies], [[], []]);
  assertEquals(cluster.node(1).replica?.opNumber, 2);
  undo();
  cluster.settle();
  // The tail answers whom the update names, the head who came back.
  assertEquals([first.replies.map(show), retry.replies.map(show)], [["1"], ["1"]]);
  assertEquals(applied(cluster), [["x=1"], ["x=1"]]);
  assertEquals(cluster.failures, []);
});

Deno.test("a head that fails with an update that reached nobody: it is forgotten, and a retry is executed", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.onMessage(({ type }, from) =>
    type === "update" && from === 0 ? { copies: 0 } : undefined
  );
  const first = cluster.submit(0, client, 1, "x=1");
  cluster.run(20);
  cluster.crash(0);
  undo();
  cluster.assign([1, 2]);
  cluster.settle();
  assertEquals([applied(cluster), first.replies], [[[], []], []]);
  assertEquals(cluster.execute(client, 1, ["x=1"], 1), ["1"]);
});

Deno.test("a tail that fails with updates unacknowledged: the new tail commits and answers each, once", () => {
  const cluster = ChainCluster.of(3);
  const clients = Array.from({ length: 5 }, () => cluster.session());
  cluster.settle();
  const undo = cluster.onMessage(({ type }, from) =>
    type === "update" && from === 1 ? { copies: 0 } : undefined
  );
  const attempts = clients.map((client) => cluster.submit(0, client, 1, `x=${client}`));
  cluster.run(20);
  cluster.crash(2);
  undo();
  cluster.assign([0, 1]);
  cluster.settle();
  assertEquals(attempts.map(({ replies }) => replies.length), [1, 1, 1, 1, 1]);
  assertEquals(attempts.map(({ from }) => from), clients.map(() => [1]));
  assertEquals(attempts.map(({ replies }) => show(replies[0]!)).sort(), ["1", "2", "3", "4", "5"]);
  assertEquals(cluster.nodes.slice(0, 2).map((node) => node.replica!.sentLength), [0, 0]);
});

Deno.test("a tail that is expelled has answered nothing that the new tail does not have", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  // What the tail commits its predecessor does not hear of.
  const undo = cluster.onMessage(({ type }, from) =>
    type === "ack" && from === 2 ? { copies: 0 } : undefined
  );
  const attempt = cluster.submit(0, client, 1, "x=1");
  assertEquals(show(cluster.answer(attempt)), "1");
  cluster.assign([0, 1], {}, [0, 1]);
  cluster.settle();
  undo();
  assertEquals(cluster.node(1).machine.applied, ["x=1"]);
  assertEquals(cluster.read(1, "x"), "1");
});

Deno.test("a middle that fails: what it had not passed on comes from its predecessor, in order and before anything newer", () => {
  const cluster = ChainCluster.of(4);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.onMessage(({ type }, from) =>
    type === "update" && from === 1 ? { copies: 0 } : undefined
  );
  const order: number[] = [];
  cluster.onMessage((message, from, to) => {
    if (message.type === "update" && from === 0 && to === 2) order.push(message.entry.opNumber);
    return undefined;
  });
  const attempts = [1, 2, 3].map((number) => {
    const attempt = cluster.submit(0, client, number, `x=${number}`);
    cluster.run(10);
    return attempt;
  });
  cluster.crash(1);
  undo();
  cluster.assign([0, 2, 3]);
  attempts.push(cluster.submit(0, client, 4, "x=4"));
  cluster.settle();
  assertEquals(attempts.map(({ replies }) => replies.map(show)), [["1"], ["2"], ["3"], ["4"]]);
  assertEquals(order, [2, 3, 4, 5]);
  for (const node of [0, 2, 3]) {
    assertEquals(cluster.node(node).machine.listOf("x").join(""), "1234");
  }
});

Deno.test("a late message of the old predecessor is refused, though the new one has sent the same", () => {
  const cluster = ChainCluster.of(4);
  const client = cluster.session();
  cluster.settle();
  const late: ChainMessage[] = [];
  const undo = cluster.onMessage((message, from) => {
    if (message.type !== "update" || from !== 1) return undefined;
    late.push(message);
    return { copies: 0 };
  });
  cluster.submit(0, client, 1, "x=1");
  cluster.run(10);
  cluster.crash(1);
  undo();
  cluster.assign([0, 2, 3]);
  const before = cluster.node(2).replica!.opNumber;
  // Before anything comes from the new predecessor: it would be taken, were it not for the epoch.
  const undoLoss = cluster.onMessage(({ type }, from) =>
    type === "update" && from === 0 ? { copies: 0 } : undefined
  );
  cluster.run(0.1);
  for (const message of late) cluster.deliver(2, message);
  // So long that it has said where it stands.
  cluster.run(100);
  assertEquals(cluster.node(2).replica!.opNumber, before);
  undoLoss();
  cluster.settle();
  for (const message of late) cluster.deliver(2, message);
  cluster.execute(client, 2, ["x=2"]);
  cluster.settle();
  for (const node of [0, 2, 3]) assertEquals(cluster.node(node).machine.applied, ["x=1", "x=2"]);
  assertEquals([late.length, cluster.failures], [1, []]);
});

Deno.test("a head that was expelled, and lives, orders nothing that anyone takes, and is told so", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  cluster.assign([1, 2], {}, [1, 2]);
  const attempt = cluster.submit(0, client, 1, "x=old");
  cluster.settle();
  assertEquals(attempt.replies, []);
  assertEquals(cluster.node(0).toldOf("outdated").at(-1)?.epoch, 2);
  assertEquals(cluster.execute(client, 2, ["x=new"], 1), ["1"]);
  cluster.tell(0);
  cluster.settle();
  assertEquals(attempt.replies.map(show), ["interrupted"]);
  for (const node of [1, 2]) assertEquals(cluster.node(node).machine.applied, ["x=new"]);
});

Deno.test("a replica that hears of a later epoch asks the master, and takes nothing before it is told", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  cluster.assign([0, 1], {}, [0]);
  cluster.submit(0, client, 1, "x=1");
  cluster.settle();
  assertEquals(cluster.node(1).replica!.opNumber, 1);
  assertEquals(cluster.node(1).toldOf("outdated").at(-1)?.epoch, 2);
  cluster.tell(1);
  cluster.settle();
  assertEquals(cluster.node(1).machine.applied, ["x=1"]);
});

Deno.test("a replica never goes back to an epoch before, not even after a restart", () => {
  const cluster = ChainCluster.of(3);
  const old = cluster.configuration!;
  cluster.assign([1, 2]);
  cluster.settle();
  cluster.crash(1);
  cluster.start(1);
  cluster.until(() => cluster.node(1).ready !== undefined);
  cluster.deliver(1, { type: "assigned", volume: old });
  cluster.run(50);
  assertEquals(cluster.node(1).replica!.role, "starting");
  cluster.tell(1);
  cluster.settle();
  assertEquals(cluster.node(1).replica!.role, "head");
});

Deno.test("two neighbours fail at once, then the head: nothing that is in the chain is lost", () => {
  const cluster = ChainCluster.of(5);
  const client = cluster.session();
  cluster.settle();
  cluster.onMessage(({ type }, from) =>
    type === "update" && from === 3 ? { copies: 0 } : undefined
  );
  const attempts = [1, 2, 3].map((number) => cluster.submit(0, client, number, `x=${number}`));
  cluster.run(50);
  cluster.crash(2);
  cluster.crash(3);
  cluster.assign([0, 1, 4]);
  cluster.run(1);
  cluster.crash(0);
  cluster.assign([1, 4]);
  cluster.settle();
  assertEquals(attempts.map(({ replies }) => replies.map(show)), [["1"], ["2"], ["3"]]);
  for (const node of [1, 4]) assertEquals(cluster.node(node).machine.applied.join(), "x=1,x=2,x=3");
});

Deno.test("reconfigurations back to back, each while the one before is under way", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const cluster = ChainCluster.of(5, { seed, latencyMs: (random) => 1 + random() * 10 });
    const client = cluster.session();
    cluster.settle();
    const attempts: Attempt[] = [];
    const order = (node: number, count: number) => {
      for (let left = count; left > 0; left--) {
        const number = attempts.length + 1;
        attempts.push(cluster.submit(node, client, number, `x=${number}`));
        cluster.run(1);
      }
    };
    order(0, 5);
    cluster.assign([0, 2, 3, 4]);
    order(0, 3);
    cluster.assign([0, 3, 4]);
    cluster.run(3);
    // The successor of the one that failed fails in the middle of the hand-over.
    cluster.crash(3);
    cluster.assign([0, 4]);
    order(0, 3);
    cluster.assign([4]);
    cluster.run(1_000);
    const { applied } = cluster.node(4).machine;
    // Whatever was answered is there, where it was said to be, and once.
    for (const [index, { replies }] of attempts.entries()) {
      const [reply] = replies;
      if (reply?.type === "result") {
        assertEquals(applied[Number(show(reply)) - 1], `x=${index + 1}`);
      }
    }
    assertEquals(new Set(applied).size, applied.length);
    assertEquals(cluster.failures, []);
  }
});

Deno.test("a member whose process fails keeps its place, wherever it is", () => {
  for (const position of [0, 1, 2]) {
    const cluster = ChainCluster.of(3);
    const client = cluster.session();
    cluster.execute(client, 1, ["x=1", "x=2"]);
    cluster.restart(position);
    cluster.settle();
    assertEquals(cluster.execute(client, 3, ["x=3"], 0), ["3"]);
    cluster.settle();
    assertEquals(applied(cluster), Array(3).fill(["x=1", "x=2", "x=3"]));
    assertEquals([cluster.read(position, "x"), cluster.failures], ["1,2,3", []]);
  }
});

Deno.test("an actor that fails, of any kind and anywhere, costs nothing", () => {
  for (const name of ["journal", "client-table", "replica"] as const) {
    for (const position of [0, 1, 2]) {
      const cluster = ChainCluster.of(3);
      const client = cluster.session();
      cluster.execute(client, 1, ["x=1", "x=2"]);
      cluster.crashActor(position, name);
      cluster.settle();
      assertEquals(cluster.execute(client, 3, ["x=3"], 0), ["3"]);
      cluster.settle();
      assertEquals(applied(cluster), Array(3).fill(["x=1", "x=2", "x=3"]));
      assertEquals([cluster.read(position, "x"), cluster.failures], ["1,2,3", []]);
    }
  }
});

Deno.test("whoever waits at a head whose replica fails is told to ask again", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.drop("update");
  const attempt = cluster.submit(0, client, 1, "x=1");
  cluster.run(20);
  cluster.crashActor(0, "replica");
  cluster.run(5);
  assertEquals(attempt.replies.map(show), ["interrupted"]);
  undo();
  cluster.settle();
  assertEquals(cluster.execute(client, 1, ["x=1"]), ["1"]);
  assertEquals(applied(cluster), [["x=1"], ["x=1"], ["x=1"]]);
});

Deno.test("whoever waits at a head that remains one goes on waiting when the chain behind it changes", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.drop("update");
  const attempts = [cluster.submit(0, client, 1, "x=1"), cluster.submit(0, client, 1, "x=1")];
  cluster.run(20);
  cluster.assign([0, 1]);
  cluster.run(20);
  undo();
  cluster.settle();
  assertEquals(attempts.map(({ replies }) => replies.map(show)), [["1"], ["1"]]);
});

Deno.test("a restart of the whole cluster loses nothing that was answered", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const cluster = ChainCluster.of(3, { seed, diskMs: (random) => random() * 3 });
    const client = cluster.session();
    const attempts: Attempt[] = [];
    for (let number = 1; number <= 30; number++) {
      attempts.push(cluster.submit(0, client, number, `x=${number}`));
      cluster.run(1);
    }
    cluster.run(4);
    for (const node of [0, 1, 2]) cluster.crash(node);
    const answered = attempts.filter(({ replies }) => replies[0]?.type === "result").length;
    for (const node of [0, 1, 2]) cluster.restart(node);
    cluster.run(1_000);
    const lists = applied(cluster);
    assertEquals(
      lists[0]!.slice(0, answered),
      attempts.slice(0, answered).map((_, i) => `x=${i + 1}`),
    );
    assertEquals([lists[1], lists[2]], [lists[0], lists[0]]);
    assertEquals(cluster.failures, []);
  }
});

Deno.test("a member that is to leave stops serving, and says so again and again until it is let go", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.assign([0, 1, 2], { leaving: 2 });
  cluster.settle();
  const stopped = cluster.node(2).toldOf("stopped");
  assertEquals([stopped.length > 2, stopped[0]!.epoch], [true, 2]);
  // It passes on what it is asked, and answers no question of others.
  const read = cluster.query(2, "x");
  cluster.settle();
  assertEquals([show(read.replies[0]!), read.from], ["1", [0]]);
  const write = cluster.submit(0, client, 2, "x=2");
  cluster.run(10);
  const dirty = cluster.query(0, "x");
  cluster.run(300);
  assertEquals([write.replies, dirty.replies], [[], []]);
  cluster.assign([0, 1]);
  cluster.settle();
  assertEquals([write, dirty].map(({ replies }) => replies.map(show)), [["2"], ["1,2"]]);
});

Deno.test("a member leaves only when it has heard a neighbour in the epoch in which it is to", () => {
  for (const leaving of [0, 1]) {
    const cluster = ChainCluster.of(2);
    cluster.execute(cluster.session(), 1, ["x=1"]);
    // The other one fails, and the master does not know it yet.
    cluster.crash(1 - leaving);
    cluster.assign([0, 1], { leaving });
    cluster.settle();
    assertEquals(cluster.node(leaving).toldOf("stopped"), []);
    cluster.restart(1 - leaving);
    cluster.settle();
    assertEquals(cluster.node(leaving).toldOf("stopped").length > 0, true);
  }
});

Deno.test("a head that is to leave orders nothing more", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.assign([0, 1, 2], { leaving: 0 });
  cluster.settle();
  const attempt = cluster.submit(0, client, 1, "x=1");
  cluster.settle();
  assertEquals(attempt.replies.map(show), ["unavailable"]);
  cluster.assign([1, 2]);
  cluster.settle();
  assertEquals(cluster.execute(client, 1, ["x=1"], 0), ["1"]);
});

Deno.test("a chain that is not writable answers reads and takes no updates", () => {
  const cluster = ChainCluster.of(2);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.assign([0, 1], { writable: false });
  cluster.settle();
  const attempts = [0, 1].map((node) => cluster.submit(node, client, 2, "x=2"));
  cluster.settle();
  for (const { replies } of attempts) assertEquals(replies.map(show), ["unavailable"]);
  assertEquals([cluster.read(0, "x"), cluster.read(1, "x")], ["1", "1"]);
});
