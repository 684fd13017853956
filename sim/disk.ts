import type { Operation, Outcome } from "../actors/actor.ts";
import { type RandomStream, randomStream } from "../actors/random.ts";
import { type Disk, DiskError } from "../storage/disk.ts";
import { drawDuration, type Duration } from "./distributions.ts";
import { type CrashKind, SECTOR_BYTES, SimFile } from "./file.ts";

/** How a disk behaves. */
export interface DiskOptions {
  readonly readLatency: Duration;
  readonly writeLatency: Duration;
  /** The share of operations that fail, without effect. What fails may succeed when tried again. */
  readonly errors: number;
  /** The share of writes to the log that go to an earlier place of the same file. */
  readonly misdirected: number;
}

/** A disk without faults. */
export const CALM_DISK: DiskOptions = {
  readLatency: { minMs: 0.02, tailMs: 0.05 },
  writeLatency: { minMs: 0.05, tailMs: 0.1 },
  errors: 0,
  misdirected: 0,
};

/** What a disk needs of the world. */
export interface DiskWorld {
  readonly seed: bigint;
  /** Tells the disks apart: each has random streams of its own. */
  readonly name: string;
  /** Runs something later, unless the process that uses the disk is dead by then. */
  readonly later: (delayMs: number, run: () => void) => void;
  /** Whether what the disk holds may be harmed now; if so, it is about to be. */
  readonly mayHarm: () => boolean;
}

type Names = Map<string, SimFile>;
type Change = (names: Names) => void;

/** Files whose content peers can replace: the log and whole snapshots. */
const REPLACEABLE = /^(log-|snapshot-).*\d$/;
const LOG = /^log-.*\d$/;

/**
 * The disk of a simulated node. Writes are visible at once and durable when a sync has ended; what a
 * power failure leaves of the others is drawn, sector by sector. It may fail, be slow, be full, rot and
 * write to the wrong place.
 */
export class SimDisk implements Disk {
  readonly #world: DiskWorld;
  #options: DiskOptions;
  #names: Names = new Map();
  #durableNames: Names = new Map();
  #changes: Change[] = [];
  #capacity = Infinity;
  #slowness = 1;
  readonly #latency: RandomStream;
  readonly #errors: RandomStream;
  readonly #misdirection: RandomStream;
  readonly #crash: RandomStream;
  readonly #rot: RandomStream;

  constructor(world: DiskWorld, options: DiskOptions) {
    this.#world = world;
    this.#options = options;
    const stream = (kind: string) => randomStream(world.seed, `${world.name}/${kind}`);
    this.#latency = stream("latency");
    this.#errors = stream("errors");
    this.#misdirection = stream("misdirection");
    this.#crash = stream("crash");
    this.#rot = stream("rot");
  }

  /** Changes how the disk behaves, from now on. */
  set options(options: DiskOptions) {
    this.#options = options;
  }

  /** How much longer than usual everything takes. */
  set slowness(factor: number) {
    this.#slowness = factor;
  }

  /** Whether the disk takes no more than it holds now. */
  set isFull(isFull: boolean) {
    this.#capacity = isFull ? this.#used() : Infinity;
  }

  /** The power fails: what was not synced may be lost. */
  crash(kind: CrashKind): void {
    const random = this.#crash;
    const kept = kind === "keep"
      ? this.#changes.length
      : kind === "lose"
      ? 0
      : Math.floor(random() * (this.#changes.length + 1));
    for (const change of this.#changes.slice(0, kept)) change(this.#durableNames);
    this.#changes = [];
    this.#names = new Map(this.#durableNames);
    for (const file of this.#names.values()) file.crash(kind, random);
  }

  /** Flips a bit of the log or of a snapshot; `undefined` if there is none, or it may not be. */
  rot(): string | undefined {
    const names = [...this.#names.keys()].filter((name) => REPLACEABLE.test(name)).sort();
    const candidates = names.filter((name) => this.#names.get(name)!.durable().length > 0);
    const name = candidates[Math.floor(this.#rot() * candidates.length)];
    if (name === undefined || !this.#world.mayHarm()) return undefined;
    const file = this.#names.get(name)!;
    const offset = Math.floor(this.#rot() * file.durable().length);
    file.rot(offset, 1 << Math.floor(this.#rot() * 8));
    return `${name} at byte ${offset}`;
  }

  /** What would be there after a power failure that loses everything not synced, by name of file. */
  durable(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#durableNames].map(([name, file]) => [name, file.durable()]));
  }

  /** Flips bits of a byte where it lies, durably, behind everyone's back. */
  flip(name: string, offset: number, mask = 1): void {
    this.#durableNames.get(name)?.rot(offset, mask);
  }

  list(): Operation<readonly string[]> {
    return this.#operation("read", () => [...this.#names.keys()].sort());
  }

  size(name: string): Operation<number> {
    return this.#operation("read", () => this.#file(name).length);
  }

  read(name: string, offset: number, length: number): Operation<Uint8Array> {
    return this.#operation("read", () => this.#file(name).read(offset, length));
  }

  write(name: string, offset: number, bytes: Uint8Array): Operation<void> {
    return this.#operation("write", () => {
      if (!this.#names.has(name)) {
        const file = new SimFile();
        this.#change((names) => names.set(name, file));
      }
      const file = this.#file(name);
      const room = this.#capacity - this.#used() + Math.max(0, file.length - offset);
      const taken = bytes.subarray(0, Math.max(0, room));
      file.write(this.#placeOf(name, offset), taken);
      if (taken.length < bytes.length) {
        throw new DiskError(`Cannot write "${name}": disk is full`, true);
      }
    });
  }

  sync(name: string): Operation<void> {
    return this.#operation("write", () => {}, () => this.#file(name).sync());
  }

  truncate(name: string, length: number): Operation<void> {
    return this.#operation("write", () => this.#file(name).truncate(length));
  }

  rename(from: string, to: string): Operation<void> {
    return this.#operation("write", () => {
      const file = this.#file(from);
      this.#change((names) => {
        names.delete(from);
        names.set(to, file);
      });
    });
  }

  remove(name: string): Operation<void> {
    return this.#operation("write", () => {
      this.#file(name);
      this.#change((names) => names.delete(name));
    });
  }

  syncDirectory(): Operation<void> {
    return this.#operation("write", () => {}, () => {
      this.#durableNames = new Map(this.#names);
      this.#changes = [];
    });
  }

  /** Runs `start` at once, and `finish` when the time has passed that the disk takes. */
  #operation<T>(
    kind: "read" | "write",
    start: () => T,
    finish?: () => void,
  ): Operation<T> {
    return (done) => {
      const outcome = this.#attempt(start);
      const { readLatency, writeLatency } = this.#options;
      const duration = drawDuration(this.#latency, kind === "read" ? readLatency : writeLatency);
      this.#world.later(duration * this.#slowness, () => {
        if (outcome.ok) finish?.();
        done(outcome);
      });
    };
  }

  #attempt<T>(run: () => T): Outcome<T> {
    try {
      if (this.#errors() < this.#options.errors) {
        throw new DiskError("Cannot use the disk: it reports an error", false);
      }
      return { ok: true, value: run() };
    } catch (error) {
      return { ok: false, error: error as Error };
    }
  }

  /**
   * Where a write really goes. A misdirected one leaves the end of the log as it was, and spoils what
   * lies before it: so the harm can be seen.
   */
  #placeOf(name: string, offset: number): number {
    if (!LOG.test(name) || this.#misdirection() >= this.#options.misdirected) return offset;
    const sectors = Math.floor(offset / SECTOR_BYTES);
    if (sectors < 1 || !this.#world.mayHarm()) return offset;
    return Math.floor(this.#misdirection() * sectors) * SECTOR_BYTES;
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

  #file(name: string): SimFile {
    const file = this.#names.get(name);
    if (file === undefined) throw new DiskError(`Cannot open "${name}": no such file`, false);
    return file;
  }
}
