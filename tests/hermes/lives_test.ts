import { assertEquals } from "@std/assert";
import type { HermesMessage, HermesMessageOf } from "../../protocols/hermes/messages.ts";
import { revisionOf } from "../../protocols/hermes/timestamp.ts";
import { bytesOf } from "../vr/machine.ts";
import { show } from "../protocols/member_cluster.ts";
import { HermesCluster } from "./cluster.ts";
import { LoneReplica } from "./lone.ts";

/** A client id whose home is node 0. */
const CLIENT = 8;

/** Each node's client has written once, so that nobody has to be asked about it any more. */
function clusterOf(seed: number) {
  const cluster = HermesCluster.of(3, { seed, diskMs: () => 5 });
  const [a, , c] = [0, 1, 2].map((node) => cluster.session(node)) as [number, number, number];
  cluster.execute(a, 1, ["x="], 0);
  cluster.execute(c, 1, ["y="], 2);
  cluster.settle();
  return { cluster, a, c };
}

Deno.test("a read-modify-write that its coordinator has forgotten in a crash does not undo another one when it arrives late", () => {
  for (let seed = 0; seed < 16; seed++) {
    const { cluster, a, c } = clusterOf(seed);
    const late: HermesMessage[] = [];
    const undo = cluster.onMessage((message, from, to) => {
      if (message.type !== "inv" || from !== 0) return undefined;
      if (to === 1) late.push(message);
      return { copies: 0 };
    });
    cluster.submit(0, a, 2, "x+a");
    cluster.run(3);
    cluster.crash(0);
    undo();
    cluster.restart(0);
    // Node 0 says so to its coordinator only: node 1 would not hear that this is another life of it.
    cluster.execute(c, 2, ["x+c"], 2);
    cluster.deliver(1, late[0]!);
    cluster.settle();
    cluster.answer(cluster.submit(0, a, 2, "x+a"));
    cluster.settle();
    const read = [0, 1, 2].map((node) => cluster.read(node, "x"));
    // Unless the disk had it after all, or the page of it.
    const [first] = read;
    assertEquals([...first!].sort().join(""), "ac", `seed ${seed}`);
    assertEquals(read, [first, first, first]);
    assertEquals(cluster.failures, []);
  }
});

Deno.test("whoever has started anew in an epoch acknowledges nothing before all others know of it", () => {
  const { cluster, c } = clusterOf(1);
  const undo = cluster.onMessage(({ type }, _, to) =>
    type === "join" && to === 1 ? { copies: 0 } : undefined
  );
  cluster.restart(0);
  const attempt = cluster.submit(2, c, 2, "x=1");
  cluster.run(500);
  assertEquals(attempt.replies, []);
  undo();
  assertEquals(show(cluster.answer(attempt)), "ok");
});

Deno.test("to know of an earlier life is not to know of a later one", () => {
  const { cluster, c } = clusterOf(1);
  const late: HermesMessage[] = [];
  const undo = cluster.onMessage((message, from, to) => {
    if (message.type !== "entered" || from !== 1 || to !== 0) return undefined;
    late.push(message);
    return { copies: 0 };
  });
  cluster.restart(0);
  cluster.run(20);
  const silence = cluster.onMessage(({ type }, _, to) =>
    type === "join" && to === 1 ? { copies: 0 } : undefined
  );
  cluster.restart(0);
  undo();
  cluster.deliver(0, late[0]!);
  const attempt = cluster.submit(2, c, 2, "x=1");
  cluster.run(500);
  assertEquals(attempt.replies, []);
  silence();
  assertEquals(show(cluster.answer(attempt)), "ok");
});

Deno.test("whoever has said what it knows of a client takes nothing of an earlier life of the client's home, even started anew", () => {
  // A world in which it would take the place of what the later one has written.
  let isMet = false;
  for (let seed = 0; !isMet; seed++) {
    const { cluster, a } = clusterOf(seed);
    const late: HermesMessageOf<"inv">[] = [];
    const undo = cluster.onMessage((message, from, to) => {
      if (message.type !== "inv" || from !== 0) return undefined;
      if (to === 1) late.push(message);
      return { copies: 0 };
    });
    cluster.submit(0, a, 2, "x=1");
    cluster.run(2);
    cluster.crash(0);
    undo();
    const silence = cluster.drop("join", "inv");
    cluster.restart(0);
    const attempt = cluster.submit(0, a, 2, "x=1");
    cluster.run(30);
    cluster.crashActor(1, "replica");
    cluster.run(20);
    cluster.deliver(1, late[0]!);
    silence();
    const reply = cluster.answer(attempt);
    cluster.settle();
    if (reply.type !== "result") throw new Error(`no result, but ${reply.type}`);
    const read = cluster.answer(cluster.query(1, "x"));
    assertEquals(read, { ...reply, result: bytesOf("1") });
    isMet = revisionOf(late[0]!.updates[0]!.ts) > reply.opNumber;
    assertEquals(cluster.failures, []);
  }
});

Deno.test("what is told of a request is certain: what overtook it may be forgotten as long as it is not committed", () => {
  const lone = new LoneReplica();
  const requester = { clientId: CLIENT, requestNumber: 1, result: bytesOf("1"), resultBytes: 1 };
  const rmw = lone.update("x", "1", { isRmw: true, requester });
  const write = lone.update("x", "2", { by: 2 });
  lone.inv(1, rmw);
  lone.inv(2, write);
  const recalled = () => {
    lone.sent = [];
    lone.post({ type: "recall", epoch: 1, node: 1, life: 1, ticket: 7, clientId: CLIENT });
    lone.run(10);
    return lone.sent.flatMap(({ message }) =>
      message.type === "recalled" ? [[message.isPending, message.record?.fate]] : []
    );
  };
  assertEquals(recalled(), [[true, undefined]]);
  lone.val(2, "x", write.ts);
  assertEquals(recalled(), [[false, "overtaken"]]);
});

Deno.test("nothing is begun in an epoch before it is durable that we were in it, and then at once", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x=1");
  lone.look();
  lone.disk.holdNext("sync");
  lone.assign(2);
  lone.execute(16, 1, "y=1");
  assertEquals(lone.look(), []);
  lone.disk.release();
  lone.run(2);
  assertEquals(lone.look(), ["1 inv x", "1 inv y", "2 inv x", "2 inv y"]);
});

Deno.test("what is not taken up, for its session was evicted, keeps that session from coming back with the disk", () => {
  const lone = new LoneReplica();
  const ackAll = () => [1, 2].forEach((node) => lone.ack(node, "x", lone.ts("x")));
  for (const number of [1, 2]) {
    lone.execute(CLIENT, number, `x=${number}`);
    ackAll();
  }
  // Where it was evicted they know of a request that came later, maybe.
  lone.restart();
  lone.evicted = CLIENT;
  lone.execute(CLIENT, 3, "x=3");
  ackAll();
  const requester = { clientId: CLIENT, requestNumber: 4, result: bytesOf("ok"), resultBytes: 2 };
  lone.inv(1, lone.update("x", "4", { requester }));
  lone.evicted = 0;
  lone.restart();
  lone.execute(CLIENT, 4, "x=4");
  ackAll();
  ackAll();
  assertEquals(lone.answers, ["8:1 ok", "8:2 ok", "8:3 noSession", "8:4 noSession"]);
});

Deno.test("a session that was evicted where alone its newest request may have been known is none", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x=1");
  for (const node of [1, 2]) lone.ack(node, "x", lone.ts("x"));
  lone.restart();
  lone.evicted = CLIENT;
  lone.execute(CLIENT, 2, "x=2");
  lone.execute(CLIENT + 8, 1, "x=3");
  for (const node of [1, 2]) lone.ack(node, "x", lone.ts("x"));
  for (const node of [1, 2]) lone.ack(node, "x", lone.ts("x"));
  assertEquals(lone.answers, ["8:1 ok", "8:2 noSession", "16:1 ok"]);
});

Deno.test("every start is another life, though nothing but the start itself was written", () => {
  const lone = new LoneReplica();
  const lives = [0, 1, 2].map(() => {
    lone.crash();
    lone.start();
    return lone.replica.life;
  });
  const [first] = lives as [number];
  assertEquals(lives, [first, first + 1, first + 2]);
});
