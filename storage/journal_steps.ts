import type { Ref } from "../actors/ref.ts";
import type {
  AppendEntries,
  JournalInternal,
  JournalReply,
  JournalRequest,
  TruncateLog,
  WriteRecord,
} from "../protocols/journal.ts";
import type { JournalStore, Loaded } from "./journal_store.ts";
import { recordBytes } from "./record.ts";
import type { Steps } from "./steps.ts";

/** A request of someone else. */
export type QueuedRequest = Exclude<JournalRequest, JournalInternal>;

/** An answer, and for whom. */
export interface Answer {
  readonly to: Ref<JournalReply>;
  readonly message: JournalReply;
}

/** What is done next: the first few requests, together. */
export interface JournalStep {
  /** Requests that it takes care of, from the front of the queue. */
  readonly count: number;
  /** Whether it ends with the log being synced. */
  readonly isLog: boolean;
  /** Does it. May be run again if it fails because the disk is full. */
  run(): Steps<readonly Answer[]>;
}

/**
 * Decides what is done next. Changes of the log that have gathered go together: one write, one sync.
 * Records that have gathered replace each other. Everything else goes alone, so that the order in
 * which things become durable is the order in which they were asked for.
 *
 * @param fresh What was read when the store was opened, if nothing was changed since.
 */
export function nextStep(
  queue: readonly QueuedRequest[],
  store: JournalStore,
  fresh: Loaded | undefined,
  batchBytesMax: number,
): JournalStep {
  const request = queue[0]!;
  switch (request.type) {
    case "append":
    case "truncate":
      return logStep(logBatch(queue, batchBytesMax), store);
    case "record":
      return recordStep(leading(queue, (next) => next.type === "record"), store);
    default:
      return {
        count: 1,
        isLog: false,
        run: () => single(request, store, fresh),
      };
  }
}

function logStep(
  batch: readonly (AppendEntries | TruncateLog)[],
  store: JournalStore,
): JournalStep {
  return {
    count: batch.length,
    isLog: true,
    *run() {
      yield* store.writeLog(batch);
      return batch.map(durable);
    },
  };
}

function recordStep(records: readonly WriteRecord[], store: JournalStore): JournalStep {
  return {
    count: records.length,
    isLog: false,
    *run() {
      yield* store.writeRecord(records.at(-1)!.record);
      return records.map(durable);
    },
  };
}

function* single(
  request: Exclude<QueuedRequest, AppendEntries | TruncateLog | WriteRecord>,
  store: JournalStore,
  fresh: Loaded | undefined,
): Steps<readonly Answer[]> {
  switch (request.type) {
    case "load": {
      const { message } = fresh ?? (yield* store.load());
      return [{ to: request.replyTo, message }];
    }
    case "snapshot-begin":
      yield* store.beginSnapshot(request.op);
      return [];
    case "snapshot-abandon":
      yield* store.abandonSnapshot();
      return [];
    case "snapshot-chunk":
      return [
        (yield* store.writeChunk(request.op, request.bytes)) ? durable(request) : gone(request),
      ];
    case "snapshot-commit":
      return [(yield* store.commitSnapshot(request)) ? durable(request) : gone(request)];
    case "snapshot-read": {
      const { op, offset, length, ticket, replyTo } = request;
      const piece = yield* store.readSnapshot(op, offset, length);
      if (piece === undefined) return [gone(request)];
      return [{ to: replyTo, message: { type: "snapshot-piece", ticket, op, offset, ...piece } }];
    }
  }
}

/** Changes of the log from the front of the queue: at least one, then up to so many bytes. */
function logBatch(
  queue: readonly QueuedRequest[],
  bytesMax: number,
): (AppendEntries | TruncateLog)[] {
  let bytes = 0;
  return leading(queue, (next, index) => {
    if (next.type !== "append" && next.type !== "truncate") return false;
    if (next.type === "append") {
      for (const entry of next.entries) bytes += recordBytes(entry.length);
    }
    return index === 0 || bytes <= bytesMax;
  }) as (AppendEntries | TruncateLog)[];
}

function leading<T extends QueuedRequest>(
  queue: readonly QueuedRequest[],
  belongs: (request: QueuedRequest, index: number) => boolean,
): T[] {
  const end = queue.findIndex((request, index) => !belongs(request, index));
  return (end < 0 ? queue.slice() : queue.slice(0, end)) as T[];
}

interface Ticketed {
  readonly ticket: number;
  readonly replyTo: Ref<JournalReply>;
}

function durable({ ticket, replyTo }: Ticketed): Answer {
  return { to: replyTo, message: { type: "durable", ticket } };
}

function gone({ ticket, replyTo }: Ticketed): Answer {
  return { to: replyTo, message: { type: "snapshot-gone", ticket } };
}
