/** Reports of the nodes of a cluster with a master, shown. */

import type { NodeReached, NodeReport } from "../client.ts";
import { type Column, formatTable } from "../output.ts";
import type { ChainVolumeStatus, HermesVolumeStatus } from "../../transport/service.ts";
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

const CHAIN_COLUMNS: readonly Column[] = [
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

const HERMES_COLUMNS: readonly Column[] = [
  { title: "VOLUME", align: "right" },
  { title: "EPOCH", align: "right" },
  { title: "MEMBERS" },
  { title: "NODE", align: "right" },
  { title: "ROLE" },
  { title: "KEYS", align: "right" },
  { title: "VALID", align: "right" },
  { title: "INVALID", align: "right" },
  { title: "WRITE", align: "right" },
  { title: "REPLAY", align: "right" },
  { title: "TRANS", align: "right" },
  { title: "TOMBSTONES", align: "right" },
];

/** Whether the nodes have volumes: they say so, those that answer. */
export function hasVolumes(reports: readonly NodeReport[]): boolean {
  return reports.some(({ status }) => status?.volumes !== undefined);
}

/** More volumes than this, of more than one node, are too many to be shown member by member. */
const VOLUMES_SHOWN_MAX = 8;

/** One row a node; and below, one for each member of each volume, a chain's in its order. */
export function volumeStatusAsTable(reports: readonly NodeReport[]): string {
  const nodes = formatTable(NODE_COLUMNS, reports.map(nodeRow));
  const count = Math.max(...reports.map(({ status }) => status?.volumes?.length ?? 0));
  if (count > VOLUMES_SHOWN_MAX && reports.length > 1) {
    return `${nodes}\n${count} volumes: kv admin show shows who has them, kv status --node N all that ` +
      "one node says of them\n";
  }
  return `${nodes}\n${volumesAsTable(reached(reports))}`;
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

/** A volume, and the node that says it. */
type Said<V> = V & { readonly node: number };

/** Whoever has no part in a volume is left out. */
function volumesAsTable(reports: readonly NodeReached[]): string {
  const said = reports.flatMap(({ node, status }) =>
    (status.volumes ?? []).filter(({ role }) => role !== "spare")
      .map((volume) => ({ ...volume, node }))
  );
  const ofChains = said.filter((volume) => "order" in volume);
  if (ofChains.length > 0) return formatTable(CHAIN_COLUMNS, chainRows(ofChains));
  return formatTable(HERMES_COLUMNS, hermesRows(said.filter((volume) => "members" in volume)));
}

function chainRows(said: readonly Said<ChainVolumeStatus>[]): string[][] {
  const place = (order: readonly number[], node: number) =>
    order.includes(node) ? order.indexOf(node) : order.length;
  return said.toSorted((a, b) =>
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

function hermesRows(said: readonly Said<HermesVolumeStatus>[]): string[][] {
  return said.toSorted((a, b) => a.volume - b.volume || a.node - b.node).map((row) => [
    String(row.volume),
    String(row.epoch),
    row.members.join(", ") || "-",
    String(row.node),
    row.role === "joining" ? `joining, ${row.copied} copied` : row.role,
    ...[row.keys, row.states.valid, row.states.invalid, row.states.write].map(String),
    ...[row.states.replay, row.states.trans, row.tombstones].map(String),
  ]);
}

function reached(reports: readonly NodeReport[]): readonly NodeReached[] {
  return reports.filter((report): report is NodeReached => report.status !== null);
}

/** One line for all nodes: for logs, and for the REPL's answers. */
export function volumeStatusAsLine(reports: readonly NodeReport[]): string {
  return reports.map((report) => {
    if (report.status === null) return `${nodeName(report)}: unreachable`;
    const { node, role, status, view } = report.status;
    const suspects = suspectsOf(report);
    const suffix = suspects.length === 0 ? "" : ` suspects ${suspects.join(",")}`;
    return `${node}: ${role} ${status} version ${view} ${progressOf(report)}${suffix}`;
  }).join(" | ");
}

function progressOf({ status: { opNumber, commitNumber, volumes = [] } }: NodeReached): string {
  const ofHermes = volumes.filter((volume) => "members" in volume);
  if (ofHermes.length === 0) return `applied ${opNumber} acked ${commitNumber}`;
  const sum = (of: (volume: HermesVolumeStatus) => number) =>
    ofHermes.reduce((total, volume) => total + of(volume), 0);
  const unsettled = sum(({ states: { invalid, write, replay, trans } }) =>
    invalid + write + replay + trans
  );
  return `keys ${sum(({ keys }) => keys)} unsettled ${unsettled}`;
}
