import type { NodeReport } from "../client/types.ts";
import { formatAddress } from "../../transport/address.ts";
import type { ClusterConfig } from "../config.ts";
import type { VolumeStatus } from "../../transport/service.ts";
import { membersOf } from "../../transport/status.ts";
import { formatTable } from "../output.ts";

/** More volumes than this are too many to be shown. */
const VOLUMES_SHOWN_MAX = 8;

/** What the runner shows of one node. */
export interface NodeRow {
  readonly node: number;
  readonly http: string;
  readonly peers: string;
  /** `primary`, `backup`, ...; empty while the node does not answer. */
  readonly role: string;
  /** `normal`, `view-change`, ...; `down` while the node does not answer. */
  readonly status: string;
  /** The view and the process id, empty while the node does not answer. */
  readonly view: string;
  readonly pid: string;
  /** With a master: who replicates what as far as the node knows, a line for each volume. */
  readonly volumes: readonly string[];
}

/** The base address at which a node of this configuration serves clients. */
export function nodeUrl(config: ClusterConfig, node: number): string {
  return `http://${formatAddress(config.httpAddresses[node]!)}`;
}

/** The rows of the table, from what the nodes say. */
export function statusRows(
  config: ClusterConfig,
  reports: readonly NodeReport[],
): readonly NodeRow[] {
  return config.replicasAddresses.map((peers, node) => {
    const http = nodeUrl(config, node);
    const status = reports.find((report) => report.endpoint === http)?.status ?? null;
    return {
      node,
      http,
      peers: formatAddress(peers),
      role: status?.role ?? "",
      status: status?.status ?? "down",
      view: status === null ? "" : String(status.view),
      pid: status === null ? "" : String(status.pid),
      volumes: (status?.volumes ?? []).map(volumeLine),
    };
  });
}

/** The table as it is printed. */
export function formatStatusTable(rows: readonly NodeRow[]): string {
  const volumes = newestVolumes(rows);
  const view = volumes.length === 0 ? "view" : "version";
  const columns = ["node", "http", "peers", "role", "status", view, "pid"];
  const table = formatTable(
    columns.map((title) => ({ title })),
    rows.map(({ node, http, peers, role, status, view, pid }) => [
      String(node),
      http,
      peers,
      role || "-",
      status,
      view || "-",
      pid || "-",
    ]),
  );
  return volumes.length === 0 ? table : `${table}\n${volumes.join("\n")}\n`;
}

function volumeLine(status: VolumeStatus): string {
  const { volume, joining, epoch } = status;
  const newcomer = joining === null ? "" : `, node ${joining} is joining`;
  const members = membersOf(status).join("order" in status ? " > " : ", ");
  return `volume ${volume}: ${members || "nobody"} (epoch ${epoch}${newcomer})`;
}

/** What the node says that has heard of the newest configuration. */
function newestVolumes(rows: readonly NodeRow[]): readonly string[] {
  const newest = rows.toSorted((a, b) => Number(b.view) - Number(a.view))[0];
  const volumes = newest?.volumes ?? [];
  if (volumes.length <= VOLUMES_SHOWN_MAX) return volumes;
  return [`${volumes.length} volumes: deno task kv admin show shows who has them`];
}

/**
 * Decides when the table is worth printing: when it has changed, and two looks in a row agree, so that
 * what passes at once is not shown.
 */
export class TableChanges {
  #printed = "";
  #seen = "";

  /** Takes the newest table and returns it if it is to be printed. */
  take(table: string): string | null {
    const settled = table === this.#seen;
    this.#seen = table;
    if (!settled || table === this.#printed) return null;
    this.#printed = table;
    return table;
  }
}
