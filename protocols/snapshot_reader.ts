import type { Context } from "../actors/actor.ts";
import type { Ref } from "../actors/ref.ts";
import { Reader } from "../actors/schema.ts";
import type { JournalReply, JournalRequest } from "./journal.ts";

/** Bytes asked for at once. */
const PIECE_BYTES = 1024 * 1024;
/** So few that there are several pieces of the smallest snapshot. */
const SMALL_PIECE_BYTES = 100;

/** Reads a snapshot from the journal, piece by piece, and cuts it into the chunks it was made of. */
export class SnapshotReader {
  /** The op-number of the snapshot. */
  readonly op: number;
  readonly #context: Context<JournalReply>;
  readonly #journal: Ref<JournalRequest>;
  readonly #pieces: Uint8Array[] = [];
  #offset = 0;

  constructor(context: Context<JournalReply>, journal: Ref<JournalRequest>, op: number) {
    this.#context = context;
    this.#journal = journal;
    this.op = op;
    this.#ask();
  }

  /** Takes an answer of the journal; `true` when everything is there. */
  take(reply: Extract<JournalReply, { type: "snapshot-piece" }>): boolean {
    // An answer to a reader that another has replaced.
    if (reply.ticket !== this.op) return false;
    if (reply.offset !== this.#offset) return false;
    this.#pieces.push(reply.bytes);
    this.#offset += reply.bytes.length;
    if (this.#offset >= reply.total) return true;
    this.#ask();
    return false;
  }

  /** The chunks, in their order. */
  get chunks(): Uint8Array[] {
    const whole = new Uint8Array(this.#offset);
    let offset = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    const reader = new Reader(whole);
    const chunks: Uint8Array[] = [];
    while (reader.remaining > 0) chunks.push(reader.bytes(reader.remaining));
    return chunks;
  }

  #ask(): void {
    const isSmall = this.#context.maybe("snapshot-reader/small-piece");
    this.#context.send(this.#journal, {
      type: "snapshot-read",
      ticket: this.op,
      op: this.op,
      offset: this.#offset,
      length: isSmall ? SMALL_PIECE_BYTES : PIECE_BYTES,
      replyTo: this.#context.self,
    });
  }
}
