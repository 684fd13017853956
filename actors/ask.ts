import type { Cancel } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Environment } from "./environment.ts";
import { ActorStopped, AskTimeout, TroupeError } from "./errors.ts";
import type { Ref } from "./ref.ts";
import type { Schema } from "./schema.ts";
import { TransientMap } from "./transient.ts";

/** The name of all reply addresses, which their incarnations tell apart. No actor's name has a `$`. */
const REPLY_NAME = "$";

/** A question about to be asked. */
export interface Question {
  /** The name of the actor that is asked. */
  readonly target: string;
  /** That actor, if it is one of this node. */
  readonly cell: Cell | undefined;
  /** For the reply address; must never have been used on this node, nor before it. */
  readonly incarnation: number;
  readonly timeoutMs: number;
}

interface Ask {
  readonly question: Question;
  readonly deadline: number;
  readonly answer: PromiseWithResolvers<unknown>;
  /** How a reply from another node is read. */
  schema: Schema<never> | undefined;
}

/**
 * The questions that this node's edges are waiting on. The only place of the runtime where promises
 * live: each is settled exactly once, by the reply, by the timeout, or by the death of the target.
 *
 * One timer, for the earliest deadline, watches over all of them: a timer for each would cost 1 µs and
 * 0.5 KB of garbage, of some 30 µs that a client's request takes, and nearly all are answered long before.
 */
export class Asks {
  readonly #node: number;
  readonly #environment: Environment;
  /** By the incarnation of the reply address. */
  readonly #waiting = new TransientMap<number, Ask>();
  /** When the timer is due; infinite without one. */
  #dueAt = Infinity;
  #cancelTimer: Cancel = () => {};

  constructor(node: number, environment: Environment) {
    this.#node = node;
    this.#environment = environment;
  }

  /** Whether a name is that of a reply address. */
  static isReplyName(name: string): boolean {
    return name === REPLY_NAME;
  }

  /** Questions not answered yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Opens a reply address, hands it to `send`, and promises what is sent to it. An error that `send`
   * returns or throws rejects the promise.
   */
  ask<R>(question: Question, send: (replyTo: Ref<R>) => TroupeError | undefined): Promise<R> {
    const { target, timeoutMs, incarnation } = question;
    const answer = Promise.withResolvers<unknown>();
    try {
      if (!Number.isFinite(timeoutMs) || timeoutMs < 0) {
        throw new TroupeError("bad_option", `Cannot ask "${target}" for ${timeoutMs} ms`);
      }
      this.#open(question, answer);
      const refusal = send({ node: this.#node, name: REPLY_NAME, incarnation });
      if (refusal !== undefined) this.#take(incarnation)?.answer.reject(refusal);
    } catch (error) {
      this.#take(incarnation);
      answer.reject(error);
    }
    return answer.promise as Promise<R>;
  }

  /** Notes how replies from other nodes to a reply address are read. */
  expose(incarnation: number, schema: Schema<never>): void {
    const ask = this.#waiting.get(incarnation);
    if (ask !== undefined) ask.schema = schema;
  }

  /** How a reply from another node is read; `undefined` for an answer to a question of another process. */
  schemaOf(incarnation: number): Schema<never> | undefined {
    return this.#waiting.get(incarnation)?.schema;
  }

  /** Settles a question; `false` if nobody waits for that answer any more. */
  resolve(replyTo: Ref<never>, reply: unknown): boolean {
    const ask = this.#take(replyTo.incarnation);
    ask?.answer.resolve(reply);
    return ask !== undefined;
  }

  /** Fails every question to an actor whose incarnation has ended. */
  targetEnded(cell: Cell): void {
    if (cell.asks === 0) return;
    for (const [incarnation, { question }] of this.#waiting) {
      if (question.cell !== cell) continue;
      this.#take(incarnation)?.answer.reject(new ActorStopped(cell.name));
    }
  }

  #open(question: Question, answer: PromiseWithResolvers<unknown>): void {
    const { cell, incarnation, timeoutMs } = question;
    const deadline = this.#environment.now() + timeoutMs;
    this.#waiting.set(incarnation, { question, deadline, answer, schema: undefined });
    if (cell !== undefined) cell.asks++;
    if (deadline < this.#dueAt) this.#setTimer(deadline, timeoutMs);
  }

  #take(incarnation: number): Ask | undefined {
    const ask = this.#waiting.get(incarnation);
    if (ask === undefined) return undefined;
    this.#waiting.delete(incarnation);
    if (ask.question.cell !== undefined) ask.question.cell.asks--;
    // A process that waits for nothing must be able to end.
    if (this.#waiting.size === 0) this.#unsetTimer();
    return ask;
  }

  #setTimer(deadline: number, delayMs: number): void {
    this.#cancelTimer();
    this.#dueAt = deadline;
    this.#cancelTimer = this.#environment.after(delayMs, () => this.#timeOut());
  }

  #unsetTimer(): void {
    this.#cancelTimer();
    this.#dueAt = Infinity;
  }

  /** Fails what is overdue. The question that the timer was set for may have been answered long ago. */
  #timeOut(): void {
    const now = this.#environment.now();
    let next = Infinity;
    this.#dueAt = Infinity;
    for (const [incarnation, { question, deadline }] of this.#waiting) {
      if (deadline > now) next = Math.min(next, deadline);
      else {
        const { target, timeoutMs } = question;
        this.#take(incarnation)?.answer.reject(new AskTimeout(target, timeoutMs));
      }
    }
    if (next < Infinity) this.#setTimer(next, next - now);
  }
}
