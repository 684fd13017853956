/**
 * What is compared with what: for each peer the systems, how each is loaded, and beside which row it is set.
 *
 * @module
 */
import { ETCD_DIALECT, TROUPE_DIALECT } from "./drivers/dialects.ts";
import type { Driver } from "./drivers/driver.ts";
import { redisBenchmark } from "./drivers/redis_benchmark.ts";
import { respClient } from "./drivers/resp.ts";
import { wrk } from "./drivers/wrk.ts";
import { zookeeper } from "./drivers/zookeeper.ts";
import { BASE_VALUE_BYTES, baseConnections, type Load, type Slice, type Space } from "./load.ts";
import { BARE_HTTP, BARE_RESP } from "./systems/bare.ts";
import { ETCD, REDIS, REDIS_EVERYSEC, REDIS_MEMORY, ZOOKEEPER } from "./systems/others.ts";
import type { System } from "./systems/system.ts";
import { IN_MEMORY, ON_DISK } from "./systems/troupe.ts";

/** A system under a load generator: a row of the tables. */
export interface Entrant {
  /** Of its own within the comparison. */
  readonly name: string;
  readonly system: System;
  readonly driver: Driver;
  /** The rows that it is set beside, those of them that make the same load. */
  readonly peers: readonly string[];
  /** Whether it only shows what is possible at most. */
  readonly isLimit: boolean;
  /** Which of the loads that its driver can make it is put under. */
  readonly takes: (load: Load) => boolean;
}

/** Systems that are up together. */
export interface Comparison {
  readonly name: PeerName;
  readonly title: string;
  readonly slices: readonly Slice[];
  readonly entrants: readonly Entrant[];
}

/** What can be compared with. */
export const PEERS = ["etcd", "redis", "zookeeper", "memory"] as const;
export type PeerName = typeof PEERS[number];

/** Everything that can be compared with one peer. */
export function comparisonOf(name: PeerName, space: Space): Comparison {
  switch (name) {
    case "etcd":
      return withEtcd(space);
    case "redis":
      return withRedis(space);
    case "zookeeper":
      return withZookeeper();
    case "memory":
      return inMemory(space);
  }
}

/** The names of systems of ours, as `--systems` takes them. */
export const OURS: readonly string[] = [...ON_DISK, ...IN_MEMORY]
  .map(({ name }) => name);

function entrant(
  system: System,
  driver: Driver,
  more: Partial<Omit<Entrant, "system" | "driver">> = {},
): Entrant {
  return {
    name: system.name,
    system,
    driver,
    peers: [],
    isLimit: false,
    takes: () => true,
    ...more,
  };
}

/** Limits are measured at the base of all dimensions, and where one request is under way at a time. */
function limits(systems: readonly System[], driver: Driver, space: Space): Entrant[] {
  const takes = ({ connections, writes, valueBytes }: Load) =>
    (connections === 1 || connections === baseConnections(space)) &&
    (writes === 0 || writes === 1) && valueBytes === BASE_VALUE_BYTES;
  return systems.map((system) => entrant(system, driver, { isLimit: true, takes }));
}

function withEtcd(space: Space): Comparison {
  const ours = wrk(TROUPE_DIALECT);
  return {
    name: "etcd",
    title: "HTTP, beside etcd",
    slices: ["connections", "mixes", "values"],
    entrants: [
      entrant(ETCD, wrk(ETCD_DIALECT)),
      ...ON_DISK.map((system) => entrant(system, ours, { peers: [ETCD.name] })),
      ...limits(BARE_HTTP, ours, space),
    ],
  };
}

const isWrite = ({ writes }: Load) => writes === 1;

/** Redis under our client, with WAIT 1 after each pipeline, and after each SET. */
function waiting(system: System): Entrant[] {
  const [last, each] = [respClient("last"), respClient("each")];
  return [
    entrant(system, last, { name: `${system.name} + WAIT` }),
    entrant(system, each, { name: `${system.name} + WAIT each` }),
  ];
}

function withRedis(space: Space): Comparison {
  const [benchmark, own] = [redisBenchmark(), respClient("none")];
  const waits = waiting(REDIS);
  const both = (system: System) => [
    entrant(system, benchmark, { peers: [REDIS.name] }),
    entrant(system, own, {
      name: `${system.name}, own client`,
      peers: waits.map(({ name }) => name),
      takes: isWrite,
    }),
  ];
  return {
    name: "redis",
    title: "RESP, beside Redis that syncs every write",
    slices: ["connections", "pipeline"],
    entrants: [
      entrant(REDIS, benchmark),
      ...waits,
      ...ON_DISK.flatMap(both),
      ...limits([BARE_RESP], benchmark, space),
    ],
  };
}

/** Its clients share sessions among many operations, which saves both sides system calls. */
const FEW_SESSIONS = 4;

function withZookeeper(): Comparison {
  const synced = `${ZOOKEEPER.name}, sync first`;
  const few = `${ZOOKEEPER.name}, ${FEW_SESSIONS} sessions`;
  const peers = [ZOOKEEPER.name, synced, few];
  const [http, resp] = [wrk(TROUPE_DIALECT), redisBenchmark()];
  return {
    name: "zookeeper",
    title: "HTTP and RESP, beside ZooKeeper",
    slices: ["connections"],
    entrants: [
      entrant(ZOOKEEPER, zookeeper("local")),
      entrant(ZOOKEEPER, zookeeper("synced"), { name: synced }),
      entrant(ZOOKEEPER, zookeeper("local", FEW_SESSIONS), { name: few }),
      ...ON_DISK.filter(({ name }) => name !== "gossip").flatMap((system) => [
        entrant(system, http, { name: `${system.name}, HTTP`, peers }),
        entrant(system, resp, { name: `${system.name}, RESP`, peers }),
      ]),
    ],
  };
}

function inMemory(space: Space): Comparison {
  const [benchmark, own, http] = [redisBenchmark(), respClient("none"), wrk(TROUPE_DIALECT)];
  const waits = waiting(REDIS_MEMORY)[0]!;
  const [vr, gossip] = IN_MEMORY as [System, System];
  const onDisk = ON_DISK.find(({ name }) => name === "gossip")!;
  const entrants = [
    entrant(REDIS_MEMORY, benchmark),
    waits,
    entrant(REDIS_EVERYSEC, benchmark),
    entrant(vr, benchmark, { peers: [REDIS_MEMORY.name] }),
    entrant(vr, own, { name: `${vr.name}, own client`, peers: [waits.name], takes: isWrite }),
    entrant(gossip, benchmark, { peers: [REDIS_MEMORY.name] }),
    entrant(onDisk, benchmark, { peers: [REDIS_EVERYSEC.name] }),
    ...[vr, gossip].map((system) => entrant(system, http, { name: `${system.name}, HTTP` })),
    ...limits([BARE_RESP], benchmark, space),
  ];
  const isAtBase = ({ connections }: Load) => connections === baseConnections(space);
  return {
    name: "memory",
    title: "In memory: RESP, beside Redis that syncs nothing, or later",
    slices: ["connections", "pipeline"],
    // Beside what is durable; one number of connections is enough to tell what the disk costs.
    entrants: entrants.map(({ takes, ...each }) => ({
      ...each,
      takes: (load: Load) => isAtBase(load) && takes(load),
    })),
  };
}
