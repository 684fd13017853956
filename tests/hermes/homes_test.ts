import { assertEquals } from "@std/assert";
import type { ClientReply } from "../../protocols/client_messages.ts";
import { homeOf } from "../../protocols/hermes/home.ts";
import type { HermesMessage, HermesMessageOf } from "../../protocols/hermes/messages.ts";
import { revisionOf } from "../../protocols/hermes/timestamp.ts";
import { show } from "../protocols/member_cluster.ts";
import { HermesCluster } from "./cluster.ts";
import { clusterOf, countOf, invsOnlyTo } from "./with_clients.ts";

/**
 * Worlds in which the timestamps of two updates from the same state are in either order. To have a write
 * executed twice does not change what is read, but the later one may take the place of the first.
 */
const SEEDS = Array.from({ length: 24 }, (_, seed) => seed);

function revisionOfReply(reply: ClientReply): number {
  if (reply.type !== "result") throw new Error(`no result, but ${reply.type}`);
  return reply.opNumber;
}

/** Asserts that an object is what an update has made of it, and of no other one. */
function assertLast(cluster: HermesCluster, reply: ClientReply, object: string): void {
  cluster.settle();
  const revision = revisionOfReply(reply);
  for (const { index } of cluster.nodes.filter(({ replica }) => replica?.role === "member")) {
    const read = cluster.answer(cluster.query(index, object));
    assertEquals(revisionOfReply(read), revision, `node ${index}`);
  }
  assertEquals(cluster.failures, []);
}

/** A write of client `a`, whose home was node 0, that reached node 1 only before node 0 was expelled. */
function leftBehind(command: string, seed = 1) {
  const { cluster, a, b, c } = clusterOf({ seed });
  cluster.execute(b, 1, ["x=0"], 1);
  cluster.execute(a, 1, ["y=0"], 0);
  cluster.settle();
  const undo = invsOnlyTo(cluster, 0, [1]);
  const acks = cluster.drop("ack");
  const first = cluster.submit(0, a, 2, command);
  cluster.run(5);
  assertEquals(first.replies, []);
  cluster.crash(0);
  undo();
  acks();
  return { cluster, a, b, c };
}

for (const home of [1, 2]) {
  Deno.test(`a write that only one replica has when its coordinator is expelled is executed once, if node ${home} is asked for it`, () => {
    for (const seed of SEEDS) {
      const { cluster, a } = leftBehind("x=1", seed);
      cluster.assign([1, 2]);
      const reply = cluster.answer(cluster.submit(home, a, 2, "x=1"));
      assertEquals(show(reply), "ok");
      assertLast(cluster, reply, "x");
      assertEquals(cluster.answer(cluster.submit(home, a, 2, "x=1")), reply);
    }
  });

  Deno.test(`a read-modify-write that only one replica has is executed once, if node ${home} is asked for it`, () => {
    const { cluster, a } = leftBehind("x+1");
    cluster.assign([1, 2]);
    assertEquals(show(cluster.answer(cluster.submit(home, a, 2, "x+1"))), "01");
    cluster.settle();
    assertEquals([cluster.read(1, "x"), cluster.read(2, "x")], ["01", "01"]);
  });
}

Deno.test("a write that is overwritten since is not executed again by a new home", () => {
  const { cluster, a, b } = leftBehind("x=1");
  cluster.assign([1, 2]);
  assertEquals(show(cluster.answer(cluster.submit(1, a, 2, "x=1"))), "ok");
  assertEquals(cluster.execute(b, 2, ["x=2"], 1), ["ok"]);
  assertEquals(show(cluster.answer(cluster.submit(2, a, 2, "x=1"))), "ok");
  assertEquals(cluster.read(2, "x"), "2");
});

Deno.test("a write that was overwritten before anybody had read it is not executed by a late copy, wherever that arrives", () => {
  // Worlds in which the other write is the higher one.
  let met = 0;
  for (let seed = 0; met < 2; seed++) {
    const { cluster, b, c } = clusterOf({ seed });
    const client = [cluster.session(0), cluster.session(0)].find((id) => homeOf(id, [1, 2]) === 1)!;
    cluster.execute(b, 1, ["x=0"], 1);
    cluster.settle();
    const undo = invsOnlyTo(cluster, 0, [1]);
    cluster.submit(0, client, 1, "x=1");
    cluster.run(5);
    cluster.crash(0);
    undo();
    cluster.assign([1, 2]);
    cluster.answer(cluster.submit(2, c, 1, "x=2"));
    cluster.settle();
    if (cluster.read(1, "x") === "1") continue;
    met++;
    // Node 1 alone knows that there was such a request. Its client is told, and then it is gone, too.
    assertEquals(show(cluster.answer(cluster.submit(1, client, 1, "x=1"))), "ok");
    cluster.crash(1);
    cluster.assign([2]);
    assertEquals(show(cluster.answer(cluster.submit(2, client, 1, "x=1"))), "ok");
    assertEquals(cluster.read(2, "x"), "2");
  }
});

Deno.test("a home that has forgotten what it began learns of it from whoever has it (restart in the same epoch)", () => {
  for (const seed of SEEDS) {
    for (const [command, result] of [["x=1", "ok"], ["x+1", "01"]] as const) {
      const { cluster, a } = clusterOf({ seed, diskMs: () => 5 });
      cluster.execute(a, 1, ["x=0"]);
      cluster.settle();
      const undo = invsOnlyTo(cluster, 0, [1]);
      cluster.submit(0, a, 2, command);
      cluster.run(3);
      cluster.crash(0);
      undo();
      cluster.restart(0);
      const reply = cluster.answer(cluster.submit(0, a, 2, command));
      assertEquals(show(reply), result);
      assertLast(cluster, reply, "x");
      assertEquals(cluster.answer(cluster.submit(0, a, 2, command)), reply);
    }
  }
});

Deno.test("what an earlier life of a home has sent is void for whoever was asked by a later one, even started anew", () => {
  // Worlds in which it would take the place of what the later one has written.
  let met = 0;
  for (let seed = 0; met < 2; seed++) {
    const { cluster, a } = clusterOf({ seed, diskMs: () => 5 });
    cluster.execute(a, 1, ["x=0"]);
    cluster.settle();
    // The INV to node 1 is on its way for long; node 0 forgets it.
    const late: HermesMessage[] = [];
    const undo = cluster.onMessage((message, from, to) => {
      if (message.type !== "inv" || from !== 0) return undefined;
      if (to === 1) late.push(message);
      return { copies: 0 };
    });
    cluster.submit(0, a, 2, "x=1");
    cluster.run(2);
    cluster.crash(0);
    undo();
    cluster.restart(0);
    const reply = cluster.answer(cluster.submit(0, a, 2, "x=1"));
    assertEquals(show(reply), "ok");
    cluster.settle();
    cluster.crashActor(1, "replica");
    cluster.run(10);
    const [inv] = late as HermesMessageOf<"inv">[];
    if (revisionOf(inv!.updates[0]!.ts) > revisionOfReply(reply)) met++;
    cluster.deliver(1, inv!);
    assertLast(cluster, reply, "x");
  }
});

/** Node 0 has stopped to serve; a write of its client reached only one of the others before its home failed. */
function returning(cluster: HermesCluster, client: number): ClientReply {
  const home = homeOf(client, [1, 2])!;
  const other = 3 - home;
  const undo = invsOnlyTo(cluster, home, [other]);
  const first = cluster.submit(home, client, 2, "x=1");
  cluster.run(10);
  assertEquals(first.replies, []);
  cluster.crash(home);
  undo();
  cluster.assign([0, other]);
  return cluster.answer(cluster.submit(0, client, 2, "x=1"));
}

Deno.test("a home that is one again after another one was asks about its clients", () => {
  for (const seed of SEEDS) {
    const { cluster, a } = clusterOf({ seed });
    cluster.execute(a, 1, ["x=0"]);
    cluster.settle();
    cluster.assign([0, 1, 2], { leaving: 0 });
    cluster.settle();
    assertLast(cluster, returning(cluster, a), "x");
  }
});

Deno.test("a session that is open only when its node is not its home any more is asked about", () => {
  for (const seed of SEEDS) {
    const { cluster, a } = clusterOf({ seed });
    cluster.execute(a, 1, ["x=0"]);
    cluster.settle();
    const undo = cluster.drop("ack");
    const opening = cluster.open(0);
    cluster.run(5);
    cluster.assign([0, 1, 2], { leaving: 0 });
    undo();
    const session = cluster.answer(opening);
    if (session.type !== "session") throw new Error(`no session, but ${session.type}`);
    assertLast(cluster, returning(cluster, session.clientId), "x");
  }
});

Deno.test("a home that is one again asks, and whoever was one meanwhile begins nothing more", () => {
  const { cluster, a, b } = clusterOf();
  cluster.execute(a, 1, ["x=0"]);
  cluster.isolate(0);
  cluster.assign([1, 2], {}, [1, 2]);
  cluster.settle();
  // Client a's home is elsewhere now. Its request waits there, behind one that gets no acknowledgements.
  const undo = cluster.drop("ack");
  const before = cluster.submit(1, b, 1, "x=1");
  cluster.run(10);
  const waiting = [1, 2].map((node) => cluster.submit(node, a, 2, "x+2"));
  cluster.run(20);
  undo();
  cluster.heal();
  // Node 0 joins, and is a member again.
  cluster.crash(0);
  cluster.start(0);
  cluster.until(() => cluster.node(0).ready !== undefined, 1_000, "readiness");
  cluster.assign([1, 2], { joining: 0 });
  cluster.until(() => cluster.node(0).toldOf("extended").length > 0, 5_000, "a whole copy");
  cluster.assign([1, 2, 0]);
  const again = cluster.submit(0, a, 2, "x+2");
  assertEquals(show(cluster.answer(again)), "12");
  cluster.answer(before);
  for (const attempt of waiting) cluster.answer(attempt);
  cluster.settle();
  assertEquals(cluster.read(0, "x"), "12");
});

Deno.test("a home asks about a client once, and not again in the next epoch if it is still its home", () => {
  const { cluster, a, b } = clusterOf();
  const recalls = countOf(cluster, "recall");
  // They have opened their sessions here.
  cluster.execute(a, 1, ["x=1", "x=2"]);
  assertEquals(recalls(), 0);
  cluster.crash(1);
  cluster.assign([0, 2]);
  cluster.execute(a, 3, ["x=1", "x=2"]);
  assertEquals(recalls(), 0);
  const node = cluster.submit(0, b, 1, "x=3");
  cluster.answer(node);
  cluster.execute(b, 2, ["x=1"], 0);
  assertEquals(recalls(), 1);
});

Deno.test("a client is asked about anew when the epoch changes before all have answered", () => {
  for (const seed of SEEDS) {
    const cluster = HermesCluster.of(4, { seed });
    cluster.session(0);
    const client = cluster.session(0);
    cluster.execute(client, 1, ["x=0"]);
    cluster.settle();
    const home = homeOf(client, [1, 2, 3])!;
    const [first, second] = [1, 2, 3].filter((node) => node !== home) as [number, number];
    // One alone has the write.
    const undo = invsOnlyTo(cluster, 0, [first]);
    cluster.submit(0, client, 2, "x=1");
    cluster.run(4);
    cluster.crash(0);
    undo();
    // The other one knows nothing when it is asked, and has the write when the first one is gone.
    const late = cluster.onMessage(({ type }, from, to) => {
      if (type === "inv" && from === first && to === second) return { delayMs: 30 };
      if (from === first && to === home) return { copies: 0 };
      return undefined;
    });
    cluster.assign([1, 2, 3]);
    const early = cluster.submit(home, client, 2, "x=1");
    cluster.run(60);
    cluster.crash(first);
    late();
    cluster.assign([home, second]);
    assertEquals(homeOf(client, [home, second]), home);
    const reply = cluster.answer(cluster.submit(home, client, 2, "x=1"));
    assertLast(cluster, reply, "x");
    assertEquals(early.replies, [reply]);
  }
});
