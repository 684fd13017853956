import type { Operation } from "../../actors/actor.ts";
import { DiskFiles } from "../../sim/disk_files.ts";
import { type Disk, writeThenSync } from "../../storage/disk.ts";

/** An operation of a disk. */
export type DiskOperation = Exclude<keyof Disk, "writeThrough">;

/** How a memory disk behaves. */
export interface MemoryDiskOptions {
  /**
   * Reports the end of an operation, later: the virtual clock's `after(0, run)`, say.
   *
   * @default {queueMicrotask}
   */
  readonly complete?: (run: () => void) => void;
}

/** What a power failure does beyond the ordinary. */
export interface MemoryDiskCrash {
  /** Keeps any sectors of any writes, instead of the first few. Default: false. */
  readonly scatter?: boolean;
  /** The share of sectors not kept that hold garbage. Default: 0. */
  readonly garbled?: number;
}

/**
 * A disk in memory, for tests: it knows what is synced and what is not, and can be made to fail, to
 * wait, to stop and to lose power.
 *
 * An operation takes effect when it starts, and operations start in the order of the calls.
 */
export class MemoryDisk implements Disk {
  readonly #complete: (run: () => void) => void;
  readonly #files = new DiskFiles();
  readonly #failures: { readonly operation: DiskOperation; readonly error: Error }[] = [];
  readonly #held: DiskOperation[] = [];
  #waiting: (() => void)[] | undefined;
  #life = 0;
  #left = Infinity;
  readonly #counts = new Map<DiskOperation, number>();

  constructor(options: MemoryDiskOptions = {}) {
    this.#complete = options.complete ?? queueMicrotask;
  }

  /** How often an operation has started. */
  count(operation: DiskOperation): number {
    return this.#counts.get(operation) ?? 0;
  }

  /** Operations started, of any kind. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** What a file holds at present; `undefined` if there is none of that name. */
  contents(name: string): Uint8Array | undefined {
    return this.#files.find(name)?.read();
  }

  /** The names of all files, sorted. */
  get files(): string[] {
    return this.#files.list();
  }

  /** Puts a file on the disk, durably; without bytes it is removed. */
  plant(name: string, bytes: Uint8Array | undefined): void {
    this.#files.plant(name, bytes);
  }

  /** Makes the next operation of that kind fail, without effect. */
  failNext(operation: DiskOperation, error: Error): void {
    this.#failures.push({ operation, error });
  }

  /** Makes the next operation of that kind, and all after it, wait until {@linkcode release}. */
  holdNext(operation: DiskOperation): void {
    this.#held.push(operation);
  }

  /** Lets go what waits. */
  release(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const start of waiting) start();
  }

  /** Does nothing any more, and answers nothing, after `operations` more of them. */
  stopAfter(operations: number): void {
    this.#left = operations;
  }

  /** Lets the files take no more than so many bytes in all; a write beyond is done in part. */
  limit(bytes: number): void {
    this.#files.capacity = bytes;
  }

  /** The process that uses the disk is killed: what is under way is never answered, or not started. */
  kill(): void {
    this.#life++;
    this.#left = Infinity;
    this.#waiting = undefined;
    this.#held.length = 0;
    this.#failures.length = 0;
  }

  /**
   * The power fails: what is under way is never answered, and what was not synced is lost. With
   * `random`, only some of it: each file keeps the first few writes since its last sync, and some of
   * the 512-byte sectors of the next one; the directory keeps the first few of its changes.
   */
  crash(random?: () => number, how: MemoryDiskCrash = {}): void {
    const { scatter = false, garbled: share = 0 } = how;
    this.kill();
    if (random === undefined) this.#files.crash("lose", () => 0);
    else this.#files.crash(scatter ? "scatter" : "tear", random, { share, random });
  }

  list(): Operation<readonly string[]> {
    return this.#operation("list", () => this.files);
  }

  size(name: string): Operation<number> {
    return this.#operation("size", () => this.#files.get(name).length);
  }

  read(name: string, offset: number, length: number): Operation<Uint8Array> {
    return this.#operation("read", () => this.#files.get(name).read(offset, length));
  }

  write(name: string, offset: number, bytes: Uint8Array): Operation<void> {
    return this.#operation("write", () => this.#files.write(name, offset, bytes));
  }

  sync(name: string): Operation<void> {
    return this.#operation("sync", () => this.#files.get(name).sync());
  }

  writeThrough(name: string, offset: number, bytes: Uint8Array): Operation<void> {
    return writeThenSync(this, name, offset, bytes);
  }

  truncate(name: string, length: number): Operation<void> {
    return this.#operation("truncate", () => this.#files.get(name).truncate(length));
  }

  rename(from: string, to: string): Operation<void> {
    return this.#operation("rename", () => this.#files.rename(from, to));
  }

  remove(name: string): Operation<void> {
    return this.#operation("remove", () => this.#files.remove(name));
  }

  syncDirectory(): Operation<void> {
    return this.#operation("syncDirectory", () => this.#files.syncDirectory());
  }

  #operation<T>(kind: DiskOperation, run: () => T): Operation<T> {
    return (done) => {
      const life = this.#life;
      const start = () => {
        if (this.#left <= 0) return;
        this.#left--;
        this.#counts.set(kind, this.count(kind) + 1);
        const outcome = this.#attempt(kind, run);
        this.#complete(() => {
          if (life === this.#life) done(outcome);
        });
      };
      if (this.#waiting === undefined && this.#held[0] === kind) {
        this.#held.shift();
        this.#waiting = [];
      }
      if (this.#waiting === undefined) start();
      else this.#waiting.push(start);
    };
  }

  #attempt<T>(kind: DiskOperation, run: () => T) {
    const failure = this.#failures.findIndex(({ operation }) => operation === kind);
    try {
      if (failure >= 0) throw this.#failures.splice(failure, 1)[0]!.error;
      return { ok: true, value: run() } as const;
    } catch (error) {
      return { ok: false, error: error as Error } as const;
    }
  }
}
