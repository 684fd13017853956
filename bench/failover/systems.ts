import type { NodeProcess } from "../../tests/cluster/node_process.ts";
import type { ProcessCluster } from "../../tests/cluster/processes.ts";

/** A protocol, and whose loss hurts it most. */
export interface System {
  readonly name: "Hermes" | "chain" | "VR";
  readonly protocol: "hermes" | "chain" | "vr";
  /** Who is killed. */
  readonly victimName: string;
  victim(cluster: ProcessCluster): Promise<NodeProcess>;
}

/** What is compared. */
export const SYSTEMS: readonly System[] = [
  {
    name: "Hermes",
    protocol: "hermes",
    victimName: "a node",
    victim: async (cluster) => {
      const primary = await cluster.masterPrimary();
      return await cluster.server(cluster.nodes.find((node) => node !== primary)!);
    },
  },
  {
    name: "chain",
    protocol: "chain",
    victimName: "the head",
    victim: (cluster) => cluster.member("head"),
  },
  {
    name: "VR",
    protocol: "vr",
    victimName: "the primary",
    victim: (cluster) => cluster.primary(),
  },
];

/**
 * A configuration in which a node is suspected after so many milliseconds, and its lease, if there are any,
 * lasts as long. With 500, everything is as by default.
 */
export function configOf({ protocol }: System, suspicionMs: number): string {
  const heartbeatMs = Math.max(5, Math.round(suspicionMs / 10));
  const timeouts =
    `heartbeat_ms: ${heartbeatMs}, suspicion_ms: ${suspicionMs}, view_change_ms: ${suspicionMs}`;
  const lease = protocol === "vr" ? "" : `${protocol}: { lease_ms: ${suspicionMs} }\n`;
  return `protocol: ${protocol}\ntimeouts: { ${timeouts} }\n${lease}`;
}
