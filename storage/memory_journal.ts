import type { Actor, ActorFactory, Context } from "../actors/actor.ts";
import type {
  CommitSnapshot,
  JournalReply,
  JournalRequest,
  ReadSnapshot,
} from "../protocols/journal.ts";
import type { JournalFigures } from "./journal.ts";

/** A snapshot in the pieces in which it came. */
interface Snapshot {
  readonly op: number;
  readonly pieces: Uint8Array[];
  bytes: number;
  base: Uint8Array;
}

/** Nothing is ever written, so nothing ever waits. */
const FIGURES: JournalFigures = {
  state: "ready",
  damaged: false,
  waiting: 0,
  syncs: 0,
  bytesWritten: 0,
  lastSyncMs: 0,
};

class MemoryJournal implements Actor<JournalRequest> {
  readonly #context: Context<JournalRequest>;
  #newest: Snapshot | undefined;
  #writing: Snapshot | undefined;

  constructor(context: Context<JournalRequest>) {
    this.#context = context;
    context.publish("journal", FIGURES);
  }

  receive(request: JournalRequest): void {
    switch (request.type) {
      case "load":
        return this.#context.send(request.replyTo, { type: "loaded", first: 1, entries: [] });
      case "append":
      case "truncate":
      case "record":
        return this.#done(request);
      case "snapshot-begin":
        this.#writing = { op: request.op, pieces: [], bytes: 0, base: new Uint8Array() };
        return;
      case "snapshot-chunk": {
        const writing = this.#writing;
        if (writing?.op !== request.op) return this.#gone(request);
        writing.pieces.push(request.bytes);
        writing.bytes += request.bytes.length;
        return this.#done(request);
      }
      case "snapshot-commit":
        return this.#commit(request);
      case "snapshot-abandon":
        this.#writing = undefined;
        return;
      case "snapshot-read":
        return this.#read(request);
      case "internal":
        return;
    }
  }

  #commit(request: CommitSnapshot): void {
    const writing = this.#writing;
    if (writing?.op !== request.op) return this.#gone(request);
    this.#writing = undefined;
    writing.base = request.base;
    // A newer one stands for this one as well.
    if (request.reset || writing.op > (this.#newest?.op ?? 0)) this.#newest = writing;
    this.#done(request);
  }

  #read(request: ReadSnapshot): void {
    const { op, offset, length, ticket, replyTo } = request;
    const snapshot = this.#newest;
    if (snapshot?.op !== op || offset > snapshot.bytes) return this.#gone(request);
    const { bytes: total, base } = snapshot;
    const bytes = pieceAt(snapshot.pieces, offset).subarray(0, length);
    this.#context.send(replyTo, { type: "snapshot-piece", ticket, op, offset, bytes, total, base });
  }

  #done({ ticket, replyTo }: Pick<ReadSnapshot, "ticket" | "replyTo">): void {
    this.#answer(replyTo, { type: "durable", ticket });
  }

  #gone({ ticket, replyTo }: Pick<ReadSnapshot, "ticket" | "replyTo">): void {
    this.#answer(replyTo, { type: "snapshot-gone", ticket });
  }

  #answer(to: ReadSnapshot["replyTo"], reply: JournalReply): void {
    this.#context.send(to, reply);
  }
}

/** What follows an offset, up to the end of the piece that it is in. */
function pieceAt(pieces: readonly Uint8Array[], offset: number): Uint8Array {
  let start = 0;
  for (const piece of pieces) {
    if (offset < start + piece.length) return piece.subarray(offset - start);
    start += piece.length;
  }
  return new Uint8Array();
}

/**
 * The factory of a journal for a group without disks. It answers like any other, but keeps nothing except
 * the newest snapshot, for replicas that are behind; and that only until it restarts. It has to restart
 * with the replica: together they have forgotten everything, one alone would be wrong about the other.
 */
export function memoryJournal(): ActorFactory<JournalRequest> {
  return (context) => new MemoryJournal(context);
}
