import { type Protocol, troupe } from "../../nodes/troupe.ts";
import { versionOf } from "../../nodes/versions.ts";
import type { System } from "./system.ts";

/** What is not the default of a cluster of ours. */
interface Setup {
  readonly name: string;
  readonly protocol: Protocol;
  /** @default {"disk"} */
  readonly durability?: "disk" | "memory";
  readonly write: string;
  readonly read: string;
}

const LINEARIZABLE = "everything acknowledged before it (linearizable)";

/** Ours on disk, with no option but the protocol and the addresses. */
export const ON_DISK: readonly System[] = [
  ours({
    name: "vr",
    protocol: "vr",
    write: "the disks of a majority, synced",
    read: LINEARIZABLE,
  }),
  ours({
    name: "chain",
    protocol: "chain",
    write: "the disks of all nodes, synced",
    read: LINEARIZABLE,
  }),
  ours({
    name: "hermes",
    protocol: "hermes",
    write: "the disks of all nodes, synced",
    read: LINEARIZABLE,
  }),
  ours({
    name: "gossip",
    protocol: "gossip",
    write: "the disk of the node that took it, synced",
    read: "what the asked node has heard of",
  }),
];

/** Ours in memory. */
export const IN_MEMORY: readonly System[] = [
  ours({
    name: "vr memory",
    protocol: "vr",
    durability: "memory",
    write: "the memory of a majority",
    read: LINEARIZABLE,
  }),
  ours({
    name: "gossip memory",
    protocol: "gossip",
    durability: "memory",
    write: "the memory of the node that took it",
    read: "what the asked node has heard of",
  }),
];

/** Troupe, as it is in this checkout. */
function ours({ name, protocol, durability = "disk", write, read }: Setup): System {
  return {
    name,
    settings: `protocol: ${protocol}${durability === "memory" ? ", durability: memory" : ""}`,
    write,
    read,
    spread: protocol === "vr" ? "if asked" : "always",
    version: () => versionOf(),
    cluster: (directory) => troupe(protocol, directory, "", durability),
  };
}
