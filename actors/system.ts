import type { ActorFactory, Cancel, SpawnOptions, Supervision } from "./actor.ts";
import { Asks } from "./ask.ts";
import type { Cell, CellState } from "./cell.ts";
import { DeadLetters } from "./dead_letters.ts";
import type { Environment } from "./environment.ts";
import { ActorStopped, InjectedCrash, MailboxFull, toError, TroupeError } from "./errors.ts";
import { EventStream } from "./events.ts";
import { ANY_INCARNATION, type Ref } from "./ref.ts";
import type { Remoting } from "./remoting.ts";
import type { Schema } from "./schema.ts";
import { ActorTree } from "./tree.ts";

/** What an actor system needs. */
export interface ActorSystemOptions {
  /** The index of the node, from 0 to 255; part of every ref. */
  readonly node: number;
  /**
   * Clock, randomness and scheduling. An environment serves one run of a node: a node that restarts
   * takes a new one, of another seed or name, for its incarnations are drawn from it.
   */
  readonly environment: Environment;
  /** How the top-level actors are supervised. Default: one-for-one. */
  readonly supervision?: Supervision;
  /** Called when a failure has escalated beyond the top level. Everything is stopped by then. */
  readonly onFailure?: (error: unknown) => void;
}

/** Figures of one actor. */
export interface ActorFigures {
  /** Its full name. */
  readonly name: string;
  /** The living incarnation, or the last one. */
  readonly incarnation: number;
  /** Whether it runs, or waits to restart. */
  readonly state: CellState;
  /** Messages waiting. */
  readonly mailbox: number;
  /** The most that ever waited at once in this incarnation. */
  readonly mailboxHighWater: number;
  /** Messages handled, by all incarnations. */
  readonly processed: number;
  /** How often it was restarted. */
  readonly restarts: number;
}

/** What became of a message sent from outside. */
export type Sent = "accepted" | "dead" | "full" | "remote";

/**
 * The actors of one node, and the door between them and the outside: those who ask from there, and
 * the transports to other nodes.
 */
export class ActorSystem {
  /** The index of the node. */
  readonly node: number;
  /** Clock, randomness and scheduling. */
  readonly environment: Environment;
  /** What observers are told. */
  readonly events: EventStream = new EventStream();
  readonly #schemas = new Map<string, Schema<never>>();
  readonly #deadLetters: DeadLetters;
  readonly #asks: Asks;
  readonly #tree: ActorTree;
  #remoting: Remoting | undefined;

  /**
   * Makes a system without actors.
   *
   * @throws {TroupeError} `bad_option` if an option is out of range.
   */
  constructor({ node, environment, supervision = {}, onFailure }: ActorSystemOptions) {
    if (!Number.isInteger(node) || node < 0 || node > 255) {
      throw new TroupeError("bad_option", `Cannot make node ${node}: not an integer below 256`);
    }
    this.node = node;
    this.environment = environment;
    this.#deadLetters = new DeadLetters(environment, this.events);
    this.#asks = new Asks(node, environment);
    this.#tree = new ActorTree({
      node,
      environment,
      events: this.events,
      deadLetters: this.#deadLetters,
      deliver: (to, message) => this.#route(to, message),
      ended: (cell) => this.#asks.targetEnded(cell),
      failed: (error) => onFailure?.(error),
    }, supervision);
  }

  /** Messages that found no one, since the start. */
  get deadLetters(): number {
    return this.#deadLetters.total;
  }

  /** Questions that are waiting for an answer. */
  get openAsks(): number {
    return this.#asks.waiting;
  }

  /**
   * Starts a top-level actor.
   *
   * @throws {TroupeError} `name_taken`; `bad_name` for an empty name, one with a `/` or `$`, or of more
   *   than 128 bytes; `bad_option` if an option is out of range; `system_stopped` after a shutdown.
   */
  spawn<M>(name: string, factory: ActorFactory<M>, options: SpawnOptions = {}): Ref<M> {
    if (this.#tree.isStopped) {
      throw new TroupeError("system_stopped", `Cannot spawn "${name}": the system is stopped`);
    }
    return this.#tree.spawn(name, factory, options);
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
   * @throws {TroupeError} `bad_option` if the timeout is not a finite number from 0 on.
   */
  ask<M, R>(
    to: Ref<M>,
    message: (replyTo: Ref<R>) => M,
    options: { readonly timeoutMs: number },
  ): Promise<R> {
    const target = to as Ref<never>;
    const cell = this.#tree.find(target);
    const incarnation = this.#tree.nextIncarnation();
    const question = { target: to.name, cell, incarnation, timeoutMs: options.timeoutMs };
    return this.#asks.ask<R>(question, (replyTo) => {
      const sent = this.#route(target, message(replyTo));
      if (sent === "dead") return new ActorStopped(to.name);
      return sent === "full" ? new MailboxFull(to.name, cell!.mailbox.capacity) : undefined;
    });
  }

  /** Stops an actor and its children, for good. */
  stop(ref: Ref<never>): void {
    const cell = this.#tree.find(ref);
    if (cell !== undefined) this.#tree.stopCell(cell);
  }

  /**
   * Crashes the living incarnation of an actor in its next turn.
   *
   * @throws {TroupeError} `no_such_actor` if none of that name is running.
   */
  crash(name: string): void {
    const cell = this.#tree.cells.get(name);
    if (cell?.state !== "running") {
      throw new TroupeError("no_such_actor", `Cannot crash "${name}": no such actor is running`);
    }
    this.#tree.post(cell, {
      take: () => {
        throw new InjectedCrash(name);
      },
    });
  }

  /** Figures of every actor, in the order of their start. */
  figures(): ActorFigures[] {
    return [...this.#tree.cells.values()].map(figuresOf);
  }

  /** Figures of the actor that a ref reaches at this moment; `undefined` if there is none. */
  find(ref: Ref<never>): ActorFigures | undefined {
    const cell = this.#tree.find(ref);
    return cell && figuresOf(cell);
  }

  /**
   * Stops every actor, children before parents and in the reverse order of their start. Questions to
   * actors of this node fail; those to other nodes still wait for their timeouts.
   */
  shutdown(): void {
    this.#tree.stop();
  }

  // What transports use.

  /** Connects the other nodes. */
  connect(remoting: Remoting): void {
    this.#remoting = remoting;
  }

  /**
   * Lets other nodes send to an actor: messages for its name are read with `schema`. Of reply addresses
   * only the one of that incarnation is meant.
   */
  expose<M>(name: string, schema: Schema<M>, incarnation: number = ANY_INCARNATION): void {
    if (Asks.isReplyName(name)) this.#asks.expose(incarnation, schema as Schema<never>);
    else this.#schemas.set(name, schema as Schema<never>);
  }

  /** How messages for a target are read; `undefined` if other nodes may not send to it. */
  schemaOf(name: string, incarnation: number = ANY_INCARNATION): Schema<never> | undefined {
    return Asks.isReplyName(name) ? this.#asks.schemaOf(incarnation) : this.#schemas.get(name);
  }

  /** Delivers a message that came from another node. */
  receive(name: string, incarnation: number, message: unknown): void {
    this.#route({ node: this.node, name, incarnation }, message);
  }

  /**
   * Runs something at the end of every turn, and soon after something was sent to another node outside
   * of any: a transport writes then what it was given.
   */
  onTurnEnd(run: () => void): Cancel {
    return this.#tree.dispatcher.onTurnEnd(run);
  }

  #route(to: Ref<never>, message: unknown): Sent {
    if (to.node !== this.node) return this.#routeRemote(to, message);
    if (Asks.isReplyName(to.name)) {
      if (this.#asks.resolve(to, message)) return "accepted";
      this.#deadLetters.add(to.name, "stale-incarnation");
      return "dead";
    }
    const cell = this.#tree.cells.get(to.name);
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
    this.#tree.wake(cell);
    return offered === "rejected" ? "full" : "accepted";
  }

  #routeRemote(to: Ref<never>, message: unknown): Sent {
    try {
      if (this.#remoting?.send(to, message)) {
        this.#tree.dispatcher.endTurnSoon();
        return "remote";
      }
    } catch (error) {
      // A message that its own schema refuses: a defect here, but no reason to fail the turn halfway.
      this.environment.log("error", to.name, `message not sent: ${toError(error).message}`);
    }
    this.#deadLetters.add(`${to.node}/${to.name}`, "no-such-actor");
    return "dead";
  }
}

function figuresOf(cell: Cell): ActorFigures {
  return {
    name: cell.name,
    incarnation: cell.incarnation,
    state: cell.state,
    mailbox: cell.state === "running" ? cell.mailbox.length : 0,
    mailboxHighWater: cell.mailbox.highWater,
    processed: cell.processed,
    restarts: cell.restarts,
  };
}
