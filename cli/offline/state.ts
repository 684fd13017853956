import type {
  Change,
  Entry,
  EntryOf,
  Line,
  OfflineOperation,
  Outcome,
  Policy,
  View,
} from "./entries.ts";
import { changed, sizeOfChange, sizeOfView } from "./view.ts";

/** A key as it is here. */
interface KeyState {
  /** With all operations that wait. */
  view: View;
  /** Where the shared store stood when it was last heard of; `null` if it never was. */
  seen: string | null;
  /** The newest operation that waits. */
  newest: number | null;
  /** How many wait. */
  waiting: number;
}

/** What became of one operation, for people. */
export type ReportLine = Omit<EntryOf<"reported">, "type">;

const ABSENT: View = { type: "absent" };

/** What the records of an offline log amount to. Changed by `apply` alone, so a restart knows the same. */
export class OfflineState {
  readonly #knownBytesMax: number;
  readonly #keys = new Map<string, KeyState>();
  readonly #pending = new Map<number, OfflineOperation>();
  readonly #lines = new Map<string, Line>();
  #report: ReportLine[] = [];
  #name: string | undefined;
  #bound: EntryOf<"bound"> | undefined;
  #session: EntryOf<"session"> | undefined;
  #attempt: EntryOf<"attempt"> | undefined;
  #merge: { policy: Policy; beganMs: number; endedMs: number | null } | undefined;
  #lastNumber = 0;
  #keyBytes = 0;
  #pendingBytes = 0;

  /** @param knownBytesMax Keys that nothing waits for are forgotten, oldest first, beyond so many bytes. */
  constructor(knownBytesMax: number) {
    this.#knownBytesMax = knownBytesMax;
  }

  /** The name of the log. */
  get name(): string | undefined {
    return this.#name;
  }

  /** The cluster it has to do with. */
  get bound(): Omit<EntryOf<"bound">, "type"> | undefined {
    return this.#bound;
  }

  /** The session of its merges. */
  get session(): Omit<EntryOf<"session">, "type"> | undefined {
    return this.#session;
  }

  /** The request that may have been sent, and whose result is not known. */
  get attempt(): EntryOf<"attempt"> | undefined {
    return this.#attempt;
  }

  /** The merge under way, or the last one. */
  get merge(): { policy: Policy; beganMs: number; endedMs: number | null } | undefined {
    return this.#merge;
  }

  /** What that one has done so far. */
  get report(): readonly ReportLine[] {
    return this.#report;
  }

  /** The number of the newest operation; 0 before the first. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Operations that wait, in order. */
  get pending(): IterableIterator<OfflineOperation> {
    return this.#pending.values();
  }

  /** How many operations wait. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** How many keys are known. */
  get keyCount(): number {
    return this.#keys.size;
  }

  /** Room taken by keys and operations, in bytes, about. */
  get bytes(): number {
    return this.#keyBytes + this.#pendingBytes;
  }

  /** What a key is; `undefined` if nothing is known of it. */
  viewOf(key: string): View | undefined {
    return this.#keys.get(key)?.view;
  }

  /** What an operation on a key would begin from. */
  groundOf(key: string): Pick<OfflineOperation, "base" | "after"> {
    const state = this.#keys.get(key);
    return { base: state?.seen ?? null, after: state?.newest ?? null };
  }

  /** Where the operations on a key stand that an operation builds upon. */
  lineOf(operation: OfflineOperation): Line {
    const line = operation.after === null ? undefined : this.#lines.get(operation.key);
    return line ?? { type: "at", seen: operation.base, target: operation.key };
  }

  /** Takes a record. */
  apply(entry: Entry): void {
    switch (entry.type) {
      case "named":
        this.#name = entry.name;
        return;
      case "bound":
        this.#bound = entry;
        return;
      case "known":
        return this.#know(entry.key, entry.seen, entry.view);
      case "operation":
        return this.#operate(entry);
      case "session":
        this.#session = entry;
        return;
      case "begun":
        return this.#begin(entry);
      case "attempt":
        this.#attempt = entry;
        this.#session = {
          type: "session",
          clientId: entry.clientId,
          lastRequest: entry.requestNumber,
        };
        return;
      case "settled":
        return this.#settle(entry);
      case "ended":
        if (this.#merge !== undefined) this.#merge.endedMs = entry.atMs;
        return;
      case "reported":
        this.#report.push(entry);
        return;
      case "line":
        this.#lines.set(entry.key, entry.line);
        return;
      case "counted":
        this.#lastNumber = entry.number;
    }
  }

  /** Fewer records that amount to the same. */
  *records(): Generator<Entry> {
    if (this.#name !== undefined) yield { type: "named", name: this.#name };
    if (this.#bound !== undefined) yield this.#bound;
    yield* this.#pending.values();
    // After the operations, whose effect is in what the keys are.
    for (const [key, { seen, view }] of this.#keys) yield { type: "known", key, seen, view };
    for (const [key, line] of this.#lines) yield { type: "line", key, line };
    yield { type: "counted", number: this.#lastNumber };
    if (this.#session !== undefined) yield this.#session;
    if (this.#merge !== undefined) {
      const { policy, beganMs: atMs } = this.#merge;
      yield { type: "begun", policy, goesOn: false, atMs };
      for (const line of this.#report) yield { ...line, type: "reported" };
      if (this.#merge.endedMs !== null) yield { type: "ended", atMs: this.#merge.endedMs };
    }
    if (this.#attempt !== undefined) yield this.#attempt;
  }

  #begin({ policy, goesOn, atMs }: EntryOf<"begun">): void {
    if (goesOn && this.#merge !== undefined) {
      this.#merge.policy = policy;
      return;
    }
    this.#merge = { policy, beganMs: atMs, endedMs: null };
    this.#report = [];
  }

  #know(key: string, seen: string | null, view: View, isWaitedFor = 0): void {
    const state = this.#keys.get(key);
    if (state !== undefined) this.#keyBytes -= sizeOfView(key, state.view);
    this.#keyBytes += sizeOfView(key, view);
    const { newest = null, waiting = isWaitedFor } = state ?? {};
    this.#keys.delete(key); // so that those heard of last stand at the end
    this.#keys.set(key, { view, seen, newest, waiting });
    this.#forgetSome();
  }

  #operate(operation: OfflineOperation): void {
    const { key, change, number } = operation;
    if (!this.#keys.has(key)) this.#know(key, null, ABSENT, 1);
    else this.#keys.get(key)!.waiting++;
    const state = this.#keys.get(key)!;
    state.newest = number;
    this.#know(key, state.seen, viewAfter(state.view, change));
    this.#pending.set(number, operation);
    this.#pendingBytes += sizeOfChange(key, change);
    this.#lastNumber = Math.max(this.#lastNumber, number);
  }

  #settle({ number, outcome, line, seen, view, note }: EntryOf<"settled">): void {
    const operation = this.#pending.get(number);
    if (operation === undefined) return;
    const { key, change } = operation;
    this.#pending.delete(number);
    this.#pendingBytes -= sizeOfChange(key, change);
    if (this.#attempt?.number === number) this.#attempt = undefined;
    this.#report.push({ number, key, change: change.type, outcome, target: line.target, note });
    const state = this.#keys.get(key)!;
    state.waiting--;
    if (state.waiting > 0) {
      this.#lines.set(key, line);
      return;
    }
    state.newest = null;
    this.#lines.delete(key);
    this.#know(key, seen, view ?? state.view);
  }

  #forgetSome(): void {
    if (this.#keyBytes <= this.#knownBytesMax) return;
    for (const [key, { waiting, view }] of this.#keys) {
      if (waiting > 0) continue;
      this.#keys.delete(key);
      this.#keyBytes -= sizeOfView(key, view);
      if (this.#keyBytes <= this.#knownBytesMax) return;
    }
  }
}

/** Counts of what became of operations. */
export function countOutcomes(
  report: readonly ReportLine[],
): Readonly<Partial<Record<Outcome, number>>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of report) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** An operation was checked when it was done. In the place of older records it may come before its ground. */
function viewAfter(view: View, change: Change): View {
  try {
    return changed(view, change);
  } catch {
    return changed(ABSENT, change);
  }
}
