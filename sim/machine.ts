import type { ApplyContext, StateMachine } from "../protocols/state_machine.ts";

/** A state machine whose whole state has a hash. */
export interface DigestibleMachine extends StateMachine {
  digest(): string;
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
  readonly #inner: DigestibleMachine;
  readonly #watch: MachineWatch;
  #op: number | undefined = 0;
  #place = 0;

  constructor(inner: DigestibleMachine, watch: MachineWatch) {
    this.#inner = inner;
    this.#watch = watch;
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

  query(query: Uint8Array): Uint8Array {
    return this.#inner.query!(query);
  }

  snapshot(): Iterable<Uint8Array> {
    if (this.#op !== undefined) this.#watch.snapshotTaken(this.#op, this.#inner.digest());
    return this.#inner.snapshot();
  }

  restore(chunks: Iterable<Uint8Array>): void {
    this.#inner.restore(chunks);
    this.#op = undefined;
    this.#watch.restored(this.#inner.digest());
  }

  /** A hash of the whole state. */
  digest(): string {
    return this.#inner.digest();
  }
}
