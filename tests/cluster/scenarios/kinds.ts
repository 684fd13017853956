/**
 * Clusters with a master, which the same faults befall.
 *
 * @module
 */
import { membersOf } from "../../../transport/status.ts";
import type { NodeProcess } from "../node_process.ts";
import type { ProcessCluster, ProcessClusterOptions } from "../processes.ts";

/** A kind of cluster. */
export interface Kind {
  /** One of it, as scenarios call it. */
  readonly one: string;
  /** What is several at once: chains, or shares of the keys with replicas of their own. */
  readonly several: string;
  /** Three nodes, all of them members. */
  readonly small: ProcessClusterOptions;
  /** Five nodes, all of them members. */
  readonly large: ProcessClusterOptions;
  /** Several volumes. */
  readonly volumes: ProcessClusterOptions;
  /** A member that serves: another one for each `turn`. */
  pick(cluster: ProcessCluster, turn: number): Promise<NodeProcess>;
  /** What a member of that turn is called. */
  place(turn: number): string;
  /** Whether whoever joins comes behind all others. */
  readonly joinsLast: boolean;
}

const ROLES = ["head", "middle", "tail"] as const;
const roleOf = (turn: number) => ROLES[turn % ROLES.length]!;

/** Chains. */
export const CHAIN: Kind = {
  one: "a chain",
  several: "several chains on the same nodes",
  small: { config: "protocol: chain" },
  large: { config: "protocol: chain", nodes: 5 },
  volumes: { config: "protocol: chain\nchain: { volumes: 4 }" },
  pick: (cluster, turn) => cluster.member(roleOf(turn)),
  place: roleOf,
  joinsLast: true,
};

/** Hermes. Several volumes there are where there are more nodes than replicas. */
export const HERMES: Kind = {
  one: "a Hermes cluster",
  several: "Hermes on one more node than there are replicas",
  small: { config: "protocol: hermes" },
  large: { config: "protocol: hermes", nodes: 5 },
  volumes: {
    config: "protocol: hermes\nhermes: { replicas: 3, volumes: 8 }",
    nodes: 4,
    replicas: 3,
  },
  pick: (cluster, turn) => cluster.server(cluster.nodes[turn % cluster.nodes.length]!),
  place: () => "a member",
  joinsLast: false,
};

/** Hermes with every option as it is not by default. */
export const HERMES_OTHERWISE: ProcessClusterOptions = {
  config: "protocol: hermes\n" +
    "hermes: { reads: check, broadcasts_acks: true, virtual_ids: 1, spares_validations: false }",
};

/** Waits until the volumes do without nodes, in the words of those that are left. */
export async function shortened(
  cluster: ProcessCluster,
  ...gone: readonly NodeProcess[]
): Promise<void> {
  await cluster.until("the volumes do without the lost nodes", async () => {
    const seen = await cluster.survey();
    return seen.length > 0 &&
      seen.every(({ status }) =>
        (status.volumes ?? []).every((volume) =>
          gone.every(({ index }) => !membersOf(volume).includes(index))
        )
      );
  });
}
