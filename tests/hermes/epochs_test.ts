import { assertEquals } from "@std/assert";
import { show } from "../protocols/member_cluster.ts";
import { HermesCluster } from "./cluster.ts";
import { LoneReplica } from "./lone.ts";

const CLIENT = 8;

for (const command of ["x=1", "x+1"]) {
  Deno.test(`a new epoch voids the ACKs of ${command}: it is sent again to all who are live now`, () => {
    const lone = new LoneReplica();
    lone.execute(CLIENT, 1, command);
    const ts = lone.ts("x");
    lone.ack(1, "x", ts);
    lone.look();
    lone.assign(2, [0, 1, 2]);
    assertEquals(lone.look(), ["1 inv x", "2 inv x"]);
    lone.ack(2, "x", ts);
    assertEquals(lone.answers, []);
    lone.ack(1, "x", ts);
    assertEquals([lone.answers, lone.state("x")], [[
      `${CLIENT}:1 ${command === "x=1" ? "ok" : "1"}`,
    ], "V 1"]);
  });

  Deno.test(`a new epoch in which nobody is missing any more completes ${command}`, () => {
    const lone = new LoneReplica();
    lone.execute(CLIENT, 1, command);
    lone.assign(2, [0]);
    assertEquals([lone.answers.length, lone.state("x")], [1, "V 1"]);
  });
}

Deno.test("what was committed in an epoch is not said to be so in the next one (sim seed 90074)", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x=1");
  lone.look();
  const acks = [{ object: "x", ts: lone.ts("x") }];
  for (const node of [1, 2]) lone.post({ type: "ack", epoch: 1, node, life: 1, acks });
  lone.assign(2, [0, 1, 3]);
  assertEquals(lone.answers, [`${CLIENT}:1 ok`]);
  assertEquals(lone.look().filter((line) => line.includes("val")), []);
});

Deno.test("ACKs, INVs and VALs of another epoch are dropped; who is behind is told so, who is ahead is a reason to ask", () => {
  const lone = new LoneReplica();
  lone.assign(5, [0, 1, 2]);
  lone.execute(CLIENT, 1, "x=1");
  const ts = lone.ts("x");
  lone.look();
  for (const epoch of [4, 6]) {
    lone.epoch = epoch;
    lone.ack(1, "x", ts);
    lone.ack(2, "x", ts);
    lone.val(1, "x", ts);
    lone.inv(1, lone.update("y", "1"));
  }
  assertEquals([lone.state("x"), lone.state("y"), lone.answers], ["W 1", "V -", []]);
  assertEquals(new Set(lone.look()), new Set(["1 outdated ", "2 outdated "]));
  assertEquals(lone.told.filter(({ type }) => type === "outdated").length > 0, true);
});

Deno.test("messages of an earlier life of their sender are dropped, once a later one was heard", () => {
  const lone = new LoneReplica();
  lone.life = 2;
  lone.inv(1, lone.update("x", "new"));
  lone.life = 1;
  lone.inv(1, lone.update("y", "old"));
  assertEquals([lone.state("x"), lone.state("y")], ["I new", "V -"]);
  lone.inv(2, lone.update("z", "other"));
  assertEquals(lone.state("z"), "I other");
});

Deno.test("nobody but live nodes is heard", () => {
  const lone = new LoneReplica();
  lone.inv(3, lone.update("x", "stranger"));
  assertEquals([lone.state("x"), lone.look()], ["V -", []]);
});

Deno.test("an object whose coordinator is not live any more is replayed at the first request", () => {
  const lone = new LoneReplica();
  const update = lone.update("x", "first", { by: 2 });
  lone.inv(2, update);
  lone.assign(2, [0, 1]);
  lone.look();
  const replies = lone.read("x");
  assertEquals([lone.state("x"), lone.look()], ["R first", ["1 inv x"]]);
  lone.ack(1, "x", update.ts);
  assertEquals(replies, ["first"]);
});

Deno.test("nothing is acknowledged in an epoch before it is durable that we are in it", () => {
  const lone = new LoneReplica();
  const update = lone.update("x", "first");
  lone.settle(update);
  lone.disk.holdNext("sync");
  lone.assign(2, [0, 1, 2]);
  lone.inv(1, update);
  lone.run(50);
  assertEquals(lone.look(), []);
  lone.disk.release();
  lone.run(5);
  assertEquals(lone.look(), ["1 ack x"]);
});

Deno.test("an acknowledgement waits for its epoch to be durable, though what it is of is so already", () => {
  const lone = new LoneReplica();
  const update = lone.update("x", "first");
  lone.inv(1, update);
  lone.run(50);
  lone.look();
  lone.disk.holdNext("sync");
  lone.assign(2, [0, 1, 2]);
  lone.inv(1, update);
  lone.run(10);
  assertEquals(lone.look(), []);
  lone.disk.release();
  lone.run(5);
  assertEquals(lone.look(), ["1 ack x"]);
});

Deno.test("a replica that is expelled coordinates nothing any more", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x=1");
  lone.execute(16, 1, "x=2");
  lone.assign(2, [1, 2]);
  lone.look();
  lone.run(500);
  assertEquals([lone.look(), lone.answers.sort()], [[], ["16:1 interrupted", "8:1 interrupted"]]);
  assertEquals(lone.failures, []);
});

Deno.test("an m-update that reaches the nodes at different times holds writes up, and loses none", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(0);
  cluster.crash(2);
  const attempt = cluster.submit(0, client, 1, "x=1");
  cluster.run(50);
  cluster.assign([0, 1], {}, [0]);
  cluster.run(300);
  assertEquals(attempt.replies, []);
  cluster.tell(1);
  assertEquals(show(cluster.answer(attempt)), "ok");
  cluster.settle();
  assertEquals([cluster.read(0, "x"), cluster.read(1, "x")], ["1", "1"]);
});

Deno.test("two concurrent writers, a lost VAL, a crash of a writer, and a replay (Hermes, Fig. 4)", () => {
  const cluster = HermesCluster.of(3);
  const clients = [0, 1, 2].map((node) => cluster.session(node));
  cluster.settle();
  // Node 2 wins whatever ids are drawn: it begins from what node 0 has written.
  const undo = cluster.onMessage((message, from, to) =>
    message.type === "val" && from === 2 && to === 0 ? { copies: 0 } : undefined
  );
  const one = cluster.submit(0, clients[0]!, 1, "x=one");
  const two = cluster.submit(2, clients[2]!, 1, "x=two");
  assertEquals([show(cluster.answer(one)), show(cluster.answer(two))], ["ok", "ok"]);
  cluster.crash(2);
  undo();
  cluster.assign([0, 1]);
  cluster.settle();
  assertEquals(cluster.read(0, "x"), cluster.read(1, "x"));
  assertEquals(cluster.failures, []);
});

Deno.test("the aborted read-modify-write that commits after all: its client hears of it once, as it is", () => {
  // 4.5 of the reference: r is at node 1 only, the write that overtakes it only at its coordinator.
  const lone = new LoneReplica({ nodes: 5 });
  lone.execute(CLIENT, 1, "x+r");
  const r = lone.ts("x");
  const write = lone.update("x", "w", { by: 2 });
  lone.inv(2, write);
  assertEquals([lone.state("x"), lone.answers], ["I w", []]);
  // The writer is gone: we replay the write, since we hold it, and only then begin anew.
  lone.assign(2, [0, 1, 3, 4]);
  lone.run(20);
  assertEquals([lone.state("x"), lone.answers], ["R w", []]);
  for (const node of [1, 3, 4]) lone.ack(node, "x", write.ts);
  assertEquals(lone.state("x"), "W wr");
  for (const node of [1, 3, 4]) lone.ack(node, "x", r);
  assertEquals(lone.answers, []);
  for (const node of [1, 3, 4]) lone.ack(node, "x", lone.ts("x"));
  assertEquals(lone.answers, [`${CLIENT}:1 wr`]);
});

Deno.test("a session of node 0 is refused by nobody in the next epoch", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(0);
  assertEquals(cluster.execute(client, 1, ["x+1"]), ["1"]);
  cluster.crash(0);
  cluster.assign([1, 2]);
  assertEquals(cluster.execute(client, 2, ["x+2"], 1), ["12"]);
  assertEquals(show(cluster.answer(cluster.submit(2, client, 2, "x+2"))), "12");
  assertEquals(cluster.read(2, "x"), "12");
});
