import { assert, assertEquals } from "@std/assert";
import { drawPlan } from "../../sim/plan.ts";
import { runPlan } from "../../sim/run.ts";
import { runSeed } from "../../sim/swarm.ts";
import { drawScene } from "../../sim/workloads/draw.ts";
import type { VrWorld } from "../../sim/vr/vr_world.ts";
import type { World } from "../../sim/world.ts";

const SEEDS = 8;

Deno.test("drawPlan() draws groups without disks, and takes what it is given", () => {
  const seeds = Array.from({ length: 100 }, (_, index) => BigInt(index));
  const share = seeds.filter((seed) => drawPlan(seed).group.durability === "memory").length;
  assert(share > 10 && share < 40, `${share} of 100`);
  for (const seed of seeds) {
    assertEquals(drawPlan(seed, { durability: "disk" }).group.durability, "disk");
    const { group, rates, disk } = drawPlan(seed, { durability: "memory" });
    assertEquals(group.durability, "memory");
    assertEquals([rates.blackout, rates.wipe, rates.bitRot, disk.errors], [0, 0, 0, 0]);
  }
});

Deno.test("runSeed() finds nothing wrong with groups without disks", () => {
  let faults = 0;
  for (let seed = 1n; seed <= SEEDS; seed++) {
    const result = runSeed(seed, { durability: "memory" });
    assertEquals(result.outcome, "ok", [`seed ${seed}`, ...result.report.slice(-40)].join("\n"));
    assert(result.plan.includes("nodes in memory"), result.plan);
    faults += result.faults;
  }
  assert(faults > SEEDS * 2, `${faults} faults`);
});

Deno.test("Faults crash no more than f replicas without disks before they have recovered", () => {
  for (const nodes of [2, 3, 4, 5]) {
    const f = Math.floor((nodes - 1) / 2);
    const plan = drawPlan(7n, { nodes, durability: "memory" });
    const rates = { ...plan.rates, crash: 60, actorCrash: 60 };
    let most = 0;
    let crashes = 0;
    const watch = (watched: World) => {
      const world = watched as VrWorld;
      world.observe((event) => {
        most = Math.max(most, world.account.harmedCount);
        if (event.type !== "note" || !event.text.startsWith("fault: crash")) return;
        crashes++;
        assert(world.account.harmedCount <= f);
      });
    };
    const result = runPlan({ ...plan, rates, safetyMs: 4_000 }, drawScene(7n), { watch });
    assertEquals(result.outcome, "ok", result.report.slice(-40).join("\n"));
    assert(f === 0 ? crashes === 0 : crashes > 5, `${crashes} crashes of ${nodes}`);
    assertEquals(most, f);
  }
});
