/**
 * State machines of the user's own, in a dozen lines: commands, results and queries in JSON over a
 * plain state.
 *
 * @example A counter
 * ```ts
 * import { jsonStateMachine } from "./json_state_machine.ts";
 *
 * export default jsonStateMachine<{ count: number }, { add: number }, number>({
 *   initial: { count: 0 },
 *   apply(state, { add }) {
 *     state.count += add;
 *     if (!Number.isSafeInteger(state.count)) throw new Error("Not a number to add");
 *     return state.count;
 *   },
 * });
 * ```
 *
 * @module
 */
import { TroupeError } from "../actors/errors.ts";
import { JsonDocument } from "./json_document.ts";
import { copyJson } from "./json_value.ts";
import type { ApplyContext, StateMachine } from "./state_machine.ts";

/**
 * A state machine in terms of its own types.
 *
 * The state is an object or array of JSON: null, booleans, text, finite numbers, arrays and plain
 * objects, at most 100 levels deep. `apply` changes it in place. If `apply` throws, everything that it
 * changed is changed back and the client gets an error result: the state that `apply` is given is a
 * view that notes how to undo each assignment. Three things differ from an ordinary object:
 *
 * - An object or array that is assigned into the state is copied there.
 * - What JSON cannot express (`undefined`, `NaN`, a `Date`) cannot be assigned: that throws.
 * - Objects show their own members and nothing inherited, so `name in state.accounts` and
 *   `state.accounts[name]` are safe with any name that a client may send.
 *
 * Restoring deleted members after a failure puts them last in their object. This is the same at
 * every replica, and so is every other order in which `apply` may iterate.
 *
 * @typeParam State The state.
 * @typeParam Command What clients send. Nobody has checked that they do: `apply` must.
 * @typeParam Result What they are told.
 * @typeParam Query What they ask. Unchecked likewise.
 */
export interface JsonStateMachine<State extends object, Command, Result, Query> {
  /** The state that every replica starts from. */
  readonly initial: State;
  /**
   * Executes a command and returns what the client is told. It must depend on nothing but its
   * arguments: no clock but `context.time`, no random numbers, nothing kept elsewhere, no recursion
   * without a bound.
   *
   * The client is told the `code` and `message` of a {@linkcode TroupeError} that it throws, and the
   * message of any other `Error` with the code `command_failed`. Of a `TypeError`, a `RangeError` and
   * the like it is told the name only: their messages are the engine's, and not the same everywhere.
   */
  apply(state: State, command: Command, context: ApplyContext): Result;
  /** Answers a query; to change the state throws. Without it, queries are executed as commands. */
  query?(state: State, query: Query): Result;
  /** The only object that a command changes, if it is one: see {@linkcode StateMachine.commandObject}. */
  commandObject?(command: Command): string | undefined;
  /** The only object that a query asks about: see {@linkcode StateMachine.queryObject}. */
  queryObject?(query: Query): string | undefined;
}

/** What a client is told. */
export type JsonOutcome<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: JsonFailure };

/** Why a command or a query failed. It changed nothing. */
export interface JsonFailure {
  /**
   * For programs: that of a `TroupeError` that was thrown, or `command_failed` for another error,
   * `malformed_json` for bytes that are not JSON, `not_json` for a state or result that would not
   * be, `state_read_only` for a query that changes something. The client itself says `unreadable` of
   * an answer that is none of such a state machine.
   */
  readonly code: string;
  /** For people. */
  readonly message: string;
}

/** A snapshot that is not the state of such a state machine. */
export class JsonSnapshotError extends TroupeError {
  /** Says what is wrong with it by its `cause`. */
  constructor(options?: ErrorOptions) {
    super("snapshot_corrupt", "Snapshot of a JSON state machine is not JSON in UTF-8", options);
  }
}

const SNAPSHOT_CHUNK_BYTES = 256 * 1024;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Makes a factory of state machines, as a node wants it: the default export of the module given with
 * `--machine`.
 *
 * A snapshot is the state's JSON, made in one go: 10 MB take some 60 ms, during which nothing else
 * happens. Members keep the state's own order, which is part of the state, since `apply` may iterate
 * over it. For states beyond that, implement {@linkcode StateMachine} itself.
 *
 * @throws {TroupeError} `not_json` if the initial state is not an object or array of JSON.
 */
export function jsonStateMachine<State extends object, Command, Result, Query = never>(
  definition: JsonStateMachine<State, Command, Result, Query>,
): () => StateMachine {
  new JsonDocument(definition.initial);
  return () =>
    definition.query === undefined ? new Machine(definition) : new QueryMachine(definition);
}

class Machine<State extends object, Command, Result, Query> implements StateMachine {
  protected readonly definition: JsonStateMachine<State, Command, Result, Query>;
  protected readonly document: JsonDocument;

  constructor(definition: JsonStateMachine<State, Command, Result, Query>) {
    this.definition = definition;
    this.document = new JsonDocument(definition.initial);
  }

  commandObject(command: Uint8Array): string | undefined {
    const { definition } = this;
    return objectOf(command, (decoded: Command) => definition.commandObject?.(decoded));
  }

  queryObject(query: Uint8Array): string | undefined {
    const { definition } = this;
    return objectOf(query, (decoded: Query) => definition.queryObject?.(decoded));
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    return answer(() => {
      const decoded = decodeInput<Command>("Command", command);
      const state = this.document.view as State;
      // The result is written before the changes count, for it may turn out not to be JSON.
      return this.document.change(() =>
        encodeOutcome(this.definition.apply(state, decoded, context))
      );
    });
  }

  snapshot(): Iterable<Uint8Array> {
    return chunksOf(this.document.toText());
  }

  restore(chunks: Iterable<Uint8Array>): void {
    const state = parse(concatenate([...chunks]));
    try {
      this.document.replace(state);
    } catch (cause) {
      throw new JsonSnapshotError({ cause });
    }
  }
}

class QueryMachine<State extends object, Command, Result, Query>
  extends Machine<State, Command, Result, Query> {
  query(query: Uint8Array): Uint8Array {
    return answer(() => {
      const decoded = decodeInput<Query>("Query", query);
      return encodeOutcome(this.definition.query?.(this.document.view as State, decoded));
    });
  }
}

/** What nobody can make sense of is of no object. */
function objectOf<T>(
  bytes: Uint8Array,
  find: (decoded: T) => string | undefined,
): string | undefined {
  try {
    const object: unknown = find(decodeInput<T>("Input", bytes));
    return typeof object === "string" ? object : undefined;
  } catch {
    return undefined;
  }
}

/** Turns what is thrown into an error result. */
function answer(work: () => Uint8Array): Uint8Array {
  try {
    return work();
  } catch (error) {
    return encode({ ok: false, error: failureOf(error) });
  }
}

/** Errors that the engine throws itself, with messages of its own. */
const ENGINE_ERRORS: readonly unknown[] = [
  TypeError,
  RangeError,
  ReferenceError,
  SyntaxError,
  EvalError,
  URIError,
];

function failureOf(error: unknown): JsonFailure {
  if (error instanceof TroupeError) return { code: error.code, message: error.message };
  const code = "command_failed";
  if (!(error instanceof Error)) return { code, message: "Something was thrown that is no Error" };
  const fromEngine = ENGINE_ERRORS.includes(error.constructor);
  return { code, message: fromEngine ? error.name : error.message };
}

function decodeInput<T>(what: string, bytes: Uint8Array): T {
  const value = parse(bytes);
  try {
    return copyJson(value) as T;
  } catch (cause) {
    const message = `${what} is not JSON in UTF-8, or nested too deeply: ${bytes.length} bytes`;
    throw new TroupeError("malformed_json", message, { cause });
  }
}

/** The value that JSON describes; `undefined`, which JSON cannot say, if it is none. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textDecoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function encodeOutcome(result: unknown): Uint8Array {
  try {
    return encode({ ok: true, result });
  } catch {
    throw new TroupeError("not_json", "Result cannot be written as JSON");
  }
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return textEncoder.encode(JSON.stringify(value));
}

function* chunksOf(text: string): Generator<Uint8Array> {
  const bytes = textEncoder.encode(text);
  for (let offset = 0; offset < bytes.length; offset += SNAPSHOT_CHUNK_BYTES) {
    yield bytes.subarray(offset, offset + SNAPSHOT_CHUNK_BYTES);
  }
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/**
 * Writes a command or a query, for a client to send.
 *
 * @throws {TypeError} if JSON cannot express it: a bigint, or an object within itself.
 */
export function encodeCommand<Command>(command: Command): Uint8Array<ArrayBuffer> {
  return encode(command);
}

/** Reads the answer to a command or a query. Never throws, whatever the bytes. */
export function decodeResult<Result>(bytes: Uint8Array): JsonOutcome<Result> {
  const outcome = parse(bytes);
  if (isOutcome<Result>(outcome)) return outcome;
  const message = "Answer is none of a JSON state machine";
  return { ok: false, error: { code: "unreadable", message } };
}

function isOutcome<Result>(value: unknown): value is JsonOutcome<Result> {
  if (typeof value !== "object" || value === null || !("ok" in value)) return false;
  if (value.ok === true) return true;
  if (value.ok !== false || !("error" in value)) return false;
  const error = value.error;
  return typeof error === "object" && error !== null &&
    "code" in error && typeof error.code === "string" &&
    "message" in error && typeof error.message === "string";
}
