/** Keys and values, shown. */

import type { Entry, KeyInfo } from "../client.ts";
import { clip, type Column, decodeText, formatTable, plain, quoteBytes } from "../output.ts";

/** The longest value shown in a table, in characters. */
const CLIP_LENGTH = 60;

/** So much of a long value is looked at for a table, in bytes: the rest is left off anyway. */
const CLIP_BYTES = 4 * CLIP_LENGTH;

/** A key with its value, as the HTTP API puts it. */
export function entryAsJson(entry: Entry): Record<string, unknown> {
  const { key, createRevision, modRevision, version } = entry;
  const text = decodeText(entry.value);
  const value = text ?? entry.value.toBase64();
  const encoding = text === null ? "base64" : "utf8";
  return { key, value, encoding, createRevision, modRevision, version };
}

/** A value in a table: as it is if it is plain, quoted if not, the end of a long one left off. */
export function valueCell(value: Uint8Array): string {
  const text = decodeText(value);
  if (text !== null) return clip(plain(text), CLIP_LENGTH);
  return clip(quoteBytes(value.subarray(0, CLIP_BYTES)), CLIP_LENGTH);
}

const REVISION_COLUMNS: readonly Column[] = [
  { title: "REVISION", align: "right" },
  { title: "CREATED", align: "right" },
  { title: "VERSION", align: "right" },
];

function revisionCells({ modRevision, createRevision, version }: KeyInfo): string[] {
  return [modRevision, createRevision, version].map(String);
}

/** Keys with their values, one a row. */
export function entriesAsTable(entries: readonly Entry[]): string {
  return formatTable(
    [{ title: "KEY" }, { title: "VALUE" }, ...REVISION_COLUMNS],
    entries.map((entry) => [plain(entry.key), valueCell(entry.value), ...revisionCells(entry)]),
  );
}

/** Keys without values, one a row. */
export function keysAsTable(keys: readonly KeyInfo[]): string {
  return formatTable(
    [{ title: "KEY" }, ...REVISION_COLUMNS],
    keys.map((info) => [plain(info.key), ...revisionCells(info)]),
  );
}
