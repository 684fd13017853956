import type { Cancel } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Environment } from "./environment.ts";
import { NOTHING } from "./mailbox.ts";
import { RingBuffer } from "./ring_buffer.ts";
import type { Turn } from "./turn.ts";

/** Milliseconds after which the dispatcher yields to I/O. */
const SLICE_MS = 4;
/** Messages after which it yields, however little time they took: virtual time may stand still. */
const SLICE_MESSAGES = 4_096;
/** Looking at the clock costs as much as handling a small message, so it is looked at this rarely. */
const MESSAGES_PER_LOOK = 16;
/** Actors of one node that have something to do, at most. */
const RUN_QUEUE_CAPACITY = 1 << 24;

/**
 * Messages an actor may handle before another one has its turn. The first is best where the order does
 * not matter; with the others, any two actors come to interleave in any way.
 */
const BATCHES = [256, 16, 1] as const;

/** What the dispatcher needs of the system. */
export interface DispatcherHost {
  readonly environment: Environment;
  /** Does what a turn that has returned asked for. */
  release(turn: Turn): void;
  /** Takes note of an actor's failure. */
  fail(cell: Cell, error: unknown): void;
}

/**
 * Runs the actors that have something to do. One turn of the event loop handles many messages, and
 * I/O has its turn in between.
 */
export class Dispatcher {
  readonly #host: DispatcherHost;
  readonly #environment: Environment;
  readonly #runnable = new RingBuffer<Cell>(RUN_QUEUE_CAPACITY);
  readonly #hooks = new Set<() => void>();
  #isScheduled = false;
  #isRunning = false;
  #isStopped = false;
  #sliceEnd = 0;
  #handled = 0;

  constructor(host: DispatcherHost) {
    this.#host = host;
    this.#environment = host.environment;
  }

  /** Puts a cell with something to do in the queue. */
  wake(cell: Cell): void {
    if (cell.queued || cell.mailbox.length === 0) return;
    cell.queued = this.#runnable.push(cell);
    this.endTurnSoon();
  }

  /** Runs something at the end of every turn, and soon after {@linkcode Dispatcher.endTurnSoon}. */
  onTurnEnd(run: () => void): Cancel {
    // Wrapped, so that the same function given twice is two hooks.
    const hook = () => run();
    this.#hooks.add(hook);
    return () => this.#hooks.delete(hook);
  }

  /** Makes sure that a turn ends soon, even if no actor has anything to do. */
  endTurnSoon(): void {
    if (this.#isScheduled || this.#isRunning || this.#isStopped) return;
    this.#isScheduled = true;
    this.#environment.defer(() => this.#run());
  }

  /** Runs nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** One turn. Whatever its hooks or a log may throw, those who are left have another. */
  #run(): void {
    this.#isScheduled = false;
    this.#isRunning = true;
    try {
      this.#runCells();
    } finally {
      this.#isRunning = false;
      if (this.#runnable.length > 0) this.endTurnSoon();
    }
    for (const hook of this.#hooks) hook();
  }

  /** Runs actors in the order that the environment picks, until the slice is over. */
  #runCells(): void {
    const environment = this.#environment;
    this.#handled = 0;
    this.#sliceEnd = environment.now() + SLICE_MS;
    while (this.#runnable.length > 0 && !this.#isSliceOver()) {
      const cell = this.#runnable.takeAt(environment.pick(this.#runnable.length))!;
      cell.queued = false;
      this.#runCell(cell);
    }
  }

  #runCell(cell: Cell): void {
    const { turn } = cell;
    if (turn === undefined) return;
    const batch = BATCHES[this.#environment.pick(BATCHES.length)]!;
    for (let count = 0; count < batch; count++) {
      try {
        const message = cell.mailbox.take();
        if (message === NOTHING) return;
        cell.processed++;
        cell.actor!.receive(message);
      } catch (error) {
        return this.#host.fail(cell, error);
      }
      if (!turn.isEmpty) this.#host.release(turn);
      if (cell.turn !== turn) return;
      this.#handled++;
      if (this.#isSliceOver()) break;
    }
    this.wake(cell);
  }

  #isSliceOver(): boolean {
    if (this.#handled % MESSAGES_PER_LOOK !== 0) return false;
    return this.#handled >= SLICE_MESSAGES || this.#environment.now() > this.#sliceEnd;
  }
}
