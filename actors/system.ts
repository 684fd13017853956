import type { ActorFactory, Cancel, SpawnOptions, Supervision } from "./actor.ts";
import { Asks } from "./ask.ts";
import { Cell, type CellState } from "./cell.ts";
import { DeadLetters } from "./dead_letters.ts";
import type { Environment } from "./environment.ts";
import { ActorStopped, InjectedCrash, MailboxFull, TroupeError } from "./errors.ts";
import { EventStream } from "./events.ts";
import { ANY_INCARNATION, type Ref } from "./ref.ts";
import type { Remoting } from "./remoting.ts";
import { RingBuffer } from "./ring_buffer.ts";
import type { Schema } from "./schema.ts";
import { handleFailure } from "./supervisor.ts";
import { Turn } from "./turn.ts";

/** Messages an actor handles before the next one has its turn. */
const MESSAGES_PER_ACTOR = 256;
/** Milliseconds after which the dispatcher yields to I/O. */
const SLICE_MS = 4;
/** Actors of one node, at most. */
const RUN_QUEUE_CAPACITY = 1 << 20;

/** What an actor system needs. */
export interface ActorSystemOptions {
  /** The index of the node; part of every ref. */
  readonly node: number;
  /** Clock, randomness and scheduling. */
  readonly environment: Environment;
  /** How the top-level actors are supervised. Default: one-for-one. */
  readonly supervision?: Supervision;
  /** Called when a failure has escalated beyond the top level. Everything is stopped by then. */
  readonly onFailure?: (error: unknown) => void;
}

/** Figures of one actor. */
export interface ActorFigures {
  readonly name: string;
  readonly incarnation: number;
  readonly state: CellState;
  /** Messages waiting. */
  readonly mailbox: number;
  /** The most that ever waited at once in this incarnation. */
  readonly mailboxHighWater: number;
  /** Messages handled, by all incarnations. */
  readonly processed: number;
  readonly restarts: number;
}

/** What became of a message sent from outside. */
export type Sent = "accepted" | "dead" | "full" | "remote";

/**
 * The actors of one node: a tree under a root, a queue of those with something to do, and the door
 * to other nodes. One turn of the event loop runs many messages; I/O has its turn in between.
 */
export class ActorSystem {
  /** The index of the node. */
  readonly node: number;
  /** Clock, randomness and scheduling. */
  readonly environment: Environment;
  /** What observers are told. */
  readonly events: EventStream = new EventStream();
  readonly #cells = new Map<string, Cell>();
  readonly #turns = new Map<Cell, Turn>();
  readonly #runnable = new RingBuffer<Cell>(RUN_QUEUE_CAPACITY);
  readonly #schemas = new Map<string, Schema<never>>();
  readonly #asks: Asks;
  readonly #deadLetters: DeadLetters;
  readonly #root: Cell;
  readonly #turnEnd: (() => void)[] = [];
  readonly #onFailure: ((error: unknown) => void) | undefined;
  #remoting: Remoting | undefined;
  #incarnations: number;
  #scheduled = false;
  #stopped = false;

  constructor(options: ActorSystemOptions) {
    this.node = options.node;
    this.environment = options.environment;
    this.#onFailure = options.onFailure;
    this.#asks = new Asks(options.node, options.environment);
    this.#deadLetters = new DeadLetters(options.environment, this.events);
    // Incarnations start at random, so that a ref from before a restart of the node fits none.
    this.#incarnations = Math.floor(options.environment.random("incarnations")() * 0x7fff_ffff);
    const supervision = options.supervision === undefined
      ? {}
      : { supervision: options.supervision };
    this.#root = this.#newCell("", undefined, () => ({ receive: () => {} }), supervision);
    this.#root.state = "running";
    this.#turns.set(this.#root, new Turn(this.#root, this));
  }

  /** Messages that found no one, since the start. */
  get deadLetters(): number {
    return this.#deadLetters.total;
  }

  /**
   * Starts a top-level actor.
   *
   * @throws {TroupeError} `name_taken`, or `bad_name` for an empty name or one with a `/` or `$`.
   */
  spawn<M>(name: string, factory: ActorFactory<M>, options: SpawnOptions = {}): Ref<M> {
    if (name === "" || /[/$]/.test(name)) {
      throw new TroupeError("bad_name", `Cannot spawn "${name}": a name has no "/" and no "$"`);
    }
    if (this.#cells.has(name)) {
      throw new TroupeError("name_taken", `Cannot spawn "${name}": the name is taken`);
    }
    const cell = this.#newCell(name, this.#root, factory as ActorFactory<unknown>, options);
    this.adopt(cell);
    this.start(cell);
    return this.named(name);
  }

  /** A ref to whichever incarnation of an actor of this node is alive. */
  named<M>(name: string): Ref<M> {
    return { node: this.node, name, incarnation: ANY_INCARNATION };
  }

  /** Sends from outside any actor. Never throws. */
  send<M>(to: Ref<M>, message: M): Sent {
    return this.#route(to as Ref<never>, message);
  }

  /**
   * Asks an actor and promises its answer.
   *
   * @throws {ActorStopped} at once if the target is dead, or when it dies.
   * @throws {MailboxFull} at once if it takes no more. The message was not delivered.
   * @throws {AskTimeout} after `timeoutMs`. The outcome is unknown.
   */
  ask<M, R>(
    to: Ref<M>,
    message: (replyTo: Ref<R>) => M,
    options: { readonly timeoutMs: number },
  ): Promise<R> {
    const target = to as Ref<never>;
    const cell = this.find(target);
    const { replyTo, reply } = this.#asks.open<R>(
      target,
      cell?.incarnation ?? ANY_INCARNATION,
      this.#nextIncarnation(),
      options.timeoutMs,
    );
    const sent = this.#route(target, message(replyTo));
    if (sent === "dead") this.#asks.fail(replyTo as Ref<never>, new ActorStopped(to.name));
    if (sent === "full") {
      const capacity = cell?.mailbox.capacity ?? 0;
      this.#asks.fail(replyTo as Ref<never>, new MailboxFull(to.name, capacity));
    }
    return reply;
  }

  /** Stops an actor and its children, for good. */
  stop(ref: Ref<never>): void {
    const cell = this.find(ref);
    if (cell !== undefined) this.stopCell(cell);
  }

  /**
   * Crashes the living incarnation of an actor in its next turn.
   *
   * @throws {TroupeError} `no_such_actor` if none of that name is running.
   */
  crash(name: string): void {
    const cell = this.#cells.get(name);
    if (cell?.state !== "running") {
      throw new TroupeError("no_such_actor", `Cannot crash "${name}": no such actor is running`);
    }
    cell.postSystem({
      take: () => {
        throw new InjectedCrash(name);
      },
    });
    this.wake(cell);
  }

  /** Figures of every actor, in the order of their start. */
  figures(): ActorFigures[] {
    return [...this.#cells.values()].map((cell) => ({
      name: cell.name,
      incarnation: cell.incarnation,
      state: cell.state,
      mailbox: cell.mailbox.length,
      mailboxHighWater: cell.mailbox.highWater,
      processed: cell.processed,
      restarts: cell.restarts,
    }));
  }

  /** Stops every actor, children before parents and in the reverse order of their start. */
  shutdown(): void {
    if (this.#stopped) return;
    for (const cell of [...this.#root.children.values()].toReversed()) this.stopCell(cell);
    this.#stopped = true;
  }

  // What transports use.

  /** Connects the other nodes. */
  connect(remoting: Remoting): void {
    this.#remoting = remoting;
  }

  /** Lets other nodes send to an actor: messages for its name are read with `schema`. */
  expose<M>(name: string, schema: Schema<M>): void {
    if (Asks.isReplyName(name)) this.#asks.expose(name, schema as Schema<never>);
    else this.#schemas.set(name, schema as Schema<never>);
  }

  /** How messages for a name are read; `undefined` if other nodes may not send to it. */
  schemaOf(name: string): Schema<never> | undefined {
    return Asks.isReplyName(name) ? this.#asks.schemaOf(name) : this.#schemas.get(name);
  }

  /** Delivers a message that came from another node. */
  receive(name: string, incarnation: number, message: unknown): void {
    this.#route({ node: this.node, name, incarnation }, message);
  }

  /** Runs something at the end of every turn: a transport writes then what was sent in it. */
  onTurnEnd(run: () => void): Cancel {
    this.#turnEnd.push(run);
    return () => this.#turnEnd.splice(this.#turnEnd.indexOf(run), 1);
  }

  // What turns and supervision use.

  /** Delivers or makes a dead letter. */
  deliver(to: Ref<never>, message: unknown): void {
    this.#route(to, message);
  }

  /** The cell that a ref reaches at this moment. */
  find(ref: Ref<never>): Cell | undefined {
    if (ref.node !== this.node) return undefined;
    const cell = this.#cells.get(ref.name);
    if (cell === undefined) return undefined;
    const fits = ref.incarnation === ANY_INCARNATION || ref.incarnation === cell.incarnation;
    return fits ? cell : undefined;
  }

  /** Gives a cell its place in the tree. */
  adopt(cell: Cell): void {
    cell.parent?.children.set(cell.name, cell);
    this.#cells.set(cell.name, cell);
  }

  /** Starts a new incarnation. An error of the factory is a failure like any other. */
  start(cell: Cell): void {
    const isRestart = cell.incarnation !== 0;
    cell.renew(this.#nextIncarnation());
    const turn = new Turn(cell, this);
    this.#turns.set(cell, turn);
    cell.state = "running";
    try {
      cell.actor = cell.factory(turn);
    } catch (error) {
      return handleFailure(cell, error, this);
    }
    const event = { actor: cell.name, incarnation: cell.incarnation };
    this.events.publish({ type: isRestart ? "restarted" : "started", ...event });
    turn.release();
  }

  /** Puts a cell with something to do in the queue. */
  wake(cell: Cell): void {
    if (cell.queued || cell.mailbox.length === 0) return;
    cell.queued = true;
    this.#runnable.push(cell);
    this.#schedule();
  }

  /** Ends a cell's incarnation, children first. The cell may start again. */
  end(cell: Cell, failed: boolean): void {
    for (const child of [...cell.children.values()].toReversed()) this.stopCell(child);
    if (cell.state !== "running") {
      cell.restartToken++;
      return;
    }
    cell.state = "restarting";
    this.#turns.delete(cell);
    for (const timer of cell.timers.values()) timer.cancel();
    this.#callStopped(cell);
    cell.actor = undefined;
    const left = cell.mailbox.length + cell.stash.length;
    if (left > 0) this.#deadLetters.add(cell.name, "stopped", left);
    this.#asks.targetEnded(cell.name, cell.incarnation);
    for (const { cell: watcher, incarnation, message } of cell.watchers) {
      if (watcher.incarnation !== incarnation || watcher.state !== "running") continue;
      watcher.postSystem({ take: () => message });
      this.wake(watcher);
    }
    if (!failed) {
      const { name: actor, incarnation } = cell;
      this.events.publish({ type: "stopped", actor, incarnation });
    }
  }

  /** Ends a cell for good. */
  stopCell(cell: Cell): void {
    this.end(cell, false);
    cell.state = "stopped";
    cell.restartToken++;
    cell.parent?.children.delete(cell.name);
    if (this.#cells.get(cell.name) === cell) this.#cells.delete(cell.name);
  }

  /** Stops everything, because a failure has escalated beyond the top level. */
  rootFailed(error: unknown): void {
    this.shutdown();
    this.#onFailure?.(error);
  }

  #newCell(
    name: string,
    parent: Cell | undefined,
    factory: ActorFactory<unknown>,
    options: SpawnOptions,
  ): Cell {
    const random = this.environment.random(`actor/${name}`);
    return new Cell(name, parent, factory, options, this.node, random);
  }

  #nextIncarnation(): number {
    this.#incarnations = this.#incarnations >= 0xffff_ffff ? 1 : this.#incarnations + 1;
    return this.#incarnations;
  }

  #route(to: Ref<never>, message: unknown): Sent {
    if (to.node !== this.node) return this.#routeRemote(to, message);
    if (Asks.isReplyName(to.name)) {
      if (this.#asks.resolve(to, message)) return "accepted";
      this.#deadLetters.add(to.name, "stale-incarnation");
      return "dead";
    }
    const cell = this.#cells.get(to.name);
    if (cell?.state !== "running") {
      this.#deadLetters.add(to.name, "no-such-actor");
      return "dead";
    }
    if (to.incarnation !== ANY_INCARNATION && to.incarnation !== cell.incarnation) {
      this.#deadLetters.add(to.name, "stale-incarnation");
      return "dead";
    }
    const offered = cell.mailbox.offer(message);
    if (offered !== "accepted") this.#deadLetters.add(to.name, "mailbox-full");
    this.wake(cell);
    return offered === "rejected" ? "full" : "accepted";
  }

  #routeRemote(to: Ref<never>, message: unknown): Sent {
    try {
      if (this.#remoting?.send(to, message)) return "remote";
    } catch (error) {
      // A message that its own schema refuses: a defect here, but no reason to fail the turn halfway.
      this.environment.log("error", to.name, `message not sent: ${String(error)}`);
    }
    this.#deadLetters.add(`${to.node}/${to.name}`, "no-such-actor");
    return "dead";
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.environment.defer(() => this.#runTurn());
  }

  /** One turn of the dispatcher: actors in their order, until none has work or the slice is over. */
  #runTurn(): void {
    this.#scheduled = false;
    const { environment } = this;
    const end = environment.now() + SLICE_MS;
    while (this.#runnable.length > 0) {
      const cell = this.#runnable.takeAt(environment.pick(this.#runnable.length))!;
      cell.queued = false;
      this.#runCell(cell);
      if (environment.now() > end) break;
    }
    for (const run of this.#turnEnd) run();
    if (this.#runnable.length > 0) this.#schedule();
  }

  #runCell(cell: Cell): void {
    const turn = this.#turns.get(cell);
    if (turn === undefined) return;
    const incarnation = cell.incarnation;
    for (let count = 0; count < MESSAGES_PER_ACTOR; count++) {
      try {
        const message = cell.mailbox.take();
        if (message === undefined) return;
        cell.processed++;
        cell.actor!.receive(message);
      } catch (error) {
        return handleFailure(cell, error, this);
      }
      turn.release();
      if (cell.incarnation !== incarnation || cell.state !== "running") return;
    }
    this.wake(cell);
  }

  #callStopped(cell: Cell): void {
    try {
      cell.actor?.stopped?.();
    } catch (error) {
      this.environment.log("error", cell.name, `failed while stopping: ${String(error)}`);
    }
  }
}
