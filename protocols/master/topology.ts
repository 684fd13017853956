/**
 * How the replicas of a volume stand to one another: in a row (chain replication), or each to each
 * (Hermes). It decides whose word counts against whom, whom a node that joins has to get along with, and
 * whether the order of the members means anything.
 *
 * @module
 */
import type { VolumeConfiguration } from "./configuration.ts";
import type { Placement } from "./placement.ts";

/**
 * In a `chain`, members pass on what they are told from one to the next, and the last of them has a node
 * join behind it. In a `clique`, every update takes an answer of every member and of who is joining, and
 * the order of the members means nothing.
 */
export type Topology = "chain" | "clique";

/** Where volumes are to be, and how the replicas of one stand to one another. */
export interface Layout extends Placement {
  readonly topology: Topology;
}

/** The members that a member has to do with: their word counts against it. */
export function fellowsOf(
  topology: Topology,
  { members }: VolumeConfiguration,
  node: number,
): number[] {
  const place = members.findIndex((member) => member.node === node);
  if (place < 0) return [];
  const fellows = topology === "chain"
    ? [members[place - 1], members[place + 1]]
    : members.filter((member) => member.node !== node);
  return fellows.flatMap((member) => member?.node ?? []);
}
