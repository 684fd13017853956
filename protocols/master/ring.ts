/**
 * Placement by consistent hashing. Nodes and volumes are points of one ring; a volume is on the nodes that
 * come next to its point. Each node has several points, its virtual nodes, so that its share is not a
 * matter of where one of them happens to be, and what it leaves behind goes to several others.
 *
 * Whoever comes or goes changes at most one node of each volume: the distinct nodes behind a point, in
 * their order, are the same but for it.
 *
 * @module
 */

/** How nodes are placed on the ring. The same at all nodes. */
export interface Ring {
  /**
   * The points of each node, from 1 to 4096. More of them even out the shares of the nodes; each costs
   * every decision of the master some 5 ns a volume.
   */
  readonly virtualNodes: number;
}

/** The ring goes from 0 to here, and begins anew. */
const CIRCUMFERENCE = 2 ** 32;

/**
 * Nodes in the order in which one comes upon them, going from a volume's point: the nearest first.
 *
 * @param volumes How many volumes there are: their points divide the ring into equal parts.
 */
export function clockwise<T extends { readonly node: number }>(
  { virtualNodes }: Ring,
  volume: number,
  volumes: number,
  nodes: readonly T[],
): T[] {
  const start = Math.floor((volume + 0.5) * CIRCUMFERENCE / volumes);
  return nodes
    .map((node) => ({ node, distance: distanceTo(node.node, start, virtualNodes) }))
    .sort((a, b) => a.distance - b.distance || a.node.node - b.node.node)
    .map(({ node }) => node);
}

/** How far it is from a point of the ring to the next one of a node. */
function distanceTo(node: number, start: number, virtualNodes: number): number {
  const salt = Math.imul(node + 1, 0x9e3779b9);
  let nearest = CIRCUMFERENCE;
  for (let index = 1; index <= virtualNodes; index++) {
    const distance = (mixed(mixed(index) ^ salt) - start) >>> 0;
    if (distance < nearest) nearest = distance;
  }
  return nearest;
}

/** The finalizer of MurmurHash3: numbers that are close together come to lie anywhere. */
function mixed(bits: number): number {
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
