import { assert, assertEquals } from "@std/assert";
import { VrWorld } from "../../sim/vr/vr_world.ts";
import { Clients } from "../../sim/clients.ts";
import { type KvMix, KvWorkload } from "../../sim/workloads/kv.ts";
import { KvStore } from "../../protocols/kv/store.ts";

const GROUP = { replicaCount: 3, journal: {} };
const NOTHING = {
  get: 0,
  scan: 0,
  size: 0,
  put: 0,
  delete: 0,
  cas: 0,
  conditional: 0,
  increment: 0,
};
const CLIENTS = { clients: 4, thinkMs: 10, impatient: 0, patienceMs: 500 };

function newClients(world: VrWorld, mix: Partial<KvMix>): Clients {
  const options = { keys: 2, valueBytes: 0, stale: 0, mix: { ...NOTHING, ...mix } };
  return new Clients(world, new KvWorkload(options), CLIENTS);
}

function formedWorld(): VrWorld {
  const world = new VrWorld({ seed: 1n, group: GROUP, machine: () => new KvStore() });
  world.startAll();
  assert(world.runUntil(() => world.isFormed, 2_000), world.describe());
  return world;
}

Deno.test("World has a primary that only reads replaced when it becomes deaf", () => {
  const world = formedWorld();
  const clients = newClients(world, { get: 1 });
  world.runFor(500);
  for (const { index } of world.nodes) world.network.cut(index, 0);
  const isReplaced = () => world.node(1).replica?.leading === true;
  assert(world.runUntil(isReplaced, 10_000), world.describe());
  const before = clients.answered;
  assert(world.runUntil(() => clients.answered > before + 20, 10_000), world.describe());
  assertEquals(world.violations, []);
});

Deno.test("World answers nobody without a quorum, and everyone when there is one again", () => {
  const world = formedWorld();
  const clients = newClients(world, { put: 1, get: 1 });
  world.runFor(500);
  world.node(1).crash("lose");
  world.node(2).crash("scatter");
  world.runFor(100);
  const before = clients.answered;
  world.runFor(5_000);
  assertEquals(clients.answered, before);
  world.startAll();
  assert(world.runUntil(() => clients.answered > before + 100, 10_000), world.describe());
  assertEquals(world.violations, []);
});

Deno.test("World lets a replica that has lost its disk come back with everything", () => {
  const world = formedWorld();
  const clients = newClients(world, { put: 1, cas: 1 });
  world.runFor(500);
  world.node(2).wipe();
  assertEquals(world.account.whole, [0, 1]);
  world.node(2).start();
  assert(world.runUntil(() => world.account.harmedCount === 0, 10_000), world.describe());
  clients.stop();
  const hasAll = () => world.node(2).executed === world.oracle.length;
  assert(world.runUntil(hasAll, 10_000), world.describe());
  assertEquals(world.node(2).digest, world.oracle.digest());
  assertEquals(world.violations, []);
});
