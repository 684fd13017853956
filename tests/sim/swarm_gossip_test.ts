import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawPlanOf } from "../../sim/draw_plan.ts";
import { runSeed } from "../../sim/swarm.ts";

const SEEDS = 8;

Deno.test("runSeed() finds nothing wrong with gossip", () => {
  let faults = 0;
  let answered = 0;
  for (let seed = 1n; seed <= SEEDS; seed++) {
    const result = runSeed(seed, { protocol: "gossip" });
    assertEquals(result.outcome, "ok", [`seed ${seed}`, ...result.report.slice(-40)].join("\n"));
    assertEquals(result.violations, []);
    faults += result.faults;
    answered += result.answered;
  }
  // What is not broken, or not asked, proves nothing.
  assert(faults > SEEDS * 5, `${faults} faults`);
  assert(answered > SEEDS * 50, `${answered} answers`);
});

Deno.test("runSeed() does the same for the same seed of gossip, and something else for another", () => {
  const hashes = [13n, 13n, 14n].map((seed) =>
    runSeed(seed, { protocol: "gossip", nodes: 3 }).hash
  );
  assertEquals(hashes[0], hashes[1]);
  assertNotEquals(hashes[0], hashes[2]);
});

Deno.test("drawPlanOf() draws gossip of all kinds, and takes what it is given", () => {
  const plans = Array.from(
    { length: 300 },
    (_, seed) => drawPlanOf(BigInt(seed), { protocol: "gossip" }),
  );
  const some = (holds: (plan: typeof plans[number]) => boolean) => {
    const count = plans.filter(holds).length;
    assert(count > 20 && count < 280, `${count} of 300`);
  };
  some(({ group }) => group.replicaCount > 5);
  some(({ group }) => group.replicaCount === 2);
  some(({ group }) => group.durability === "memory");
  some(({ gossip }) => gossip!.late > 0);
  some(({ gossip }) => gossip!.spread === "local");
  some(({ gossip }) => gossip!.tuning.mailAllMax === 16);
  some(({ gossip }) => gossip!.tuning.hintsMax !== undefined);
  some(({ gossip }) => gossip!.tuning.indexMax !== undefined);
  some(({ gossip }) => gossip!.work.sessions === 1);
  some(({ gossip }) => gossip!.work.loose > 0);
  some(({ rates }) => rates.admin > 0);
  some(({ rates }) => rates.clockJump > 0);
  some(({ rates }) => rates.wipe > 0);
  for (const { gossip, group } of plans) {
    assert(gossip!.seeds + gossip!.late <= group.replicaCount);
  }
  const given = drawPlanOf(1n, { protocol: "gossip", nodes: 9, durability: "disk" });
  assertEquals([given.group.replicaCount, given.group.durability], [9, "disk"]);
});
