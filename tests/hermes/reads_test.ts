import { assertEquals } from "@std/assert";
import { type Attempt, show } from "../protocols/member_cluster.ts";
import { HermesCluster, type HermesClusterOptions } from "./cluster.ts";

const texts = (...attempts: Attempt[]) => attempts.map(({ replies }) => replies.map(show));

/** Three members; `x` is 1 everywhere, and being made 2 by node 0, of which the others know. */
function writing(options: HermesClusterOptions = {}) {
  const cluster = HermesCluster.of(3, options);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1", "y=1"]);
  cluster.settle();
  const undo = cluster.drop("ack", "val");
  const write = cluster.submit(0, client, 3, "x=2");
  cluster.run(5);
  return { cluster, client, undo, write };
}

Deno.test("what is valid is read at any member without a message", () => {
  const { cluster } = writing();
  cluster.drop("inv", "ack", "val", "recall");
  for (const node of [0, 1, 2]) {
    const read = cluster.query(node, "y");
    assertEquals([show(cluster.answer(read)), read.from], ["1", [node]]);
  }
  assertEquals(cluster.read(1, "never-written"), "-");
});

Deno.test("what is being written is waited for, at the one who writes it and at the others", () => {
  const { cluster, undo } = writing();
  const reads = [0, 1, 2].map((node) => cluster.query(node, "x"));
  cluster.run(20);
  assertEquals(texts(...reads), [[], [], []]);
  undo();
  cluster.run(250);
  assertEquals(texts(...reads), [["2"], ["2"], ["2"]]);
});

Deno.test("who waits for what nobody validates replays it", () => {
  const { cluster, undo } = writing();
  cluster.crash(0);
  undo();
  cluster.assign([1, 2]);
  const read = cluster.query(1, "x");
  cluster.run(10);
  assertEquals(texts(read), [["2"]]);
});

Deno.test("who has waited too long is told so", () => {
  const { cluster } = writing();
  const read = cluster.query(1, "x");
  cluster.run(400);
  assertEquals(texts(read), [[]]);
  cluster.run(200);
  assertEquals(texts(read), [["unavailable"]]);
  cluster.run(300);
  assertEquals(cluster.node(1).replica?.waitingReads, 0);
});

Deno.test("nothing is read after the lease, and again when there is one", () => {
  const cluster = HermesCluster.of(3);
  cluster.execute(cluster.session(), 1, ["x=1"]);
  cluster.settle();
  cluster.lease(1, cluster.clock.now + 10);
  assertEquals(cluster.read(1, "x"), "1");
  cluster.run(10);
  assertEquals(cluster.read(1, "x"), "unavailable");
  assertEquals(cluster.read(2, "x"), "1");
  cluster.lease(1, cluster.clock.now + 10);
  assertEquals(cluster.read(1, "x"), "1");
});

Deno.test("the lease is tested in the turn that answers, however long a read has waited", () => {
  const { cluster, undo } = writing();
  cluster.lease(1, cluster.clock.now + 20);
  const read = cluster.query(1, "x");
  cluster.run(30);
  undo();
  cluster.run(250);
  assertEquals(texts(read), [["unavailable"]]);
});

Deno.test("whoever is expelled and does not know it reads nothing after its lease, whatever is written elsewhere", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(1);
  cluster.execute(client, 1, ["x=1"], 1);
  cluster.settle();
  cluster.lease(0, cluster.clock.now + 50);
  cluster.isolate(0);
  cluster.run(50);
  cluster.assign([1, 2], {}, [1, 2]);
  assertEquals(cluster.execute(client, 2, ["x=2"], 1), ["ok"]);
  const stale = cluster.query(0, "x", "stale");
  assertEquals([cluster.read(0, "x"), show(cluster.answer(stale))], ["unavailable", "1"]);
  assertEquals(cluster.read(2, "x"), "2");
});

Deno.test("a stale read needs no lease; one within an age bound as much of it as that", () => {
  const cluster = HermesCluster.of(3);
  cluster.execute(cluster.session(), 1, ["x=1"]);
  cluster.settle();
  cluster.lease(1, cluster.clock.now);
  cluster.run(100);
  const ask = (ageMs: number | null, versions: number | null) =>
    show(cluster.answer(cluster.query(1, "x", { ageMs, versions })));
  assertEquals(show(cluster.answer(cluster.query(1, "x", "stale"))), "1");
  assertEquals([ask(200, null), ask(90, null)], ["1", "unavailable"]);
  // How many versions there are since nobody knows.
  assertEquals([ask(200, 5), ask(null, 5), ask(null, null)], [
    "unavailable",
    "unavailable",
    "1",
  ]);
});

Deno.test("with checks a read is answered when the epoch is confirmed after it, without any lease", () => {
  const cluster = HermesCluster.of(3, { reads: "check" });
  const { membership } = checksOf(cluster);
  cluster.execute(cluster.session(), 1, ["x=1"]);
  cluster.settle();
  cluster.lease(1, 0);
  const first = cluster.query(1, "x");
  cluster.run(5);
  const later = [1, 2, 3].map(() => cluster.query(1, "x"));
  cluster.run(5);
  assertEquals(texts(first, ...later), [[], [], [], []]);
  const [ticket] = membership();
  cluster.deliver(1, { type: "checked", ticket: ticket! });
  cluster.run(1);
  // Those that came after it was asked wait for the next one, all of them for the same.
  assertEquals(texts(first, ...later), [["1"], [], [], []]);
  cluster.deliver(1, { type: "checked", ticket: ticket! });
  cluster.run(1);
  assertEquals(texts(...later), [[], [], []]);
  const tickets = new Set(membership());
  assertEquals(tickets.size, 2);
  cluster.deliver(1, { type: "checked", ticket: [...tickets].at(-1)! });
  cluster.run(1);
  assertEquals(texts(...later), [["1"], ["1"], ["1"]]);
});

Deno.test("with checks a read is refused when the epoch ends, or when nobody confirms it", () => {
  const cluster = HermesCluster.of(3, { reads: "check" });
  const { membership } = checksOf(cluster);
  const first = cluster.query(1, "x");
  cluster.run(5);
  const [ticket] = membership();
  cluster.assign([0, 1, 2]);
  cluster.run(1);
  cluster.deliver(1, { type: "checked", ticket: ticket! });
  cluster.run(5);
  assertEquals(texts(first), [["unavailable"]]);
  const second = cluster.query(1, "x");
  cluster.run(450);
  assertEquals(texts(second), [[]]);
  cluster.run(150);
  assertEquals(texts(second), [["unavailable"]]);
});

/** The checks that node 1 has asked for. */
function checksOf(cluster: HermesCluster) {
  return { membership: () => cluster.node(1).toldOf("check").map(({ ticket }) => ticket) };
}

Deno.test("a spare passes reads on, or says who serves", () => {
  const cluster = HermesCluster.of(3);
  cluster.assign([0, 1]);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  const read = cluster.query(2, "x");
  assertEquals([show(cluster.answer(read)), read.from.length], ["1", 1]);
  const refused = cluster.ask(2, (replyTo) => ({
    type: "query",
    query: new TextEncoder().encode("x"),
    consistency: "linearizable",
    forward: false,
    replyTo,
  }));
  assertEquals(cluster.answer(refused), { type: "notResponsible", servers: [0, 1] });
});

Deno.test("who is to leave serves nobody, and those who wait are told so", () => {
  const { cluster } = writing();
  const read = cluster.query(1, "x");
  cluster.run(10);
  cluster.assign([0, 1, 2], { leaving: 1 });
  cluster.run(5);
  assertEquals(texts(read), [["unavailable"]]);
  const passed = cluster.query(1, "y");
  assertEquals([show(cluster.answer(passed)), passed.from.includes(1)], ["1", false]);
});

Deno.test("reads beyond the bound are refused", () => {
  const { cluster } = writing({ readsMax: 2 });
  const reads = [1, 2, 3].map(() => cluster.query(1, "x"));
  cluster.run(10);
  assertEquals(texts(...reads), [[], [], ["overloaded"]]);
});
