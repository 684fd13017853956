// The store against explicit causal histories, under every fault that it must bear.
import { assert, assertEquals } from "@std/assert";
import { type Faults, RandomCluster } from "./random_cluster.ts";

function run(seeds: number, steps: number, faults: Faults): RandomCluster[] {
  const clusters: RandomCluster[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const cluster = new RandomCluster(seed, 2 + seed % 4, faults);
    try {
      for (let step = 0; step < steps; step++) {
        cluster.step();
        if (step % 5 === 0) cluster.check();
      }
      const digests = cluster.heal();
      cluster.check();
      assertEquals(new Set(digests).size, 1, "the states differ");
      const stores = cluster.replicas.map(({ data }) => data.store);
      assertEquals(new Set(stores.map((s) => JSON.stringify(s.fingerprint))).size, 1);
      for (const { tombstones, index, clock } of stores) {
        assert(clock.equals(stores[0]!.clock));
        assertEquals([tombstones, index.size], [0, 0], "tombstones or index are left");
      }
    } catch (cause) {
      throw new Error(`Seed ${seed} fails`, { cause });
    }
    clusters.push(cluster);
  }
  return clusters;
}

Deno.test("GossipStore shows what follows from the events it knows, whatever mail is lost", () => {
  const clusters = run(60, 300, { lost: 30, crashes: 0, amnesia: 0 });
  assert(clusters.some(({ resets }) => resets > 0));
  assert(clusters.some(({ pruned }) => pruned > 50));
});

Deno.test("GossipStore shows it through crashes that lose what was not durable", () => {
  run(60, 300, { lost: 30, crashes: 15, amnesia: 0 });
});

Deno.test("GossipStore shows it when replicas lose their memory and begin new lives", () => {
  run(60, 300, { lost: 40, crashes: 5, amnesia: 5 });
});

Deno.test("GossipStore.collect() brings nothing back that StableCut.horizon() was to keep away", () => {
  const clusters = run(60, 300, { lost: 15, crashes: 5, amnesia: 3, tombstones: true });
  assert(clusters.reduce((sum, { collected }) => sum + collected, 0) > 100);
});
