/**
 * Answers of several stores to the same query, as the one answer of a store that holds all their keys.
 * No key is in two of them.
 *
 * @module
 */
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { toSortable } from "../key_range.ts";
import { decodeQuery } from "./query_codec.ts";
import { decodeQueryResult, encodeQueryResult, PageWriter } from "./query_result_codec.ts";
import type { Page, PageItem, Scan } from "./query_types.ts";
import { SCAN_LIMIT_DEFAULT } from "./types.ts";

/** What the revision of two stores is, taken as one. */
export type CombineRevisions = (one: number, other: number) => number;

/**
 * Merges the results of one query.
 *
 * @param results One of each store, one at least.
 */
export function mergeResults(
  query: Uint8Array,
  results: readonly Uint8Array[],
  combine: CombineRevisions,
): Uint8Array {
  const decoded = results.map(decodeQueryResult);
  const asked = decodeQuery(query);
  const counts = decoded.filter((result) => result.type === "count");
  if (counts.length === results.length) {
    const revision = counts.map((result) => result.revision).reduce((a, b) => combine(a, b));
    const count = counts.reduce((sum, result) => sum + result.count, 0);
    return encodeQueryResult({ type: "count", revision, count });
  }
  const pages = decoded.filter((result) => result.type === "page");
  if (pages.length === results.length && asked.type === "scan") {
    return mergePages(
      asked,
      pages,
      pages.map(({ revision }) => revision).reduce((a, b) => combine(a, b)),
    );
  }
  // They agree: what makes a query malformed is in it, not in the store.
  const refused = decoded.findIndex(({ type }) => type === "malformed");
  return results[Math.max(refused, 0)]!;
}

/**
 * Items up to the end of the page that ends first: behind it, a store may have more than it has sent.
 */
function mergePages(scan: Scan, pages: readonly Page[], revision: number): Uint8Array {
  const bounds = boundsOf(scan);
  const inOrder = (a: string, b: string) => (a < b ? -1 : 1) * (bounds.reverse ? -1 : 1);
  const ends = pages.filter(({ cursor }) => cursor !== null)
    .map(({ items }) => toSortable(items.at(-1)!.key))
    .sort(inOrder);
  const items = pages.flatMap((page) => page.items.map((item) => [toSortable(item.key), item]));
  const sorted = (items as [string, PageItem][]).sort(([a], [b]) => inOrder(a, b));
  const complete = ends[0] === undefined
    ? sorted
    : sorted.filter(([key]) => key === ends[0] || inOrder(key, ends[0]!) < 0);
  const page = new PageWriter(revision, scan.keysOnly === true);
  let last = "";
  for (const [, item] of complete) {
    if (page.count === (scan.limit ?? SCAN_LIMIT_DEFAULT)) break;
    if (!page.add(item.key, item, item.value)) break;
    last = item.key;
  }
  const isWhole = page.count === items.length && ends.length === 0;
  return page.finish(isWhole ? null : encodeCursor({ ...bounds, last }));
}

/** What the scan began with: the cursor says it, if there is one. */
function boundsOf(scan: Scan) {
  const { prefix, start, end } = scan;
  const given = { prefix, start, end, reverse: scan.reverse === true };
  return scan.cursor === undefined ? given : decodeCursor(scan.cursor) ?? given;
}
