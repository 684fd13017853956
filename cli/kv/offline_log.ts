/** The offline log that `kv offline` works with, and how it is shown. */

import { DataDirectory } from "../../storage/data_directory.ts";
import { KeyNotFound } from "../client.ts";
import type { Change, View } from "../offline/entries.ts";
import { OfflineLog } from "../offline/log.ts";
import { countOutcomes } from "../offline/state.ts";
import { decodeText, formatJson, formatTable, plain } from "../output.ts";
import { valueCell } from "./entries.ts";
import type { Invocation } from "./invocation.ts";
import type { Flag } from "./table.ts";

const DIRECTORY = "./data/offline";

/** Where the log is. */
export const LOG_FLAG: Flag = {
  name: "log",
  value: "PATH",
  help: `the directory of the offline log (default: ${DIRECTORY})`,
};

/** What a directory of an offline log belongs to, so that none is taken for that of a node. */
const IDENTITY = { cluster: "(offline)", node: 0 };

/** Opens the log for as long as something is done with it: nobody else has it meanwhile. */
export async function withLog<T>(
  invocation: Invocation,
  use: (log: OfflineLog) => Promise<T>,
): Promise<T> {
  const warnings: string[] = [];
  await using directory = await DataDirectory.open({
    ...IDENTITY,
    path: invocation.text("log") ?? DIRECTORY,
    warn: (text) => warnings.push(`kv: ${text}\n`),
  });
  for (const warning of warnings) await invocation.io.stderr.write(warning);
  return await use(await OfflineLog.open(directory.disk("operations")));
}

/** Prints what a key is. */
export async function printView(invocation: Invocation, key: string, view: View): Promise<void> {
  if (view.type === "absent") throw new KeyNotFound(key);
  if (invocation.output === "json") {
    return await invocation.print(formatJson({ key, ...viewAsJson(view) }));
  }
  if (view.type === "set") {
    return await invocation.print(view.elements.map((each) => `${shown(each)}\n`).join(""));
  }
  await invocation.print(view.value);
  if (invocation.io.stdoutIsTerminal && view.value.at(-1) !== 10) await invocation.print("\n");
}

function viewAsJson(view: Exclude<View, { type: "absent" }>): Record<string, unknown> {
  return view.type === "value" ? asJson(view.value) : { elements: view.elements.map(asJson) };
}

function asJson(bytes: Uint8Array): Record<string, unknown> {
  const text = decodeText(bytes);
  return text === null
    ? { value: bytes.toBase64(), encoding: "base64" }
    : { value: text, encoding: "utf8" };
}

function shown(bytes: Uint8Array): string {
  const text = decodeText(bytes);
  return text === null ? bytes.toBase64() : plain(text);
}

/** Prints the operations that wait. */
export async function printOperations(
  invocation: Invocation,
  { state }: OfflineLog,
): Promise<void> {
  if (invocation.output === "json") {
    for (const { number, key, change, base, after, atMs } of state.pending) {
      const json = { number, key, change: change.type, ...detailAsJson(change), base, after, atMs };
      await invocation.print(formatJson(json));
    }
    return;
  }
  const rows = [...state.pending].map(({ number, key, change, base, after, atMs }) => [
    String(number),
    new Date(atMs).toISOString(),
    change.type,
    plain(key),
    detailCell(change),
    after === null ? ground(base) : `operation ${after}`,
  ]);
  await invocation.print(formatTable(OPERATION_COLUMNS, rows));
}

const OPERATION_COLUMNS = [
  { title: "NUMBER", align: "right" },
  { title: "AT" },
  { title: "CHANGE" },
  { title: "KEY" },
  { title: "VALUE" },
  { title: "BEGAN FROM" },
] as const;

/** Positions of a gossip cluster are hashes and tokens, nothing to read. */
function ground(base: string | null): string {
  if (base === null) return "nothing known";
  return /^(absent|revision \d+)$/.test(base) ? base : "what was known";
}

function detailAsJson(change: Change): Record<string, unknown> {
  if (change.type === "put") return asJson(change.value);
  if (change.type === "increment") return { by: String(change.by) };
  return change.type === "delete" ? {} : { element: asJson(change.element) };
}

function detailCell(change: Change): string {
  if (change.type === "put") return valueCell(change.value);
  if (change.type === "increment") return String(change.by);
  return change.type === "delete" ? "" : valueCell(change.element);
}

/** What a log is about, in short. */
export function statusOf({ name, state }: OfflineLog): Record<string, unknown> {
  const { bound, merge, report, attempt } = state;
  return {
    log: name,
    cluster: bound?.cluster ?? null,
    protocol: bound?.protocol ?? null,
    waiting: state.pendingCount,
    operations: state.lastNumber,
    keys: state.keyCount,
    bytes: state.bytes,
    merge: merge === undefined ? null : {
      policy: merge.policy,
      state: merge.endedMs === null ? "interrupted" : "ended",
      beganMs: merge.beganMs,
      endedMs: merge.endedMs,
      inFlight: attempt?.number ?? null,
      outcomes: countOutcomes(report),
    },
  };
}

/** The same for people. */
export function statusAsText(log: OfflineLog): string {
  const { name, state } = log;
  const { bound, merge, report, attempt } = state;
  const lines = [
    `log ${name}, ${
      bound === undefined
        ? "of no cluster yet"
        : `of cluster ${plain(bound.cluster)} (${bound.protocol})`
    }`,
    `${state.pendingCount} of ${state.lastNumber} operations wait; ` +
    `${state.keyCount} keys known; ${state.bytes} bytes`,
  ];
  if (merge !== undefined) {
    const end = merge.endedMs === null ? "interrupted" : "ended";
    lines.push(
      `last merge: policy ${merge.policy}, ${end}; ${countsAsText(countOutcomes(report))}`,
    );
  }
  if (attempt !== undefined) {
    lines.push(`operation ${attempt.number} was sent, its end is not known`);
  }
  return lines.join("\n");
}

/** How often what became of operations. */
export function countsAsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([outcome, count]) =>
    `${count} ${outcome.replaceAll("_", " ")}`
  );
  return parts.join(", ") || "nothing";
}
