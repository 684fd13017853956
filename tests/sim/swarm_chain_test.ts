import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawPlanOf } from "../../sim/draw_plan.ts";
import { runSeed } from "../../sim/swarm.ts";

const SEEDS = 12;

Deno.test("runSeed() finds nothing wrong with chains", () => {
  let faults = 0;
  let answered = 0;
  for (let seed = 1n; seed <= SEEDS; seed++) {
    const result = runSeed(seed, { protocol: "chain" });
    assertEquals(result.outcome, "ok", [`seed ${seed}`, ...result.report.slice(-40)].join("\n"));
    assertEquals(result.violations, []);
    faults += result.faults;
    answered += result.answered;
  }
  // What is not broken, or not asked, proves nothing.
  assert(faults > SEEDS * 5, `${faults} faults`);
  assert(answered > SEEDS * 50, `${answered} answers`);
});

Deno.test("runSeed() does the same for the same seed of a chain, and something else for another", () => {
  const hashes = [13n, 13n, 14n].map((seed) => runSeed(seed, { protocol: "chain", nodes: 3 }).hash);
  assertEquals(hashes[0], hashes[1]);
  assertNotEquals(hashes[0], hashes[2]);
});

Deno.test("drawPlanOf() draws chains of all kinds, and takes what it is given", () => {
  const plans = Array.from(
    { length: 200 },
    (_, seed) => drawPlanOf(BigInt(seed), { protocol: "chain" }),
  );
  const some = (holds: (plan: typeof plans[number]) => boolean) => {
    const count = plans.filter(holds).length;
    assert(count > 20 && count < 180, `${count} of 200`);
  };
  some(({ chain }) => chain!.reads === "tail");
  some(({ chain }) => chain!.volumes > 1);
  some(({ chain }) => chain!.length === 0);
  some(({ group }) => group.replicaCount > 3);
  some(({ rates }) => rates.admin > 0);
  some(({ timerDrift }) => timerDrift! > 0);
  some(({ clients }) => clients.bounded! > 0);
  for (const { chain, timerDrift } of plans) {
    // Two clocks may be off in opposite directions.
    assert(2 * timerDrift! < chain!.driftBound, `${timerDrift} of ${chain!.driftBound}`);
  }
  const given = drawPlanOf(1n, { protocol: "chain", nodes: 4, workload: "bank" });
  assertEquals([given.group.replicaCount, given.chain!.volumes], [4, 1]);
});
