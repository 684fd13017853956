import { hash } from "node:crypto";
import type { ApplyContext, StateMachine } from "../../protocols/state_machine.ts";
import type { Model, StateKey } from "./model.ts";
import type { Operation } from "./operation.ts";

/** A command or query to a state machine. */
export interface MachineOperation extends Operation {
  /** Whether it is executed by `apply` or answered by `query`. */
  readonly kind: "command" | "query";
  /** The command or the query. */
  readonly input: Uint8Array;
  /** The result; `null` if nobody was told, and any would do. */
  readonly output: Uint8Array | null;
}

/** How operations on a state machine are shown, and what it is told. */
export interface MachineModelOptions {
  /**
   * A command, query or result for people.
   *
   * @default {text if the bytes are UTF-8, else how many they are}
   */
  readonly describe?: (bytes: Uint8Array) => string;
}

/** The state of a state machine: its snapshot, in one piece. */
export type MachineState = Uint8Array;

/** The chunks in which a snapshot is given back: no longer than those that a machine makes itself. */
const CHUNK_BYTES = 256 * 1024;
/** So much of a state, a command or a result is shown. */
const SHOWN_LENGTH = 60;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Any state machine, as its own specification: a history of a cluster is compared with what the
 * machine does alone. It knows nothing of what operations have to do with each other, so every step
 * restores and takes a snapshot, and long histories with much concurrency may stay undecided.
 */
export class MachineModel implements Model<MachineState, MachineOperation> {
  readonly initial: MachineState;
  readonly #machine: StateMachine;
  readonly #context = new WatchedContext();
  readonly #describe: (bytes: Uint8Array) => string;
  /** The state that the machine is in, `null` if it is not one of ours. */
  #present: MachineState | null;

  /** @param create Makes a machine in its first state. */
  constructor(create: () => StateMachine, options: MachineModelOptions = {}) {
    this.#machine = create();
    this.#describe = options.describe ?? describeBytes;
    this.initial = concatenate(this.#machine.snapshot());
    this.#present = this.initial;
  }

  /**
   * Whether the machine has asked at which op-number or time a command was executed. A history does not
   * say that, so the model was not right, and no verdict counts.
   */
  get isContextUsed(): boolean {
    return this.#context.isUsed;
  }

  step(state: MachineState, op: MachineOperation): MachineState | undefined {
    if (this.#present !== state) this.#machine.restore(chunksOf(state));
    this.#present = state;
    const isQuery = this.#isAnswered(op);
    const result = isQuery
      ? this.#machine.query!(op.input)
      : this.#machine.apply(op.input, this.#context);
    const isRight = op.outcome !== "ok" || op.output === null || equalBytes(result, op.output);
    if (isQuery) return isRight ? state : undefined;
    this.#present = null;
    if (!isRight) return undefined;
    return this.#present = concatenate(this.#machine.snapshot());
  }

  key(state: MachineState): StateKey {
    return hash("sha256", state);
  }

  isReadOnly(op: MachineOperation): boolean {
    return this.#isAnswered(op);
  }

  describe(op: MachineOperation): string {
    const input = this.#describe(op.input);
    if (op.outcome !== "ok" || op.output === null) return input;
    return `${input} → ${this.#describe(op.output)}`;
  }

  describeState(state: MachineState): string {
    return `the state is ${this.#describe(state)}`;
  }

  bytesOf(state: MachineState): number {
    return state.length + 100;
  }

  /** Whether an operation is answered without going through the log. */
  #isAnswered({ kind }: MachineOperation): boolean {
    return kind === "query" && this.#machine.query !== undefined;
  }
}

/** Tells nothing, and notices that it was asked. */
class WatchedContext implements ApplyContext {
  isUsed = false;

  get opNumber(): number {
    this.isUsed = true;
    return 1;
  }

  get time(): number {
    this.isUsed = true;
    return 0;
  }
}

function* chunksOf(state: MachineState): Generator<Uint8Array> {
  for (let at = 0; at < state.length; at += CHUNK_BYTES) yield state.subarray(at, at + CHUNK_BYTES);
}

function concatenate(chunks: Iterable<Uint8Array>): Uint8Array {
  const copies = Array.from(chunks, (chunk) => chunk.slice());
  const whole = new Uint8Array(copies.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const copy of copies) {
    whole.set(copy, at);
    at += copy.length;
  }
  return whole;
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function describeBytes(bytes: Uint8Array): string {
  try {
    const text = decoder.decode(bytes);
    return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
  } catch {
    return `${bytes.length} bytes`;
  }
}
