/**
 * The optimisations of Hermes 3.3, each with its cost and its gain.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { compare } from "../../protocols/hermes/timestamp.ts";
import { show } from "../protocols/member_cluster.ts";
import { HermesCluster, type HermesClusterOptions } from "./cluster.ts";
import { LoneReplica } from "./lone.ts";

const CLIENT = 8;

/** Messages between replicas that one write costs, by kind. */
function messagesOfWrite(options: HermesClusterOptions): Record<string, number> {
  const cluster = HermesCluster.of(options.nodes!, options);
  const client = cluster.session(0);
  cluster.execute(client, 1, ["y=1"]);
  cluster.settle();
  const counts: Record<string, number> = {};
  cluster.onMessage(({ type }) => {
    counts[type] = (counts[type] ?? 0) + 1;
    return undefined;
  });
  cluster.execute(client, 2, ["x=1"]);
  cluster.settle();
  return counts;
}

Deno.test("a write costs 3(n-1) messages", () => {
  assertEquals(messagesOfWrite({ nodes: 3 }), { inv: 2, ack: 2, val: 2 });
  assertEquals(messagesOfWrite({ nodes: 5 }), { inv: 4, ack: 4, val: 4 });
});

Deno.test("with O3 a write costs an INV to each, an ACK of each to each, and no VAL", () => {
  assertEquals(messagesOfWrite({ nodes: 3, broadcastsAcks: true }), { inv: 2, ack: 6 });
  assertEquals(messagesOfWrite({ nodes: 5, broadcastsAcks: true }), { inv: 4, ack: 20 });
});

Deno.test("O2: of two that write at once it is not always the greater node that wins", () => {
  const winners = (virtualIds: number) => {
    const won = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const cluster = HermesCluster.of(2, { seed, virtualIds });
      const clients = [0, 1].map((node) => cluster.session(node));
      cluster.execute(clients[0]!, 1, ["y=1"], 0);
      cluster.execute(clients[1]!, 1, ["z=1"], 1);
      const attempts = clients.map((client, node) => cluster.submit(node, client, 2, `x=${node}`));
      for (const attempt of attempts) cluster.answer(attempt);
      cluster.settle();
      won.add(cluster.read(0, "x"));
    }
    return [...won].sort();
  };
  assertEquals(winners(16), ["0", "1"]);
  assertEquals(winners(1), ["1"]);
});

// O3, message by message

Deno.test("O3: whoever has seen the ACKs of all, its own included, needs no VAL", () => {
  const lone = new LoneReplica({ broadcastsAcks: true });
  lone.disk.holdNext("sync");
  const update = lone.update("x", "1");
  lone.inv(1, update);
  lone.run(20);
  lone.ack(1, "x", update.ts);
  lone.ack(2, "x", update.ts);
  assertEquals([lone.state("x"), lone.look()], ["I 1", []]);
  lone.disk.release();
  lone.run(5);
  assertEquals([lone.state("x"), lone.look()], ["V 1", ["1 ack x", "2 ack x"]]);
});

Deno.test("O3: ACKs that come before the INV count, once the value is there", () => {
  const lone = new LoneReplica({ broadcastsAcks: true });
  const update = lone.update("x", "1");
  lone.ack(2, "x", update.ts);
  lone.ack(1, "x", update.ts);
  assertEquals(lone.state("x"), "V -");
  lone.inv(1, update);
  lone.run(5);
  assertEquals(lone.state("x"), "V 1");
});

Deno.test("O3: early ACKs of one update are not taken for those of another", () => {
  const lone = new LoneReplica({ broadcastsAcks: true });
  const early = lone.update("x", "1", { by: 1 });
  const other = lone.update("x", "2", { by: 2 });
  lone.ack(2, "x", early.ts);
  lone.ack(1, "x", early.ts);
  lone.inv(2, other);
  lone.run(5);
  assertEquals(lone.state("x"), "I 2");
  for (const node of [1, 2]) lone.ack(node, "x", other.ts);
  assertEquals(lone.state("x"), "V 2");
});

Deno.test("O3: an overtaken read-modify-write becomes valid nowhere", () => {
  const lone = new LoneReplica({ broadcastsAcks: true });
  const rmw = lone.update("x", "rmw", { by: 1, isRmw: true });
  const write = lone.update("x", "write", { by: 2 });
  assert(compare(write.ts, rmw.ts) > 0);
  lone.inv(1, rmw);
  lone.inv(2, write);
  for (const node of [1, 2]) lone.ack(node, "x", rmw.ts);
  lone.run(5);
  assertEquals(lone.state("x"), "I write");
});

Deno.test("O3: a coordinator tells its client when all have acknowledged, and sends no VAL", () => {
  const lone = new LoneReplica({ broadcastsAcks: true });
  lone.execute(CLIENT, 1, "x=1");
  lone.run(5);
  assertEquals(lone.look(), ["1 ack x", "1 inv x", "2 ack x", "2 inv x"]);
  for (const node of [1, 2]) lone.ack(node, "x", lone.ts("x"));
  assertEquals([lone.state("x"), lone.answers, lone.look()], ["V 1", [`${CLIENT}:1 ok`], []]);
});

Deno.test("O3: a new epoch voids what was counted in the one before", () => {
  const lone = new LoneReplica({ broadcastsAcks: true, nodes: 4 });
  const update = lone.update("x", "1");
  lone.inv(1, update);
  lone.run(5);
  lone.ack(1, "x", update.ts);
  lone.ack(2, "x", update.ts);
  lone.assign(2, [0, 1, 3]);
  lone.ack(3, "x", update.ts);
  assertEquals(lone.state("x"), "I 1");
  lone.inv(1, update);
  lone.run(5);
  lone.ack(1, "x", update.ts);
  assertEquals(lone.state("x"), "V 1");
});

for (const broadcastsAcks of [false, true]) {
  Deno.test(`whatever is lost, repeated and overtaken, all replicas agree (O3: ${broadcastsAcks})`, () => {
    for (let seed = 1; seed <= 15; seed++) {
      const cluster = HermesCluster.of(3, {
        seed,
        broadcastsAcks,
        latencyMs: (random) => 0.5 + random() * 4,
      });
      const clients = [0, 1, 2].map((node) => cluster.session(node));
      let state = seed;
      const draw = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
      const undo = cluster.onMessage(() => {
        const chance = draw();
        if (chance < 0.1) return { copies: 0 };
        if (chance < 0.2) return { copies: 2 };
        return chance < 0.3 ? { delayMs: draw() * 200 } : undefined;
      });
      let appended = 0;
      const results: string[] = [];
      for (let round = 1; round <= 12; round++) {
        const attempts = clients.map((client, node) => {
          const isWrite = draw() < 0.3;
          return cluster.submit(node, client, round, isWrite ? `y=${round}-${node}` : `x+${node}`);
        });
        for (const attempt of attempts) {
          const result = show(cluster.answer(attempt));
          if (result !== "ok") appended++;
          results.push(result);
        }
      }
      undo();
      cluster.run(2_000);
      const [x, y] = ["x", "y"].map((object) =>
        new Set([0, 1, 2].map((node) => cluster.read(node, object)))
      );
      assertEquals([x!.size, y!.size], [1, 1]);
      const [text] = [...x!];
      assertEquals(text!.length, appended);
      const appends = results.filter((each) => each !== "ok");
      assertEquals(new Set(appends).size, appended);
      for (const each of appends) assert(text!.startsWith(each), `${each} of ${text}`);
      assertEquals(cluster.failures, []);
    }
  });
}
