import type { VolumeConfiguration } from "../master/configuration.ts";

/** What a replica is in an epoch. */
export type HermesRole = "member" | "joining" | "leaving" | "spare" | "starting";

/** Where a replica stands in an epoch. */
export interface Standing {
  readonly epoch: number;
  readonly role: HermesRole;
  /** The nodes that hold everything that is committed. */
  readonly members: readonly number[];
  readonly joining: number | null;
  readonly leaving: number | null;
  /** The nodes that serve clients. */
  readonly servers: readonly number[];
  /** Whether updates are taken; see `VolumeConfiguration.writable`. */
  readonly isWritable: boolean;
  /** Whether this replica's acknowledgement is required. */
  readonly isLive: boolean;
  /** The other nodes whose acknowledgements are required (Hermes: *live nodes*). */
  readonly others: readonly number[];
  /** The same, as bits. */
  readonly othersMask: number;
}

/** Before the first configuration. */
export const NOWHERE: Standing = {
  epoch: 0,
  role: "starting",
  members: [],
  joining: null,
  leaving: null,
  servers: [],
  isWritable: false,
  isLive: false,
  others: [],
  othersMask: 0,
};

/** The bit of a node in a set of nodes. */
export function bitOf(node: number): number {
  return 1 << node;
}

/** Where the replica of a node stands whose disk is of this birth. */
export function standingOf(volume: VolumeConfiguration, node: number, birth: number): Standing {
  const { epoch, leaving } = volume;
  const joining = volume.joining?.node ?? null;
  const role = roleOf(volume, node, birth);
  const members = volume.members.map((member) => member.node);
  const live = joining === null ? members : [...members, joining];
  const isLive = role !== "spare";
  const others = isLive ? live.filter((other) => other !== node) : [];
  return {
    epoch,
    role,
    members,
    joining,
    leaving,
    servers: members.filter((member) => member !== leaving),
    isWritable: volume.writable,
    isLive,
    others,
    othersMask: others.reduce((mask, other) => mask | bitOf(other), 0),
  };
}

/** A replica of the same node on another disk is another one. */
function roleOf(volume: VolumeConfiguration, node: number, birth: number): HermesRole {
  const isMe = (member: { node: number; birth: number } | null) =>
    member?.node === node && member.birth === birth;
  if (isMe(volume.joining)) return "joining";
  if (!volume.members.some(isMe)) return "spare";
  return volume.leaving === node ? "leaving" : "member";
}
