/**
 * What Hermes replicates: objects that have nothing to do with one another. A command is about one of
 * them, and what travels is not the command but the state that it leaves the object in.
 *
 * @module
 */
import type { KeyRange } from "./key_range.ts";

/** What a command does to its object. */
export interface Execution {
  /** What the client is told. */
  readonly result: Uint8Array;
  /** The object's new state; `null` if it is absent then, `undefined` if nothing changes. */
  readonly after: Uint8Array | null | undefined;
}

/** An object that exists. */
export interface StoredObject {
  /** A view that must not be kept. */
  readonly state: Uint8Array;
  readonly revision: number;
}

/**
 * Sees one object of a range, under its sortable name; `"unsettled"` if a write of it is under way, so that
 * nobody can tell yet what it is. Returns whether to go on.
 */
export type ObjectVisitor = (sortable: string, object: StoredObject | "unsettled") => boolean;

/** All objects that there are, in the order of their names. */
export interface Objects {
  /** The greatest revision of them. */
  readonly revision: number;
  /** How many exist; those that a write under way leaves there are among them. */
  readonly size: number;
  /** Shows those of a range to `visit`, in order, until it returns false. */
  ascend(range: KeyRange, visit: ObjectVisitor): void;
  /** Shows those of a range to `visit`, last first, until it returns false. */
  descend(range: KeyRange, visit: ObjectVisitor): void;
}

/**
 * A deterministic machine of independent objects. It holds no state: it is given that of one object, and
 * returns what becomes of it. Bytes handed in are valid during the call only.
 *
 * Revisions come from outside: each write of an object has a greater one than those that it follows. Only
 * those of the same object can be compared.
 */
export interface ObjectMachine {
  /** The only object that a command is about; `undefined` if there are several, or the bytes make no sense. */
  commandObject(command: Uint8Array): string | undefined;
  /** The only object that a query is about; `undefined` if there are several, or the bytes make no sense. */
  queryObject(query: Uint8Array): string | undefined;
  /**
   * What to answer to a command that is of no object because it makes no sense; `undefined` if it makes
   * sense, and is about several objects, which nobody can write at once.
   */
  refuse(command: Uint8Array): Uint8Array | undefined;
  /**
   * Whether what becomes of the object depends on what it was, so that it must be exactly what comes next:
   * otherwise the command may be overtaken by another one that began from the same state, and
   * `execute` may be told an earlier state than the one that is overwritten.
   */
  isReadModifyWrite(command: Uint8Array): boolean;
  /**
   * Executes a command on its object.
   *
   * @param before The object's state, `null` if it is absent.
   * @param modRevision The revision of that state; 0 if the object was never written.
   * @param revision The revision that the object has if it is changed.
   */
  execute(
    command: Uint8Array,
    before: Uint8Array | null,
    modRevision: number,
    revision: number,
  ): Execution;
  /** Answers a query about one object: its state, or `null`, and the revision of that. */
  answer(query: Uint8Array, state: Uint8Array | null, revision: number): Uint8Array;
  /**
   * Answers a query about several objects; or names those, by their sortable names, that have to be
   * settled first. It is asked again then.
   */
  answerAll(query: Uint8Array, objects: Objects): Uint8Array | readonly string[];
  /** See `StateMachine.mergeResults`. */
  mergeResults?(query: Uint8Array, results: readonly Uint8Array[]): Uint8Array;
}
