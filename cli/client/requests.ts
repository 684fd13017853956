/** What calls look like as requests of the HTTP API. */

import { BadAnswer, RequestRefused } from "./errors.ts";
import type { ApiAnswer } from "./exchange.ts";
import type { Expected, ScanOptions } from "./types.ts";
import { readField, readJson, readList, toBase64 } from "./wire.ts";

type Query = Readonly<Record<string, string>>;

/** The longest value that can be compared with: it travels in the address. */
const MAX_EXPECTED_BYTES = 16 * 1024;

/** A copy of a value, as bytes: the caller may change his while ours is sent again. */
export function valueBytes(value: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof value === "string" ? new TextEncoder().encode(value) : new Uint8Array(value);
}

/**
 * The headers and the query of a conditional write.
 *
 * @throws {RequestRefused} `too_large` for a value too long to compare with.
 */
export function conditionOf(
  expected: Expected | undefined,
): { headers: Record<string, string>; query: Record<string, string> } {
  if (expected === undefined) return { headers: {}, query: {} };
  if ("revision" in expected) {
    return { headers: { "If-Match": `"${expected.revision}"` }, query: {} };
  }
  if ("absent" in expected) return { headers: { "If-None-Match": "*" }, query: {} };
  if ("present" in expected) return { headers: { "If-Match": "*" }, query: {} };
  const bytes = valueBytes(expected.value);
  if (bytes.length > MAX_EXPECTED_BYTES) {
    throw new RequestRefused(
      "too_large",
      0,
      `Cannot compare with a value of ${bytes.length} bytes, more than ${MAX_EXPECTED_BYTES}: ` +
        `compare the revision`,
    );
  }
  return { headers: {}, query: { "if-value-base64": toBase64(bytes) } };
}

/** Fetches the pages of a scan one after another and yields their items. */
export async function* scanPages(
  options: ScanOptions,
  extra: Query,
  fetchPage: (query: Query) => Promise<ApiAnswer>,
): AsyncGenerator<{ answer: ApiAnswer; item: Readonly<Record<string, unknown>> }> {
  const { pageSize = 100, limit = Infinity } = options;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1_000) {
    throw new RangeError(
      `The page size must be an integer from 1 to 1000: current value is ${pageSize}`,
    );
  }
  const query = { ...rangeOf(options), ...extra };
  let cursor: string | null = null;
  let left = limit;
  while (left > 0) {
    const page = { ...query, limit: String(Math.min(pageSize, left)) };
    const answer = await fetchPage(cursor === null ? page : { ...page, cursor });
    const json = readJson(answer);
    const items = readList(answer, json, "items");
    for (const item of items.slice(0, left)) yield { answer, item };
    left -= items.length;
    if (!readField(answer, json, "more", "boolean")) return;
    cursor = readField(answer, json, "cursor", "string");
    if (items.length === 0) throw new BadAnswer(answer.endpoint, "an empty page, yet more follow");
  }
}

function rangeOf({ prefix, start, end, reverse }: ScanOptions): Record<string, string> {
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...(reverse ? { reverse: "true" } : {}),
  };
}
