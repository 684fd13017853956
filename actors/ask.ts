import type { Cancel } from "./actor.ts";
import type { Environment } from "./environment.ts";
import { ActorStopped, AskTimeout, type TroupeError } from "./errors.ts";
import type { Ref } from "./ref.ts";
import type { Schema } from "./schema.ts";

/** Names of reply addresses begin with it; names of actors may not. */
const REPLY_PREFIX = "$";

interface Ask {
  readonly target: Ref<never>;
  readonly incarnation: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: TroupeError) => void;
  readonly cancelTimeout: Cancel;
  schema: Schema<never> | undefined;
}

/**
 * The questions that this node's edges are waiting on. The only place of the runtime where promises
 * live: each is settled exactly once, by the reply, by the timeout, or by the death of the target.
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

  /** Opens a reply address. `incarnation` must never have been used on this node, nor before it. */
  open<R>(
    target: Ref<never>,
    targetIncarnation: number,
    incarnation: number,
    timeoutMs: number,
  ): { replyTo: Ref<R>; reply: Promise<R> } {
    const name = `${REPLY_PREFIX}${this.#next++}`;
    const replyTo: Ref<R> = { node: this.#node, name, incarnation };
    const reply = new Promise<R>((resolve, reject) => {
      const cancelTimeout = this.#environment.after(timeoutMs, () => {
        this.#waiting.delete(name);
        reject(new AskTimeout(target.name, timeoutMs));
      });
      this.#waiting.set(name, {
        target: { ...target, incarnation: targetIncarnation },
        incarnation,
        resolve: resolve as (reply: unknown) => void,
        reject,
        cancelTimeout,
        schema: undefined,
      });
    });
    return { replyTo, reply };
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
  resolve(to: Ref<never>, reply: unknown): boolean {
    const ask = this.#take(to.name, to.incarnation);
    ask?.resolve(reply);
    return ask !== undefined;
  }

  /** Settles a question by an error. */
  fail(to: Ref<never>, error: TroupeError): void {
    this.#take(to.name, to.incarnation)?.reject(error);
  }

  /** Fails every question to an incarnation that has ended. */
  targetEnded(name: string, incarnation: number): void {
    for (const [replyName, ask] of this.#waiting) {
      if (ask.target.name === name && ask.target.incarnation === incarnation) {
        this.#take(replyName, ask.incarnation)?.reject(new ActorStopped(name));
      }
    }
  }

  #take(name: string, incarnation: number): Ask | undefined {
    const ask = this.#waiting.get(name);
    if (ask === undefined || ask.incarnation !== incarnation) return undefined;
    this.#waiting.delete(name);
    ask.cancelTimeout();
    return ask;
  }
}
