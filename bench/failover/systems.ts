import type { NodeProcess } from "../../tests/cluster/node_process.ts";
import type { ProcessCluster } from "../../tests/cluster/processes.ts";

/** A protocol, and whose loss hurts it most. */
export interface System {
  readonly name: "Hermes" | "chain" | "VR";
  readonly config: string;
  /** Who is killed. */
  readonly victimName: string;
  victim(cluster: ProcessCluster): Promise<NodeProcess>;
}

/** What is compared. */
export const SYSTEMS: readonly System[] = [
  {
    name: "Hermes",
    config: "protocol: hermes",
    victimName: "a node",
    victim: async (cluster) => {
      const primary = await cluster.masterPrimary();
      return await cluster.server(cluster.nodes.find((node) => node !== primary)!);
    },
  },
  {
    name: "chain",
    config: "protocol: chain",
    victimName: "the head",
    victim: (cluster) => cluster.member("head"),
  },
  {
    name: "VR",
    config: "protocol: vr",
    victimName: "the primary",
    victim: (cluster) => cluster.primary(),
  },
];
