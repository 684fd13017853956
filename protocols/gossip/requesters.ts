import type { Dot, ReplicaId } from "./dot.ts";
import type { KnownRequest } from "./messages.ts";

interface Newest {
  readonly number: number;
  readonly dot: Dot;
}

/**
 * The newest write of each client, so that a retry is answered and not done again. It is known wherever the event
 * is that the write became: it travels with that.
 */
export class Requesters {
  readonly #max: number;
  /** Those that wrote longest ago come first. */
  readonly #newest = new Map<number, Newest>();
  readonly #clients = new Map<ReplicaId, Map<number, number>>();

  /** Remembers so many clients. */
  constructor(max: number) {
    this.#max = max;
  }

  /** The newest write of a client; `undefined` if none is known. */
  newestOf(client: number): Newest | undefined {
    return this.#newest.get(client);
  }

  /** Notes which event a request became. Of one that became two, for it was retried too far away, the first. */
  note({ client, number, dot }: KnownRequest): void {
    const before = this.#newest.get(client);
    if (before !== undefined) {
      if (before.number >= number) return;
      this.#forget(client, before);
    }
    this.#newest.set(client, { number, dot });
    const clients = this.#clients.get(dot.replica);
    if (clients === undefined) this.#clients.set(dot.replica, new Map([[dot.n, client]]));
    else clients.set(dot.n, client);
    if (this.#newest.size <= this.#max) return;
    const [oldest, request] = this.#newest.entries().next().value!;
    this.#forget(oldest, request);
  }

  /** The requests that became some of these events. */
  of(dots: Iterable<Dot>): KnownRequest[] {
    const found: KnownRequest[] = [];
    for (const dot of dots) {
      const client = this.#clients.get(dot.replica)?.get(dot.n);
      if (client !== undefined) {
        found.push({ client, number: this.#newest.get(client)!.number, dot });
      }
    }
    return found;
  }

  /** All that is known, those that wrote longest ago first. */
  *list(): Generator<KnownRequest> {
    for (const [client, { number, dot }] of this.#newest) yield { client, number, dot };
  }

  #forget(client: number, { dot }: Newest): void {
    this.#newest.delete(client);
    const clients = this.#clients.get(dot.replica)!;
    clients.delete(dot.n);
    if (clients.size === 0) this.#clients.delete(dot.replica);
  }
}
