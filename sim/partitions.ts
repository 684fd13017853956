import { randomInteger, type RandomStream } from "../actors/random.ts";
import { oneOf, shuffled } from "./distributions.ts";
import type { SimNetwork } from "./network.ts";

/**
 * Replaces all cuts by those of a random partition: halves, one-way, a node isolated, mute or deaf, a
 * bridge. Returns what it did in a few words; `undefined` if there is nothing to divide.
 */
export function partition(
  random: RandomStream,
  network: SimNetwork,
  nodes: readonly number[],
): string | undefined {
  const indices = shuffled(random, nodes);
  if (indices.length < 2) return undefined;
  const kind = oneOf(random, ["halves", "one-way", "isolate", "mute", "deafen", "bridge"]);
  const size = kind === "halves" || kind === "one-way" || kind === "bridge"
    ? 1 + randomInteger(random, indices.length - 1)
    : 1;
  const inside = indices.slice(0, size);
  // Over a bridge both sides reach the same node, and only that.
  const outside = indices.slice(kind === "bridge" ? size + 1 : size);
  network.healAll();
  for (const a of inside) {
    for (const b of outside) {
      if (kind !== "deafen") network.cut(a, b);
      if (kind !== "one-way" && kind !== "mute") network.cut(b, a);
    }
  }
  return `partition (${kind}): ${inside} from ${outside}`;
}

/** Replaces all cuts by those of one node from all others: altogether, or so that it is mute or deaf. */
export function cutOff(
  network: SimNetwork,
  node: number,
  nodes: readonly number[],
  kind: "isolate" | "mute" | "deafen",
): void {
  network.healAll();
  for (const other of nodes) {
    if (kind !== "deafen") network.cut(node, other);
    if (kind !== "mute") network.cut(other, node);
  }
}
