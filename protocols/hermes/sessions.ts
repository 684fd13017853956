import { TransientMap } from "../../actors/transient.ts";
import type { ClientReply } from "../client_messages.ts";
import type { HeldSession, SessionRecord, Update } from "./messages.ts";
import { compare, revisionOf, type Timestamp } from "./timestamp.ts";

/** How sessions are set up. */
export interface SessionsOptions {
  /** Sessions kept; those whose last request is oldest are evicted. */
  readonly max: number;
  /** Whether sessions are opened in another volume, so that one which is not known may be new here. */
  readonly isAdopting: boolean;
  /** Called when a session is evicted: it has to stay so after a restart, too. */
  readonly onEvicted: (clientId: number) => void;
}

/** Uses that are counted while records are gathered come after all that whoever hands them out has counted. */
const GATHERING = 2 ** 52;

/**
 * What a replica remembers of the newest request of each client. It is noted with the update that the
 * request led to, and acknowledged with it: so every live replica knows of every request that was executed.
 * What it does not know is whether another one holds an update that never came here (`recall.ts`).
 *
 * While records are gathered, from the disk or from another replica, nothing is evicted: who was used least
 * recently is known when all are there.
 *
 * A record is `pending` or `disputed` until its object is valid here, with the request's update or a later one.
 * While it is, the record is not evicted: its client waits. What is evicted stays forgotten (`isForgotten`).
 */
export class Sessions {
  readonly #options: SessionsOptions;
  /** Least recently used first, unless records are gathered. */
  #held = new TransientMap<number, HeldSession>();
  #uses = GATHERING;
  #isGathering = true;
  /** Clients of whose request it is not certain what became of it, by the object. */
  readonly #pending = new TransientMap<string, Set<number>>();
  #evicted = 0;
  /** Who was known when somebody began to take all records in this epoch, in order. */
  #list: { readonly epoch: number; readonly ids: Float64Array } | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Sessions that are known. */
  get count(): number {
    return this.#held.size;
  }

  /** The greatest client id whose session was evicted here. */
  get evicted(): number {
    return this.#evicted;
  }

  /** What is remembered of the newest request of a client. */
  recordOf(clientId: number): SessionRecord | undefined {
    return this.#held.get(clientId)?.record;
  }

  /**
   * Whether a session was evicted here, as far as one can tell by its id. It stays evicted: what arrives of it
   * now may be of an earlier request than the one that was forgotten, and would have the next one executed
   * again. Whoever asks is told so, which is the end of the session at its home, too (`recall.ts`).
   */
  isForgotten(clientId: number): boolean {
    return clientId <= this.#evicted && !this.#held.has(clientId);
  }

  /**
   * What is known of the clients that were known when this was last called with 0, or first in this epoch,
   * from one on, by their ids: for who takes it piece by piece. (Whoever joins in an epoch acknowledges what is
   * new in it, but has to be handed whatever is older.)
   */
  *heldFrom(clientId: number, epoch: number): Generator<HeldSession> {
    if (clientId === 0 || this.#list?.epoch !== epoch) {
      this.#list = { epoch, ids: Float64Array.from(this.#held.keys()).sort() };
    }
    const { ids } = this.#list;
    for (let index = firstAtLeast(ids, clientId); index < ids.length; index++) {
      const held = this.#held.get(ids[index]!);
      if (held !== undefined) yield held;
    }
    this.#list = undefined;
  }

  /** Begins to gather what somebody else hands out, who has counted its uses. */
  gather(): void {
    this.#isGathering = true;
    this.#uses = Math.max(this.#uses, GATHERING);
  }

  /** Everything is there: from now on there are no more sessions than there may be. */
  endGathering(): void {
    if (!this.#isGathering) return;
    const inOrder = [...this.#held.values()].sort((one, other) => one.used - other.used);
    this.#held.clear();
    this.#uses = 0;
    this.#isGathering = false;
    for (const { record } of inOrder) {
      this.#held.set(record.clientId, { record, used: ++this.#uses });
    }
    this.evictSurplus();
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
   *
   * @param used When it was used, as who hands it out has counted; now, if that is not told.
   */
  adopt(record: SessionRecord, used?: number): boolean {
    const known = this.recordOf(record.clientId);
    if (known === undefined ? this.isForgotten(record.clientId) : !isNewer(record, known)) {
      return false;
    }
    // What was received is a view of more than that.
    this.#put({ ...record, result: record.result.slice() }, used);
    return true;
  }

  /** Notes that a session of this id, or a greater one, was evicted. */
  noteEvicted(clientId: number): void {
    this.#evicted = Math.max(this.#evicted, clientId);
  }

  /** Forgets a session; because another replica has, say, which alone may have known of its newest request. */
  evict(clientId: number): void {
    const record = this.recordOf(clientId);
    if (record !== undefined && !isCertain(record)) this.#unindex(record);
    this.#held.delete(clientId);
    this.noteEvicted(clientId);
    this.#options.onEvicted(clientId);
  }

  /**
   * Another replica had evicted sessions up to this id, and of those that it had not, `others` are known here
   * as it knew them: what is known of the rest came late.
   */
  evictUpTo(clientId: number, others: ReadonlySet<number>): void {
    const late = [...this.#held.keys()].filter((id) => id <= clientId && !others.has(id));
    for (const id of late) this.evict(id);
    this.noteEvicted(clientId);
  }

  /**
   * An object has an update, or had it, as one reads in the log: it overtakes all before it that it did not
   * begin from. A read-modify-write is void then, if that update is committed. It cannot have been itself:
   * every live replica would have held it, and whatever came later would have begun from it, or from what
   * followed.
   */
  overtake({ object, ts, base }: Update): void {
    for (const clientId of this.#pending.get(object) ?? []) {
      const { record } = this.#held.get(clientId)!;
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
      const { record } = this.#held.get(clientId)!;
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
    const record = this.recordOf(clientId);
    if (record === undefined) {
      const isNew = this.#options.isAdopting && clientId > this.#evicted && requestNumber > 0;
      return isNew ? undefined : { type: "noSession" };
    }
    const { requestNumber: newest } = record;
    return requestNumber < newest || requestNumber === 0
      ? { type: "superseded", newest }
      : undefined;
  }

  /** Forgets everything, to gather it anew. */
  clear(): void {
    this.#held.clear();
    this.#pending.clear();
    this.#evicted = 0;
    this.gather();
  }

  #put(record: SessionRecord, used?: number): void {
    const { clientId } = record;
    const before = this.#held.get(clientId);
    if (before !== undefined && !isCertain(before.record)) this.#unindex(before.record);
    if (before?.record.requestNumber === record.requestNumber) {
      this.#held.set(clientId, { record, used: before.used });
    } else {
      this.#held.delete(clientId);
      this.#held.set(clientId, { record, used: this.#use(used) });
    }
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

  /** When a session is used, now or as it was counted elsewhere. */
  #use(counted = this.#uses + 1): number {
    this.#uses = Math.max(this.#uses, counted);
    return counted;
  }

  /** Evicts those that are more than there may be, now that whatever has brought the others is in the journal. */
  evictSurplus(): void {
    let surplus = this.#held.size - this.#options.max;
    if (surplus <= 0 || this.#isGathering) return;
    for (const [clientId, { record }] of this.#held) {
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
