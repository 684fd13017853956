import type { Cluster } from "../../nodes/cluster.ts";

/** A system that can be compared. */
export interface System {
  readonly name: string;
  /** What of its settings is not the default. */
  readonly settings: string;
  /** What an acknowledged write is on. */
  readonly write: string;
  /** What a read reflects. */
  readonly read: string;
  /** Whether all nodes are loaded, or the one that leads; `never` if no other one takes writes. */
  readonly spread: "always" | "if asked" | "never";
  /** Its version, or `null` if it is not installed. */
  version(): Promise<string | null>;
  /** Its nodes, with their data in an empty directory; none of them runs yet. */
  cluster(directory: string): Cluster;
}

/** What load generators speak. */
export type Protocol = "http" | "resp" | "zookeeper";
