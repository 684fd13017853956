import { membersOf, type NodeStatus } from "../status.ts";

/**
 * How many replicas have a write that was acknowledged, besides the one that took it, at least: with `vr` a
 * majority of all (VRR 4.1), with `chain` and `hermes` every member of the key's volume, of which the
 * smallest counts. With `gossip` one replica is enough to acknowledge.
 */
export function replicasBesides(status: NodeStatus): number {
  switch (status.protocol) {
    case "vr":
      return Math.floor(status.peers.length / 2);
    case "chain":
    case "hermes": {
      const sizes = (status.volumes ?? []).map((volume) => membersOf(volume).length);
      return sizes.length === 0 ? 0 : Math.max(Math.min(...sizes) - 1, 0);
    }
    default:
      return 0;
  }
}
