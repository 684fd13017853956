/**
 * Where a replica stands in a configuration, and who its neighbours are.
 *
 * @module
 */
import type { VolumeConfiguration } from "../master/configuration.ts";

/**
 * What a replica is in the chain. `single` is head and tail at once, `joining` copies the state, `spare`
 * has no part in the volume, `starting` does not know yet.
 */
export type ChainRole =
  | "starting"
  | "head"
  | "middle"
  | "tail"
  | "single"
  | "spare"
  | "joining";

/** Where a replica stands. */
export interface Position {
  readonly role: ChainRole;
  /** 0 before the first configuration. */
  readonly epoch: number;
  /** The nodes of the chain, the head first. */
  readonly members: readonly number[];
  /** Whether this replica is one of them. */
  readonly isMember: boolean;
  /** Whether it is the last of them: the tail, or the one that another is about to follow. */
  readonly isLast: boolean;
  /** Who sends it updates. */
  readonly predecessor: number | null;
  /** Whom it sends updates: the next member, or who joins behind the last one. */
  readonly successor: number | null;
  /** Who joins behind the last member. */
  readonly joining: number | null;
  /** Whether it is to stop serving. */
  readonly isLeaving: boolean;
  /** Whether the chain takes updates. */
  readonly isWritable: boolean;
}

/** Before the first configuration. */
export const NOWHERE: Position = {
  role: "starting",
  epoch: 0,
  members: [],
  isMember: false,
  isLast: false,
  predecessor: null,
  successor: null,
  joining: null,
  isLeaving: false,
  isWritable: false,
};

/** Where the replica of a node stands whose disk has this birth: another birth is another replica. */
export function positionOf(volume: VolumeConfiguration, node: number, birth: number): Position {
  const members = volume.members.map((member) => member.node);
  const index = volume.members.findIndex((each) => each.node === node && each.birth === birth);
  const isMember = index >= 0;
  const { joining } = volume;
  const isJoining = joining?.node === node && joining.birth === birth && !isMember;
  const isLast = isMember && index === members.length - 1;
  const before = isJoining ? members.at(-1) : members[index - 1];
  return {
    role: isMember ? memberRole(index, members.length) : isJoining ? "joining" : "spare",
    epoch: volume.epoch,
    members,
    isMember,
    isLast,
    predecessor: isMember || isJoining ? before ?? null : null,
    successor: isMember ? members[index + 1] ?? joining?.node ?? null : null,
    joining: joining?.node ?? null,
    isLeaving: isMember && volume.leaving === node,
    isWritable: volume.writable,
  };
}

function memberRole(index: number, length: number): ChainRole {
  if (length === 1) return "single";
  if (index === 0) return "head";
  return index === length - 1 ? "tail" : "middle";
}
