import { crc32 } from "node:zlib";
import type { Update } from "../../protocols/hermes/messages.ts";
import { revisionOf, type Timestamp } from "../../protocols/hermes/timestamp.ts";
import { isOrigin, order, stampKey, stampWords } from "./stamp.ts";

/** An update that somebody has spoken of. */
export interface KnownUpdate {
  readonly update: Update;
  readonly revision: number;
  /** When it was first known to be committed, in milliseconds of virtual time; `undefined` before. */
  committedAt: number | undefined;
}

/** What is known of one object. */
interface Known {
  readonly updates: Map<string, KnownUpdate>;
  /** Those that are committed, in their order. */
  readonly committed: KnownUpdate[];
}

/** What the account of versions needs of the world. */
export interface VersionsOptions {
  readonly now: () => number;
  readonly fail: (what: string) => void;
}

/**
 * All updates of the objects of a volume, whoever coordinated them, and which of them are committed. What must
 * hold of them alone: a timestamp stands for one content, for ever; between a committed read-modify-write and
 * what it began from nothing is committed (Hermes 3.6: of those that begin from the same, one at most
 * commits); and a request of a client commits once.
 */
export class Versions {
  readonly #options: VersionsOptions;
  readonly #objects = new Map<string, Known>();
  /** By client and number of a request: the object and timestamp of the update that was committed for it. */
  readonly #executed = new Map<string, string>();
  /** By client and number of a request: all updates that were tried for it. */
  readonly #attempts = new Map<string, KnownUpdate[]>();
  /** Objects and timestamps that are said never to be committed. */
  readonly #void = new Set<string>();
  readonly #clients = new Set<number>();
  #committed = 0;

  constructor(options: VersionsOptions) {
    this.#options = options;
  }

  /** How many updates are committed. */
  get committed(): number {
    return this.#committed;
  }

  /** How many clients have had something executed, or tried to. */
  get clients(): number {
    return this.#clients.size;
  }

  /** The objects that were written. */
  get objects(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** An update; `undefined` if nobody has spoken of it. */
  get(object: string, ts: Timestamp): KnownUpdate | undefined {
    return this.#objects.get(object)?.updates.get(stampKey(ts));
  }

  /** The committed updates of an object, in their order. */
  committedOf(object: string): readonly KnownUpdate[] {
    return this.#objects.get(object)?.committed ?? [];
  }

  /** The updates of an object that a client may mean by a revision; those committed first. */
  ofRevision(object: string, revision: number): readonly KnownUpdate[] {
    const all = [...this.#objects.get(object)?.updates.values() ?? []];
    return all.filter((each) => each.revision === revision)
      .sort((a, b) => Number(b.committedAt !== undefined) - Number(a.committedAt !== undefined));
  }

  /** The updates that were tried for a request. */
  attempts(clientId: number, requestNumber: number): readonly KnownUpdate[] {
    return this.#attempts.get(`${clientId}/${requestNumber}`) ?? [];
  }

  /** Somebody speaks of an update; returns whether nobody has before. */
  saw(update: Update, who: string): boolean {
    const known = this.#known(update.object);
    const key = stampKey(update.ts);
    const before = known.updates.get(key);
    if (before !== undefined) {
      this.#checkSame(before, update, who);
      return false;
    }
    const kept = { ...update, state: update.state?.slice() ?? null };
    const entry: KnownUpdate = {
      update: kept,
      revision: revisionOf(update.ts),
      committedAt: undefined,
    };
    known.updates.set(key, entry);
    this.#noteAttempt(entry);
    if (order(update.base, update.ts) >= 0) {
      this.#fail(`${who} gives ${words(update)} a timestamp that is not above its base`);
    }
    return true;
  }

  /** A client has had something executed that changed nothing, or is about to have something executed. */
  heard(clientId: number): void {
    this.#clients.add(clientId);
  }

  /** An update is committed, as somebody has said or shown. */
  commit(object: string, ts: Timestamp, who: string): void {
    if (isOrigin(ts)) return;
    const known = this.#objects.get(object);
    const entry = known?.updates.get(stampKey(ts));
    if (known === undefined || entry === undefined) {
      return this.#fail(
        `${who} takes ${words({ object, ts })} to be committed, which nobody knows`,
      );
    }
    if (entry.committedAt !== undefined) return;
    entry.committedAt = this.#options.now();
    this.#committed++;
    const { update } = entry;
    // It began from what was committed, as a replica that was in Valid knows.
    if (!isOrigin(update.base)) {
      this.commit(object, update.base, `${who}, by what follows from it,`);
    }
    this.#insert(known.committed, entry);
    this.#checkOnce(update);
    if (this.#void.has(`${object}\n${stampKey(ts)}`)) {
      this.#fail(`${words(update)} is committed, though it was said never to be`);
    }
  }

  /** Somebody says that a read-modify-write is overtaken for good. */
  isVoid(object: string, ts: Timestamp, who: string): void {
    if (this.get(object, ts)?.committedAt !== undefined) {
      this.#fail(`${who} says that ${words({ object, ts })} is overtaken, and it is committed`);
    }
    this.#void.add(`${object}\n${stampKey(ts)}`);
  }

  #known(object: string): Known {
    let known = this.#objects.get(object);
    if (known === undefined) {
      this.#objects.set(object, known = { updates: new Map(), committed: [] });
    }
    return known;
  }

  #noteAttempt(entry: KnownUpdate): void {
    const { requester } = entry.update;
    if (requester === null) return;
    this.#clients.add(requester.clientId);
    const key = requestKey(requester);
    this.#attempts.set(key, [...this.#attempts.get(key) ?? [], entry]);
  }

  /** Whoever asked may be forgotten once the update is committed, and nothing else ever. */
  #checkSame({ update: before }: KnownUpdate, update: Update, who: string): void {
    const isSame = order(before.base, update.base) === 0 && before.isRmw === update.isRmw &&
      checksum(before.state) === checksum(update.state);
    if (!isSame) this.#fail(`${who} has another content of ${words(update)} than others`);
    const [one, other] = [before.requester, update.requester];
    if (one === null || other === null) return;
    if (requestKey(one) === requestKey(other)) return;
    this.#fail(`${who} has ${words(update)} from another client than others`);
  }

  #insert(committed: KnownUpdate[], entry: KnownUpdate): void {
    const { update } = entry;
    let place = committed.length;
    while (place > 0 && order(committed[place - 1]!.update.ts, update.ts) > 0) place--;
    const before = committed[place - 1]?.update;
    const after = committed[place]?.update;
    committed.splice(place, 0, entry);
    if (update.isRmw && before !== undefined && order(before.ts, update.base) !== 0) {
      this.#fail(
        `${words(update)}, a read-modify-write of ${stampWords(update.base)}, is committed after ` +
          stampWords(before.ts),
      );
    }
    if (after?.isRmw && order(after.base, update.ts) !== 0) {
      this.#fail(
        `${words(update)} is committed between ${stampWords(after.base)} and its ` +
          `read-modify-write ${stampWords(after.ts)}`,
      );
    }
  }

  #checkOnce({ object, ts, requester }: Update): void {
    if (requester === null) return;
    const key = requestKey(requester);
    const place = `${object}@${stampWords(ts)}`;
    const before = this.#executed.get(key);
    this.#executed.set(key, place);
    if (before === undefined || before === place) return;
    this.#fail(`request ${key} is executed twice: as ${before} and as ${place}`);
  }

  #fail(what: string): void {
    this.#options.fail(what);
  }
}

/** An update for people: `"key"@3.17`. */
export function words({ object, ts }: { readonly object: string; readonly ts: Timestamp }): string {
  return `${JSON.stringify(object)}@${stampWords(ts)}`;
}

function requestKey({ clientId, requestNumber }: NonNullable<Update["requester"]>): string {
  return `${clientId}/${requestNumber}`;
}

function checksum(state: Uint8Array | null): string {
  return state === null ? "absent" : `${state.length}/${crc32(state)}`;
}
