import type { StateMachine } from "../protocols/state_machine.ts";

/** A command of the one history. */
export interface PastCommand {
  readonly op: number;
  /** The time of its entry. */
  readonly time: number;
  readonly command: Uint8Array;
}

/** Commands between two checkpoints. */
const CHECKPOINT_EVERY = 16;

/**
 * A state machine as it was after any entry of the one history: it is rolled forward, and back by way
 * of checkpoints, so that every read can be judged whatever state it saw.
 */
export class PastStates {
  readonly #machine: StateMachine;
  readonly #commands: PastCommand[] = [];
  /** The states after every so many commands. */
  readonly #checkpoints: Uint8Array[][] = [];
  /** How many commands the machine has executed. */
  #position = 0;

  /** @param machine In its initial state. */
  constructor(machine: StateMachine) {
    this.#machine = machine;
    this.#keepCheckpoint();
  }

  /** The history goes on. */
  push(command: PastCommand): void {
    this.#commands.push(command);
  }

  /** What a query was answered once an entry, and all before it, were executed. */
  answer(op: number, query: Uint8Array): Uint8Array {
    this.#goTo(this.#countTo(op));
    return this.#machine.query!(query);
  }

  #goTo(count: number): void {
    if (count < this.#position) {
      const index = Math.floor(count / CHECKPOINT_EVERY);
      this.#machine.restore(this.#checkpoints[index]!);
      this.#position = index * CHECKPOINT_EVERY;
    }
    while (this.#position < count) {
      const { op, time, command } = this.#commands[this.#position++]!;
      this.#machine.apply(command, { opNumber: op, time });
      this.#keepCheckpoint();
    }
  }

  #keepCheckpoint(): void {
    if (this.#position !== this.#checkpoints.length * CHECKPOINT_EVERY) return;
    this.#checkpoints.push(Array.from(this.#machine.snapshot(), (chunk) => chunk.slice()));
  }

  /** How many commands belong to the entries up to an op-number. */
  #countTo(op: number): number {
    let low = 0;
    let high = this.#commands.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#commands[middle]!.op <= op) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
