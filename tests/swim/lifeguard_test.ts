import { assert, assertEquals, assertLess } from "@std/assert";
import type { MemberRecord, SwimMessage } from "../../protocols/swim/messages.ts";
import { SWIM_LAN, SWIM_WAN } from "../../protocols/swim/options.ts";
import { SwimWorld } from "./swim_world.ts";

Deno.test("Lifeguard: a tenth of all messages lost makes nobody fail", () => {
  const world = SwimWorld.formed(20, { loss: 0.1, seed: 5 });
  world.run(600_000);
  assertEquals(world.tales("member-failed"), []);
  // About one direct probe in five fails, and then all of three others, each of four messages.
  const probes = world.counts.get("ping")!;
  assertLess(world.tales("member-suspected").length / 19, probes / 100);
});

Deno.test("Lifeguard: a true failure is found under loss, by all", () => {
  const world = SwimWorld.formed(20, { loss: 0.1, seed: 6 });
  world.kill(11);
  world.until(() => world.nodes.every((by) => world.held(by, 11)?.state === "dead"), 15_000);
  assert(world.tales("member-failed").every(({ node }) => node === 11));
});

for (const [name, tuning, latencyMs] of [["LAN", SWIM_LAN, 1], ["WAN", SWIM_WAN, 200]] as const) {
  Deno.test(`SWIM_${name} bears ${latencyMs} ms and lost messages, and finds a failure all the same`, () => {
    const world = SwimWorld.formed(12, { tuning, loss: 0.03 });
    world.slowMs = () => latencyMs;
    world.run(1_200_000);
    assertEquals(world.tales("member-failed"), []);
    world.kill(7);
    const limitMs = (tuning.suspicionMult * Math.log10(12) + 8) * tuning.probeIntervalMs;
    world.until(() => world.nodes.every((by) => world.held(by, 7)?.state === "dead"), limitMs);
  });
}

/** A cluster one member of which gets, and sends, everything so much later, for five minutes. */
function withSlowMember(healthMax: number, slowMs: number) {
  const world = SwimWorld.formed(16, { seed: 8, tuning: { healthMax } });
  world.slowMs = (from, to) => from === 3 || to === 3 ? slowMs : 0;
  world.run(300_000);
  const falsely = (type: "member-suspected" | "member-failed") =>
    world.tales(type).filter(({ node }) => node !== 3).length;
  return {
    suspected: falsely("member-suspected"),
    failed: falsely("member-failed"),
    score: world.core(3).figures.healthScore,
  };
}

Deno.test("Lifeguard: a slow member doubts itself, and no member that is well fails by its word", () => {
  const doubting = withSlowMember(8, 600);
  const sure = withSlowMember(1, 600);
  assert(doubting.score > 0);
  assertEquals(doubting.failed, 0);
  assert(doubting.suspected * 4 < sure.suspected, `${doubting.suspected} of ${sure.suspected}`);
});

Deno.test("Lifeguard: one that hears nobody convicts nobody but in its own eyes", () => {
  const world = SwimWorld.formed(12, { seed: 4 });
  world.onSend = ({ to }) => to !== 5;
  world.run(120_000);
  const elsewhere = world.told.filter(({ by }) => by !== 5);
  assertEquals(
    elsewhere.filter(({ type, node }) => type === "member-failed" && node !== 5),
    [],
    "all whom it accuses hear of it, and contradict",
  );
  assertEquals(world.core(5).figures.healthScore, 7);
  world.onSend = () => true;
  world.until(() => world.agrees(), 2 * world.tuning.reconnectIntervalMs);
  world.run(60_000);
  assertEquals(world.core(5).figures.healthScore, 0, "well again");
});

Deno.test("Lifeguard: who probes one that has crashed is told by others that it is not its own fault", () => {
  const world = SwimWorld.formed(6);
  world.kill(5);
  for (let passed = 0; passed < 30_000; passed += 100) {
    world.run(100);
    for (const node of world.nodes) assertEquals(world.core(node).figures.healthScore, 0);
  }
});

Deno.test("Lifeguard: a member that nobody answers probes ever more slowly", () => {
  const world = SwimWorld.formed(6);
  const probes: number[] = [];
  world.onSend = ({ from, message, at }) => {
    if (from === 2 && message.type === "ping") probes.push(at);
    return from !== 2;
  };
  const start = world.clock.now;
  world.run(25_000);
  const gaps = probes.map((at, index) => at - (probes[index - 1] ?? start));
  assert(Math.max(...gaps) >= 7_999, gaps.join(" "));
  assert(probes.length < 15, `${probes.length} probes in 25 s`);
});

for (const stoppedMs of [3_000, 20_000, 120_000]) {
  Deno.test(`SwimCore: a process that stood still for ${stoppedMs} ms blames itself, not others`, () => {
    const world = SwimWorld.formed(8, { seed: stoppedMs });
    // It has just heard, and is the only one to have heard, a suspicion that may run out meanwhile.
    const suspect: MemberRecord = { ...world.held(4, 2)!, state: "suspect", by: 0 };
    const gossip: SwimMessage = { type: "gossip", node: 0, updates: [suspect] };
    world.tell(4, { type: "message", message: gossip });
    world.pause(4);
    world.run(stoppedMs);
    world.told.length = 0;
    world.resume(4);
    world.run(3_000);
    const told = world.told.filter(({ by }) => by === 4);
    assertEquals(told.map(({ type, node }) => `${type} ${node}`), ["member-refuted 2"]);
    world.until(() => world.agrees(), 60_000);
    assertEquals(world.tales("member-failed"), []);
  });
}

Deno.test("SwimCore: a sign of life from elsewhere counts as an answer", () => {
  const world = SwimWorld.formed(3, { tuning: { indirectProbes: 0 } });
  const probes = ({ from, to }: { from: number; to: number }) => from + to !== 1;
  world.onSend = probes;
  for (let passed = 0; passed < 60_000; passed += 100) {
    world.run(100);
    world.tell(0, { type: "heard", node: 1 });
    world.tell(1, { type: "heard", node: 0 });
  }
  assertEquals(world.told, []);
  world.run(60_000);
  assert(world.tales("member-suspected").length > 0);
});

Deno.test("SwimCore: one that is held to be dead, and is heard, is asked at once, and not too often", () => {
  const world = SwimWorld.formed(4);
  world.onSend = ({ from, to }) => from !== 3 && to !== 3;
  world.until(() => world.held(0, 3)?.state === "dead", 60_000);
  world.run(60_000);
  let pings = 0;
  world.onSend = ({ from, to, message }) => {
    if (from === 0 && to === 3 && message.type === "ping") pings++;
    // Node 3 answers the probes of node 0, and no more.
    return (from === 0 && to === 3) || (from === 3 && to === 0 && message.type === "ack") ||
      (from !== 3 && to !== 3);
  };
  world.told.length = 0;
  for (let count = 0; count < 20; count++) world.tell(0, { type: "heard", node: 3 });
  assertEquals(pings, 1);
  world.run(5);
  assertEquals(world.tales("member-joined", 3).map(({ by }) => by), [0]);
});
