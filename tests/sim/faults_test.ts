import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawPlan } from "../../sim/plan.ts";
import { runPlan } from "../../sim/run.ts";
import { drawScene } from "../../sim/workloads/draw.ts";
import type { World } from "../../sim/world.ts";
import type { VrWorld } from "../../sim/vr/vr_world.ts";

const RATES = {
  crash: 400,
  blackout: 0,
  pause: 600,
  actorCrash: 0,
  wipe: 0,
  bitRot: 0,
  fullDisk: 0,
  slowDisk: 0,
  partition: 0,
  clog: 0,
  clockJump: 0,
  depose: 0,
  ambush: 0,
  echo: 0,
  admin: 0,
};
const PLAN = { ...drawPlan(1n, { nodes: 3, durability: "disk" }), rates: RATES, safetyMs: 4_000 };

/** The lines about faults in the journal of a run, and the names of the faults. */
function faultsOf(without: readonly string[]): {
  readonly lines: readonly string[];
  readonly names: readonly string[];
} {
  let world: VrWorld | undefined;
  const watch = (watched: World) => world = watched as VrWorld;
  const { faultNames } = runPlan({ ...PLAN, without }, drawScene(1n), { watch });
  return {
    names: faultNames,
    lines: world!.notes.filter((line) => line.includes(" fault: ")),
  };
}

Deno.test("Faults names what strikes, kind by kind, in the order of time", () => {
  const { names, lines } = faultsOf([]);
  assertEquals(names.length, lines.length);
  assert(names.includes("crash 1") && names.includes("pause 1"), names.join());
  const crashes = names.filter((name) => name.startsWith("crash "));
  assertEquals(crashes, crashes.map((_, index) => `crash ${index + 1}`));
});

Deno.test("Faults leaves out what it is told to, and all others strike as before", () => {
  const all = faultsOf([]);
  const left = "crash 2";
  const fewer = faultsOf([left]);
  assertEquals(fewer.names, all.names.filter((name) => name !== left));
  const place = all.names.indexOf(left);
  assertEquals(fewer.lines, all.lines.filter((_, index) => index !== place));
  assertNotEquals(fewer.lines, all.lines);
});

Deno.test("Faults deposes whoever leads, and lies in wait for what is said", () => {
  const rates = { ...RATES, crash: 0, pause: 0, depose: 500, ambush: 300 };
  let world: VrWorld | undefined;
  const watch = (watched: World) => world = watched as VrWorld;
  const { outcome } = runPlan({ ...PLAN, rates }, drawScene(1n), { watch });
  assertEquals(outcome, "ok");
  const struck = world!.notes.filter((line) => line.includes(" fault: "));
  assert(
    struck.some((line) => /depose \d \((isolate|mute|deafen)\)/.test(line)),
    struck.join("\n"),
  );
  assert(struck.some((line) => /ambush at \w+ of \d/.test(line)), struck.join("\n"));
  assert(world!.nodes.some((node) => node.replica!.view > 1), world!.describe());
});
