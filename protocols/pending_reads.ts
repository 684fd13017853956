import type { Ref } from "../actors/ref.ts";
import type { ClientReply } from "./client_messages.ts";

/** A query that waits until it may be answered. */
export interface PendingRead {
  readonly query: Uint8Array;
  readonly replyTo: Ref<ClientReply>;
}

interface Indexed {
  readonly opNumber: number;
  readonly reads: readonly PendingRead[];
}

/**
 * Linearizable reads on their way: those that came while a read index is being asked for wait for
 * the next one; those that have theirs wait until the state has got there.
 */
export class PendingReads {
  #gathering: PendingRead[] = [];
  #asking: { readonly ticket: number; readonly reads: readonly PendingRead[] } | undefined;
  #indexed: Indexed[] = [];
  #ticket: number;
  #count = 0;

  /** Tickets count up from `ticket`. */
  constructor(ticket: number) {
    this.#ticket = ticket;
  }

  /** Reads on their way. */
  get count(): number {
    return this.#count;
  }

  /** Adds a read. */
  add(read: PendingRead): void {
    this.#gathering.push(read);
    this.#count++;
  }

  /** The ticket to ask an index for, if reads wait and none is being asked for. */
  ask(): number | undefined {
    if (this.#asking !== undefined || this.#gathering.length === 0) return undefined;
    this.#asking = { ticket: ++this.#ticket, reads: this.#gathering };
    this.#gathering = [];
    return this.#ticket;
  }

  /** The index of a ticket is known. */
  index(ticket: number, opNumber: number): void {
    if (this.#asking?.ticket !== ticket) return;
    this.#indexed.push({ opNumber, reads: this.#asking.reads });
    this.#asking = undefined;
  }

  /** No index for this ticket; returns the reads that get none. */
  refuse(ticket: number): readonly PendingRead[] {
    if (this.#asking?.ticket !== ticket) return [];
    const { reads } = this.#asking;
    this.#asking = undefined;
    this.#count -= reads.length;
    return reads;
  }

  /** Gives up; returns all reads. */
  refuseAll(): readonly PendingRead[] {
    const reads = [
      ...this.#indexed.flatMap((indexed) => indexed.reads),
      ...this.#asking?.reads ?? [],
      ...this.#gathering,
    ];
    this.#indexed = [];
    this.#asking = undefined;
    this.#gathering = [];
    this.#count = 0;
    return reads;
  }

  /** The reads that a state after `executed` may answer. */
  takeReady(executed: number): readonly PendingRead[] {
    if (this.#indexed.length === 0) return [];
    const ready = this.#indexed.filter(({ opNumber }) => opNumber <= executed);
    if (ready.length === 0) return [];
    this.#indexed = this.#indexed.filter(({ opNumber }) => opNumber > executed);
    const reads = ready.flatMap((indexed) => indexed.reads);
    this.#count -= reads.length;
    return reads;
  }
}
