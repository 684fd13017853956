import type { Guarantee } from "./gossip_types.ts";
import type { ApiAnswer } from "./exchange.ts";

/** What a session is to begin with. */
export interface GossipSessionOptions {
  /** The token of an earlier session, to go on with it. @default {none: it begins} */
  readonly token?: string;
  /** What it guarantees. @default {all of them} */
  readonly guarantees?: readonly Guarantee[];
}

/**
 * Carries the token of a session from answer to request. Requests of a session go one at a time: of two
 * answers at once neither would know what the other has seen.
 */
export class GossipSession {
  readonly #guarantees: readonly Guarantee[] | undefined;
  #token: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ token = "", guarantees }: GossipSessionOptions) {
    this.#token = token;
    this.#guarantees = guarantees;
  }

  /** The newest token; empty before the first answer. */
  get token(): string {
    return this.#token;
  }

  /** Sends when everything before has been answered, and keeps the token of the answer. */
  run(
    send: (headers: Readonly<Record<string, string>>) => Promise<ApiAnswer>,
  ): Promise<ApiAnswer> {
    const answer = this.#last.then(async () => {
      const answer = await send(this.#headers());
      this.#token = answer.headers.get("troupe-session") ?? this.#token;
      return answer;
    });
    this.#last = answer.catch(() => {}); // Whoever asked is told; the next does not care.
    return answer;
  }

  #headers(): Record<string, string> {
    return {
      "Troupe-Session": this.#token === "" ? "new" : this.#token,
      ...(this.#guarantees === undefined
        ? {}
        : { "Troupe-Guarantees": this.#guarantees.join(", ") }),
    };
  }
}
