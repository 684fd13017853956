/** Reports of the nodes of a chain cluster, shown. */

import type { NodeReached, NodeReport } from "../client.ts";
import { type Column, formatTable } from "../output.ts";
import { nodeName, restartsOf, suspectsOf } from "./reports.ts";

const NODE_COLUMNS: readonly Column[] = [
  { title: "NODE", align: "right" },
  { title: "PID", align: "right" },
  { title: "ROLE" },
  { title: "STATUS" },
  { title: "MASTER" },
  { title: "VERSION", align: "right" },
  { title: "LEASE MS", align: "right" },
  { title: "SUSPECTS" },
  { title: "RESTARTS", align: "right" },
  { title: "ENDPOINT" },
];

const VOLUME_COLUMNS: readonly Column[] = [
  { title: "VOLUME", align: "right" },
  { title: "EPOCH", align: "right" },
  { title: "ORDER" },
  { title: "NODE", align: "right" },
  { title: "ROLE" },
  { title: "APPLIED", align: "right" },
  { title: "ACKED", align: "right" },
  { title: "SENT", align: "right" },
  { title: "EXECUTED", align: "right" },
];

/** Whether the nodes run a chain: they say so, those that answer. */
export function isChain(reports: readonly NodeReport[]): boolean {
  return reports.some(({ status }) => status?.volumes !== undefined);
}

/** More volumes than this, of more than one node, are too many to be shown member by member. */
const VOLUMES_SHOWN_MAX = 8;

/** One row a node; and below, one for each member of each volume, in the order of the chains. */
export function chainStatusAsTable(reports: readonly NodeReport[]): string {
  const nodes = formatTable(NODE_COLUMNS, reports.map(nodeRow));
  const count = Math.max(...reports.map(({ status }) => status?.volumes?.length ?? 0));
  if (count > VOLUMES_SHOWN_MAX && reports.length > 1) {
    return `${nodes}\n${count} volumes: kv admin chain shows their orders, kv status --node N all that ` +
      "one node says of them\n";
  }
  const volumes = formatTable(VOLUME_COLUMNS, volumeRows(reached(reports)));
  return `${nodes}\n${volumes}`;
}

function nodeRow(report: NodeReport): string[] {
  const { endpoint } = report;
  if (report.status === null) {
    return [nodeName(report), "-", "-", "unreachable", ...Array(5).fill("-"), endpoint];
  }
  const { node, pid, role, status, master, volumes = [] } = report.status;
  const isPrimary = master?.primary === node;
  return [
    String(node),
    String(pid),
    role,
    status,
    master === undefined ? "-" : isPrimary ? "primary" : master.status,
    master === undefined ? "-" : String(master.version),
    String(Math.max(0, ...volumes.map(({ leaseMs }) => leaseMs))),
    suspectsOf(report).join(",") || "-",
    String(restartsOf(report)),
    endpoint,
  ];
}

/** Whoever has no part in a volume is left out. */
function volumeRows(reports: readonly NodeReached[]): string[][] {
  const rows = reports.flatMap(({ node, status }) =>
    (status.volumes ?? []).filter(({ role }) => role !== "spare")
      .map((volume) => ({ node, ...volume }))
  );
  const place = (order: readonly number[], node: number) =>
    order.includes(node) ? order.indexOf(node) : order.length;
  return rows.toSorted((a, b) =>
    a.volume - b.volume || place(a.order, a.node) - place(b.order, b.node)
  ).map((row) => [
    String(row.volume),
    String(row.epoch),
    row.order.join(" > ") || "-",
    String(row.node),
    row.leaving === row.node ? `${row.role}, leaving` : row.role,
    String(row.applied),
    String(row.acknowledged),
    String(row.sent),
    String(row.executed),
  ]);
}

function reached(reports: readonly NodeReport[]): readonly NodeReached[] {
  return reports.filter((report): report is NodeReached => report.status !== null);
}

/** One line for all nodes: for logs, and for the REPL's answers. */
export function chainStatusAsLine(reports: readonly NodeReport[]): string {
  return reports.map((report) => {
    if (report.status === null) return `${nodeName(report)}: unreachable`;
    const { node, role, status, opNumber, commitNumber, view } = report.status;
    const suspects = suspectsOf(report);
    const suffix = suspects.length === 0 ? "" : ` suspects ${suspects.join(",")}`;
    return `${node}: ${role} ${status} version ${view} applied ${opNumber} ` +
      `acked ${commitNumber}${suffix}`;
  }).join(" | ");
}
