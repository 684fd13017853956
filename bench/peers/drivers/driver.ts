import type { Generator } from "../generator/generator.ts";
import type { Load } from "../load.ts";
import type { Measured } from "../measurement.ts";
import type { Cluster } from "../../nodes/cluster.ts";
import type { Protocol } from "../systems/system.ts";

/** Whom a load generator loads. */
export interface Target {
  readonly cluster: Cluster;
  /** The nodes among which connections are shared out. */
  readonly nodes: readonly number[];
  /** For files of the load generator. */
  readonly directory: string;
  /** Our own load generator, a process of its own. */
  readonly generator: Generator;
  readonly signal: AbortSignal;
}

/** How long, and with which random numbers. */
export interface Run {
  readonly seconds: number;
  readonly seed: number;
}

/** A load generator. One that remembers anything does so for one comparison. */
export interface Driver {
  /** What made the figures, for people. */
  readonly name: string;
  /** What it speaks; every protocol has keys of its own. */
  readonly protocol: Protocol;
  canMake(load: Load): boolean;
  /** Writes every key once, so that all are there to be read. */
  fill(target: Target, valueBytes: number): Promise<void>;
  /** What has to be done first, and does not count. */
  prepare?(target: Target, load: Load): Promise<void>;
  measure(target: Target, load: Load, run: Run): Promise<Measured>;
}

/** The ports of the nodes that are loaded. */
export function portsOf({ cluster, nodes }: Target, protocol: Protocol): number[] {
  const ports = {
    http: cluster.urls.map((url) => Number(new URL(url).port)),
    resp: cluster.respPorts,
    zookeeper: cluster.zookeeperPorts,
  }[protocol];
  return nodes.map((node) => ports[node]!);
}

/** A part of something that is shared out as evenly as it can be: 64 by 3 is 22, 21 and 21. */
export function shareOf(whole: number, parts: number, part: number): number {
  return Math.floor(whole / parts) + (part < whole % parts ? 1 : 0);
}
