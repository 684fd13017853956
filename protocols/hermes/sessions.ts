import type { ClientReply } from "../client_messages.ts";
import type { SessionRecord, Update } from "./messages.ts";
import { compare, revisionOf, type Timestamp } from "./timestamp.ts";

/** How sessions are set up. */
export interface SessionsOptions {
  /** Sessions kept; those whose last request is oldest are evicted. */
  readonly max: number;
  /** Whether sessions are opened in another volume, so that one which is not known may be new here. */
  readonly isAdopting: boolean;
}

/**
 * What a replica remembers of the newest request of each client. It is noted with the update that the
 * request led to, and acknowledged with it: so every live replica knows of every request that was executed.
 * What it does not know is whether another one holds an update that never came here (`recall.ts`).
 *
 * A record is `pending` or `disputed` until its object is valid here, with the request's update or a later one.
 * While it is, the record is not evicted: its client waits. What is evicted stays forgotten (`isForgotten`).
 */
export class Sessions {
  readonly #options: SessionsOptions;
  /** Least recently noted first. */
  readonly #records = new Map<number, SessionRecord>();
  /** Clients of whose request it is not certain what became of it, by the object. */
  readonly #pending = new Map<string, Set<number>>();
  #evicted = 0;
  /** Who was known when somebody began to take all records, in order. */
  #ids: Float64Array | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Sessions that are known. */
  get count(): number {
    return this.#records.size;
  }

  /** The greatest client id whose session was evicted here. */
  get evicted(): number {
    return this.#evicted;
  }

  /** What is remembered of the newest request of a client. */
  recordOf(clientId: number): SessionRecord | undefined {
    return this.#records.get(clientId);
  }

  /**
   * Whether a session was evicted here, as far as one can tell by its id. It stays evicted: what arrives of it
   * now may be of an earlier request than the one that was forgotten, and would have the next one executed
   * again. Whoever asks is told so, which is the end of the session at its home, too (`recall.ts`).
   */
  isForgotten(clientId: number): boolean {
    return clientId <= this.#evicted && !this.#records.has(clientId);
  }

  /**
   * Records of the clients that were known when this was last called with 0, from one on, by their ids: for
   * who takes them piece by piece.
   */
  *recordsFrom(clientId: number): Generator<SessionRecord> {
    if (clientId === 0) this.#ids = undefined;
    const ids = this.#ids ??= Float64Array.from(this.#records.keys()).sort();
    for (let index = firstAtLeast(ids, clientId); index < ids.length; index++) {
      const record = this.#records.get(ids[index]!);
      if (record !== undefined) yield record;
    }
    this.#ids = undefined;
  }

  /** Objects that some record waits for. */
  get awaited(): readonly string[] {
    return [...this.#pending.keys()];
  }

  /**
   * Notes who asked for an update, which is held here, or which is a write that was overtaken before it
   * came. Returns whether that is something new, and is to be made durable.
   */
  note({ object, ts, isRmw, requester }: Update): boolean {
    if (requester === null) return false;
    return this.adopt({ ...requester, object, ts, isRmw, fate: "pending" });
  }

  /**
   * Takes what is known from elsewhere (another replica, a snapshot, the log), if it is of a newer request
   * than what is known here, or of a later attempt at the same one; unless the session is forgotten. Returns
   * whether it is taken.
   */
  adopt(record: SessionRecord): boolean {
    const known = this.#records.get(record.clientId);
    if (known === undefined ? this.isForgotten(record.clientId) : !isNewer(record, known)) {
      return false;
    }
    // What was received is a view of more than that.
    this.#put({ ...record, result: record.result.slice() });
    this.#evict();
    return true;
  }

  /** Notes that a session of this id, or a greater one, was evicted. */
  noteEvicted(clientId: number): void {
    this.#evicted = Math.max(this.#evicted, clientId);
  }

  /** Forgets a session that was evicted elsewhere: nobody else may have known of its newest request. */
  evict(clientId: number): void {
    const record = this.#records.get(clientId);
    if (record !== undefined && !isCertain(record)) this.#unindex(record);
    this.#records.delete(clientId);
    this.noteEvicted(clientId);
  }

  /**
   * Another replica had evicted sessions up to this id, and of those that it had not, `others` are known here
   * as it knew them: what is known of the rest came late. Returns whose sessions they were.
   */
  evictUpTo(clientId: number, others: ReadonlySet<number>): number[] {
    const late = [...this.#records.keys()].filter((id) => id <= clientId && !others.has(id));
    for (const id of late) this.evict(id);
    this.noteEvicted(clientId);
    return late;
  }

  /**
   * An object has an update, or had it, as one reads in the log: it overtakes all before it that it did not
   * begin from. A read-modify-write is void then, if that update is committed. It cannot have been itself:
   * every live replica would have held it, and whatever came later would have begun from it, or from what
   * followed.
   */
  overtake({ object, ts, base }: Update): void {
    for (const clientId of this.#pending.get(object) ?? []) {
      const record = this.#records.get(clientId)!;
      if (compare(ts, record.ts) <= 0) continue;
      if (compare(base, record.ts) === 0) this.#put({ ...record, fate: "executed" });
      else if (record.isRmw && record.fate === "pending") {
        this.#put({ ...record, fate: "disputed" });
      }
    }
  }

  /** An object is valid: whatever was not overtaken up to this timestamp is executed. */
  settle(object: string, ts: Timestamp): void {
    for (const clientId of this.#pending.get(object) ?? []) {
      const record = this.#records.get(clientId)!;
      const order = compare(record.ts, ts);
      if (order > 0) continue;
      const without = record.fate === "disputed" ? "overtaken" : "overwritten";
      this.#put({ ...record, fate: order === 0 ? "executed" : without });
    }
  }

  /**
   * Why a request is not to be executed, whatever becomes of its object; `undefined` if it may be, or was.
   * Asked by whoever is certain to know of every request of the client that another replica knows of.
   */
  refuse(clientId: number, requestNumber: number): ClientReply | undefined {
    const record = this.#records.get(clientId);
    if (record === undefined) {
      const isNew = this.#options.isAdopting && clientId > this.#evicted && requestNumber > 0;
      return isNew ? undefined : { type: "noSession" };
    }
    const { requestNumber: newest } = record;
    return requestNumber < newest || requestNumber === 0
      ? { type: "superseded", newest }
      : undefined;
  }

  /** Forgets everything. */
  clear(): void {
    this.#records.clear();
    this.#pending.clear();
    this.#evicted = 0;
  }

  #put(record: SessionRecord): void {
    const { clientId } = record;
    const before = this.#records.get(clientId);
    if (before !== undefined && !isCertain(before)) this.#unindex(before);
    if (before !== undefined && before.requestNumber < record.requestNumber) {
      this.#records.delete(clientId);
    }
    this.#records.set(clientId, record);
    if (isCertain(record)) return;
    const clients = this.#pending.get(record.object);
    if (clients === undefined) this.#pending.set(record.object, new Set([clientId]));
    else clients.add(clientId);
  }

  #unindex({ object, clientId }: SessionRecord): void {
    const clients = this.#pending.get(object);
    clients?.delete(clientId);
    if (clients?.size === 0) this.#pending.delete(object);
  }

  #evict(): void {
    let surplus = this.#records.size - this.#options.max;
    if (surplus <= 0) return;
    for (const [clientId, record] of this.#records) {
      if (!isCertain(record)) continue;
      this.evict(clientId);
      if (--surplus <= 0) return;
    }
  }
}

/** The index of the first of these, in order, that is not less. */
function firstAtLeast(sorted: Float64Array, least: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether it is certain what has become of a request. */
export function isCertain({ fate }: SessionRecord): boolean {
  return fate !== "pending" && fate !== "disputed";
}

/** Each attempt at a request begins from a later state of the object than the one before. */
function isNewer(record: SessionRecord, known: SessionRecord): boolean {
  if (record.requestNumber !== known.requestNumber) {
    return record.requestNumber > known.requestNumber;
  }
  return compare(record.ts, known.ts) > 0;
}

/** What to tell of a request that was executed. */
export function replyOf({ ts, result, resultBytes }: SessionRecord): ClientReply {
  const opNumber = revisionOf(ts);
  return resultBytes > result.length
    ? { type: "resultTooLarge", opNumber, resultBytes }
    : { type: "result", opNumber, result };
}
