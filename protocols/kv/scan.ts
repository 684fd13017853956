/**
 * Scans: which range and direction a scan means, with or without a cursor, and its pages.
 *
 * @module
 */
import { type Cursor, decodeCursor, encodeCursor } from "./cursor.ts";
import {
  fromSortable,
  inRange,
  type KeyRange,
  rangeBetween,
  rangeOfPrefix,
  restOfRange,
  toSortable,
} from "../key_range.ts";
import type { KeyState } from "./key_state.ts";
import { encodeQueryResult, PageWriter } from "./query_result_codec.ts";
import type { Scan } from "./query_types.ts";
import { SCAN_LIMIT_DEFAULT } from "./types.ts";

/** Sees one key, under its sortable name; returns whether to go on. */
export type KeyVisitor = (sortable: string, state: KeyState) => boolean;

/** All keys, in order. */
export interface Keys {
  /** The number of keys in a range. */
  count(range: KeyRange): number;
  /** Shows the keys of a range to `visit`, in order, until it returns false. */
  ascend(range: KeyRange, visit: KeyVisitor): void;
  /** Shows the keys of a range to `visit`, last first, until it returns false. */
  descend(range: KeyRange, visit: KeyVisitor): void;
}

/** A scan after its cursor was taken into account. */
interface Resolved {
  /** What the scan began with. */
  readonly bounds: Pick<Cursor, "prefix" | "start" | "end" | "reverse">;
  /** What is left of it. */
  readonly range: KeyRange;
}

/** Answers a scan. */
export function runScan(
  keys: Keys,
  scan: Scan,
  revision: number,
): Uint8Array<ArrayBuffer> {
  const resolved = resolve(scan);
  if (typeof resolved === "string") {
    return encodeQueryResult({ type: "malformed", revision, reason: resolved });
  }
  if (scan.countOnly === true) {
    return encodeQueryResult({ type: "count", revision, count: keys.count(resolved.range) });
  }
  return writePage(keys, scan, resolved, revision);
}

function writePage(
  keys: Keys,
  scan: Scan,
  { bounds, range }: Resolved,
  revision: number,
): Uint8Array<ArrayBuffer> {
  const limit = scan.limit ?? SCAN_LIMIT_DEFAULT;
  const keysOnly = scan.keysOnly === true;
  const page = new PageWriter(revision, keysOnly);
  let last = "";
  let more = false;
  const visit = (sortable: string, state: KeyState): boolean => {
    const key = fromSortable(sortable);
    const value = keysOnly ? undefined : state.value;
    more = page.count === limit || !page.add(key, state, value);
    if (!more) last = key;
    return !more;
  };
  if (bounds.reverse) keys.descend(range, visit);
  else keys.ascend(range, visit);
  return page.finish(more ? encodeCursor({ ...bounds, last }) : null);
}

/** What a scan means, or why it means nothing. */
function resolve(scan: Scan): Resolved | string {
  if (scan.cursor === undefined) {
    const { prefix, start, end } = scan;
    const bounds = { prefix, start, end, reverse: scan.reverse === true };
    return { bounds, range: rangeOf(bounds) };
  }
  const cursor = decodeCursor(scan.cursor);
  if (cursor === undefined) return "Cursor is none that a scan returned";
  if (!agrees(scan, cursor)) return "Cursor belongs to a scan of another range or direction";
  const range = rangeOf(cursor);
  const last = toSortable(cursor.last);
  if (!inRange(range, last)) return "Cursor names a key outside its own range";
  return { bounds: cursor, range: restOfRange(range, last, cursor.reverse) };
}

function rangeOf({ prefix, start, end }: Resolved["bounds"]): KeyRange {
  return prefix === undefined ? rangeBetween(start, end) : rangeOfPrefix(prefix);
}

/** Whether what a scan says besides its cursor, if anything, is what the cursor says. */
function agrees(scan: Scan, cursor: Cursor): boolean {
  if (scan.reverse === true && !cursor.reverse) return false;
  const saysNoRange = scan.prefix === undefined && scan.start === undefined &&
    scan.end === undefined;
  return saysNoRange ||
    (scan.prefix === cursor.prefix && scan.start === cursor.start && scan.end === cursor.end);
}
