import { type Cluster, NODES } from "../nodes/cluster.ts";
import { etcd } from "../nodes/etcd.ts";
import { masterPrimary, type Protocol, troupe } from "../nodes/troupe.ts";
import { type Dialect, ETCD_DIALECT, TROUPE_DIALECT } from "../peers/drivers/dialects.ts";
import { until } from "../../tests/cluster/until.ts";

/** A system, and whose loss hurts it. */
export interface System {
  /** What it is called on the command line. */
  readonly id: "vr" | "chain" | "hermes" | "hermes-master" | "etcd";
  readonly name: string;
  /** Who is killed. */
  readonly victimName: string;
  readonly dialect: Dialect;
  /** A program that has to be installed. */
  readonly program?: string;
  /** Three nodes with their data in an empty directory, none of which runs yet. */
  cluster(directory: string, suspicionMs: number): Cluster;
  victim(cluster: Cluster): Promise<number>;
}

/** What is compared. */
export const SYSTEMS: readonly System[] = [
  own("hermes", {
    id: "hermes",
    name: "Hermes",
    victimName: "a node",
    victim: async (cluster) => (await masterOf(cluster) + 1) % NODES,
  }),
  own("hermes", {
    id: "hermes-master",
    name: "Hermes",
    victimName: "the master's primary",
    victim: masterOf,
  }),
  own("chain", {
    id: "chain",
    name: "chain",
    victimName: "the head",
    victim: (cluster) => cluster.leader(),
  }),
  own("vr", {
    id: "vr",
    name: "VR",
    victimName: "the primary",
    victim: (cluster) => cluster.leader(),
  }),
  {
    id: "etcd",
    name: "etcd",
    victimName: "the leader",
    dialect: ETCD_DIALECT,
    program: "etcd",
    cluster: etcd,
    victim: (cluster) => cluster.leader(),
  },
];

function own(
  protocol: Protocol,
  system: Pick<System, "id" | "name" | "victimName" | "victim">,
): System {
  return {
    ...system,
    dialect: TROUPE_DIALECT,
    cluster: (directory, suspicionMs) =>
      troupe(protocol, directory, timeoutLines(protocol, suspicionMs)),
  };
}

async function masterOf(cluster: Cluster): Promise<number> {
  const { node } = await until("the master has a primary", async () => {
    const node = await masterPrimary(cluster);
    return node !== null && { node };
  });
  return node;
}

/**
 * A configuration in which a node is suspected after so many milliseconds, and its lease, if there are any,
 * lasts as long. With 500, everything is as by default.
 */
export function timeoutLines(protocol: Protocol, suspicionMs: number): string {
  const heartbeatMs = Math.max(5, Math.round(suspicionMs / 10));
  const timeouts =
    `heartbeat_ms: ${heartbeatMs}, suspicion_ms: ${suspicionMs}, view_change_ms: ${suspicionMs}`;
  const lease = protocol === "vr" ? "" : `${protocol}: { lease_ms: ${suspicionMs} }\n`;
  return `timeouts: { ${timeouts} }\n${lease}`;
}
