/**
 * Names of the master's actors and of those that speak to it; the same on every node.
 *
 * @module
 */

/** Supervises this node's part of the master's VR group, rest-for-one and in this order. */
export const MASTER = {
  journal: "master/journal",
  clientTable: "master/client-table",
  replica: "master/replica",
  detector: "master/detector",
} as const;

/** Supervises who speaks to the master for the node's replicas, rest-for-one and in this order. */
export const MEMBERSHIP = {
  member: "membership/member",
  detector: "membership/detector",
} as const;
