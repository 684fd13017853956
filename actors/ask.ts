import type { Cancel } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Environment } from "./environment.ts";
import { ActorStopped, AskTimeout, type TroupeError } from "./errors.ts";
import type { Ref } from "./ref.ts";
import type { Schema } from "./schema.ts";

/** Names of reply addresses begin with it; names of actors may not. */
const REPLY_PREFIX = "$";

/** A question about to be asked. */
export interface Question {
  /** The address that the answer is sent to. */
  readonly replyTo: Ref<never>;
  /** The name of the actor that is asked. */
  readonly target: string;
  /** That actor, if it is one of this node. */
  readonly cell: Cell | undefined;
  readonly timeoutMs: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: TroupeError) => void;
}

interface Ask {
  readonly question: Question;
  readonly cancelTimeout: Cancel;
  schema: Schema<never> | undefined;
}

/**
 * The questions that this node's edges are waiting on. Each is settled exactly once: by the reply,
 * by the timeout, or by the death of the target.
 */
export class Asks {
  readonly #node: number;
  readonly #environment: Environment;
  readonly #waiting = new Map<string, Ask>();
  #next = 1;

  constructor(node: number, environment: Environment) {
    this.#node = node;
    this.#environment = environment;
  }

  /** Whether a name is that of a reply address. */
  static isReplyName(name: string): boolean {
    return name.startsWith(REPLY_PREFIX);
  }

  /** Questions not answered yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A new reply address. `incarnation` must never have been used on this node, nor before it. */
  address<R>(incarnation: number): Ref<R> {
    return { node: this.#node, name: `${REPLY_PREFIX}${this.#next++}`, incarnation };
  }

  /** Waits for the answer to a question. */
  open(question: Question): void {
    const { replyTo, target, cell, timeoutMs } = question;
    const cancelTimeout = this.#environment.after(timeoutMs, () => {
      this.fail(replyTo, new AskTimeout(target, timeoutMs));
    });
    this.#waiting.set(replyTo.name, { question, cancelTimeout, schema: undefined });
    if (cell !== undefined) cell.asks++;
  }

  /** Notes how replies from other nodes are read. */
  expose(name: string, schema: Schema<never>): void {
    const ask = this.#waiting.get(name);
    if (ask !== undefined) ask.schema = schema;
  }

  /** How a reply from another node is read. */
  schemaOf(name: string): Schema<never> | undefined {
    return this.#waiting.get(name)?.schema;
  }

  /** Settles a question; `false` if nobody waits for that answer any more. */
  resolve(replyTo: Ref<never>, reply: unknown): boolean {
    const question = this.#take(replyTo);
    question?.resolve(reply);
    return question !== undefined;
  }

  /** Settles a question by an error. */
  fail(replyTo: Ref<never>, error: TroupeError): void {
    this.#take(replyTo)?.reject(error);
  }

  /** Fails every question to an actor whose incarnation has ended. */
  targetEnded(cell: Cell): void {
    if (cell.asks === 0) return;
    for (const { question } of this.#waiting.values()) {
      if (question.cell === cell) this.fail(question.replyTo, new ActorStopped(cell.name));
    }
  }

  #take({ name, incarnation }: Ref<never>): Question | undefined {
    const ask = this.#waiting.get(name);
    if (ask === undefined || ask.question.replyTo.incarnation !== incarnation) return undefined;
    this.#waiting.delete(name);
    ask.cancelTimeout();
    const { question } = ask;
    if (question.cell !== undefined) question.cell.asks--;
    return question;
  }
}
