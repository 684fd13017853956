/** Reports of the nodes of a gossip cluster, shown. */

import type { NodeReport } from "../client.ts";
import { type Column, formatTable } from "../output.ts";
import { nodeName, restartsOf, suspectsOf } from "./reports.ts";

const COLUMNS: readonly Column[] = [
  { title: "NODE", align: "right" },
  { title: "PID", align: "right" },
  { title: "ROLE" },
  { title: "MEMBERS", align: "right" },
  { title: "EVENTS", align: "right" },
  { title: "KEYS", align: "right" },
  { title: "TOMBSTONES", align: "right" },
  { title: "LACKING", align: "right" },
  { title: "HINTS", align: "right" },
  { title: "SHOWS" },
  { title: "SUSPECTS" },
  { title: "RESTARTS", align: "right" },
  { title: "ENDPOINT" },
];

/** Whether these are nodes of a gossip cluster. */
export function isGossipStatus(reports: readonly NodeReport[]): boolean {
  return reports.some(({ status }) => status?.gossip !== undefined);
}

/** One row a node, and below it for whom tombstones wait. */
export function gossipStatusAsTable(reports: readonly NodeReport[]): string {
  const table = formatTable(COLUMNS, reports.map(rowOf));
  const held = reports.flatMap(({ status }) =>
    (status?.gossip?.members ?? []).filter(({ isHoldingCut }) => isHoldingCut)
      .map(({ node }) => node)
  );
  const tombstones = Math.max(0, ...reports.map(({ status }) => status?.gossip?.tombstones ?? 0));
  if (tombstones === 0 || held.length === 0) return table;
  const nodes = [...new Set(held)].sort((a, b) => a - b).join(", ");
  return `${table}\nTombstones wait for reports of nodes ${nodes}\n`;
}

function rowOf(report: NodeReport): string[] {
  const { endpoint } = report;
  if (report.status === null) {
    return [nodeName(report), "-", "unreachable", ...Array(9).fill("-"), endpoint];
  }
  const { node, pid, role, opNumber, gossip } = report.status;
  const { members = [], keys = 0, tombstones = 0, fingerprint = "" } = gossip ?? {};
  return [
    String(node),
    String(pid),
    gossip?.isDiverged ? `${role}, diverged` : role,
    String(members.length),
    String(opNumber),
    String(keys),
    String(tombstones),
    members.filter(({ lacks }) => lacks > 0).map(({ node, lacks }) => `${node}:${lacks}`)
      .join(",") || "-",
    String(members.reduce((sum, { hints }) => sum + hints, 0)),
    fingerprint.slice(0, 8) || "-",
    suspectsOf(report).join(",") || "-",
    String(restartsOf(report)),
    endpoint,
  ];
}

/** One line for all nodes: for logs, and for the REPL's answers. */
export function gossipStatusAsLine(reports: readonly NodeReport[]): string {
  return reports.map((report) => {
    if (report.status === null) return `${nodeName(report)}: unreachable`;
    const { node, role, opNumber, gossip } = report.status;
    const suspects = suspectsOf(report);
    const suffix = suspects.length === 0 ? "" : ` suspects ${suspects.join(",")}`;
    return `${node}: ${role} events ${opNumber} keys ${gossip?.keys ?? 0}${suffix}`;
  }).join(" | ");
}
