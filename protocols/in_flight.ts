import type { Ref } from "../actors/ref.ts";
import type { ClientReply } from "./client_messages.ts";
import type { Request } from "./request.ts";

type Waiter = Ref<ClientReply>;

interface Pending {
  readonly requestNumber: number;
  readonly waiters: Waiter[];
}

/**
 * The requests that a leading client table has had ordered and not seen executed, and who waits for
 * each. Not part of the replicated state: it is derived from the uncommitted log when a view begins.
 */
export class InFlight {
  readonly #commands = new Map<number, Pending[]>();
  readonly #openings = new Map<number, Waiter[]>();
  #count = 0;

  /** Requests under way. */
  get count(): number {
    return this.#count;
  }

  /** Adds a waiter, if there is one; `false` if the request was not under way before. */
  attach(request: Request, waiter?: Waiter): boolean {
    const { waiters, known } = request.type === "command"
      ? this.#command(request.clientId, request.requestNumber)
      : this.#opening(request.nonce);
    if (waiter !== undefined) waiters.push(waiter);
    if (!known) this.#count++;
    return known;
  }

  /** Ends a request; returns who waits for it. */
  take(request: Request): readonly Waiter[] {
    const waiters = request.type === "command"
      ? this.#takeCommand(request.clientId, request.requestNumber)
      : this.#takeOpening(request.nonce);
    if (waiters === undefined) return [];
    this.#count--;
    return waiters;
  }

  /** Ends everything; returns all who wait. */
  takeAll(): Waiter[] {
    const waiters = [...this.#openings.values()].flat();
    for (const pending of this.#commands.values()) {
      for (const request of pending) waiters.push(...request.waiters);
    }
    this.#commands.clear();
    this.#openings.clear();
    this.#count = 0;
    return waiters;
  }

  #command(clientId: number, requestNumber: number): { waiters: Waiter[]; known: boolean } {
    let pending = this.#commands.get(clientId);
    if (pending === undefined) this.#commands.set(clientId, pending = []);
    for (const request of pending) {
      if (request.requestNumber === requestNumber) return { waiters: request.waiters, known: true };
    }
    const waiters: Waiter[] = [];
    pending.push({ requestNumber, waiters });
    return { waiters, known: false };
  }

  #opening(nonce: number): { waiters: Waiter[]; known: boolean } {
    const known = this.#openings.get(nonce);
    if (known !== undefined) return { waiters: known, known: true };
    const waiters: Waiter[] = [];
    this.#openings.set(nonce, waiters);
    return { waiters, known: false };
  }

  #takeCommand(clientId: number, requestNumber: number): Waiter[] | undefined {
    const pending = this.#commands.get(clientId);
    const index = pending?.findIndex((request) => request.requestNumber === requestNumber) ?? -1;
    if (pending === undefined || index < 0) return undefined;
    if (pending.length === 1) this.#commands.delete(clientId);
    return pending.splice(index, 1)[0]!.waiters;
  }

  #takeOpening(nonce: number): Waiter[] | undefined {
    const waiters = this.#openings.get(nonce);
    this.#openings.delete(nonce);
    return waiters;
  }
}
