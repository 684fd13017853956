/**
 * The commands and queries of the key-value store, their results, and the limits of all of them.
 *
 * Every result carries `revision`, the store's revision when it was made: the number of writes that
 * changed something.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";

/** The longest key, in bytes of UTF-8, unless the store is configured otherwise. */
export const KEY_BYTES_MAX = 1024;
/** The longest value, in bytes, unless the store is configured otherwise. */
export const VALUE_BYTES_MAX = 512 * 1024;
/** The most items of one page of a scan. */
export const SCAN_LIMIT_MAX = 1000;
/** The items of a page of a scan that asks for no number. */
export const SCAN_LIMIT_DEFAULT = 100;
/** A page ends early rather than grow beyond this many bytes; it holds one item at least. */
export const PAGE_BYTES_MAX = 1024 * 1024;
/** The smallest integer that a value can be incremented by or to: -2^63. */
export const INTEGER_MIN = -(2n ** 63n);
/** The greatest integer that a value can be incremented by or to: 2^63 - 1. */
export const INTEGER_MAX = 2n ** 63n - 1n;

/** A command or query that could never make sense, refused before it is sent. */
export class KvInputError extends TroupeError {
  constructor(code: "bad_request" | "too_large", message: string) {
    super(code, message);
  }
}

/** What must hold of a key for a write to be made. */
export type Condition =
  /** Its modRevision is this; 0 for a key that is absent. */
  | { readonly type: "mod-revision"; readonly modRevision: number }
  | { readonly type: "exists" }
  | { readonly type: "absent" }
  /** It exists and its value is this. */
  | { readonly type: "value"; readonly value: Uint8Array };

/** Something that may change the store. */
export type KvCommand = Put | Delete | Increment;

/** Stores a value. */
export interface Put {
  readonly type: "put";
  readonly key: string;
  readonly value: Uint8Array;
  readonly condition?: Condition;
}

/** Removes a key; that it is absent already is no error. */
export interface Delete {
  readonly type: "delete";
  readonly key: string;
  readonly condition?: Condition;
}

/**
 * Adds to a value that is an integer in decimal, 0 if the key is absent. Such a value is what an
 * increment writes: no plus sign, no leading zeros, no space, from {@linkcode INTEGER_MIN} to
 * {@linkcode INTEGER_MAX}.
 */
export interface Increment {
  readonly type: "increment";
  readonly key: string;
  readonly delta: bigint;
}

/** The result of a command. */
export type KvResult =
  | PutDone
  | DeleteDone
  | IncrementDone
  | PreconditionFailed
  | NotANumber
  | NumberOverflow
  | TooLarge
  | Malformed;

/** What the store remembers of a key besides its value. */
export interface KeyMetadata {
  /** The revision that created the key, after it was last absent. */
  readonly createRevision: number;
  /** The revision that last wrote it. */
  readonly modRevision: number;
  /** How often it was written since it was created, that time included. */
  readonly version: number;
}

/** The value was stored. */
export interface PutDone extends KeyMetadata {
  readonly type: "put";
  readonly revision: number;
  /** Whether the key was absent before. */
  readonly created: boolean;
}

/** The key is absent. */
export interface DeleteDone {
  readonly type: "deleted";
  readonly revision: number;
  /** Whether it was there before. */
  readonly deleted: boolean;
}

/** The sum was stored. */
export interface IncrementDone extends KeyMetadata {
  readonly type: "incremented";
  readonly revision: number;
  readonly value: bigint;
  /** Whether the key was absent before. */
  readonly created: boolean;
}

/** The condition does not hold; nothing was changed. */
export interface PreconditionFailed {
  readonly type: "precondition_failed";
  readonly revision: number;
  /** The key's current modRevision, 0 if it is absent. */
  readonly modRevision: number;
}

/** The value to increment is not an integer in decimal; nothing was changed. */
export interface NotANumber {
  readonly type: "not_a_number";
  readonly revision: number;
  readonly modRevision: number;
}

/** The sum is beyond a signed 64-bit integer; nothing was changed. */
export interface NumberOverflow {
  readonly type: "number_overflow";
  readonly revision: number;
  readonly modRevision: number;
}

/** The key or the value is beyond its limit; nothing was changed. */
export interface TooLarge {
  readonly type: "too_large";
  readonly revision: number;
  readonly what: "key" | "value";
  /** The length that was refused, in bytes. */
  readonly bytes: number;
  /** The limit, in bytes. */
  readonly limit: number;
}

/** The bytes are no command or no query; nothing was changed. */
export interface Malformed {
  readonly type: "malformed";
  readonly revision: number;
  /** For people: what does not fit. */
  readonly reason: string;
}

/** What a decoder says of bytes that are no command or no query: the store adds its revision. */
export type MalformedInput = Pick<Malformed, "type" | "reason">;

/** What a decoder says of bytes that are none of the store's results. */
export interface Unreadable {
  readonly type: "unreadable";
  /** For people: what does not fit. */
  readonly reason: string;
}

/** A question to the store. */
export type KvQuery = Get | Scan | Size;

/** Asks for the value of a key. */
export interface Get {
  readonly type: "get";
  readonly key: string;
}

/**
 * Asks for the keys of a range, in the order of their UTF-8 bytes. The range is a prefix, or a start
 * and an end; everything if none is given.
 */
export interface Scan {
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
  readonly type: "size";
}

/** The result of a query. */
export type KvQueryResult = Found | Absent | Page | Count | Malformed;

/** The key's value. */
export interface Found extends KeyMetadata {
  readonly type: "found";
  readonly revision: number;
  /** A view of the bytes that the result was decoded from. */
  readonly value: Uint8Array;
}

/** There is no such key. */
export interface Absent {
  readonly type: "absent";
  readonly revision: number;
}

/** One key of a page. */
export interface PageItem extends KeyMetadata {
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
  readonly type: "page";
  readonly revision: number;
  readonly items: readonly PageItem[];
  /** What to ask for the next page with, in base64url; `null` if this was the last one. */
  readonly cursor: string | null;
}

/** The number of keys asked for. */
export interface Count {
  readonly type: "count";
  readonly revision: number;
  readonly count: number;
}
