/** Reports of nodes, shown. */

import type { NodeReport } from "../client.ts";
import { type Column, formatTable } from "../output.ts";
import { gossipStatusAsLine, gossipStatusAsTable, isGossipStatus } from "./gossip_status_view.ts";
import { nodeName, restartsOf, suspectsOf } from "./reports.ts";
import { hasVolumes, volumeStatusAsLine, volumeStatusAsTable } from "./volume_status_view.ts";

const COLUMNS: readonly Column[] = [
  { title: "NODE", align: "right" },
  { title: "PID", align: "right" },
  { title: "PROTOCOL" },
  { title: "ROLE" },
  { title: "STATUS" },
  { title: "VIEW", align: "right" },
  { title: "OP", align: "right" },
  { title: "COMMIT", align: "right" },
  { title: "PRIMARY", align: "right" },
  { title: "SUSPECTS" },
  { title: "RESTARTS", align: "right" },
  { title: "ENDPOINT" },
];

/** One row a node, the unreachable ones named below. */
export function statusAsTable(reports: readonly NodeReport[]): string {
  const table = tableOf(reports);
  const lost = reports.filter((report) => report.status === null);
  if (lost.length === 0) return table;
  return `${table}\n${lost.map((report) => `${report.error.message}\n`).join("")}`;
}

function tableOf(reports: readonly NodeReport[]): string {
  if (isGossipStatus(reports)) return gossipStatusAsTable(reports);
  if (hasVolumes(reports)) return volumeStatusAsTable(reports);
  return formatTable(COLUMNS, reports.map(rowOf));
}

function rowOf(report: NodeReport): string[] {
  const { endpoint } = report;
  if (report.status === null) {
    return [nodeName(report), "-", "-", "-", "unreachable", ...Array(6).fill("-"), endpoint];
  }
  const { status } = report;
  return [
    String(status.node),
    String(status.pid),
    status.protocol,
    status.role,
    status.status,
    String(status.view),
    String(status.opNumber),
    String(status.commitNumber),
    status.primary === null ? "-" : String(status.primary),
    suspectsOf(report).join(",") || "-",
    String(restartsOf(report)),
    endpoint,
  ];
}

/** One line for all nodes: for logs, and for the REPL's answers. */
export function statusAsLine(reports: readonly NodeReport[]): string {
  if (isGossipStatus(reports)) return gossipStatusAsLine(reports);
  if (hasVolumes(reports)) return volumeStatusAsLine(reports);
  return reports.map((report) => {
    if (report.status === null) return `${nodeName(report)}: unreachable`;
    const { node, role, status, view, opNumber, commitNumber } = report.status;
    const suspects = suspectsOf(report);
    const suffix = suspects.length === 0 ? "" : ` suspects ${suspects.join(",")}`;
    return `${node}: ${role} ${status} view ${view} op ${opNumber} commit ${commitNumber}${suffix}`;
  }).join(" | ");
}

/** What the nodes say, and who says nothing. */
export function statusAsJson(reports: readonly NodeReport[]): Record<string, unknown> {
  const nodes = [];
  const unreachable = [];
  for (const { endpoint, node, ...report } of reports) {
    if (report.status !== null) nodes.push({ endpoint, ...report.status });
    else unreachable.push({ endpoint, node, reason: report.error.message });
  }
  return { nodes, unreachable };
}
