import { assertEquals } from "@std/assert";
import { type Attempt, show } from "../protocols/member_cluster.ts";
import { ChainCluster } from "./cluster.ts";

/** A chain of three in which `x` is dirty at the first two: the tail has committed what they do not know. */
function dirtyAtHead(options = {}): { cluster: ChainCluster; client: number; undo: () => void } {
  const cluster = ChainCluster.of(3, options);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.settle();
  const undo = cluster.drop("ack", "tip");
  assertEquals(show(cluster.answer(cluster.submit(0, client, 2, "x=2"))), "2");
  return { cluster, client, undo };
}

const texts = (...attempts: Attempt[]) => attempts.map(({ replies }) => replies.map(show));

Deno.test("a clean object is read at any member without a message between replicas", () => {
  const cluster = ChainCluster.of(3);
  cluster.execute(cluster.session(), 1, ["x=1", "y=1"]);
  cluster.settle();
  cluster.drop("versionQuery", "version", "update", "ack", "tip");
  for (const node of [0, 1, 2]) {
    const read = cluster.query(node, "x");
    assertEquals([show(cluster.answer(read)), read.from], ["1", [node]]);
  }
});

Deno.test("a dirty object is read at the version that the tail has committed", () => {
  const { cluster } = dirtyAtHead();
  assertEquals(cluster.nodes.map(({ machine }) => machine.listOf("x").join()), ["1", "1", "1,2"]);
  for (const node of [0, 1]) {
    const read = cluster.query(node, "x");
    assertEquals([show(cluster.answer(read)), read.from], ["1,2", [node]]);
  }
});

Deno.test("one dirty object does not make another one dirty", () => {
  const { cluster } = dirtyAtHead();
  cluster.drop("versionQuery");
  assertEquals(cluster.read(0, "y"), "");
  const whole = cluster.query(0, "");
  const dirty = cluster.query(0, "x");
  cluster.run(300);
  assertEquals(texts(whole, dirty), [[], []]);
});

Deno.test("an update of nobody knows what makes everything dirty", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  cluster.drop("ack", "tip", "versionQuery");
  cluster.answer(cluster.submit(0, client, 1, "whatever"));
  const read = cluster.query(0, "y");
  cluster.run(300);
  assertEquals(texts(read), [[]]);
  assertEquals(cluster.read(2, "y"), "");
});

Deno.test("without a way to tell objects apart everything is dirty while anything is under way", () => {
  const cluster = ChainCluster.of(3, { objectsChanged: () => undefined });
  const client = cluster.session();
  cluster.settle();
  assertEquals(cluster.read(0, "y"), "");
  cluster.drop("ack", "tip", "versionQuery");
  cluster.answer(cluster.submit(0, client, 1, "x=1"));
  const read = cluster.query(0, "y");
  cluster.run(300);
  assertEquals(texts(read), [[]]);
});

Deno.test("a new session makes nothing dirty", () => {
  const cluster = ChainCluster.of(3);
  cluster.drop("ack", "tip", "versionQuery");
  cluster.session();
  assertEquals([cluster.read(0, "x"), cluster.read(0, "")], ["", "0"]);
});

Deno.test("reads that wait share a question to the tail, and those that come later the next one", () => {
  const { cluster } = dirtyAtHead();
  let questions = 0;
  cluster.onMessage(({ type }) => {
    if (type === "versionQuery") questions++;
    return undefined;
  });
  const first = cluster.query(0, "x");
  // The question is on its way.
  cluster.run(1.5);
  const later = Array.from({ length: 20 }, () => cluster.query(0, "x"));
  cluster.run(20);
  assertEquals(texts(first, ...later), Array(21).fill(["1,2"]));
  // The answer has committed it: who comes now finds it clean.
  assertEquals(questions <= 2, true);
  assertEquals(cluster.node(0).machine.listOf("x"), ["1", "2"]);
});

Deno.test("the version that the tail named may be gone when its answer arrives: the newest committed one is read (GC race)", () => {
  const { cluster, client, undo } = dirtyAtHead();
  const late = cluster.onMessage(({ type }) => type === "version" ? { delayMs: 40 } : undefined);
  const read = cluster.query(0, "x");
  cluster.run(10);
  undo();
  // What was asked about is committed and replaced here before the answer comes.
  assertEquals(show(cluster.answer(cluster.submit(0, client, 3, "x=3"))), "3");
  cluster.run(20);
  assertEquals(cluster.node(0).machine.listOf("x"), ["1", "2", "3"]);
  cluster.run(100);
  late();
  assertEquals(texts(read), [["1,2,3"]]);
});

Deno.test("a question that is lost, or its answer, is asked again", () => {
  for (const lost of ["versionQuery", "version"] as const) {
    const { cluster } = dirtyAtHead();
    const undo = cluster.drop(lost);
    const read = cluster.query(0, "x");
    cluster.run(30);
    undo();
    cluster.run(100);
    assertEquals(texts(read), [["1,2"]]);
  }
});

Deno.test("a question goes to the new tail when the old one fails", () => {
  const { cluster, undo } = dirtyAtHead();
  const lost = cluster.drop("versionQuery");
  const read = cluster.query(0, "x");
  cluster.run(30);
  undo();
  lost();
  cluster.crash(2);
  cluster.assign([0, 1]);
  cluster.run(100);
  assertEquals(texts(read), [["1,2"]]);
});

Deno.test("who was the tail answers no question of a later epoch, nor is an answer of an earlier one taken", () => {
  const { cluster, client } = dirtyAtHead();
  const late = cluster.onMessage(({ type }) => type === "version" ? { delayMs: 50 } : undefined);
  const read = cluster.query(0, "x");
  cluster.run(10);
  late();
  cluster.assign([0, 1], {}, [0, 1]);
  cluster.heal();
  cluster.settle();
  cluster.execute(client, 3, ["x=3"]);
  assertEquals(texts(read), [["1,2"]]);
  // The old one, who knows nothing, is asked on behalf of nobody.
  cluster.deliver(2, { type: "versionQuery", epoch: 2, node: 0, ticket: 7 });
  cluster.settle();
  assertEquals(cluster.node(2).toldOf("outdated").length > 0, true);
});

Deno.test("a tail answers questions of its own epoch only, and of members only", () => {
  const cluster = ChainCluster.of(4);
  cluster.assign([0, 1, 2]);
  cluster.settle();
  const answers: number[] = [];
  cluster.onMessage((message) => {
    if (message.type === "version") answers.push(message.ticket);
    return undefined;
  });
  const ask = (epoch: number, node: number, ticket: number) =>
    cluster.deliver(2, { type: "versionQuery", epoch, node, ticket });
  ask(1, 0, 1);
  ask(3, 0, 2);
  ask(2, 3, 3);
  ask(2, 0, 4);
  cluster.settle();
  assertEquals(answers, [4]);
});

Deno.test("a tail that was expelled, and lives, reads nothing after its lease", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.lease(2, cluster.clock.now + 200);
  // It hears of nothing more.
  cluster.isolate(2);
  cluster.run(100);
  assertEquals(cluster.read(2, "x"), "1");
  // The master waits for the lease to end, and then there is a new tail.
  cluster.run(101);
  cluster.assign([0, 1], {}, [0, 1]);
  cluster.run(20);
  assertEquals(show(cluster.answer(cluster.submit(0, client, 2, "x=2"))), "2");
  assertEquals(cluster.read(2, "x"), "unavailable");
  const stale = cluster.query(2, "x", "stale");
  assertEquals(show(cluster.answer(stale)), "1");
});

Deno.test("every member reads under its lease only, and may vouch for others only then", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  for (const node of [0, 1, 2]) cluster.lease(node, cluster.clock.now + (node === 2 ? 50 : 1_000));
  cluster.settle();
  assertEquals([0, 1, 2].map((node) => cluster.read(node, "x")), ["1", "1", "unavailable"]);
  cluster.drop("ack", "tip");
  cluster.answer(cluster.submit(0, client, 2, "x=2"));
  const read = cluster.query(0, "x");
  cluster.run(300);
  assertEquals(texts(read), [[]]);
  cluster.lease(2, cluster.clock.now + 1_000);
  cluster.run(100);
  assertEquals(texts(read), [["1,2"]]);
});

Deno.test("after its event loop has stood still for longer than its lease a replica tests it before it answers", () => {
  const cluster = ChainCluster.of(3);
  cluster.execute(cluster.session(), 1, ["x=1"]);
  cluster.settle();
  const now = cluster.clock.now;
  cluster.lease(1, now + 100);
  // The question is in the mailbox before the pause, and taken after it.
  const pause = cluster.network.intercept(({ to, from }) =>
    from === 100 && to.node === 1 ? { delayMs: 150 } : undefined
  );
  const read = cluster.query(1, "x");
  cluster.run(200);
  pause();
  assertEquals(texts(read), [["unavailable"]]);
});

Deno.test("an answer of the tail that arrives after our lease serves nobody", () => {
  const { cluster } = dirtyAtHead();
  cluster.lease(0, cluster.clock.now + 30);
  cluster.onMessage(({ type }) => type === "version" ? { delayMs: 60 } : undefined);
  const read = cluster.query(0, "x");
  cluster.run(100);
  assertEquals(texts(read), [["unavailable"]]);
});

Deno.test("an answer of the tail that arrives just after our lease serves nobody: it is tested then", () => {
  const { cluster } = dirtyAtHead();
  // The question takes one millisecond to the tail, and the answer one to come back.
  cluster.lease(0, cluster.clock.now + 2.5);
  const read = cluster.query(0, "x");
  cluster.run(10);
  assertEquals(texts(read), [["unavailable"]]);
});

Deno.test("a late answer to an earlier question answers no later one", () => {
  const { cluster, client } = dirtyAtHead();
  let answers = 0;
  cluster.onMessage(({ type }) => {
    if (type !== "version") return undefined;
    answers++;
    if (answers === 2) return undefined;
    return answers === 1 ? { delayMs: 150 } : { copies: 0 };
  });
  const first = cluster.query(0, "x");
  assertEquals(show(cluster.answer(first)), "1,2");
  assertEquals(show(cluster.answer(cluster.submit(0, client, 3, "x=3"))), "3");
  const second = cluster.query(0, "x");
  cluster.run(200);
  assertEquals([answers > 2, texts(first, second)], [true, [["1,2"], []]]);
});

Deno.test("a read that comes while a question is under way sees what was acknowledged before it", () => {
  const { cluster, client } = dirtyAtHead();
  let answers = 0;
  cluster.onMessage(({ type }) =>
    type === "version" && ++answers === 1 ? { delayMs: 30 } : undefined
  );
  const first = cluster.query(0, "x");
  cluster.until(() => answers === 1);
  // The tail has said the version before this one.
  assertEquals(show(cluster.answer(cluster.submit(0, client, 3, "x=3"))), "3");
  const second = cluster.query(0, "x");
  cluster.run(200);
  assertEquals(texts(first, second), [["1,2"], ["1,2,3"]]);
});

Deno.test("with reads at the tail only (CR) queries are passed on to it, from wherever they come", () => {
  const cluster = ChainCluster.of(4, { reads: "tail" });
  cluster.assign([0, 1, 2]);
  cluster.settle();
  cluster.execute(cluster.session(), 1, ["x=1"]);
  for (const node of [0, 1, 2, 3]) {
    const read = cluster.query(node, "x");
    assertEquals([show(cluster.answer(read)), read.from], ["1", [2]]);
  }
  const stale = cluster.query(1, "x", "stale");
  cluster.settle();
  assertEquals([texts(stale), stale.from], [[["1"]], [1]]);
});

Deno.test("a node without a part in the chain passes reads on, stale ones, too", () => {
  const cluster = ChainCluster.of(4);
  cluster.execute(cluster.session(), 1, ["x=1"]);
  cluster.assign([0, 1, 2]);
  cluster.settle();
  cluster.execute(cluster.session(), 1, ["x=2"]);
  for (const consistency of ["linearizable", "stale"] as const) {
    const read = cluster.query(3, "x", consistency);
    cluster.settle();
    assertEquals([texts(read), read.from], [[["1,2"]], [0]]);
  }
});

Deno.test("a stale read needs nobody", () => {
  const { cluster } = dirtyAtHead();
  cluster.lease(0, 0);
  cluster.isolate(0);
  const read = cluster.query(0, "x", "stale");
  assertEquals(show(cluster.answer(read)), "1");
});

Deno.test("a read within a number of versions is answered if no more of them are on their way", () => {
  const { cluster, client } = dirtyAtHead();
  cluster.answer(cluster.submit(0, client, 3, "x=3"));
  cluster.drop("versionQuery");
  const bounds = [1, 2, 3].map((versions) => ({ ageMs: null, versions }));
  const reads = bounds.map((bound) => cluster.query(0, "x", bound));
  const other = cluster.query(0, "y", { ageMs: null, versions: 0 });
  cluster.run(300);
  assertEquals(texts(...reads, other), [[], ["1"], ["1"], [""]]);
});

Deno.test("a read within an age is answered if what is executed is no older", () => {
  const { cluster } = dirtyAtHead();
  cluster.run(100);
  cluster.drop("versionQuery");
  const reads = [50, 90, 200].map((ageMs) => cluster.query(0, "x", { ageMs, versions: null }));
  const both = cluster.query(0, "x", { ageMs: 200, versions: 0 });
  cluster.run(50);
  assertEquals(texts(...reads, both), [[], [], ["1"], []]);
});

Deno.test("beyond its bound a read is linearizable", () => {
  const { cluster } = dirtyAtHead();
  const read = cluster.query(0, "x", { ageMs: null, versions: 0 });
  cluster.run(20);
  assertEquals(texts(read), [["1,2"]]);
});

Deno.test("after its lease a replica bounds the age from its end, and versions not at all", () => {
  const cluster = ChainCluster.of(3);
  cluster.execute(cluster.session(), 1, ["x=1"]);
  cluster.settle();
  cluster.lease(1, cluster.clock.now + 100);
  cluster.isolate(1);
  cluster.run(99);
  const during = cluster.query(1, "x", { ageMs: 0, versions: 0 });
  cluster.run(1 + 200);
  const after = [100, 300].map((ageMs) => cluster.query(1, "x", { ageMs, versions: null }));
  const versions = cluster.query(1, "x", { ageMs: null, versions: 1_000 });
  cluster.run(10);
  assertEquals(texts(during, ...after, versions), [
    ["unavailable"],
    ["unavailable"],
    ["1"],
    ["unavailable"],
  ]);
});

Deno.test("after a restart nothing that is not executed yet counts as young", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.settle();
  cluster.drop("ack", "tip", "resume", "versionQuery", "update");
  cluster.restart(0);
  const read = cluster.query(0, "x", { ageMs: 1_000_000, versions: null });
  cluster.run(100);
  assertEquals(texts(read), [[]]);
});
