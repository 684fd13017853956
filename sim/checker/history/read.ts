import type { KvOperation } from "../kv/operations.ts";
import type { OperationOutcome } from "../operation.ts";
import { BadHistory } from "./bad_history.ts";
import { Fields } from "./fields.ts";
import { type AskedOperation, readAsked } from "./kv_line.ts";

const OUTCOMES: readonly OperationOutcome[] = ["ok", "fail", "unknown"];

/** An operation as its line has it. */
interface ReadLine {
  readonly line: number;
  readonly client: number;
  readonly asked: AskedOperation;
  readonly outcome: OperationOutcome;
  readonly call: bigint;
  readonly end: bigint | null;
}

/**
 * Reads a history of the key-value store: a JSON object on each line, in any order; see
 * `docs/simulation.md` for its form. Empty lines are skipped.
 *
 * Times may be beyond 2^53 nanoseconds, as those since 1970 are: then all of them are counted from the
 * first call of the history instead, which loses nothing.
 *
 * @throws {BadHistory} if a line cannot be used, or if the times are 104 days apart or more, and so
 * cannot be told exactly.
 */
export function readHistory(text: string): KvOperation[] {
  const lines = text.replace(/^\ufeff/, "").split("\n");
  const read = lines.flatMap((line, index) =>
    line.trim() === "" ? [] : [readLine(index + 1, line)]
  );
  requireOneAtATime(read);
  const base = baseOf(read);
  return read.map(({ line, client, asked, outcome, call, end }) => ({
    ...asked,
    client,
    call: countFrom(base, call, line),
    return: end === null ? null : countFrom(base, end, line),
    outcome,
  }));
}

function readLine(line: number, text: string): ReadLine {
  const fields = Fields.parse(line, text);
  const client = fields.count("client");
  const outcome = fields.choice("outcome", OUTCOMES);
  const asked = readAsked(fields, outcome === "ok");
  const call = fields.time("call");
  const end = outcome === "ok" || fields.has("return") ? fields.time("return") : null;
  if (end !== null && end < call) {
    const what = `it returned ${call - end} ns before it was called`;
    throw new BadHistory(line, "return_before_call", what);
  }
  return { line, client, asked, outcome, call, end };
}

/** A client asks for one thing at a time; without an answer it may go on, though. */
function requireOneAtATime(lines: readonly ReadLine[]): void {
  const last = new Map<number, ReadLine>();
  const inOrder = lines.toSorted((a, b) => compare(a.call, b.call) || compare(a.end, b.end));
  for (const next of inOrder) {
    const before = last.get(next.client);
    last.set(next.client, next);
    if (before === undefined || before.end === null || before.end <= next.call) continue;
    const what =
      `client ${next.client} had another operation under way, that of line ${before.line}`;
    throw new BadHistory(next.line, "overlapping", what);
  }
}

/** What times are counted from: 0 if that keeps all of them exact. */
function baseOf(lines: readonly ReadLine[]): bigint {
  const isExact = (time: bigint | null) => time === null || Number.isSafeInteger(Number(time));
  if (lines.every(({ call, end }) => isExact(call) && isExact(end))) return 0n;
  return lines.reduce((least, { call }) => call < least ? call : least, lines[0]!.call);
}

function countFrom(base: bigint, time: bigint, line: number): number {
  const count = Number(time - base);
  if (Number.isSafeInteger(count)) return count;
  throw new BadHistory(line, "time_range", `${time} ns is more than 104 days after the first call`);
}

function compare(a: bigint | null, b: bigint | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}
