import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawPlanOf } from "../../sim/draw_plan.ts";
import { runSeed } from "../../sim/swarm.ts";

const SEEDS = 12;

Deno.test("runSeed() finds nothing wrong with Hermes", () => {
  let faults = 0;
  let answered = 0;
  for (let seed = 1n; seed <= SEEDS; seed++) {
    const result = runSeed(seed, { protocol: "hermes" });
    assertEquals(result.outcome, "ok", [`seed ${seed}`, ...result.report.slice(-40)].join("\n"));
    assertEquals([result.violations, result.undecided], [[], null]);
    faults += result.faults;
    answered += result.answered;
  }
  // What is not broken, or not asked, proves nothing.
  assert(faults > SEEDS * 5, `${faults} faults`);
  assert(answered > SEEDS * 50, `${answered} answers`);
});

Deno.test("runSeed() does the same for the same seed of Hermes, and something else for another", () => {
  const hashes = [13n, 13n, 14n].map((seed) =>
    runSeed(seed, { protocol: "hermes", nodes: 3 }).hash
  );
  assertEquals(hashes[0], hashes[1]);
  assertNotEquals(hashes[0], hashes[2]);
});

Deno.test("drawPlanOf() draws Hermes of all kinds, and takes what it is given", () => {
  const plans = Array.from(
    { length: 200 },
    (_, seed) => drawPlanOf(BigInt(seed), { protocol: "hermes" }),
  );
  const some = (holds: (plan: typeof plans[number]) => boolean) => {
    const count = plans.filter(holds).length;
    assert(count > 20 && count < 180, `${count} of 200`);
  };
  some(({ hermes }) => hermes!.replica.reads === "check");
  some(({ hermes }) => hermes!.replica.broadcastsAcks === true);
  some(({ hermes }) => hermes!.replica.sparesValidations === true);
  some(({ hermes }) => hermes!.replica.virtualIds === 1);
  some(({ hermes }) => hermes!.sessionsMax < 10);
  some(({ hermes }) => hermes!.volumes > 1);
  some(({ hermes }) => hermes!.length === 0);
  some(({ group }) => group.replicaCount > 3);
  some(({ rates }) => rates.admin > 0);
  some(({ timerDrift }) => timerDrift! > 0);
  some(({ clients }) => clients.bounded! > 0);
  for (const { hermes, timerDrift, group } of plans) {
    // Two clocks may be off in opposite directions.
    assert(2 * timerDrift! < hermes!.driftBound, `${timerDrift} of ${hermes!.driftBound}`);
    assert(hermes!.length === 0 || hermes!.length >= 3 && hermes!.length <= group.replicaCount);
  }
  const given = drawPlanOf(1n, { protocol: "hermes", nodes: 4 });
  assertEquals([given.group.replicaCount, given.chain], [4, undefined]);
});
