import type { Disk } from "../../storage/disk.ts";
import { KEY_BYTES_MAX, KvInputError, VALUE_BYTES_MAX } from "../../protocols/kv/commands.ts";
import { DiskLog } from "./disk_log.ts";
import {
  type Change,
  decodeEntry,
  encodeEntry,
  type Entry,
  type Line,
  type OfflineOperation,
  type View,
} from "./entries.ts";
import { DoesNotFit, OfflineLogFull } from "./errors.ts";
import { OfflineState } from "./state.ts";
import { changed, sizeOfChange, sizeOfView } from "./view.ts";

/** How much an offline log takes. */
export interface OfflineLogOptions {
  /**
   * How many operations may wait to be merged. More allow a longer time alone; a merge sends each, and its
   * report names each.
   *
   * @default {100_000}
   */
  readonly operationsMax?: number;
  /**
   * How much keys and waiting operations may take together, in bytes; all of it is held in memory. Of keys
   * that nothing waits for, those heard of longest ago are forgotten beyond a quarter of it.
   *
   * @default {67_108_864}
   */
  readonly bytesMax?: number;
  /** The wall clock, in milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
}

/** Records are rewritten when so many bytes of them were appended, and what they amount to again. */
const REWRITE_BYTES = 8 * 1024 * 1024;
const textEncoder = new TextEncoder();

/**
 * A key-value store of one node that works alone. Every operation is durable in its own journal before
 * it returns, with its number and with what was known of the key in the shared store, so that `coalesce` can
 * append it there later.
 *
 * It is a store of its own until then: nobody else sees what is written here, and it sees nothing of what
 * others write except by `learn`. See docs/offline.md for what is guaranteed, and what is not.
 *
 * Source: the "coalescing chains" that the chain-replication log server wished for, and never defined.
 */
export class OfflineLog {
  readonly #log: DiskLog;
  readonly #options: Required<OfflineLogOptions>;
  readonly #state: OfflineState;
  #appended = 0;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(log: DiskLog, options: Required<OfflineLogOptions>, state: OfflineState) {
    this.#log = log;
    this.#options = options;
    this.#state = state;
  }

  /**
   * Opens the log on a disk that nobody else uses, as it was when its process ended, however that ended.
   *
   * @throws {OfflineLogDamaged} if something is unreadable that was acknowledged.
   * @throws {RecordDamaged} if the journal's own record is.
   */
  static async open(disk: Disk, options: OfflineLogOptions = {}): Promise<OfflineLog> {
    const { operationsMax = 100_000, bytesMax = 64 * 1024 * 1024, now = Date.now } = options;
    const { log, records } = await DiskLog.open(disk);
    const state = new OfflineState(bytesMax / 4);
    for (const record of records) state.apply(decodeEntry(record));
    const offline = new OfflineLog(log, { operationsMax, bytesMax, now }, state);
    if (state.name === undefined) {
      const name = crypto.getRandomValues(new Uint8Array(4)).toHex();
      await offline.append({ type: "named", name });
    }
    return offline;
  }

  /** What is known. */
  get state(): Omit<OfflineState, "apply"> {
    return this.#state;
  }

  /** The name of the log, unlike that of any other. */
  get name(): string {
    return this.#state.name!;
  }

  /** What a key is here; a key that nothing is known of is absent. */
  get(key: string): View {
    return this.#state.viewOf(key) ?? { type: "absent" };
  }

  /**
   * Stores a value; returns the number of the operation.
   *
   * @throws {KvInputError} for a key or value that no store would take.
   * @throws {OfflineLogFull}
   * @throws {DiskError} if the disk would not take it.
   */
  put(key: string, value: Uint8Array): Promise<number> {
    return this.#operate(key, { type: "put", value: value.slice() });
  }

  /** Removes a key. Throws as `put` does. */
  delete(key: string): Promise<number> {
    return this.#operate(key, { type: "delete" });
  }

  /**
   * Adds to the number that a key holds. Throws as `put` does.
   *
   * @throws {DoesNotFit} `not_a_number` or `number_overflow`.
   */
  increment(key: string, by: bigint): Promise<number> {
    return this.#operate(key, { type: "increment", by });
  }

  /**
   * Adds an element to a set. Throws as `put` does.
   *
   * @throws {DoesNotFit} `wrong_operation` if the key holds a value.
   */
  add(key: string, element: Uint8Array): Promise<number> {
    return this.#operate(key, { type: "add", element: element.slice() });
  }

  /** Removes an element from a set. Throws as `add` does. */
  remove(key: string, element: Uint8Array): Promise<number> {
    return this.#operate(key, { type: "remove", element: element.slice() });
  }

  /**
   * Takes over what the shared store says of a key: what is done to the key from now on begins from there.
   *
   * @throws {DoesNotFit} `wrong_operation` if operations on the key wait to be merged: they began elsewhere.
   * @throws {OfflineLogFull}
   */
  learn(key: string, seen: string, view: View): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state.groundOf(key).after !== null) {
        throw new DoesNotFit(
          "wrong_operation",
          `Key "${key}" has operations that wait: merge first`,
        );
      }
      this.#requireRoom(sizeOfView(key, view), 0);
      await this.#write([{ type: "known", key, seen, view }]);
    });
  }

  /** Where the operations on a key stand that an operation builds upon. */
  lineOf(operation: OfflineOperation): Line {
    return this.#state.lineOf(operation);
  }

  /** Makes records of a merge durable, in one write. */
  append(...entries: readonly Entry[]): Promise<void> {
    return this.#inTurn(() => this.#write(entries));
  }

  /** The present time, in milliseconds since 1970. */
  now(): number {
    return Math.max(0, Math.floor(this.#options.now()));
  }

  #operate(key: string, change: Change): Promise<number> {
    return this.#inTurn(async () => {
      requireInput(key, change);
      const before = this.get(key);
      const after = changed(before, change);
      const grown = sizeOfView(key, after) - sizeOfView(key, before) +
        2 * sizeOfChange(key, change);
      this.#requireRoom(change.type === "delete" ? 0 : grown, 1);
      const number = this.#state.lastNumber + 1;
      const ground = this.#state.groundOf(key);
      await this.#write([{ type: "operation", number, key, change, ...ground, atMs: this.now() }]);
      return number;
    });
  }

  #requireRoom(bytes: number, operations: number): void {
    const { operationsMax, bytesMax } = this.#options;
    if (this.#state.pendingCount + operations > operationsMax) {
      throw new OfflineLogFull(`${operationsMax} operations wait`);
    }
    if (this.#state.bytes + bytes > bytesMax) {
      throw new OfflineLogFull(
        `keys and operations take ${this.#state.bytes} of ${bytesMax} bytes`,
      );
    }
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    const records = entries.map(encodeEntry);
    await this.#log.append(records);
    for (const entry of entries) this.#state.apply(entry);
    for (const { length } of records) this.#appended += length;
    if (this.#appended < REWRITE_BYTES + this.#state.bytes) return;
    await this.#log.replace([...this.#state.records()].map(encodeEntry));
    this.#appended = 0;
  }

  /** One at a time, in the order of the calls. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(run);
    this.#tail = result.catch(() => {});
    return result;
  }
}

function requireInput(key: string, change: Change): void {
  const keyBytes = textEncoder.encode(key).length;
  if (keyBytes === 0) {
    throw new KvInputError("bad_request", "Key is empty: it has one byte at least");
  }
  if (!key.isWellFormed()) throw new KvInputError("bad_request", "Key is not well-formed Unicode");
  if (key === "." || key === "..") {
    throw new KvInputError("bad_request", `Key "${key}" cannot be written over HTTP`);
  }
  if (keyBytes > KEY_BYTES_MAX) {
    throw new KvInputError("too_large", `Key of ${keyBytes} bytes exceeds ${KEY_BYTES_MAX}`);
  }
  const bytes = "value" in change
    ? change.value.length
    : "element" in change
    ? change.element.length
    : 0;
  if (bytes <= VALUE_BYTES_MAX) return;
  throw new KvInputError("too_large", `Value of ${bytes} bytes exceeds ${VALUE_BYTES_MAX}`);
}
