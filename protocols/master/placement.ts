/**
 * Which nodes are to replicate a volume, and in which order: the three forms of CRAQ 3, with rendezvous
 * hashing for its consistent hashing unless a ring is asked for. Each volume has an order of its own, so
 * that many share what a node that fails leaves behind (random placement with parallel recovery, CR 5.2 to
 * 5.4).
 *
 * @module
 */
import { clockwise, type Ring } from "./ring.ts";

/** Where volumes are to be. The same at all nodes. */
export interface Placement {
  /** How many volumes there are: 1 to 64. */
  readonly volumes: number;
  /**
   * How many members a volume is to have, in each of its data centers if there are several; 0 for all
   * nodes that there are.
   */
  readonly length: number;
  /**
   * The data centers of a volume: how many, chosen for each volume; or which, in the order of the chain;
   * or how many members in which, in their order too. Without it, all nodes are in one.
   */
  readonly dataCenters?: number | readonly string[] | Readonly<Record<string, number>>;
  /**
   * The data center that the head has to be in for updates to be taken; the first of those that are
   * chosen for a volume. Without it, any head will do.
   */
  readonly masterDataCenter?: string;
  /**
   * Has consistent hashing choose the nodes. Without it, nodes are ranked for each volume by a hash of the
   * two (rendezvous hashing), and a single volume takes them as they are numbered.
   */
  readonly ring?: Ring;
}

/** A node that may be chosen. */
export interface Candidate {
  readonly node: number;
  readonly dataCenter: string;
}

/** The nodes that a volume is to have, of those that there are, in the order of the chain. */
export function targetOrder(
  placement: Placement,
  volume: number,
  candidates: readonly Candidate[],
): number[] {
  const { length } = placement;
  const ordered = candidates.toSorted((a, b) => a.node - b.node);
  const ranked = rank(placement, volume, ordered);
  return dataCentersOf(placement, volume, ordered).flatMap(({ dataCenter, size = length }) => {
    const here = dataCenter === undefined
      ? ranked
      : ranked.filter((candidate) => candidate.dataCenter === dataCenter);
    return here.slice(0, size === 0 ? undefined : size).map(({ node }) => node);
  });
}

interface Share {
  /** Any, if undefined. */
  readonly dataCenter?: string;
  readonly size?: number;
}

function dataCentersOf(
  placement: Placement,
  volume: number,
  candidates: readonly Candidate[],
): readonly Share[] {
  const { dataCenters, masterDataCenter } = placement;
  if (dataCenters === undefined) return [{}];
  if (typeof dataCenters === "number") {
    const names = new Set(candidates.map(({ dataCenter }) => dataCenter));
    const others = [...names].filter((name) => name !== masterDataCenter);
    const first = others.length === names.size ? [] : [masterDataCenter!];
    const order = placement.volumes === 1 ? others : byScore(others, (name) => `${volume}@${name}`);
    return [...first, ...order].slice(0, dataCenters).map((dataCenter) => ({ dataCenter }));
  }
  if (isList(dataCenters)) return dataCenters.map((dataCenter) => ({ dataCenter }));
  return Object.entries(dataCenters).map(([dataCenter, size]) => ({ dataCenter, size }));
}

function isList(names: readonly string[] | Readonly<Record<string, number>>): names is string[] {
  return Array.isArray(names);
}

function rank(
  placement: Placement,
  volume: number,
  ordered: readonly Candidate[],
): readonly Candidate[] {
  const { masterDataCenter } = placement;
  const ranked = hashed(placement, volume, ordered);
  if (placement.dataCenters !== undefined || masterDataCenter === undefined) return ranked;
  const isMaster = ({ dataCenter }: Candidate) => dataCenter === masterDataCenter;
  return [...ranked.filter(isMaster), ...ranked.filter((candidate) => !isMaster(candidate))];
}

/** Without a ring, a single volume goes through the nodes as they are numbered: there is nothing to spread. */
function hashed(
  { ring, volumes }: Placement,
  volume: number,
  ordered: readonly Candidate[],
): readonly Candidate[] {
  if (ring !== undefined) return clockwise(ring, volume, volumes, ordered);
  return volumes === 1 ? ordered : byScore(ordered, ({ node }) => `${volume}/${node}`);
}

/** The highest score first, as rendezvous hashing has it: who is added or gone moves nobody else. */
function byScore<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  return items.toSorted((a, b) => score(nameOf(b)) - score(nameOf(a)));
}

/** FNV-1a, with the finalizer of MurmurHash3 for the sake of names that are nearly the same. */
function score(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
