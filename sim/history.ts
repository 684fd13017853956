/**
 * What clients asked and were told, as JSON lines: the same for simulated and for real clusters, so
 * that one checker judges both. `docs/simulation.md` has the form.
 *
 * @module
 */
import type { KvOperation } from "./checker/kv/operations.ts";

/** A line of a history, with its end. */
export function historyLine(operation: KvOperation): string {
  const { client, op, args, output, call, return: end, outcome } = operation;
  const key = op === "scan" ? {} : { key: operation.key };
  return `${JSON.stringify({ client, op, ...key, args, output, call, return: end, outcome })}\n`;
}

/** A virtual time as histories have it. */
export function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
