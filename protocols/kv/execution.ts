/**
 * What a command does to its key. No other key has a say in that, nor is any other changed.
 *
 * @module
 */
import { formatInteger, parseInteger } from "./integer.ts";
import type { KeyState } from "./key_state.ts";
import {
  type Condition,
  type Delete,
  type Increment,
  INTEGER_MAX,
  INTEGER_MIN,
  type KeyCommand,
  type KeyResult,
  type Put,
} from "./types.ts";

/** What a command finds. */
export interface Found {
  /** The key; `undefined` if it is absent. */
  readonly state: KeyState | undefined;
  /** What to tell if nothing is changed. */
  readonly revision: number;
  /** What the revision becomes if something is. */
  readonly next: number;
}

/** What becomes of a command and its key. */
export interface Effect {
  readonly result: KeyResult;
  /** `null` if the key is absent then, `undefined` if nothing changes. */
  readonly after: KeyState | null | undefined;
}

/** Executes a command. */
export function execute(command: KeyCommand, found: Found): Effect {
  switch (command.type) {
    case "put":
      return executePut(command, found);
    case "delete":
      return executeDelete(command, found);
    case "increment":
      return executeIncrement(command, found);
  }
}

function executePut({ condition, value }: Put, found: Found): Effect {
  if (!holds(condition, found.state)) return preconditionFailed(found);
  const after = written(found, value);
  const { createRevision, modRevision, version } = after;
  const created = version === 1;
  const result = {
    type: "put",
    revision: modRevision,
    createRevision,
    modRevision,
    version,
    created,
  } as const;
  return { result, after };
}

function executeDelete({ condition }: Delete, found: Found): Effect {
  const { state, revision, next } = found;
  if (!holds(condition, state)) return preconditionFailed(found);
  if (state === undefined) return unchanged({ type: "deleted", revision, deleted: false });
  return { result: { type: "deleted", revision: next, deleted: true }, after: null };
}

function executeIncrement({ delta }: Increment, found: Found): Effect {
  const { state, revision } = found;
  const modRevision = modRevisionOf(state);
  const current = state === undefined ? 0n : parseInteger(state.value);
  if (current === undefined) return unchanged({ type: "not_a_number", revision, modRevision });
  const value = current + delta;
  if (value < INTEGER_MIN || value > INTEGER_MAX) {
    return unchanged({ type: "number_overflow", revision, modRevision });
  }
  const after = written(found, formatInteger(value));
  return { result: { type: "incremented", value, ...doneBy(after) }, after };
}

/** The key with another value, in a revision of its own. */
function written({ state, next }: Found, value: Uint8Array): KeyState {
  const createRevision = state?.createRevision ?? next;
  return { createRevision, modRevision: next, version: (state?.version ?? 0) + 1, value };
}

function doneBy({ createRevision, modRevision, version }: KeyState) {
  const created = version === 1;
  return { revision: modRevision, createRevision, modRevision, version, created };
}

function unchanged(result: KeyResult): Effect {
  return { result, after: undefined };
}

function preconditionFailed({ state, revision }: Found): Effect {
  return unchanged({ type: "precondition_failed", revision, modRevision: modRevisionOf(state) });
}

function modRevisionOf(state: KeyState | undefined): number {
  return state?.modRevision ?? 0;
}

function holds(condition: Condition | undefined, state: KeyState | undefined): boolean {
  if (condition === undefined) return true;
  switch (condition.type) {
    case "mod-revision":
      return modRevisionOf(state) === condition.modRevision;
    case "exists":
      return state !== undefined;
    case "absent":
      return state === undefined;
    case "value":
      return state !== undefined && equalBytes(state.value, condition.value);
  }
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}
