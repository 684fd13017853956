import { INTEGER_MAX, INTEGER_MIN } from "../../protocols/kv/commands.ts";
import { UsageError } from "./exit.ts";

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** @throws {UsageError} unless the text is an integer of at least `min` that a number can hold. */
export function parseInteger(text: string, what: string, min: number, topic: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
  throw new UsageError(
    `${what} is an integer of at least ${min}, not ${JSON.stringify(text)}`,
    topic,
  );
}

/** @throws {UsageError} unless the text is an integer of 64 bits. */
export function parseBigInt(text: string, what: string, topic: string): bigint {
  const value = /^[+-]?\d{1,30}$/.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined;
  if (value !== undefined && value >= INTEGER_MIN && value <= INTEGER_MAX) return value;
  throw new UsageError(`${what} is an integer of 64 bits, not ${JSON.stringify(text)}`, topic);
}

/**
 * In milliseconds.
 *
 * @throws {UsageError} unless the text is a number with a unit: `500ms`, `1.5s`, `2m`.
 */
export function parseDuration(text: string, what: string, topic: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  const value = match === null ? NaN : Number(match[1]) * UNITS_MS[match[2]!]!;
  if (value >= 1 && value <= 24 * 3_600_000) return Math.round(value);
  throw new UsageError(
    `${what} is a duration from 1ms to 1440m such as 500ms, 10s or 1m, not ${JSON.stringify(text)}`,
    topic,
  );
}
