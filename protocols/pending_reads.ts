import type { Ref } from "../actors/ref.ts";
import { TransientMap } from "../actors/transient.ts";
import type { ClientReply } from "./client_messages.ts";

/** A query that waits until it may be answered. */
export interface PendingRead {
  readonly query: Uint8Array;
  readonly replyTo: Ref<ClientReply>;
}

interface Indexed {
  readonly opNumber: number;
  readonly reads: PendingRead[];
}

/**
 * Reads on their way to an index. Where one index serves all, those that came while it is being asked for
 * wait for the next one; where it depends on the object, each asks for its own. Those that have theirs
 * wait until the state has got there.
 */
export class PendingReads {
  #gathering: PendingRead[] = [];
  #asking: { readonly ticket: number; readonly reads: PendingRead[] } | undefined;
  /** Reads that ask for an index of their own, oldest first, by ticket. */
  readonly #alone = new TransientMap<number, PendingRead>();
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

  /** Adds a read that asks for an index of its own; returns its ticket. */
  addAlone(read: PendingRead): number {
    this.#alone.set(++this.#ticket, read);
    this.#count++;
    return this.#ticket;
  }

  /** The last ticket that was given out. */
  get ticket(): number {
    return this.#ticket;
  }

  /** Whether a read asks for an index of its own. */
  get isAnyAlone(): boolean {
    return this.#alone.size > 0;
  }

  /** The index of a ticket is known. */
  index(ticket: number, opNumber: number): void {
    const alone = this.#alone.get(ticket);
    if (alone !== undefined) {
      this.#alone.delete(ticket);
      return this.#setIndex(opNumber, [alone]);
    }
    if (this.#asking?.ticket !== ticket) return;
    this.#setIndex(opNumber, this.#asking.reads);
    this.#asking = undefined;
  }

  #setIndex(opNumber: number, reads: PendingRead[]): void {
    const last = this.#indexed.at(-1);
    if (last?.opNumber === opNumber) last.reads.push(...reads);
    else this.#indexed.push({ opNumber, reads });
  }

  /** No index for this ticket; returns the reads that get none. */
  refuse(ticket: number): readonly PendingRead[] {
    const alone = this.#alone.get(ticket);
    if (alone !== undefined) {
      this.#alone.delete(ticket);
      this.#count--;
      return [alone];
    }
    if (this.#asking?.ticket !== ticket) return [];
    const { reads } = this.#asking;
    this.#asking = undefined;
    this.#count -= reads.length;
    return reads;
  }

  /** No index for tickets up to this one; returns the reads of their own that get none. */
  refuseUpTo(ticket: number): readonly PendingRead[] {
    const reads: PendingRead[] = [];
    for (const older of this.#alone.keys()) {
      if (older > ticket) break;
      reads.push(...this.refuse(older));
    }
    return reads;
  }

  /** Gives up; returns all reads. */
  refuseAll(): readonly PendingRead[] {
    const reads = [
      ...this.#indexed.flatMap((indexed) => indexed.reads),
      ...this.#asking?.reads ?? [],
      ...this.#gathering,
      ...this.#alone.values(),
    ];
    this.#alone.clear();
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
