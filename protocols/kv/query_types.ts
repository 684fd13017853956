/**
 * The queries of the key-value store and their results.
 *
 * @module
 */
import type { KeyMetadata, Malformed } from "./types.ts";

/** A question to the store. */
export type KvQuery = Get | Scan | Size;

/** Asks for the value of a key. */
export interface Get {
  /** Tells it from the others. */
  readonly type: "get";
  /** The key. */
  readonly key: string;
}

/**
 * Asks for the keys of a range, in the order of their UTF-8 bytes. The range is a prefix, or a start
 * and an end; everything if none is given.
 */
export interface Scan {
  /** Tells it from the others. */
  readonly type: "scan";
  /** What the keys begin with. Not together with `start` or `end`. */
  readonly prefix?: string | undefined;
  /** The first key of the range, included. */
  readonly start?: string | undefined;
  /** The end of the range, excluded. */
  readonly end?: string | undefined;
  /**
   * The cursor of the page before this one. It carries the range and the direction of the scan:
   * they need not be given again, and must be the same if they are.
   */
  readonly cursor?: string | undefined;
  /**
   * The most items of the page, from 1 to {@linkcode SCAN_LIMIT_MAX}.
   *
   * @default {SCAN_LIMIT_DEFAULT}
   */
  readonly limit?: number | undefined;
  /**
   * Leaves the values out.
   *
   * @default {false}
   */
  readonly keysOnly?: boolean | undefined;
  /**
   * Asks only how many keys the whole range has. Not together with `cursor`.
   *
   * @default {false}
   */
  readonly countOnly?: boolean | undefined;
  /**
   * From the last key to the first.
   *
   * @default {false}
   */
  readonly reverse?: boolean | undefined;
}

/** Asks how many keys there are. */
export interface Size {
  /** Tells it from the others. */
  readonly type: "size";
}

/** The result of a query. */
export type KvQueryResult = Found | Absent | Page | Count | Malformed;

/** The key's value. */
export interface Found extends KeyMetadata {
  /** Tells it from the others. */
  readonly type: "found";
  /** The revision of the store. */
  readonly revision: number;
  /** A view of the bytes that the result was decoded from. */
  readonly value: Uint8Array;
}

/** There is no such key. */
export interface Absent {
  /** Tells it from the others. */
  readonly type: "absent";
  /** The revision of the store. */
  readonly revision: number;
}

/** One key of a page. */
export interface PageItem extends KeyMetadata {
  /** The key. */
  readonly key: string;
  /** A view of the bytes that the result was decoded from; absent if only keys were asked for. */
  readonly value?: Uint8Array;
}

/**
 * A part of a scan. It may hold fewer items than asked for, see {@linkcode PAGE_BYTES_MAX}: only
 * `cursor` tells whether it is the last. Each page shows the store as it is when the page is asked
 * for; a key that is there all the while is seen exactly once.
 */
export interface Page {
  /** Tells it from the others. */
  readonly type: "page";
  /** The revision of the store. */
  readonly revision: number;
  /** In the order of the scan. */
  readonly items: readonly PageItem[];
  /** What to ask for the next page with, in base64url; `null` if this was the last one. */
  readonly cursor: string | null;
}

/** The number of keys asked for. */
export interface Count {
  /** Tells it from the others. */
  readonly type: "count";
  /** The revision of the store. */
  readonly revision: number;
  /** How many. */
  readonly count: number;
}
