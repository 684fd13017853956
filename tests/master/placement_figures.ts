/**
 * What a placement comes to: how evenly it spreads the volumes, and how many move when a node comes or goes.
 *
 * @module
 */
import { type Placement, targetOrder } from "../../protocols/master/placement.ts";

/** The shares of the nodes, as parts of what each would have if all had the same. */
export interface Balance {
  readonly least: number;
  readonly most: number;
}

/** The replicas that move when a node comes or goes, as parts of all replicas. */
export interface Moves {
  readonly mean: number;
  readonly most: number;
  /** The share of one node: what it has to be given, or what is to be done without it. */
  readonly ideal: number;
  /** The most that any one volume has of them. */
  readonly perVolume: number;
}

/** The nodes of each volume. */
export function ownersOf(placement: Placement, nodes: readonly number[]): number[][] {
  const candidates = nodes.map((node) => ({ node, dataCenter: "" }));
  return Array.from(
    { length: placement.volumes },
    (_, volume) => targetOrder(placement, volume, candidates),
  );
}

/** How even the shares of so many nodes are. */
export function balanceOf(placement: Placement, nodeCount: number): Balance {
  const owners = ownersOf(placement, range(nodeCount)).flat();
  const shares = range(nodeCount)
    .map((node) => owners.filter((owner) => owner === node).length * nodeCount / owners.length);
  return { least: Math.min(...shares), most: Math.max(...shares) };
}

/** What moves when each of so many nodes, in its turn, is the one that comes. */
export function movesOnJoin(placement: Placement, nodeCount: number): Moves {
  return movesOf(placement, nodeCount, (whole, without) => [without, whole]);
}

/** What moves when each of so many nodes, in its turn, is the one that goes. */
export function movesOnLeave(placement: Placement, nodeCount: number): Moves {
  return movesOf(placement, nodeCount, (whole, without) => [whole, without]);
}

function movesOf(
  placement: Placement,
  nodeCount: number,
  order: (whole: readonly number[], without: readonly number[]) => readonly (readonly number[])[],
): Moves {
  const whole = range(nodeCount);
  const moves = whole.map((changing) => {
    const without = whole.filter((node) => node !== changing);
    const [before, after] = order(whole, without).map((nodes) => ownersOf(placement, nodes));
    return after!.map((owners, volume) =>
      owners.filter((node) => !before![volume]!.includes(node)).length
    );
  });
  const replicas = ownersOf(placement, whole).flat().length;
  const parts = moves.map((counts) => sum(counts) / replicas);
  return {
    mean: sum(parts) / parts.length,
    most: Math.max(...parts),
    ideal: 1 / nodeCount,
    perVolume: Math.max(...moves.flat()),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
