import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { runSeed } from "../../sim/swarm.ts";

const SEEDS = 20;

Deno.test("runSeed() finds nothing wrong with VR", () => {
  let faults = 0;
  let answered = 0;
  for (let seed = 1n; seed <= SEEDS; seed++) {
    const result = runSeed(seed);
    assertEquals(result.outcome, "ok", [`seed ${seed}`, ...result.report.slice(-40)].join("\n"));
    assertEquals(result.violations, []);
    faults += result.faults;
    answered += result.answered;
  }
  // What is not broken, or not asked, proves nothing.
  assert(faults > SEEDS * 5, `${faults} faults`);
  assert(answered > SEEDS * 50, `${answered} answers`);
});

Deno.test("runSeed() does the same for the same seed, and something else for another", () => {
  const hashes = new Set<string>();
  for (const seed of [5n, 2n ** 64n - 1n]) {
    const once = runSeed(seed);
    const again = runSeed(seed);
    assertEquals(again.hash, once.hash);
    assertEquals(again.steps, once.steps);
    assertEquals(again.history, once.history);
    hashes.add(once.hash);
  }
  assertEquals(hashes.size, 2);
});

Deno.test("runSeed() takes the size of the cluster that it is given", () => {
  const one = runSeed(3n, { nodes: 1 });
  const five = runSeed(3n, { nodes: 5 });
  assertEquals([one.outcome, five.outcome], ["ok", "ok"]);
  assert(five.plan.startsWith("5 nodes"), five.plan);
  assertNotEquals(one.hash, five.hash);
});

Deno.test("runSeed() takes the workload that it is given", () => {
  for (const workload of ["kv", "bank"] as const) {
    const { outcome, plan, answered, history } = runSeed(4n, { workload });
    assertEquals(outcome, "ok");
    assert(plan.includes(`(${workload})`), plan);
    assert(answered > 20 && history.length > 20, `${answered} answers, ${history.length} recorded`);
  }
});
