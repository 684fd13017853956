/**
 * The arithmetic of a group (VRR 2.2): of K replicas f may fail, and any two quorums share a member.
 *
 * @module
 */

/** The largest f with 2f + 1 <= K. */
export function threshold(replicaCount: number): number {
  return Math.floor((replicaCount - 1) / 2);
}

/** K - f, which is f + 1 for an odd K. */
export function quorumSize(replicaCount: number): number {
  return replicaCount - threshold(replicaCount);
}

/** The primary of a view is never stored, always computed: round robin, beginning with the first. */
export function primaryOf(view: number, replicaCount: number): number {
  return view % replicaCount;
}
