/**
 * What an offline log writes to its journal, one record after the other. All that it knows follows from
 * them, in order.
 *
 * @module
 */
import {
  array,
  boolean,
  bytes,
  decode,
  encode,
  type Infer,
  nullable,
  oneOf,
  type Schema,
  text,
  u53,
  union,
} from "../../actors/schema.ts";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../protocols/kv/commands.ts";

/** The most elements of a set. */
export const ELEMENTS_MAX = 65_536;
/** A position of a shared store holds a context token of at most 8,192 characters. */
const SEEN_BYTES_MAX = 9_000;
/** A copy's key is longer than the key that it is a copy of. */
const TARGET_BYTES_MAX = KEY_BYTES_MAX + 128;
const NOTE_BYTES_MAX = 1_024;

const key = text(TARGET_BYTES_MAX);
const content = bytes(VALUE_BYTES_MAX);
const integer: Schema<bigint> = {
  write: (writer, value) => text(20).write(writer, String(value)),
  read: (reader) => BigInt(text(20).read(reader)),
};

/** What a key is, as far as is known. */
export const viewSchema = union({
  absent: {},
  value: { value: content },
  set: { elements: array(content, ELEMENTS_MAX) },
});

/** What a key is. */
export type View = Infer<typeof viewSchema>;

/** What is done to a key. */
export const changeSchema = union({
  put: { value: content },
  delete: {},
  increment: { by: integer },
  add: { element: content },
  remove: { element: content },
});

/** What is done to a key. */
export type Change = Infer<typeof changeSchema>;

/** Where the shared store stands with a key: opaque here, made and compared by its adapter. */
const seen = text(SEEN_BYTES_MAX);

/**
 * Where the operations on a key stand that are being merged, for those that build upon them.
 *
 * - `at`: the shared store is where the last of them left it, if it is still at `seen` (`null`: nothing was
 *   ever known of the key).
 * - `moved`: they are in the shared store, but so are writes of others that they had not seen.
 * - `beside`: they are in the shared store as a value of their own, beside those of others.
 * - `orphaned`: the last of them is not in the shared store: what builds upon it has lost its ground.
 */
export const lineSchema = union({
  at: { seen: nullable(seen), target: key },
  moved: { target: key },
  beside: { seen, target: key },
  orphaned: { target: key },
});

/** Where the operations on a key stand. */
export type Line = Infer<typeof lineSchema>;

/**
 * What became of an operation.
 *
 * - `done`: it is in the shared store, which was where the operation began from (or did not matter).
 * - `already`: the shared store was as the operation would have left it.
 * - `overwrote`: it is in the shared store, in the place of what others wrote.
 * - `kept_theirs`: what others wrote was left alone, and the operation dropped.
 * - `kept_both`: it is in the shared store, beside what others wrote.
 * - `refused`: the shared store would not have it.
 * - `unresolved`: nobody can tell whether it is in the shared store; the user chose to go on.
 */
export const outcomeSchema = oneOf(
  "done",
  "already",
  "overwrote",
  "kept_theirs",
  "kept_both",
  "refused",
  "unresolved",
);

/** What became of an operation. */
export type Outcome = Infer<typeof outcomeSchema>;

/** What is done about conflicts. */
export const policySchema = oneOf("mine", "theirs", "keep-both", "fail");

/** What is done about conflicts. */
export type Policy = Infer<typeof policySchema>;

/** Every policy. */
export const POLICIES: readonly Policy[] = ["mine", "theirs", "keep-both", "fail"];

/** A record of the journal. */
export const entrySchema = union({
  /** The name of the log, drawn when it was made: it makes the names of copies unique. */
  named: { name: text(64) },
  /** The cluster that all positions and ids are about. */
  bound: { cluster: text(256), protocol: text(64) },
  /** What the shared store said of a key. */
  known: { key, seen: nullable(seen), view: viewSchema },
  /** An operation, acknowledged when this is durable. */
  operation: {
    /** From 1, without gaps. */
    number: u53,
    key,
    change: changeSchema,
    /** What was known of the key in the shared store. */
    base: nullable(seen),
    /** The operation on the same key that it builds upon, if one was waiting to be merged. */
    after: nullable(u53),
    /** When, by the wall clock of the machine, in milliseconds since 1970. */
    atMs: u53,
  },
  /** A session of the shared store that the requests of a merge have. */
  session: { clientId: u53, lastRequest: u53 },
  /** A merge began, or (so that its report does, too) goes on with another policy. */
  begun: { policy: policySchema, goesOn: boolean, atMs: u53 },
  /** A request that is about to be sent, for an operation: it may be executed from here on. */
  attempt: {
    number: u53,
    clientId: u53,
    requestNumber: u53,
    /** The key that it is about. */
    target: key,
    /** Where the shared store must be for it to take place, or what it supersedes. */
    on: nullable(seen),
    /** The number that the key held, if it held one: tells an increment whether others added, too. */
    before: nullable(integer),
    /** The node it goes to, where that matters. */
    place: text(512),
    /** What it amounts to if it takes place. */
    outcome: outcomeSchema,
    /** Whether it makes a value beside others. */
    isBeside: boolean,
  },
  /** What became of an operation: it waits no more. */
  settled: {
    number: u53,
    outcome: outcomeSchema,
    line: lineSchema,
    /** Where the shared store stands with the key itself; `null` if that is not known. */
    seen: nullable(seen),
    /** What the key is there; `null` if it is what it is here. */
    view: nullable(viewSchema),
    note: text(NOTE_BYTES_MAX),
    atMs: u53,
  },
  /** Nothing waits any more. */
  ended: { atMs: u53 },
  /** In the place of older records: a line of the last report. */
  reported: {
    number: u53,
    key,
    change: text(16),
    outcome: outcomeSchema,
    target: key,
    note: text(NOTE_BYTES_MAX),
  },
  /** In the place of older records: where a key's operations stand. */
  line: { key, line: lineSchema },
  /** In the place of older records: how many operations there were. */
  counted: { number: u53 },
});

/** A record of the journal. */
export type Entry = Infer<typeof entrySchema>;

/** One kind of record. */
export type EntryOf<T extends Entry["type"]> = Extract<Entry, { type: T }>;

/** An operation that was done offline. */
export type OfflineOperation = EntryOf<"operation">;

/** A record as bytes. */
export function encodeEntry(entry: Entry): Uint8Array<ArrayBuffer> {
  return encode(entrySchema, entry);
}

/** @throws {SchemaError} for bytes that are no record. */
export function decodeEntry(record: Uint8Array): Entry {
  return decode(entrySchema, record);
}

/** A note that fits into a record. */
export function clipNote(note: string): string {
  return note.slice(0, Math.floor(NOTE_BYTES_MAX / 4));
}
