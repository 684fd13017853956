import type { Cancel } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Environment } from "./environment.ts";
import { ActorStopped, AskTimeout, TroupeError } from "./errors.ts";
import type { Ref } from "./ref.ts";
import type { Schema } from "./schema.ts";

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
  readonly replyTo: Ref<never>;
  readonly cell: Cell | undefined;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: TroupeError) => void;
  readonly cancelTimeout: Cancel;
  /** How a reply from another node is read. */
  schema: Schema<never> | undefined;
}

/**
 * The questions that this node's edges are waiting on. The only place of the runtime where promises
 * live: each is settled exactly once, by the reply, by the timeout, or by the death of the target.
 */
export class Asks {
  readonly #node: number;
  readonly #environment: Environment;
  /** By the incarnation of the reply address. */
  readonly #waiting = new Map<number, Ask>();

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
    return new Promise<R>((resolve, reject) => {
      const replyTo = this.#open(question, resolve as (reply: unknown) => void, reject);
      try {
        const refusal = send(replyTo as Ref<R>);
        if (refusal !== undefined) this.#take(replyTo)?.reject(refusal);
      } catch (error) {
        this.#take(replyTo);
        throw error;
      }
    });
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
    const ask = this.#take(replyTo);
    ask?.resolve(reply);
    return ask !== undefined;
  }

  /** Fails every question to an actor whose incarnation has ended. */
  targetEnded(cell: Cell): void {
    if (cell.asks === 0) return;
    for (const ask of this.#waiting.values()) {
      if (ask.cell === cell) this.#take(ask.replyTo)?.reject(new ActorStopped(cell.name));
    }
  }

  #open(
    { target, cell, incarnation, timeoutMs }: Question,
    resolve: Ask["resolve"],
    reject: Ask["reject"],
  ): Ref<never> {
    if (!Number.isFinite(timeoutMs) || timeoutMs < 0) {
      throw new TroupeError("bad_option", `Cannot ask "${target}" for ${timeoutMs} ms`);
    }
    const replyTo: Ref<never> = { node: this.#node, name: REPLY_NAME, incarnation };
    const cancelTimeout = this.#environment.after(timeoutMs, () => {
      this.#take(replyTo)?.reject(new AskTimeout(target, timeoutMs));
    });
    const ask = { replyTo, cell, resolve, reject, cancelTimeout, schema: undefined };
    this.#waiting.set(incarnation, ask);
    if (cell !== undefined) cell.asks++;
    return replyTo;
  }

  #take({ incarnation }: Ref<never>): Ask | undefined {
    const ask = this.#waiting.get(incarnation);
    if (ask === undefined) return undefined;
    this.#waiting.delete(incarnation);
    ask.cancelTimeout();
    if (ask.cell !== undefined) ask.cell.asks--;
    return ask;
  }
}
