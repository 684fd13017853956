import type { ActorFactory, SpawnOptions, Supervision } from "./actor.ts";
import { Cell } from "./cell.ts";
import type { DeadLetters } from "./dead_letters.ts";
import { Dispatcher, type DispatcherHost } from "./dispatcher.ts";
import type { Environment } from "./environment.ts";
import { MailboxFull, toError } from "./errors.ts";
import type { EventStream } from "./events.ts";
import { SYSTEM_LANE_CAPACITY, type SystemMessage } from "./mailbox.ts";
import { ANY_INCARNATION, type Ref } from "./ref.ts";
import { handleFailure, reportFailure, type SupervisorHost } from "./supervisor.ts";
import { Turn, type TurnHost } from "./turn.ts";

/** What the tree tells the system that it belongs to. */
export interface TreeOwner {
  readonly node: number;
  readonly environment: Environment;
  readonly events: EventStream;
  readonly deadLetters: DeadLetters;
  /** Delivers a message, or makes it a dead letter. */
  deliver(to: Ref<never>, message: unknown): void;
  /** An incarnation has ended. */
  ended(cell: Cell): void;
  /** A failure has escalated beyond the top level, and everything is stopped. */
  failed(error: unknown): void;
}

interface Failure {
  readonly cell: Cell;
  readonly turn: Turn | undefined;
  readonly error: unknown;
}

/** The living actors of one node, under a root: how they start, fail and end. */
export class ActorTree implements TurnHost, SupervisorHost, DispatcherHost {
  readonly node: number;
  readonly environment: Environment;
  readonly events: EventStream;
  readonly dispatcher: Dispatcher;
  readonly #owner: TreeOwner;
  readonly #cells = new Map<string, Cell>();
  readonly #root: Cell;
  readonly #failures: Failure[] = [];
  #incarnations: number;
  /** Whether a turn is being released, or a failure dealt with. */
  #isBusy = false;
  #isStopped = false;

  constructor(owner: TreeOwner, supervision: Supervision) {
    this.#owner = owner;
    this.node = owner.node;
    this.environment = owner.environment;
    this.events = owner.events;
    // Incarnations start at random, so that a ref from before a restart of the node fits none.
    this.#incarnations = Math.floor(owner.environment.random("incarnations")() * 0x7fff_ffff);
    this.dispatcher = new Dispatcher(this);
    this.#root = this.newCell("", undefined, () => ({ receive: () => {} }), { supervision });
    this.#root.state = "running";
    this.#root.turn = new Turn(this.#root, this);
  }

  /** Every actor but the root, in the order of their start. */
  get cells(): ReadonlyMap<string, Cell> {
    return this.#cells;
  }

  /** Whether {@linkcode ActorTree.stop} was called, or the root has failed. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** A number that no actor or reply address of this node has had. */
  nextIncarnation(): number {
    this.#incarnations = this.#incarnations >= 0xffff_ffff ? 1 : this.#incarnations + 1;
    return this.#incarnations;
  }

  /**
   * Starts a top-level actor.
   *
   * @throws {TroupeError} `name_taken`, `bad_name` or `bad_option`.
   */
  spawn<M>(name: string, factory: ActorFactory<M>, options: SpawnOptions): Ref<M> {
    const turn = this.#root.turn!;
    const ref = turn.spawn(name, factory, options);
    this.release(turn);
    return ref;
  }

  /** Stops every actor, children before parents and in the reverse order of their start. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.dispatcher.stop();
    for (const cell of [...this.#root.children.values()].toReversed()) this.stopCell(cell);
  }

  // What turns use.

  deliver(to: Ref<never>, message: unknown): void {
    this.#owner.deliver(to, message);
  }

  post(cell: Cell, message: SystemMessage<unknown>): void {
    if (cell.mailbox.offerSystem(message)) return this.wake(cell);
    this.fail(cell, new MailboxFull(cell.name, SYSTEM_LANE_CAPACITY));
  }

  wake(cell: Cell): void {
    this.dispatcher.wake(cell);
  }

  find(ref: Ref<never>): Cell | undefined {
    if (ref.node !== this.node) return undefined;
    const cell = this.#cells.get(ref.name);
    const fits = ref.incarnation === ANY_INCARNATION || ref.incarnation === cell?.incarnation;
    return fits ? cell : undefined;
  }

  newCell(
    name: string,
    parent: Cell | undefined,
    factory: ActorFactory<unknown>,
    options: SpawnOptions,
  ): Cell {
    // A child that its parent starts anew is another one: it must not draw the same numbers again.
    const life = () => parent === undefined || parent.name === "" ? "" : `/${cell.incarnation}`;
    const newRandom = () => this.environment.random(`actor/${name}${life()}`);
    const cell: Cell = new Cell({ node: this.node, name, parent, factory, options, newRandom });
    return cell;
  }

  adopt(cell: Cell): void {
    cell.parent?.children.set(cell.name, cell);
    this.#cells.set(cell.name, cell);
  }

  /** Starts a new incarnation. An error of the factory is a failure like any other. */
  start(cell: Cell): void {
    const isRestart = cell.incarnation !== 0;
    cell.renew(this.nextIncarnation());
    const turn = new Turn(cell, this);
    cell.turn = turn;
    cell.state = "running";
    try {
      cell.actor = cell.factory(turn);
    } catch (error) {
      return this.fail(cell, error);
    }
    const { name: actor, incarnation } = cell;
    this.events.publish({ type: isRestart ? "restarted" : "started", actor, incarnation });
    this.release(turn);
  }

  // What the dispatcher uses.

  release(turn: Turn): void {
    if (this.#isBusy) return turn.release();
    this.#isBusy = true;
    try {
      turn.release();
    } finally {
      this.#isBusy = false;
      if (this.#failures.length > 0) this.#supervise();
    }
  }

  fail(cell: Cell, error: unknown): void {
    reportFailure(cell, error, this);
    this.#failures.push({ cell, turn: cell.turn, error });
    // A child that fails to start must not end its parent in the middle of the parent's own release.
    if (!this.#isBusy) this.#supervise();
  }

  /** Deals with failures, one after the other: those that the end of an actor brings about as well. */
  #supervise(): void {
    this.#isBusy = true;
    try {
      for (let next = this.#failures.shift(); next; next = this.#failures.shift()) {
        const { cell, turn, error } = next;
        // It may have been ended meanwhile, by its parent say.
        if (turn !== undefined && cell.turn === turn) handleFailure(cell, error, this);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  // What supervision uses.

  /** Ends a cell's incarnation, children first. The cell may start again. */
  end(cell: Cell, hasFailed: boolean): void {
    const wasRunning = cell.state === "running";
    this.#endIncarnation(cell);
    if (!wasRunning) return;
    cell.hasFailed = hasFailed;
    if (!hasFailed) this.#publishStopped(cell);
  }

  /** Ends a cell for good. */
  stopCell(cell: Cell): void {
    const isToBeTold = cell.state === "running" || cell.hasFailed;
    this.#endIncarnation(cell);
    if (cell.state === "stopped") return;
    cell.state = "stopped";
    cell.parent?.children.delete(cell.name);
    this.#cells.delete(cell.name);
    if (isToBeTold) this.#publishStopped(cell);
  }

  /** Stops everything, because a failure has escalated beyond the top level. */
  rootFailed(error: unknown): void {
    this.stop();
    this.#owner.failed(error);
  }

  #endIncarnation(cell: Cell): void {
    for (const child of [...cell.children.values()].toReversed()) this.stopCell(child);
    cell.pendingRestart?.drop(cell);
    if (cell.state !== "running") return;
    cell.state = "restarting";
    cell.turn = undefined;
    for (const timer of cell.timers.values()) timer.cancel();
    cell.timers.clear();
    this.#callStopped(cell);
    cell.actor = undefined;
    const undelivered = cell.mailbox.undelivered + cell.stash.length;
    if (undelivered > 0) this.#owner.deadLetters.add(cell.name, "stopped", undelivered);
    this.#owner.ended(cell);
    this.#tellWatchers(cell);
  }

  #callStopped(cell: Cell): void {
    try {
      cell.actor?.stopped?.();
    } catch (error) {
      this.environment.log("error", cell.name, `failed while stopping: ${toError(error).message}`);
    }
  }

  #tellWatchers(cell: Cell): void {
    for (const target of cell.watching) target.watchers.delete(cell);
    cell.watching.clear();
    const watchers = [...cell.watchers];
    cell.watchers.clear();
    for (const [watcher, messages] of watchers) {
      watcher.watching.delete(cell);
      for (const message of messages) this.post(watcher, { take: () => message });
    }
  }

  #publishStopped({ name: actor, incarnation }: Cell): void {
    this.events.publish({ type: "stopped", actor, incarnation });
  }
}
