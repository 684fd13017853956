import type { Operation } from "../actors/actor.ts";
import { type Disk, DiskError } from "./disk.ts";
import { MemoryFile } from "./memory_file.ts";

/** An operation of a disk. */
export type DiskOperation = keyof Disk;

/** How a memory disk behaves. */
export interface MemoryDiskOptions {
  /**
   * Reports the end of an operation, later: the virtual clock's `after(0, run)`, say.
   *
   * @default {queueMicrotask}
   */
  readonly complete?: (run: () => void) => void;
}

type Change = (names: Map<string, MemoryFile>) => void;

/**
 * A disk in memory, for tests: it knows what is synced and what is not, and can be made to fail, to
 * wait, to stop and to lose power.
 *
 * An operation takes effect when it starts, and operations start in the order of the calls.
 */
export class MemoryDisk implements Disk {
  readonly #complete: (run: () => void) => void;
  #names = new Map<string, MemoryFile>();
  #durableNames = new Map<string, MemoryFile>();
  /** Changes of the directory that are not synced, in order. */
  #changes: Change[] = [];
  readonly #failures: { readonly operation: DiskOperation; readonly error: Error }[] = [];
  readonly #held: DiskOperation[] = [];
  #waiting: (() => void)[] | undefined;
  #life = 0;
  #left = Infinity;
  #capacity = Infinity;
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
    return this.#names.get(name)?.read();
  }

  /** The names of all files, sorted. */
  get files(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** Puts a file on the disk, durably; without bytes it is removed. */
  plant(name: string, bytes: Uint8Array | undefined): void {
    const file = bytes && new MemoryFile(bytes);
    for (const names of [this.#names, this.#durableNames]) {
      if (file === undefined) names.delete(name);
      else names.set(name, file);
    }
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
    this.#capacity = bytes;
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
  crash(random?: () => number): void {
    this.kill();
    const kept = random === undefined ? 0 : Math.floor(random() * (this.#changes.length + 1));
    for (const change of this.#changes.slice(0, kept)) change(this.#durableNames);
    this.#changes = [];
    this.#names = new Map(this.#durableNames);
    for (const file of this.#names.values()) file.crash(random);
  }

  list(): Operation<readonly string[]> {
    return this.#operation("list", () => this.files);
  }

  size(name: string): Operation<number> {
    return this.#operation("size", () => this.#file(name).length);
  }

  read(name: string, offset: number, length: number): Operation<Uint8Array> {
    return this.#operation("read", () => this.#file(name).read(offset, length));
  }

  write(name: string, offset: number, bytes: Uint8Array): Operation<void> {
    return this.#operation("write", () => {
      if (!this.#names.has(name)) {
        const file = new MemoryFile();
        this.#change((names) => names.set(name, file));
      }
      const file = this.#file(name);
      const room = this.#capacity - this.#used() + Math.max(0, file.length - offset);
      file.write(offset, bytes.slice(0, Math.max(0, room)));
      if (room < bytes.length) throw new DiskError(`Cannot write "${name}": disk is full`, true);
    });
  }

  sync(name: string): Operation<void> {
    return this.#operation("sync", () => this.#file(name).sync());
  }

  truncate(name: string, length: number): Operation<void> {
    return this.#operation("truncate", () => this.#file(name).truncate(length));
  }

  rename(from: string, to: string): Operation<void> {
    return this.#operation("rename", () => {
      const file = this.#file(from);
      this.#change((names) => {
        names.delete(from);
        names.set(to, file);
      });
    });
  }

  remove(name: string): Operation<void> {
    return this.#operation("remove", () => {
      this.#file(name);
      this.#change((names) => names.delete(name));
    });
  }

  syncDirectory(): Operation<void> {
    return this.#operation("syncDirectory", () => {
      this.#durableNames = new Map(this.#names);
      this.#changes = [];
    });
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

  #change(change: Change): void {
    change(this.#names);
    this.#changes.push(change);
  }

  #used(): number {
    let used = 0;
    for (const file of this.#names.values()) used += file.length;
    return used;
  }

  #file(name: string): MemoryFile {
    const file = this.#names.get(name);
    if (file === undefined) throw new DiskError(`Cannot open "${name}": no such file`, false);
    return file;
  }
}
