/**
 * What clients asked and were told, in the form that is written as JSON lines: the same for simulated
 * and for real clusters, so that one checker judges both.
 *
 * @module
 */

/** An operation of a client on one key. */
export interface HistoryEntry {
  /** A client has one operation at a time; after one of unknown outcome it goes on under another number. */
  readonly client: number;
  readonly op: "put" | "get" | "delete" | "cas";
  readonly key: string;
  /** `{ value }` for put, `{ expect, value }` for cas, where `null` stands for an absent key. */
  readonly args: Readonly<Record<string, string | null>>;
  /** `{ value }` for get, `{ existed }` for delete, `{ swapped }` for cas; empty if unknown. */
  readonly output: Readonly<Record<string, string | boolean | null>>;
  /** In nanoseconds of virtual time. */
  readonly call: number;
  /** `null` if it was never answered. */
  readonly return: number | null;
  /** `unknown`: it may have taken effect, or take effect later. */
  readonly outcome: "ok" | "fail" | "unknown";
}

/** A virtual time as histories have it. */
export function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
