import { assert, assertEquals } from "@std/assert";
import { World } from "../../sim/world.ts";
import { Workload } from "../../sim/workload.ts";

const GROUP = { replicaCount: 3, journal: {} };
const NOTHING = { get: 0, scan: 0, put: 0, delete: 0, cas: 0, increment: 0 };
const CLIENTS = { clients: 4, keys: 2, valueBytes: 0, thinkMs: 10, impatient: 0, patienceMs: 500 };

function formedWorld(): World {
  const world = new World({ seed: 1n, group: GROUP });
  world.startAll();
  assert(world.runUntil(() => world.isFormed, 2_000), world.describe());
  return world;
}

Deno.test("World has a primary that only reads replaced when it becomes deaf", () => {
  const world = formedWorld();
  const workload = new Workload(world, { ...CLIENTS, mix: { ...NOTHING, get: 1 } });
  world.runFor(500);
  for (const { index } of world.nodes) world.network.cut(index, 0);
  const isReplaced = () => world.node(1).replica?.leading === true;
  assert(world.runUntil(isReplaced, 10_000), world.describe());
  const before = workload.answered;
  assert(world.runUntil(() => workload.answered > before + 20, 10_000), world.describe());
  assertEquals(world.violations, []);
});

Deno.test("World answers nobody without a quorum, and everyone when there is one again", () => {
  const world = formedWorld();
  const workload = new Workload(world, { ...CLIENTS, mix: { ...NOTHING, put: 1, get: 1 } });
  world.runFor(500);
  world.node(1).crash("lose");
  world.node(2).crash("scatter");
  world.runFor(100);
  const before = workload.answered;
  world.runFor(5_000);
  assertEquals(workload.answered, before);
  world.startAll();
  assert(world.runUntil(() => workload.answered > before + 100, 10_000), world.describe());
  assertEquals(world.violations, []);
});

Deno.test("World lets a replica that has lost its disk come back with everything", () => {
  const world = formedWorld();
  const workload = new Workload(world, { ...CLIENTS, mix: { ...NOTHING, put: 1, cas: 1 } });
  world.runFor(500);
  world.node(2).wipe();
  assertEquals(world.account.whole, [0, 1]);
  world.node(2).start();
  assert(world.runUntil(() => world.account.harmedCount === 0, 10_000), world.describe());
  workload.stop();
  const hasAll = () => world.node(2).executed === world.oracle.length;
  assert(world.runUntil(hasAll, 10_000), world.describe());
  assertEquals(world.node(2).digest, world.oracle.digest());
  assertEquals(world.violations, []);
});
