import { array, bytes, decode, encode } from "../../actors/schema.ts";
import type { LogLoaded } from "../../protocols/journal.ts";
import type { Disk } from "../../storage/disk.ts";
import { JournalStore, type Loaded } from "../../storage/journal_store.ts";
import { inSteps, type Steps } from "../../storage/steps.ts";
import { Unsettled } from "../../storage/unsettled.ts";
import { OfflineLogDamaged } from "./errors.ts";

/** Small, for a device's disk: nothing is written ahead. */
const LAYOUT = { segmentBytes: 4 * 1024 * 1024, preallocateBytes: 0 };
const PIECE_BYTES = 1024 * 1024;
const snapshotSchema = array(bytes(16 * 1024 * 1024), 2 ** 24);

/** Records on a disk, by the journal that the nodes have, too: durable when `append` returns. */
export class DiskLog {
  readonly #store: JournalStore;
  #last: number;

  private constructor(store: JournalStore, last: number) {
    this.#store = store;
    this.#last = last;
  }

  /**
   * Reads everything. A write that never finished is cut off: nobody was told that it had.
   *
   * @throws {OfflineLogDamaged} if something is unreadable that was acknowledged.
   */
  static async open(
    disk: Disk,
  ): Promise<{ readonly log: DiskLog; readonly records: readonly Uint8Array[] }> {
    const { store, loaded } = await perform<{ store: JournalStore; loaded: Loaded }>(() =>
      JournalStore.open(disk, new Unsettled(), LAYOUT)
    );
    const { damage, snapshot, first, entries } = loaded.message;
    if (damage !== undefined) throw damaged(damage);
    const records: Uint8Array[] = [];
    const base = snapshot?.op ?? 0;
    if (snapshot !== undefined) records.push(...await readSnapshot(store, snapshot));
    // Segments go whole: what the snapshot stands for may still be there.
    records.push(...entries.slice(Math.max(0, base + 1 - first)));
    return { log: new DiskLog(store, Math.max(base, first + entries.length - 1)), records };
  }

  /** Makes records durable, all of them with one sync. */
  async append(records: readonly Uint8Array[]): Promise<void> {
    const first = this.#last + 1;
    await perform(() => this.#store.writeLog([{ type: "append", first, entries: records }]));
    this.#last += records.length;
  }

  /** Puts records in the place of all that there are. */
  async replace(records: readonly Uint8Array[]): Promise<void> {
    const op = this.#last;
    const whole = encode(snapshotSchema, records);
    await perform(function* (this: DiskLog): Steps<void> {
      yield* this.#store.beginSnapshot(op);
      for (let at = 0; at < whole.length; at += PIECE_BYTES) {
        yield* this.#store.writeChunk(op, whole.subarray(at, at + PIECE_BYTES));
      }
      yield* this.#store.commitSnapshot({ op, base: new Uint8Array(), retain: 0, reset: false });
    }.bind(this));
  }
}

function perform<T>(steps: () => Steps<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    inSteps(steps)((outcome) => outcome.ok ? resolve(outcome.value) : reject(outcome.error));
  });
}

async function readSnapshot(
  store: JournalStore,
  { op, bytes: total }: NonNullable<LogLoaded["snapshot"]>,
): Promise<readonly Uint8Array[]> {
  const whole = new Uint8Array(total);
  for (let at = 0; at < total;) {
    const piece = await perform(() => store.readSnapshot(op, at, PIECE_BYTES));
    whole.set(piece!.bytes, at);
    at += piece!.bytes.length;
  }
  return decode(snapshotSchema, whole);
}

function damaged({ kind, file, offset }: NonNullable<LogLoaded["damage"]>): OfflineLogDamaged {
  const what = kind === "head" ? "its last record is unreadable" : "a record is unreadable";
  return new OfflineLogDamaged(`${what} in ${file} at byte ${offset}`);
}
