/**
 * The second phase of a run: a quorum is healed, what is wrong with the others becomes permanent, and
 * the quorum must do without them.
 *
 * @module
 */
import { randomInteger, randomStream } from "../actors/random.ts";
import { quorumSize } from "../protocols/vr/quorum.ts";
import type { DiskOptions } from "./disk.ts";
import { oneOf, shuffled } from "./distributions.ts";
import type { NetworkOptions } from "./network.ts";
import type { SimNode } from "./processes.ts";
import type { World } from "./world.ts";

/** Heals a random quorum; returns it. */
export function healQuorum(
  world: World,
  { network, disk }: { readonly network: NetworkOptions; readonly disk: DiskOptions },
): readonly SimNode[] {
  const core = chooseCore(world);
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

/**
 * Enough replicas that hold everything, so that the core can go on alone; and as many of the others as
 * chance will have it. A group that has not formed needs everyone.
 */
function chooseCore(world: World): SimNode[] {
  const { nodes, isFormed, account } = world;
  if (!isFormed) return [...nodes];
  const random = randomStream(world.seed, "core");
  const quorum = quorumSize(nodes.length);
  const whole = shuffled(random, account.whole);
  // To do without whoever leads is the hardest.
  if (random() < 0.5) whole.sort((a, b) => leads(nodes[a]!) - leads(nodes[b]!));
  const size = quorum + randomInteger(random, whole.length - quorum + 1);
  const chosen = new Set(whole.slice(0, size));
  for (const { index } of nodes) {
    if (!whole.includes(index) && random() < 0.7) chosen.add(index);
  }
  return nodes.filter((node) => chosen.has(node.index));
}

function leads(node: SimNode): number {
  return node.replica?.leading === true ? 1 : 0;
}

function heal(node: SimNode, disk: DiskOptions): void {
  node.disk.options = { ...disk, errors: 0, misdirected: 0, garbled: 0 };
  node.disk.isFull = false;
  node.disk.slowness = 1;
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
