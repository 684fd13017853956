/** The names of the actors of a gossip cluster's node. */
export const GOSSIP = {
  journal: "gossip/journal",
  replica: "gossip/replica",
  coordinator: "gossip/coordinator",
  swim: "swim/member",
} as const;
