import { assert, assertEquals } from "@std/assert";
import type { ChainMessage } from "../../protocols/chain/messages.ts";
import { show } from "../protocols/member_cluster.ts";
import { ChainCluster } from "./cluster.ts";

Deno.test("a chain executes updates everywhere, and the tail answers", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  const attempt = cluster.submit(0, client, 1, "x=1");
  assertEquals(show(cluster.answer(attempt)), "1");
  cluster.settle();
  assertEquals(attempt.from, [2]);
  assertEquals(cluster.nodes.map(({ machine }) => machine.applied), [["x=1"], ["x=1"], ["x=1"]]);
  assertEquals(cluster.nodes.map((node) => node.replica!.role), ["head", "middle", "tail"]);
  assertEquals(cluster.nodes.map((node) => node.replica!.sentLength), [0, 0, 0]);
  assertEquals(cluster.failures, []);
});

Deno.test("a request at any node, even one without a part in the chain, is passed on to the head", () => {
  const cluster = ChainCluster.of(4);
  cluster.assign([2, 0, 1]);
  cluster.settle();
  const client = cluster.session(3);
  for (const node of [0, 1, 2, 3]) {
    const attempt = cluster.submit(node, client, node + 1, `x=${node}`);
    assertEquals(show(cluster.answer(attempt)), String(node + 1));
    assertEquals(attempt.from, [1]);
  }
});

Deno.test("a chain of one orders, commits and answers alone", () => {
  const cluster = ChainCluster.of(1);
  const client = cluster.session();
  assertEquals(cluster.execute(client, 1, ["x=a", "x=b"]), ["1", "2"]);
  assertEquals(cluster.read(0, "x"), "a,b");
  assertEquals(cluster.node(0).replica!.role, "single");
});

Deno.test("an entry costs one message down and one up for each link of the chain (CR 3)", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const sent: ChainMessage["type"][] = [];
  const isTip = (message: ChainMessage) => message.type === "tip";
  cluster.onMessage((message) => {
    if (isTip(message)) return { copies: 0 };
    sent.push(message.type);
    return undefined;
  });
  cluster.execute(client, 1, ["x=1"]);
  cluster.settle();
  assertEquals(sent.sort(), ["ack", "ack", "update", "update"]);
});

for (const position of [0, 1, 2]) {
  Deno.test(`node ${position} of a chain makes an entry durable before it says anything of it`, () => {
    const cluster = ChainCluster.of(3);
    const client = cluster.session();
    cluster.settle();
    const { disk } = cluster.node(position);
    disk.holdNext("sync");
    const said: string[] = [];
    cluster.onMessage((message, from) => {
      if (from !== position || message.type === "tip") return undefined;
      const opNumber = message.type === "update" ? message.entry.opNumber : 0;
      const known = message.type === "ack" ? Math.max(message.committed, message.received) : 0;
      if (Math.max(opNumber, known) > 1) said.push(message.type);
      return undefined;
    });
    const attempt = cluster.submit(0, client, 1, "x=1");
    cluster.run(1_000);
    assertEquals([said, attempt.replies], [[], []]);
    assertEquals(cluster.nodes.map((node) => node.replica!.acknowledged), [1, 1, 1]);
    disk.release();
    assertEquals(show(cluster.answer(attempt)), "1");
  });
}

Deno.test("a link is FIFO whatever is lost, repeated and overtaken", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = ChainCluster.of(3, { seed, latencyMs: (random) => 0.5 + random() * 2 });
    const client = cluster.session();
    let state = seed;
    const draw = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const undo = cluster.onMessage(() => {
      const chance = draw();
      if (chance < 0.15) return { copies: 0 };
      if (chance < 0.3) return { copies: 2 };
      return chance < 0.5 ? { delayMs: draw() * 60 } : undefined;
    });
    const commands = Array.from({ length: 60 }, (_, index) => `x=${index}`);
    for (const [index, command] of commands.entries()) {
      cluster.submit(0, client, index + 1, command);
      cluster.run(2);
    }
    cluster.run(500);
    undo();
    cluster.settle();
    for (const { machine } of cluster.nodes) assertEquals(machine.applied, commands);
    assertEquals(cluster.failures, []);
  }
});

Deno.test("two equal updates are two", () => {
  const cluster = ChainCluster.of(3);
  const [one, two] = [cluster.session(), cluster.session()];
  const attempts = [cluster.submit(0, one, 1, "x=same"), cluster.submit(0, two, 1, "x=same")];
  assertEquals(attempts.map((attempt) => show(cluster.answer(attempt))).sort(), ["1", "2"]);
  cluster.settle();
  for (const { machine } of cluster.nodes) assertEquals(machine.listOf("x"), ["same", "same"]);
});

Deno.test("a retry of what is under way is answered when the head knows it to be committed, and not before", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  // The tail is there, and mute: nothing is acknowledged, and nobody is answered.
  const undo = cluster.onMessage((_message, from) => from === 2 ? { copies: 0 } : undefined);
  cluster.node(2).disk.holdNext("sync");
  const first = cluster.submit(0, client, 1, "x=1");
  cluster.run(100);
  const again = cluster.submit(1, client, 1, "x=1");
  cluster.run(1_000);
  assertEquals([first.replies, again.replies], [[], []]);
  cluster.node(2).disk.release();
  cluster.run(500);
  assertEquals(first.replies.map(show), ["1"]);
  // The tail has committed, but the head does not know.
  assertEquals(again.replies, []);
  undo();
  cluster.settle();
  assertEquals([first.replies.map(show), again.replies.map(show)], [["1"], ["1"]]);
  assertEquals(again.from, [0]);
  for (const { machine } of cluster.nodes) assertEquals(machine.applied, ["x=1"]);
});

Deno.test("a retry of what was executed is answered from the record", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.settle();
  assertEquals(cluster.execute(client, 1, ["x=1"]), ["1"]);
  for (const { machine } of cluster.nodes) assertEquals(machine.applied, ["x=1"]);
});

Deno.test("the head gathers requests into entries while one is being made durable", () => {
  const cluster = ChainCluster.of(3, { diskMs: () => 5 });
  const clients = Array.from({ length: 50 }, () => cluster.session());
  cluster.settle();
  const before = cluster.node(0).replica!.opNumber;
  const attempts = clients.map((client) => cluster.submit(0, client, 1, `x=${client}`));
  for (const attempt of attempts) cluster.answer(attempt);
  cluster.settle();
  const entries = cluster.node(0).replica!.opNumber - before;
  assert(entries >= 1 && entries <= 3, `${entries} entries`);
});

Deno.test("a head whose queue is full refuses what comes, and orders the rest", () => {
  const cluster = ChainCluster.of(3, { queueBytesMax: 200 });
  const clients = Array.from({ length: 20 }, () => cluster.session());
  cluster.settle();
  cluster.node(0).disk.holdNext("sync");
  const attempts = clients.map((client) => cluster.submit(0, client, 1, `x=${client}`));
  cluster.run(100);
  const refused = attempts.filter(({ replies }) => replies[0]?.type === "overloaded");
  assert(refused.length > 5 && refused.length < 20, `${refused.length}`);
  cluster.node(0).disk.release();
  cluster.settle();
  assertEquals(cluster.node(2).machine.applied.length, 20 - refused.length);
  // Nothing of it is remembered as under way.
  const again = cluster.submit(0, clients[19]!, 1, "x=again");
  assertEquals(show(cluster.answer(again)), String(21 - refused.length));
});

Deno.test("the pipeline bounds what is under way", () => {
  const cluster = ChainCluster.of(3, { pipeline: 4, requestsMax: 1 });
  const clients = Array.from({ length: 20 }, () => cluster.session());
  cluster.settle();
  cluster.node(2).disk.holdNext("sync");
  for (const client of clients) cluster.submit(0, client, 1, `x=${client}`);
  cluster.run(300);
  const { sentLength } = cluster.node(0).replica!;
  assertEquals(sentLength, 4);
  cluster.node(2).disk.release();
  cluster.run(1_000);
  assertEquals(cluster.node(0).machine.applied.length, 20);
});
