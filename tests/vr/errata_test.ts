/** Each erratum of the paper (reference/vr.md, section 2) that a replica with a disk can run into. */
import { assert, assertEquals } from "@std/assert";
import { openEntry } from "../../protocols/entry.ts";
import type { VrMessage, VrMessageOf } from "../../protocols/vr/messages.ts";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { BIRTHS, chain, headOf, LoneReplica } from "./lone_replica.ts";

const LOG = chain([0, 0, 0]);

/** The logs that a replica has given in view changes. */
function votes(lone: LoneReplica): VrMessageOf<"doViewChange">[] {
  return lone.sentOf("doViewChange").map(({ to: _to, ...vote }) => vote);
}

Deno.test("E1: a primary that restarts does not go on in its view but begins the next", () => {
  const lone = new LoneReplica(0, { view: 3, entries: LOG });
  lone.run(20);
  assertEquals(lone.figures!.status, "view-change");
  assertEquals(lone.sentOf("startViewChange").map(({ view }) => view), [4, 4]);
});

Deno.test("E1: a backup that restarts is normal in its view", () => {
  const lone = new LoneReplica(1, { view: 3, entries: LOG });
  lone.run(20);
  assertEquals(lone.figures!.status, "normal");
  assertEquals(lone.sentOf("prepareOk").map(({ to, view, opNumber }) => [to, view, opNumber]), [
    [0, 3, 3],
  ]);
});

Deno.test("E1: a replica that restarts above its last normal view resumes that view change, with the same vote", () => {
  const lone = LoneReplica.normal(1, 0, LOG);
  lone.receive({ type: "startViewChange", view: 5, replica: 0 });
  const before = votes(lone);
  assertEquals(before.length, 1);
  lone.forget();
  lone.crash();
  lone.run(20);
  assertEquals(lone.figures!.view, 5);
  lone.receive({ type: "startViewChange", view: 5, replica: 0 });
  assertEquals(votes(lone), before);
  assertEquals(before[0]!.lastNormalView, 0);
  lone.receive({ type: "startViewChange", view: 4, replica: 0 });
  assertEquals(lone.figures!.view, 5);
});

Deno.test("E1: neither views nor logs are forgotten by a crash at whatever moment of a view change", () => {
  for (let operations = 0; operations < 30; operations++) {
    const lone = LoneReplica.normal(1, 0, LOG);
    lone.forget();
    lone.disk.stopAfter(operations);
    lone.receive({ type: "startViewChange", view: 2, replica: 0 });
    lone.run(100);
    const said = Math.max(
      0,
      ...lone.sent.map(({ message }) => "view" in message ? message.view : 0),
    );
    lone.crash();
    lone.run(20);
    assert(lone.figures!.view >= said, `said ${said}, and knows of ${lone.figures!.view}`);
    assertEquals(lone.figures!.opNumber, 3);
  }
});

Deno.test("E1: a replica with a damaged log neither votes nor acknowledges until it is repaired", () => {
  for (const kept of [0, 1, 2]) {
    const lone = LoneReplica.normal(1, 3, LOG);
    lone.damageAfter(kept);
    lone.forget();
    lone.run(20);
    assertEquals(lone.figures!.status, "recovering");
    const start = { opNumber: 3, commitNumber: 0, head: headOf(LOG) };
    lone.receive(
      { type: "startViewChange", view: 4, replica: 0 },
      { type: "startViewChange", view: 4, replica: 2 },
      { type: "doViewChange", view: 4, lastNormalView: 3, ...start, replica: 2 },
      { type: "startView", view: 4, ...start, replica: 1 },
      { type: "prepare", view: 3, commitNumber: 0, entry: LOG[kept]! },
      { type: "commit", view: 3, commitNumber: 3, opNumber: 3, replica: 0 },
      { type: "getState", view: 3, after: 0, replica: 2 },
      { type: "recovery", nonce: 1, replica: 2 },
      { type: "exitView", view: 3, replica: 2 },
      { type: "confirm", view: 3, round: 1 },
    );
    lone.run(2_000);
    const types = new Set(lone.sent.map(({ message }) => message.type));
    types.delete("getEntry");
    assertEquals([...types], ["recovery"]);
  }
});

Deno.test("E1: the trace that loses an operation, with a replica restarted at every step", () => {
  const cluster = Cluster.formed();
  const checker = new Checker(cluster);
  const clients = new Clients(cluster);
  const clientId = clients.executeMany(2, "a");
  const [old, next, third] = [0, 1, 2];
  // Everything said of the view change is held back, to be delivered at the worst moment.
  const held: { readonly message: VrMessage; readonly to: number }[] = [];
  const release = cluster.onMessage((message, _, to) => {
    if (message.type !== "startViewChange" && message.type !== "doViewChange") return undefined;
    held.push({ message, to });
    return { copies: 0 };
  });
  cluster.deliver(next, { type: "startViewChange", view: 1, replica: third });
  cluster.run(20);
  cluster.restart(next);
  cluster.run(20);
  cluster.deliver(third, { type: "startViewChange", view: 1, replica: next });
  cluster.run(20);
  cluster.restart(third);
  cluster.run(20);
  const attempt = clients.submit(old, { clientId, requestNumber: 3 }, "o");
  cluster.run(60);
  release();
  for (const { message, to } of held) cluster.deliver(to, message);
  cluster.untilConverged();
  checker.check();
  assertEquals(checker.violations, []);
  if (attempt.replies[0]?.type === "result") {
    assert(checker.history.some(({ command }) => command === "o"));
  }
  assert(cluster.primary!.replica!.view >= 1);
});

Deno.test("E2: hearing of a later view neither truncates the log nor changes the last normal view", () => {
  const log = chain([0, 0, 2], { label: "new" });
  const lone = LoneReplica.normal(1, 0, LOG.slice(0, 1));
  lone.forget();
  lone.receive({ type: "prepare", view: 2, commitNumber: 2, entry: log[2]! });
  assertEquals(lone.sentOf("getState").map(({ to, view, after }) => [to, view, after]), [[
    2,
    2,
    0,
  ]]);
  assertEquals(lone.sentOf("prepareOk"), []);
  // It joins the next view change with the log and the last normal view that it had.
  lone.receive({ type: "startViewChange", view: 3, replica: 0 });
  assertEquals(votes(lone), [{
    type: "doViewChange",
    view: 3,
    lastNormalView: 0,
    opNumber: 1,
    commitNumber: 0,
    head: headOf(LOG.slice(0, 1)),
    replica: 1,
  }]);
});

Deno.test("E3: a view is the last normal one only together with its log, whenever the power fails", () => {
  const log = [...LOG.slice(0, 1), ...chain([1, 1, 2], { after: LOG[0]!, label: "new" })];
  const seen = new Set<string>();
  for (let operations = 0; operations < 30; operations++) {
    const lone = LoneReplica.normal(1, 0, LOG);
    lone.disk.stopAfter(operations);
    lone.receive({ type: "commit", view: 2, commitNumber: 1, opNumber: 4, replica: 2 });
    lone.receive({
      type: "newState",
      view: 2,
      after: 0,
      entries: log,
      opNumber: 4,
      head: headOf(log),
      commitNumber: 1,
      replica: 2,
    });
    lone.run(50);
    const said = lone.sentOf("prepareOk").some(({ view }) => view === 2);
    lone.crash();
    lone.run(20);
    const { lastNormalView, opNumber } = lone.figures!;
    seen.add(`${lastNormalView}: ${opNumber}`);
    if (lastNormalView === 2) assertEquals(opNumber, 4);
    if (said) assertEquals(lastNormalView, 2);
  }
  assert(seen.has("0: 3") && seen.has("2: 4"), [...seen].join());
});

Deno.test("E4: a late NEWSTATE does not replace the log of a view change that came in between", () => {
  const log = chain([1, 1], { label: "new" });
  const lone = LoneReplica.normal(1, 0, LOG);
  lone.receive({ type: "commit", view: 2, commitNumber: 0, opNumber: 2, replica: 2 });
  lone.receive({ type: "startViewChange", view: 3, replica: 0 });
  lone.receive({
    type: "newState",
    view: 2,
    after: 0,
    entries: log,
    opNumber: 2,
    head: headOf(log),
    commitNumber: 0,
    replica: 2,
  });
  lone.run(60);
  assertEquals([lone.figures!.view, lone.figures!.lastNormalView], [3, 0]);
  assertEquals(lone.figures!.opNumber, 3);
  assertEquals(votes(lone).map(({ head }) => head), [headOf(LOG)]);
});

Deno.test("E4: a STARTVIEW that comes while state is fetched wins, and the late NEWSTATE is ignored", () => {
  const lone = LoneReplica.normal(1, 0, LOG);
  lone.receive({ type: "commit", view: 2, commitNumber: 0, opNumber: 9, replica: 2 });
  lone.receive({
    type: "startView",
    view: 3,
    opNumber: 2,
    commitNumber: 0,
    head: headOf(LOG.slice(0, 2)),
    replica: 0,
  });
  const log = chain([1], { label: "new" });
  const state = { after: 0, entries: log, opNumber: 1, head: headOf(log), commitNumber: 1 };
  lone.receive({ type: "newState", view: 2, ...state, replica: 2 });
  lone.run(60);
  assertEquals([lone.figures!.view, lone.figures!.lastNormalView], [3, 3]);
  assertEquals(lone.figures!.opNumber, 2);
});

Deno.test("E5: STARTVIEW counts in a view change, or for a later view, and from that view's primary", () => {
  const lone = LoneReplica.normal(1, 3, LOG);
  const start = (view: number, replica: number) =>
    lone.receive({
      type: "startView",
      view,
      opNumber: 1,
      commitNumber: 0,
      head: headOf(LOG.slice(0, 1)),
      replica,
    });
  start(2, 2);
  start(3, 0);
  start(5, 0);
  lone.run(60);
  assertEquals([lone.figures!.view, lone.figures!.opNumber], [3, 3]);
  start(5, 2);
  lone.run(60);
  assertEquals([lone.figures!.view, lone.figures!.opNumber], [5, 1]);
});

Deno.test("E6: a normal replica is not pushed into a view change by messages of its own view", () => {
  const lone = LoneReplica.normal(0, 2, LOG);
  const start = { opNumber: 3, commitNumber: 0, head: headOf(LOG) };
  const vote = { type: "doViewChange", lastNormalView: 2, ...start } as const;
  lone.receive({ ...vote, view: 3, replica: 1 });
  assert(lone.figures!.leading);
  lone.forget();
  lone.receive({ ...vote, view: 3, replica: 2 }, { type: "startViewChange", view: 3, replica: 2 });
  assert(lone.figures!.leading);
  assertEquals(lone.sentOf("startView").map(({ to, view }) => [to, view]), [[2, 3], [2, 3]]);
});

Deno.test("E7: a stalled view change leads to the next view, a message of a later one to that", () => {
  const lone = LoneReplica.normal(1, 0);
  lone.receive({ type: "startViewChange", view: 1, replica: 2 });
  lone.receive({ type: "startViewChange", view: 7, replica: 2 });
  assertEquals(lone.figures!.view, 7);
  lone.receive({ type: "doViewChange", view: 6, lastNormalView: 0, ...end([]), replica: 2 });
  assertEquals(lone.figures!.view, 7);
  lone.run(1_100);
  lone.receive({ type: "exitView", view: 7, replica: 2 });
  assertEquals(lone.figures!.view, 8);
});

Deno.test("E8: a view begins with the highest commit-number that is known to anyone", () => {
  const lone = LoneReplica.normal(1, 0, LOG);
  lone.receive({ type: "commit", view: 0, commitNumber: 2, opNumber: 3, replica: 0 });
  lone.receive({ type: "startView", view: 2, ...end(LOG), replica: 2 });
  lone.run(60);
  assertEquals(lone.figures!.commitNumber, 2);
  const primary = LoneReplica.normal(1, 0, LOG);
  const vote = { type: "doViewChange", view: 4, lastNormalView: 0, ...end(LOG) } as const;
  primary.receive({ ...vote, commitNumber: 3, replica: 0 });
  primary.run(60);
  assert(primary.figures!.leading);
  assertEquals(primary.figures!.commitNumber, 3);
});

function end(log: typeof LOG) {
  return { opNumber: log.length, commitNumber: 0, head: headOf(log) };
}

Deno.test("E10: a replica that has lost its disk answers nothing and joins nothing until it has recovered", () => {
  const lone = new LoneReplica(1, undefined);
  lone.run(20);
  const births = BIRTHS.slice(0, 3);
  lone.receive({ type: "probed", round: 0, birth: 11, formatted: true, births, replica: 0 });
  lone.forget();
  lone.receive(
    { type: "startViewChange", view: 1, replica: 0 },
    { type: "startViewChange", view: 1, replica: 2 },
    { type: "doViewChange", view: 1, lastNormalView: 0, ...end(LOG), replica: 0 },
    { type: "abstain", view: 1, replica: 2 },
    { type: "startView", view: 2, ...end(LOG), replica: 2 },
    { type: "prepare", view: 0, commitNumber: 0, entry: LOG[0]! },
    { type: "prepareOk", view: 4, opNumber: 1, replica: 2 },
    { type: "commit", view: 0, commitNumber: 0, opNumber: 1, replica: 0 },
    { type: "getState", view: 0, after: 0, replica: 2 },
    { type: "newState", view: 0, after: 0, entries: LOG, ...end(LOG), replica: 0 },
    { type: "getCheckpoint", op: 0, offset: 0, replica: 2 },
    { type: "getEntry", opNumber: 1, checksum: headOf(LOG), replica: 2 },
    { type: "recovery", nonce: 1, replica: 2 },
    { type: "probe", round: 1, replica: 2 },
    { type: "exitView", view: 0, replica: 2 },
    { type: "confirm", view: 0, round: 1 },
    { type: "readIndex", view: 0, ticket: 1, replica: 2 },
  );
  lone.run(1_000);
  assertEquals([...new Set(lone.sent.map(({ message }) => message.type))], ["recovery"]);
  assertEquals([lone.figures!.status, lone.figures!.view], ["recovering", 0]);
  assertEquals(lone.figures!.opNumber, 0);
});

Deno.test("E11: the log is fetched from the last entry known to be committed, not from the last one held", () => {
  const committed = LOG.slice(0, 1);
  // The rest is of a view that was abandoned.
  const own = [...committed, ...chain([1, 1, 1], { after: LOG[0]!, label: "own" })];
  const lone = new LoneReplica(0, { view: 1, entries: own.slice(1), snapshot: LOG[0]! });
  lone.run(20);
  lone.damageAfter(2);
  lone.run(20);
  const { nonce } = lone.sentOf("recovery").at(-1)!;
  lone.receive(
    { type: "recoveryResponse", view: 2, nonce, replica: 1 },
    { type: "recoveryResponse", view: 2, nonce, replica: 2 },
  );
  assertEquals(lone.sentOf("getState").map(({ to, after }) => [to, after]), [[2, 1]]);
  const entries = [LOG[1]!, ...chain([2], { after: LOG[1]!, label: "new" })];
  const end = { opNumber: 3, head: headOf(entries), commitNumber: 2 };
  lone.receive({ type: "newState", view: 2, after: 1, entries, ...end, replica: 2 });
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 3]);
  lone.crash();
  lone.run(20);
  assertEquals(lone.load().entries.map((bytes) => openEntry(bytes).view), [0, 2]);
});

Deno.test("E13: a request whose entry a view change dropped is not in flight any more", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  const clientId = clients.session();
  const first = cluster.primary!.index;
  cluster.isolate(first);
  const id = { clientId, requestNumber: 1 };
  const lost = clients.submit(first, id, "a");
  cluster.untilReplaced(first);
  assertEquals(lost.replies, []);
  assertEquals(clients.execute(id, "a"), 1);
  cluster.heal();
  cluster.untilConverged();
  // And the node that led before is ready to take it again, to say what became of it.
  assertEquals(lost.replies.map(({ type }) => type), ["interrupted"]);
  assertEquals(clients.execute(id, "a"), 1);
  assertEquals(cluster.node(first).machine.applied.map(({ command }) => command), ["a"]);
});

for (const K of [2, 3, 5]) {
  Deno.test(`E14: a group of ${K} whose power fails as a whole comes back with everything`, () => {
    const cluster = Cluster.formed({ replicaCount: K });
    const clients = new Clients(cluster);
    clients.executeMany(10, "a");
    for (const { index } of cluster.nodes) cluster.crash(index);
    cluster.startAll();
    cluster.untilConverged();
    assertEquals(clients.read(K - 1), 10);
    clients.executeMany(3, "b");
  });
}

for (const K of [3, 4, 5]) {
  Deno.test(`E15: one of ${K} that sends but hears nothing causes no view change`, () => {
    const cluster = Cluster.formed({ replicaCount: K });
    const clients = new Clients(cluster);
    const backup = cluster.backups[0]!.index;
    cluster.deafen(backup);
    cluster.run(1_000);
    clients.executeMany(10, "a");
    cluster.run(4_000);
    clients.executeMany(10, "b");
    const up = cluster.nodes.filter(({ index }) => index !== backup);
    assertEquals(up.map(({ replica }) => replica!.view), Array(K - 1).fill(0));
    cluster.heal();
    cluster.untilConverged();
    assertEquals(cluster.primary!.replica!.view, 0);
  });
}

for (const K of [2, 3, 5]) {
  Deno.test(`E16: a primary of ${K} that is heard but cannot replicate is replaced`, () => {
    const cluster = Cluster.formed({ replicaCount: K, abdicateMs: 1_000 });
    const clients = new Clients(cluster);
    const clientId = clients.session();
    const first = cluster.primary!.index;
    // Nothing that it prepares arrives, nor is it fetched; all else does.
    const pass = cluster.onMessage((message) => {
      const isReplication = message.type === "prepare" || message.type === "getState";
      return isReplication && message.view === 0 ? { copies: 0 } : undefined;
    });
    clients.submit(first, { clientId, requestNumber: 1 }, "a");
    cluster.untilReplaced(first);
    pass();
    assertEquals(clients.execute({ clientId, requestNumber: 1 }, "a"), 1);
  });
}

Deno.test("E16: of two replicas, the one in a view change is told that the view has begun", () => {
  const cluster = Cluster.formed({ replicaCount: 2 });
  const clients = new Clients(cluster);
  const pass = cluster.drop("startView");
  cluster.restart(cluster.primary!.index);
  cluster.run(1_000);
  pass();
  cluster.untilConverged();
  clients.executeMany(3, "a");
});

Deno.test("E18: a new primary goes on with what is being executed, and executes nothing twice", () => {
  const log = chain([0, 0, 0, 0, 0]);
  const lone = LoneReplica.normal(1, 0, log);
  const executed = () =>
    lone.told.filter((each) => each.type === "execute").map((each) => each.opNumber);
  lone.receive({ type: "commit", view: 0, commitNumber: 3, opNumber: 5, replica: 0 });
  // None of it has been executed when the view changes.
  lone.receive({ type: "doViewChange", view: 1, lastNormalView: 0, ...end(log), replica: 2 });
  assert(lone.figures!.leading);
  assertEquals(executed(), [1, 2, 3]);
  const role = lone.told.findLast((each) => each.type === "role")!;
  assertEquals(role.inherited.length, 2, "what is not committed yet");
  assert(lone.told.indexOf(role) > lone.told.findLastIndex((each) => each.type === "execute"));
  lone.receive({ type: "executed", opNumber: 2 }, {
    type: "prepareOk",
    view: 1,
    opNumber: 5,
    replica: 2,
  });
  lone.receive({ type: "executed", opNumber: 3 });
  assertEquals(executed(), [1, 2, 3, 4, 5]);
});

Deno.test("E20: state that nobody gives away during a view change is asked for until somebody does", () => {
  const lone = LoneReplica.normal(1, 0);
  const log = chain([2, 2]);
  lone.receive({ type: "startView", view: 2, ...end(log), replica: 2 });
  lone.forget();
  lone.run(2_000);
  const asked = lone.sentOf("getState");
  assert(asked.length >= 3 && asked.every(({ view }) => view === 2));
});
