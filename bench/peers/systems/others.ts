/**
 * The systems that a user would pick instead, as Debian has them.
 *
 * @module
 */
import { etcd } from "../../nodes/etcd.ts";
import { redis, SYNCED } from "../../nodes/redis.ts";
import { versionOf } from "../../nodes/versions.ts";
import { JAVA_OPTIONS, zookeeper, ZOOKEEPER_OPTIONS } from "../../nodes/zookeeper.ts";
import type { System } from "./system.ts";

/** With no option but the addresses. */
export const ETCD: System = {
  name: "etcd",
  settings: "every option at its default; the JSON gateway of its HTTP API",
  write: "the disks of a majority, synced",
  read: "everything acknowledged before it (linearizable)",
  spread: "if asked",
  version: () => versionOf("etcd"),
  cluster: etcd,
};

/** Redis that syncs every write to the primary's disk before it answers. */
export const REDIS: System = redisThat(
  "Redis",
  SYNCED,
  "the primary's disk, synced; with WAIT 1 also in the memory of a replica",
);

/** Redis that syncs once a second. */
export const REDIS_EVERYSEC: System = redisThat(
  "Redis everysec",
  ["--appendonly", "yes", "--appendfsync", "everysec"],
  "the primary's memory, and within a second on its disk",
);

/** Redis that keeps nothing on disk. */
export const REDIS_MEMORY: System = redisThat(
  "Redis memory",
  ["--appendonly", "no"],
  "the primary's memory; with WAIT 1 also in that of a replica",
);

/** A primary and two replicas, with no option but how they persist. */
function redisThat(name: string, persistence: readonly string[], write: string): System {
  return {
    name,
    settings: `a primary and two replicas, --save "" ${persistence.join(" ")}`,
    write,
    read: "everything that the primary has",
    spread: "never",
    version: () => versionOf("redis-server"),
    cluster: (directory) => redis(directory, persistence),
  };
}

/** Syncs to disk as it does by default (forceSync). */
export const ZOOKEEPER: System = {
  name: "ZooKeeper",
  settings: [...ZOOKEEPER_OPTIONS, ...JAVA_OPTIONS].join(" "),
  write: "the disks of a majority, synced",
  read: "what the asked server has; with sync before it, everything acknowledged before it",
  spread: "if asked",
  version: () => versionOf("zookeeper"),
  cluster: zookeeper,
};
