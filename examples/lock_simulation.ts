/**
 * The lock, on nodes that crash and pause, and on a network that loses, repeats and divides: actors of
 * one's own, simulated.
 *
 * ```sh
 * deno run examples/lock_simulation.ts
 * ```
 *
 * @module
 */
import { refTo, SimWorld } from "../mod.ts";
import { granted, lock, lockRequest, worker } from "./lock.ts";

/** A lock on node 0, and workers on the others, under one seed. */
export function lockWorld(seed: number, graceMs?: number): SimWorld {
  const heldUntil = new Map<number, number>();
  return new SimWorld({
    seed,
    nodes: 4,
    network: { loss: 0.05, replay: 0.05, reorder: 0.1 },
    faults: { crash: 2_000, actorCrash: 2_000, pause: 2_000, partition: 5_000 },
    start(system) {
      system.expose("lock", lockRequest);
      system.expose("worker", granted);
      if (system.node === 0) system.spawn("lock", lock(graceMs));
      else system.spawn("worker", worker(refTo(0, "lock", lockRequest)));
    },
    observe(node, event) {
      if (event.type !== "published" || event.topic !== "holding") return;
      heldUntil.set(node, (event.detail as { readonly until: number }).until);
    },
    invariant({ now }) {
      const holders = [...heldUntil].filter(([, until]) => until > now);
      if (holders.length > 1) return `nodes ${holders.map(([node]) => node)} hold the lock`;
    },
  });
}

if (import.meta.main) {
  for (let seed = 1; seed <= 20; seed++) {
    const world = lockWorld(seed);
    if (!world.runFor(60_000)) throw new Error(world.report);
    console.log(`${seed} ok ${world.hash}`);
  }
}
