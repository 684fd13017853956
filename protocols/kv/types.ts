/**
 * The commands of the key-value store, their results, and the limits of all that is sent to it.
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
export const INTEGER_MIN: bigint = -(2n ** 63n);
/** The greatest integer that a value can be incremented by or to: 2^63 - 1. */
export const INTEGER_MAX: bigint = 2n ** 63n - 1n;

/** A command or query that could never make sense, refused before it is sent. */
export class KvInputError extends TroupeError {
  /** Says what could not be done, and why. */
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
export type KvCommand = KeyCommand | Batch;

/** Something that may change a key. */
export type KeyCommand = Put | Delete | Increment;

/**
 * Several commands in one, executed in their order with nothing in between: nobody sees only some of
 * them. Each is decided for itself: one whose condition does not hold does not stop the others. Refused
 * where the keys are in several volumes, or agreed on one by one (Hermes).
 */
export interface Batch {
  /** Tells it from the others. */
  readonly type: "batch";
  /** One at least. */
  readonly commands: readonly KeyCommand[];
}

/** Stores a value. */
export interface Put {
  /** Tells it from the others. */
  readonly type: "put";
  /** The key. */
  readonly key: string;
  /** The value. */
  readonly value: Uint8Array;
  /** Without it, the write is made whatever the key is. */
  readonly condition?: Condition;
}

/** Removes a key; that it is absent already is no error. */
export interface Delete {
  /** Tells it from the others. */
  readonly type: "delete";
  /** The key. */
  readonly key: string;
  /** Without it, the write is made whatever the key is. */
  readonly condition?: Condition;
}

/**
 * Adds to a value that is an integer in decimal, 0 if the key is absent. Such a value is what an
 * increment writes: no plus sign, no leading zeros, no space, from {@linkcode INTEGER_MIN} to
 * {@linkcode INTEGER_MAX}.
 */
export interface Increment {
  /** Tells it from the others. */
  readonly type: "increment";
  /** The key. */
  readonly key: string;
  /** What to add; negative to subtract. */
  readonly delta: bigint;
}

/** The result of a command. */
export type KvResult = KeyResult | BatchDone;

/** The result of a command on a key. */
export type KeyResult =
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
  /** Tells it from the others. */
  readonly type: "put";
  /** The revision of the store. */
  readonly revision: number;
  /** Whether the key was absent before. */
  readonly created: boolean;
}

/** The key is absent. */
export interface DeleteDone {
  /** Tells it from the others. */
  readonly type: "deleted";
  /** The revision of the store. */
  readonly revision: number;
  /** Whether it was there before. */
  readonly deleted: boolean;
}

/** The sum was stored. */
export interface IncrementDone extends KeyMetadata {
  /** Tells it from the others. */
  readonly type: "incremented";
  /** The revision of the store. */
  readonly revision: number;
  /** The sum. */
  readonly value: bigint;
  /** Whether the key was absent before. */
  readonly created: boolean;
}

/** The commands of a batch were executed. */
export interface BatchDone {
  /** Tells it from the others. */
  readonly type: "batch";
  /** The revision of the store after the last of them. */
  readonly revision: number;
  /** The result of each, in their order. */
  readonly results: readonly KeyResult[];
}

/** The condition does not hold; nothing was changed. */
export interface PreconditionFailed {
  /** Tells it from the others. */
  readonly type: "precondition_failed";
  /** The revision of the store. */
  readonly revision: number;
  /** The key's current modRevision, 0 if it is absent. */
  readonly modRevision: number;
}

/** The value to increment is not an integer in decimal; nothing was changed. */
export interface NotANumber {
  /** Tells it from the others. */
  readonly type: "not_a_number";
  /** The revision of the store. */
  readonly revision: number;
  /** The key's current modRevision. */
  readonly modRevision: number;
}

/** The sum is beyond a signed 64-bit integer; nothing was changed. */
export interface NumberOverflow {
  /** Tells it from the others. */
  readonly type: "number_overflow";
  /** The revision of the store. */
  readonly revision: number;
  /** The key's current modRevision. */
  readonly modRevision: number;
}

/** The key or the value is beyond its limit; nothing was changed. */
export interface TooLarge {
  /** Tells it from the others. */
  readonly type: "too_large";
  /** The revision of the store. */
  readonly revision: number;
  /** Which of them. */
  readonly what: "key" | "value";
  /** The length that was refused, in bytes. */
  readonly bytes: number;
  /** The limit, in bytes. */
  readonly limit: number;
}

/** The bytes are no command or no query; nothing was changed. */
export interface Malformed {
  /** Tells it from the others. */
  readonly type: "malformed";
  /** The revision of the store. */
  readonly revision: number;
  /** For people: what does not fit. */
  readonly reason: string;
}

/** What a decoder says of bytes that are no command or no query: the store adds its revision. */
export type MalformedInput = Pick<Malformed, "type" | "reason">;

/** What a decoder says of bytes that are none of the store's results. */
export interface Unreadable {
  /** Tells it from the others. */
  readonly type: "unreadable";
  /** For people: what does not fit. */
  readonly reason: string;
}
