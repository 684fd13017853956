/**
 * Random lives of whole clusters: messages lost, doubled, late by seconds; partitions of every kind;
 * crashes of nodes and of single actors, power failures; disks lost, damaged, full, slow. No replica
 * may diverge, no acknowledged command be lost or executed twice, no linearizable read be stale; and
 * when the faults end everybody has to come to agree.
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import { Swarm } from "./swarm.ts";

const SEEDS = 36;
const SEEDS_PER_TEST = 6;

for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
  const last = first + SEEDS_PER_TEST - 1;
  Deno.test(`A swarm of faults breaks no promise: seeds ${first} to ${last}`, () => {
    for (let seed = first; seed <= last; seed++) {
      const { violations, faults, replicaCount, description } = new Swarm(seed).run();
      const what = `seed ${seed}, ${replicaCount} replicas: ${faults}\n${description}`;
      assertEquals(violations, [], what);
    }
  });
}

Deno.test("A swarm of faults is the same again under the same seed, and another under another", () => {
  const [a, b, c] = [1_001, 1_001, 1_002].map((seed) => {
    const swarm = new Swarm(seed);
    const { history, completed } = swarm.run();
    const log = swarm.log.map(({ at, node, source, text }) => `${at} ${node} ${source} ${text}`);
    return { history, completed, log: log.join("\n") };
  });
  assertEquals(a, b);
  assertNotEquals(a!.history, c!.history);
});
