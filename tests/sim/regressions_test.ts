/** Bugs that were found and fixed: the runs that showed them, reduced, and how they are made. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { drawPlan } from "../../sim/plan.ts";
import { failureOf, runCase, type SimCase } from "../../sim/shrink/case.ts";
import {
  BadRegression,
  decodeRegression,
  encodeRegression,
  regressionName,
} from "../../sim/shrink/regression.ts";
import { shrink, type Shrunk } from "../../sim/shrink/shrink.ts";
import type { VrWorld } from "../../sim/vr/vr_world.ts";
import type { World } from "../../sim/world.ts";

const DIRECTORY = new URL("regressions/", import.meta.url);

const mayRead = Deno.permissions.querySync({ name: "read", path: DIRECTORY }).state === "granted";
const names = mayRead ? [...Deno.readDirSync(DIRECTORY)].map(({ name }) => name).sort() : [];

for (const name of names) {
  if (!name.endsWith(".json")) continue;
  Deno.test(`Regression ${name} fails no more`, () => {
    const { found } = decodeRegression(Deno.readTextFileSync(new URL(name, DIRECTORY)));
    const result = runCase(found);
    assertEquals(failureOf(result), undefined, result.report.slice(-40).join("\n"));
  });
}

// Shrinking needs a bug, and there is none to be had for long: a judge who dislikes something that
// happens now and then is as good.

/** Dislikes that a node is paused after a client was answered, as long as there are faults. */
function dislikesPauses(watched: World): void {
  const world = watched as VrWorld;
  let isHealed = false;
  world.observe((event) => {
    if (event.type === "note") isHealed ||= event.text.startsWith("heal ");
    if (event.type !== "process" || event.what !== "is paused" || isHealed) return;
    if (world.oracle.answered > 0 && world.violations.length === 0) {
      world.oracle.fail(`node ${event.node} is paused`);
    }
  });
}

const run = (found: SimCase) => runCase(found, { watch: dislikesPauses });

/** The first seed that the judge dislikes, of four nodes with faults of many kinds. */
function dislikedCase(): SimCase {
  for (let seed = 1n;; seed++) {
    const plan = { ...drawPlan(seed, { nodes: 4, durability: "disk" }), safetyMs: 1_500 };
    const found: SimCase = { plan, workload: "kv" };
    const kinds = Object.values(plan.rates).filter((rate) => rate > 0);
    if (kinds.length >= 5 && plan.clients.clients > 2 && failureOf(run(found)) !== undefined) {
      return found;
    }
  }
}

function shrunk(found: SimCase, runsMax: number): { reduced: Shrunk; steps: readonly string[] } {
  const steps: string[] = [];
  const onReduced = (name: string) => steps.push(name);
  return { reduced: shrink(found, { run, runsMax, onReduced, otherSeeds: 1 })!, steps };
}

Deno.test("shrink() takes away everything that the failure can do without", () => {
  const found = dislikedCase();
  const { reduced, steps } = shrunk(found, 80);
  const { plan } = reduced.found;
  assertEquals(reduced.failure, "node # is paused");
  assertEquals(failureOf(run(reduced.found)), reduced.failure);
  // One pause of one node is enough, and nothing but that kind of fault has it.
  assertEquals([plan.group.replicaCount, plan.clients.clients], [1, 1], steps.join("; "));
  const kinds = Object.entries(plan.rates).filter(([, rate]) => rate > 0).map(([kind]) => kind);
  assertEquals(kinds, ["pause"]);
  assertEquals(reduced.result.faultNames.length, 1, reduced.result.faultNames.join());
  assert(plan.safetyMs < found.plan.safetyMs);
  assert(reduced.runs <= 80);
});

Deno.test("shrink() stays within its budget, and with what fails", () => {
  const found = dislikedCase();
  let runs = 0;
  const counted = (smaller: SimCase) => {
    runs++;
    return run(smaller);
  };
  const reduced = shrink(found, { run: counted, runsMax: 6 })!;
  assertEquals([runs, reduced.runs], [6, 6]);
  assertEquals(failureOf(run(reduced.found)), reduced.failure);
});

Deno.test("shrink() has nothing to do with a run that does not fail", () => {
  const found: SimCase = { plan: drawPlan(3n, { nodes: 1 }), workload: "kv" };
  assertEquals(shrink(found, { run: (same) => runCase(same), runsMax: 10 }), undefined);
});

Deno.test("failureOf() tells what went wrong, and not when, where or how often", () => {
  const result = runCase({ plan: drawPlan(1n, { nodes: 1 }), workload: "kv" });
  assertEquals(failureOf(result), undefined);
  assertEquals(failureOf({ ...result, outcome: "stuck" }), "stuck");
  const violations = ["12.500 ms: replica 1 commits 7", "13.000 ms: another"];
  const failed = { ...result, outcome: "violation", violations } as const;
  assertEquals(failureOf(failed), "replica # commits #");
  const judged = ['9.000 ms: the history of "k" is not linearizable: Client 3 was told "a".\nBut'];
  const unlinearizable = { ...result, outcome: "violation", violations: judged } as const;
  assertEquals(failureOf(unlinearizable), "the history is not linearizable");
});

Deno.test("decodeRegression() makes the same run of what encodeRegression() wrote", () => {
  const found = dislikedCase();
  const reduced: Shrunk = { found, result: run(found), failure: "node # is paused", runs: 1 };
  const again = decodeRegression(encodeRegression(reduced));
  assertEquals(again, { fired: "node # is paused", found });
  assertEquals(run(again.found).hash, reduced.result.hash);
  assertEquals(regressionName(reduced), `vr-node-is-paused-${found.plan.seed}.json`);
});

Deno.test("decodeRegression() refuses what is none, and has no faults that a file does not name", () => {
  const found: SimCase = { plan: drawPlan(3n, { nodes: 3 }), workload: "kv" };
  const text = encodeRegression({ found, result: run(found), failure: "stuck", runs: 1 });
  const file = JSON.parse(text);
  const others = [
    "",
    "[]",
    JSON.stringify({ ...file, protocol: "raft" }),
    JSON.stringify({ ...file, seed: 5 }),
    JSON.stringify({ ...file, workload: "none" }),
    JSON.stringify({ ...file, plan: {} }),
    JSON.stringify({ ...file, plan: { ...file.plan, group: { replicaCount: 8 } } }),
  ];
  for (const other of others) assertThrows(() => decodeRegression(other), BadRegression);
  const older = JSON.stringify({ ...file, plan: { ...file.plan, rates: { crash: 100 } } });
  const { rates } = decodeRegression(older).found.plan;
  assertEquals(Object.entries(rates).filter(([, rate]) => rate > 0), [["crash", 100]]);
});
