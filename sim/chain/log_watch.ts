import { equalChecksums, openEntry } from "../../protocols/entry.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";

/**
 * The log of one replica as its journal knows it: what it was asked to keep, in the order of asking, and how
 * much of that is durable.
 */
export class LogWatch {
  /** By op-number. */
  #checksums = new Map<number, Uint8Array>();
  /** Where it begins: what is before is in a snapshot. */
  #base = 0;
  #last = 0;
  #durable = 0;
  /** Op-numbers that become durable with a ticket. */
  readonly #tickets = new Map<number, number>();

  /** The op-number of the last entry. */
  get last(): number {
    return this.#last;
  }

  /** The op-number of the last entry that survives any crash. */
  get durable(): number {
    return Math.min(this.#durable, this.#last);
  }

  /** The checksum of an entry; `undefined` if it is not there, or in a snapshot by now. */
  checksum(opNumber: number): Uint8Array | undefined {
    return this.#checksums.get(opNumber);
  }

  /** Whether everything up to there is in the log, or in a snapshot. */
  holds(opNumber: number): boolean {
    return opNumber <= this.#last;
  }

  /**
   * The journal is asked for something.
   *
   * @param onEntry Told of each entry that is new, once it is in.
   */
  asked(request: JournalRequest, onEntry: (opNumber: number) => void): void {
    switch (request.type) {
      case "append": {
        const { first, entries, ticket } = request;
        this.#cut(first - 1);
        for (const bytes of entries) {
          const { opNumber, checksum } = openEntry(bytes);
          this.#checksums.set(opNumber, checksum.slice());
          this.#last = opNumber;
          onEntry(opNumber);
        }
        this.#tickets.set(ticket, this.#last);
        return;
      }
      case "truncate":
        return this.#cut(request.last);
      case "snapshot-commit":
        if (!request.reset) return;
        this.#begin(request.op);
        this.#tickets.set(request.ticket, request.op);
        return;
    }
  }

  /** The journal answers the replica. */
  answered(reply: JournalReply): void {
    if (reply.type === "durable") {
      this.#durable = Math.max(this.#durable, this.#tickets.get(reply.ticket) ?? 0);
      this.#tickets.delete(reply.ticket);
    }
    if (reply.type === "loaded") this.#loaded(reply);
  }

  #loaded({ snapshot, first, entries }: Extract<JournalReply, { type: "loaded" }>): void {
    this.#begin(Math.max(snapshot?.op ?? 0, first - 1));
    this.#tickets.clear();
    for (const bytes of entries) {
      const { opNumber, checksum } = openEntry(bytes);
      this.#checksums.set(opNumber, checksum.slice());
      this.#last = Math.max(this.#last, opNumber);
    }
    this.#durable = this.#last;
  }

  #begin(base: number): void {
    this.#checksums = new Map();
    this.#base = base;
    this.#last = base;
    this.#durable = base;
  }

  #cut(last: number): void {
    for (let op = this.#last; op > last; op--) this.#checksums.delete(op);
    this.#last = Math.max(this.#base, Math.min(this.#last, last));
    this.#durable = Math.min(this.#durable, this.#last);
  }
}

/** The first entry of which two logs hold different ones; `undefined` if there is none. */
export function firstDifference(one: LogWatch, other: LogWatch): number | undefined {
  for (let op = Math.min(one.last, other.last); op > 0; op--) {
    const a = one.checksum(op);
    const b = other.checksum(op);
    // Entries are chained by checksums: where two are the same, so is everything before.
    if (a === undefined || b === undefined || equalChecksums(a, b)) return undefined;
    const before = [one.checksum(op - 1), other.checksum(op - 1)];
    const isFirst = before[0] === undefined || before[1] === undefined ||
      equalChecksums(before[0], before[1]);
    if (isFirst) return op;
  }
  return undefined;
}
