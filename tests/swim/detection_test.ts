import { assert, assertEquals, assertLess } from "@std/assert";
import { suspicionMinMs } from "../../protocols/swim/formulas.ts";
import { accusation, SwimWorld } from "./swim_world.ts";

Deno.test("SwimCore: load of a member does not grow with the cluster, once nothing happens", () => {
  const perMember = [10, 80].map((nodes) => {
    const world = SwimWorld.formed(nodes);
    world.counts.clear();
    world.run(20_000);
    const { counts } = world;
    assertEquals(counts.get("gossip"), undefined);
    return (counts.get("ping")! + counts.get("ack")!) / nodes / 20;
  });
  for (const messages of perMember) assert(messages > 1.8 && messages < 2.1, String(messages));
});

for (const nodes of [2, 3, 5, 20, 100]) {
  Deno.test(`SwimCore: all of ${nodes} members hold one that has crashed to be dead, in time`, () => {
    const world = SwimWorld.formed(nodes, { seed: nodes });
    const start = world.clock.now;
    world.kill(nodes - 1);
    const rest = world.nodes;
    const { probeIntervalMs } = world.tuning;
    const minMs = suspicionMinMs(world.tuning, nodes);
    // To be probed, to be confirmed by others that probe it, to have its time, and for all to hear of it.
    const limitMs = minMs + 8 * probeIntervalMs;
    world.until(() => rest.every((by) => world.held(by, nodes - 1)?.state === "dead"), limitMs);
    const first = world.tales("member-failed")[0]!;
    assert(first.at - start >= minMs, "not before it has had its time");
    assertEquals(world.tales("member-failed").length, nodes - 1, "each says so once");
    assert(world.tales("member-failed").every(({ node }) => node === nodes - 1));
  });
}

Deno.test("SwimCore: one that has crashed is probed within two rounds of the list at the latest", () => {
  const world = SwimWorld.formed(6, { tuning: { indirectProbes: 0 } });
  const start = world.clock.now;
  const probers = new Map<number, number>();
  world.onSend = ({ from, to, message, at }) => {
    if (message.type === "ping" && to === 5 && !probers.has(from)) probers.set(from, at - start);
    return true;
  };
  world.kill(5);
  world.run(9_100);
  // 5 others in the list: at most 2 * 5 - 1 intervals lie between two probes of the same one.
  assertEquals([...probers.keys()].sort(), [0, 1, 2, 3, 4]);
});

Deno.test("SwimCore: one that cannot be reached directly by one member is alive through others", () => {
  const world = SwimWorld.formed(6);
  let asked = 0;
  world.onSend = ({ from, to, message }) => {
    if (message.type === "pingRequest" && message.target === 1) asked++;
    return !(from === 0 && to === 1) && !(from === 1 && to === 0);
  };
  world.run(120_000);
  assert(asked > 0);
  assertEquals(world.told, []);
});

Deno.test("SwimCore: without indirect probes, the same broken link makes a suspect of the member", () => {
  const world = SwimWorld.formed(6, { tuning: { indirectProbes: 0 } });
  world.onSend = ({ from, to }) => !(from === 0 && to === 1) && !(from === 1 && to === 0);
  world.run(120_000);
  assert(world.tales("member-suspected", 1).length > 0);
});

Deno.test("SwimCore: only the member itself contradicts a suspicion of it", () => {
  const world = SwimWorld.formed(5);
  world.pause(3);
  // Frozen for long enough to be suspected, and not to be dead.
  world.until(() => world.tales("member-suspected", 3).length > 0, 10_000);
  const { incarnation } = world.held(0, 3)!;
  world.run(1_000);
  assertEquals(world.tales("member-refuted").length, 0);
  world.resume(3);
  world.until(() => world.agrees(), 2_000);
  assertEquals(world.held(0, 3)!.incarnation, incarnation + 1);
  assertEquals(world.tales("member-failed").length, 0);
  assertEquals(world.core(3).figures.self.incarnation, incarnation + 1);
});

Deno.test("SwimCore: a ping tells a suspect first that it is one, and its answer contradicts", () => {
  const world = SwimWorld.formed(5);
  const updates = [accusation(world, 2)];
  world.tell(1, { type: "message", message: { type: "gossip", node: 0, updates } });
  const told: string[] = [];
  world.onSend = ({ to, from, message }) => {
    // Nothing but probes, and nobody but node 1 reaches node 2.
    if (message.type !== "ping" && message.type !== "ack") return false;
    if (from !== 2 && to !== 2) return true;
    if (from === 2 && (to !== 1 || message.type !== "ack")) return false;
    if (to === 2 && from !== 1) return false;
    const [update] = message.updates;
    told.push(`${message.type}: ${update?.node} is ${update?.state}`);
    return true;
  };
  world.until(() => told.length >= 2, 10_000);
  assertEquals(told.slice(0, 2), ["ping: 2 is suspect", "ack: 2 is alive"]);
  world.run(5);
  assertEquals(world.held(1, 2)!.state, "alive");
});

Deno.test("SwimCore: a probe of a process that was down says nothing of the one that has replaced it", () => {
  const world = SwimWorld.formed(5);
  let probed = false;
  world.onSend = ({ to, message }) => {
    probed ||= message.type === "ping" && to === 2;
    return true;
  };
  world.kill(2);
  while (!probed) world.run(1);
  world.start(2);
  world.run(10_000);
  assert(world.agrees());
  assertEquals(world.tales("member-suspected"), []);
});

Deno.test("SwimCore: a suspect has less time, the more members confirm", () => {
  const times = [0, 1, 2].map((confirmations) => {
    const world = SwimWorld.formed(8);
    // Only node 0 hears what the test tells it, and sends nothing.
    world.onSend = () => false;
    world.kill(7);
    const charge = accusation(world, 7);
    const start = world.clock.now;
    for (let by = 1; by <= 1 + confirmations; by++) {
      const updates = [{ ...charge, by }, { ...charge, by }];
      world.tell(0, { type: "message", message: { type: "gossip", node: 1, updates } });
    }
    world.until(() => world.held(0, 7)?.state === "dead", 60_000);
    return world.tales("member-failed", 7).find(({ by }) => by === 0)!.at - start;
  });
  // At the most 6 times the least, which is 4 intervals; log(2) / log(3) of the way with one.
  const [none, one, two] = times as [number, number, number];
  assertLess(Math.abs(two - 4_000), 1);
  assertLess(Math.abs(one - (24_000 - Math.log(2) / Math.log(3) * 20_000)), 1);
  assert(none > one && none <= 24_000, `its own probes may have confirmed: ${none}`);
});
