import { createHash } from "node:crypto";
import type { ApplyContext, StateMachine } from "../protocols/state_machine.ts";

/** A hash of the whole state: of its snapshot, however that is cut into chunks. */
export function digestOf(machine: StateMachine): string {
  const hash = createHash("sha256");
  for (const chunk of machine.snapshot()) hash.update(chunk);
  return hash.digest("hex");
}

/** What a watched state machine tells of itself. */
export interface MachineWatch {
  /** It has executed a command, the one of that place (from 0) in an entry. */
  applied(step: AppliedCommand): void;
  /** Its state after the last command executed; asked for a snapshot. */
  snapshotTaken(op: number, digest: string): void;
  /** Its state was replaced by that of a snapshot. */
  restored(digest: string): void;
}

/** A command that a state machine has executed. */
export interface AppliedCommand {
  readonly op: number;
  readonly place: number;
  /** The entry of the command before it; 0 for the first, `undefined` right after a restore. */
  readonly before: number | undefined;
  readonly command: Uint8Array;
  readonly result: Uint8Array;
}

/** A state machine of a replica, which does what the one inside does and tells of it. */
export class WatchedMachine implements StateMachine {
  /** There only if the machine inside answers queries. */
  readonly query?: (query: Uint8Array) => Uint8Array;
  readonly commandObject?: (command: Uint8Array) => string | undefined;
  readonly commandObjects?: (command: Uint8Array) => readonly string[] | undefined;
  readonly queryObject?: (query: Uint8Array) => string | undefined;
  readonly #inner: StateMachine;
  readonly #watch: MachineWatch;
  #op: number | undefined = 0;
  #place = 0;

  constructor(inner: StateMachine, watch: MachineWatch) {
    this.#inner = inner;
    this.#watch = watch;
    if (inner.query !== undefined) this.query = (query) => inner.query!(query);
    if (inner.commandObject !== undefined) {
      this.commandObject = (command) => inner.commandObject!(command);
    }
    if (inner.commandObjects !== undefined) {
      this.commandObjects = (command) => inner.commandObjects!(command);
    }
    if (inner.queryObject !== undefined) this.queryObject = (query) => inner.queryObject!(query);
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    const result = this.#inner.apply(command, context);
    const { opNumber: op } = context;
    const before = this.#op;
    this.#place = op === before ? this.#place + 1 : 0;
    this.#op = op;
    this.#watch.applied({ op, place: this.#place, before, command, result });
    return result;
  }

  snapshot(): Iterable<Uint8Array> {
    if (this.#op !== undefined) this.#watch.snapshotTaken(this.#op, this.digest());
    return this.#inner.snapshot();
  }

  restore(chunks: Iterable<Uint8Array>): void {
    this.#inner.restore(chunks);
    this.#op = undefined;
    this.#watch.restored(this.digest());
  }

  /** A hash of the whole state. */
  digest(): string {
    return digestOf(this.#inner);
  }
}
