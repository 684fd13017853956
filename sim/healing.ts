/**
 * The second phase of a run: a core is healed, what is wrong with the others becomes permanent, and
 * the core must do without them.
 *
 * @module
 */
import { randomStream } from "../actors/random.ts";
import type { DiskOptions } from "./disk.ts";
import { oneOf } from "./distributions.ts";
import type { NetworkOptions } from "./network.ts";
import type { SimNode } from "./processes.ts";
import type { World } from "./world.ts";

/** Heals a random core: enough nodes to go on without the others; returns it. */
export function healCore(
  world: World,
  { network, disk }: { readonly network: NetworkOptions; readonly disk: DiskOptions },
): readonly SimNode[] {
  const core = world.chooseCore(randomStream(world.seed, "core"));
  world.note(`heal ${core.map((node) => node.index)}`);
  world.network.healAll();
  world.network.unclogAll();
  world.network.options = { ...network, loss: 0, replay: 0, reorder: 0, capacity: Infinity };
  for (const node of world.nodes) {
    if (core.includes(node)) heal(node, disk);
    else breakForGood(world, node);
  }
  return core;
}

function heal(node: SimNode, disk: DiskOptions): void {
  const options = { ...disk, errors: 0, misdirected: 0, garbled: 0 };
  node.behave({ options, isFull: false, slowness: 1 });
  node.resume();
  node.start();
}

function breakForGood(world: World, node: SimNode): void {
  const random = randomStream(world.seed, `node ${node.index}/for good`);
  const kind = oneOf(random, ["crash", "pause", "isolate", "mute", "deafen"]);
  world.note(`for good: ${kind} ${node.index}`);
  if (kind === "crash") return node.crash("tear");
  if (kind === "pause") return node.pause();
  node.resume();
  node.start();
  for (const { index } of world.nodes) {
    if (kind !== "deafen") world.network.cut(node.index, index);
    if (kind !== "mute") world.network.cut(index, node.index);
  }
}
