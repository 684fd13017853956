import type { Context } from "../actors/actor.ts";
import type { Ref } from "../actors/ref.ts";
import { Writer } from "../actors/schema.ts";
import type { JournalReply, JournalRequest } from "./journal.ts";
import type { OrderingEvent, OrderingRequest } from "./ordering.ts";

/** Bytes gathered before they are handed to the journal. */
const PIECE_BYTES = 512 * 1024;

interface Writing {
  readonly op: number;
  readonly base: Uint8Array;
  readonly retain: number;
  readonly chunks: Iterator<Uint8Array>;
  ticket: number;
  committing: boolean;
}

/**
 * Writes a snapshot to the journal, a piece at a time and the next when the last is taken, so that
 * requests are executed in between. In the file each chunk is preceded by its length.
 */
export class SnapshotWriter {
  readonly #context: Context<JournalReply>;
  readonly #journal: Ref<JournalRequest>;
  readonly #replica: Ref<OrderingRequest>;
  readonly #buffer = new Writer(PIECE_BYTES * 2);
  #writing: Writing | undefined;
  #ticket = 0;

  constructor(
    context: Context<JournalReply>,
    journal: Ref<JournalRequest>,
    replica: Ref<OrderingRequest>,
  ) {
    this.#context = context;
    this.#journal = journal;
    this.#replica = replica;
  }

  /** Starts to write; what was being written is given up. */
  begin(
    request: Extract<OrderingEvent, { type: "take-snapshot" }>,
    sessions: readonly Uint8Array[],
    state: Iterable<Uint8Array>,
  ): void {
    const { op, base, retain } = request;
    const chunks = concatenate(sessions, state);
    this.#writing = { op, base, retain, chunks, ticket: 0, committing: false };
    this.#context.send(this.#journal, { type: "snapshot-begin", op });
    this.#writePiece(this.#writing);
  }

  /** Gives up what is being written: another state has taken its place. */
  abandon(): void {
    if (this.#writing === undefined) return;
    const { op } = this.#writing;
    this.#writing = undefined;
    this.#context.send(this.#replica, { type: "snapshot-taken", op, ok: false });
  }

  /** The journal has dropped what was being written: something else is written now. */
  onGone(ticket: number): void {
    if (this.#writing?.ticket === ticket) this.abandon();
  }

  /** The journal has taken a piece, or committed the whole. */
  onDurable(ticket: number): void {
    const writing = this.#writing;
    if (writing === undefined || writing.ticket !== ticket) return;
    if (!writing.committing) return this.#writePiece(writing);
    this.#writing = undefined;
    this.#context.send(this.#replica, { type: "snapshot-taken", op: writing.op, ok: true });
  }

  #writePiece(writing: Writing): void {
    const buffer = this.#buffer;
    buffer.reset();
    // One chunk at least.
    const enough = this.#context.maybe("snapshot-writer/small-piece") ? 1 : PIECE_BYTES;
    while (buffer.length < enough) {
      const next = writing.chunks.next();
      if (next.done) break;
      buffer.bytes(next.value);
    }
    writing.ticket = ++this.#ticket;
    const { op, base, retain, ticket } = writing;
    const replyTo = this.#context.self;
    if (buffer.length > 0) {
      const bytes = buffer.finish();
      this.#context.send(this.#journal, { type: "snapshot-chunk", ticket, op, bytes, replyTo });
      return;
    }
    writing.committing = true;
    this.#context.send(this.#journal, {
      type: "snapshot-commit",
      ticket,
      op,
      base,
      retain,
      reset: false,
      replyTo,
    });
  }
}

function* concatenate(
  first: Iterable<Uint8Array>,
  second: Iterable<Uint8Array>,
): Generator<Uint8Array> {
  yield* first;
  yield* second;
}
