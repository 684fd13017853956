import type { Context } from "../actors/actor.ts";
import { invariant } from "../actors/errors.ts";
import type { Ref } from "../actors/ref.ts";
import type { Entry } from "./entry.ts";
import type { JournalReply, JournalRequest, SnapshotPiece } from "./journal.ts";

/** What ends a request to the journal. */
type Settled = Extract<JournalReply, { ticket: number }>;

interface Pending {
  readonly ticket: number;
  /** For an append: up to which op-number it makes the present log durable. */
  last: number;
  readonly then: ((reply: Settled) => void) | undefined;
}

/**
 * What the replica has asked its journal for, in order, and how much of its log is durable. The
 * journal answers in the same order, so whatever waits for one request waits for all before it.
 */
export class Durability {
  readonly #context: Context<JournalReply>;
  readonly #journal: Ref<JournalRequest>;
  #pending: Pending[] = [];
  #ticket = 0;
  #durableOp = 0;

  constructor(context: Context<JournalReply>, journal: Ref<JournalRequest>) {
    this.#context = context;
    this.#journal = journal;
  }

  /** The log up to here is durable. */
  get durableOp(): number {
    return this.#durableOp;
  }

  /** Notes that everything up to an op-number came from the journal. */
  loaded(opNumber: number): void {
    this.#durableOp = opNumber;
  }

  /** Appends entries; `then` runs when they are durable. */
  append(entries: readonly Entry[], then?: () => void): void {
    const last = entries.at(-1)!.opNumber;
    this.#request(last, then, (ticket, replyTo) => ({
      type: "append",
      ticket,
      first: entries[0]!.opNumber,
      entries: entries.map((entry) => entry.bytes),
      replyTo,
    }));
  }

  /** Appends entries in place of what the log has from the first of them on, and all at once. */
  replace(entries: readonly Entry[]): void {
    this.#forgetAfter(entries[0]!.opNumber - 1);
    this.append(entries);
  }

  /**
   * Drops the log after an op-number. What was asked for before counts only up to there. `then` runs when
   * what was dropped cannot come back.
   */
  truncate(last: number, then?: () => void): void {
    this.#forgetAfter(last);
    this.#request(0, then, (ticket, replyTo) => ({ type: "truncate", ticket, last, replyTo }));
  }

  /** Replaces the record; `then` runs when it, and everything asked for before, is durable. */
  writeRecord(record: Uint8Array, then?: () => void): void {
    this.#request(0, then, (ticket, replyTo) => ({ type: "record", ticket, record, replyTo }));
  }

  /**
   * Adds a piece to the snapshot that is being received. `then` learns whether that was still so: the
   * journal writes one snapshot at a time, and another may have taken its place.
   */
  snapshotChunk(op: number, bytes: Uint8Array, then: (isTaken: boolean) => void): void {
    this.#request(
      0,
      (reply) => then(reply.type === "durable"),
      (ticket, replyTo) => ({ type: "snapshot-chunk", ticket, op, bytes, replyTo }),
    );
  }

  /** Makes a snapshot that was written durable, and forgets the log up to it; `then` runs after that. */
  commitSnapshot(op: number, base: Uint8Array, then: () => void): void {
    this.#request(0, then, (ticket, replyTo) => ({
      type: "snapshot-commit",
      ticket,
      op,
      base,
      retain: 0,
      reset: false,
      replyTo,
    }));
  }

  /** Makes a received snapshot the durable state, with an empty log after it. */
  installSnapshot(op: number, base: Uint8Array, then: () => void): void {
    const reset = (reply: Settled) => {
      invariant(reply.type === "durable", `the journal holds the snapshot at ${op}`);
      this.#durableOp = op;
      then();
    };
    this.#forgetAfter(0);
    this.#request(0, reset, (ticket, replyTo) => ({
      type: "snapshot-commit",
      ticket,
      op,
      base,
      retain: 0,
      reset: true,
      replyTo,
    }));
  }

  /** Reads a piece of the newest snapshot; `then` gets none if that is not the one at `op`. */
  readSnapshot(
    op: number,
    offset: number,
    length: number,
    then: (piece: SnapshotPiece | undefined) => void,
  ): void {
    this.#request(
      0,
      (reply) => then(reply.type === "snapshot-piece" ? reply : undefined),
      (ticket, replyTo) => ({ type: "snapshot-read", ticket, op, offset, length, replyTo }),
    );
  }

  /** Takes an answer of the journal. */
  settled(reply: Settled): void {
    const pending = this.#pending.shift();
    invariant(pending?.ticket === reply.ticket, `journal answers in order: ${reply.ticket}`);
    if (pending.last > this.#durableOp) this.#durableOp = pending.last;
    pending.then?.(reply);
  }

  #forgetAfter(last: number): void {
    this.#durableOp = Math.min(this.#durableOp, last);
    for (const pending of this.#pending) pending.last = Math.min(pending.last, last);
  }

  #request(
    last: number,
    then: ((reply: Settled) => void) | undefined,
    request: (ticket: number, replyTo: Ref<JournalReply>) => JournalRequest,
  ): void {
    const ticket = ++this.#ticket;
    this.#pending.push({ ticket, last, then });
    this.#context.send(this.#journal, request(ticket, this.#context.self));
  }
}
