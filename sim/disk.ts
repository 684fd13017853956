import type { Operation, Outcome } from "../actors/actor.ts";
import { type RandomStream, randomStream } from "../actors/random.ts";
import { type Disk, DiskError, writeThenSync } from "../storage/disk.ts";
import { DiskFiles } from "./disk_files.ts";
import { drawDuration, type Duration } from "./distributions.ts";
import { type CrashKind, SECTOR_BYTES } from "./file.ts";

/** How a disk behaves. */
export interface DiskOptions {
  readonly readLatency: Duration;
  readonly writeLatency: Duration;
  /** The share of operations that fail, without effect. What fails may succeed when tried again. */
  readonly errors: number;
  /** The share of writes to the log that go to an earlier place of the same file. */
  readonly misdirected: number;
  /** The share of sectors which a power failure finds half-written that it leaves full of garbage. */
  readonly garbled: number;
}

/** A disk without faults. */
export const CALM_DISK: DiskOptions = {
  readLatency: { minMs: 0.02, tailMs: 0.05 },
  writeLatency: { minMs: 0.05, tailMs: 0.1 },
  errors: 0,
  misdirected: 0,
  garbled: 0,
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

/** Files whose content peers can replace: the log and whole snapshots. */
const REPLACEABLE = /^(log-|snapshot-).*\d$/;
const LOG = /^log-.*\d$/;

/**
 * The disk of a simulated node. Writes are visible at once and durable when a sync has ended; what a
 * power failure leaves of the others is drawn, sector by sector, or is garbage. It may fail, be slow, be full, rot and
 * write to the wrong place.
 */
export class SimDisk implements Disk {
  readonly #world: DiskWorld;
  #options: DiskOptions;
  readonly #files = new DiskFiles();
  #slowness = 1;
  readonly #latency: RandomStream;
  readonly #errors: RandomStream;
  readonly #misdirection: RandomStream;
  readonly #crash: RandomStream;
  readonly #garbage: RandomStream;
  readonly #rot: RandomStream;

  constructor(world: DiskWorld, options: DiskOptions) {
    this.#world = world;
    this.#options = options;
    const stream = (kind: string) => randomStream(world.seed, `${world.name}/${kind}`);
    this.#latency = stream("latency");
    this.#errors = stream("errors");
    this.#misdirection = stream("misdirection");
    this.#crash = stream("crash");
    this.#garbage = stream("garbage");
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
    this.#files.capacity = isFull ? this.#files.used : Infinity;
  }

  /** The power fails: what was not synced may be lost. Returns how many sectors hold garbage now. */
  crash(kind: CrashKind): number {
    const { garbled: share } = this.#options;
    const isHalfway = (kind === "tear" || kind === "scatter") && this.#files.isWritten;
    const mayGarble = share > 0 && isHalfway && this.#world.mayHarm();
    const garbling = mayGarble ? { share, random: this.#garbage } : undefined;
    return this.#files.crash(kind, this.#crash, garbling);
  }

  /** Flips a bit of the log or of a snapshot; `undefined` if there is none, or it may not be. */
  rot(): string | undefined {
    const names = this.#files.list().filter((name) => REPLACEABLE.test(name));
    const candidates = names.filter((name) => this.#files.get(name).durable().length > 0);
    const name = candidates[Math.floor(this.#rot() * candidates.length)];
    if (name === undefined || !this.#world.mayHarm()) return undefined;
    const file = this.#files.get(name);
    const offset = Math.floor(this.#rot() * file.durable().length);
    file.rot(offset, 1 << Math.floor(this.#rot() * 8));
    return `${name} at byte ${offset}`;
  }

  /** What would be there after a power failure that loses everything not synced, by name of file. */
  durable(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#files.durable()].map(([name, file]) => [name, file.durable()]));
  }

  /** Flips bits of a byte where it lies, durably, behind everyone's back. */
  flip(name: string, offset: number, mask = 1): void {
    this.#files.durable().get(name)?.rot(offset, mask);
  }

  list(): Operation<readonly string[]> {
    return this.#operation("read", () => this.#files.list());
  }

  size(name: string): Operation<number> {
    return this.#operation("read", () => this.#files.get(name).length);
  }

  read(name: string, offset: number, length: number): Operation<Uint8Array> {
    return this.#operation("read", () => this.#files.get(name).read(offset, length));
  }

  write(name: string, offset: number, bytes: Uint8Array): Operation<void> {
    return this.#operation("write", () => {
      this.#files.write(name, offset, bytes, this.#placeOf(name, offset));
    });
  }

  sync(name: string): Operation<void> {
    return this.#operation("write", () => {}, () => this.#files.get(name).sync());
  }

  writeThrough(name: string, offset: number, bytes: Uint8Array): Operation<void> {
    return writeThenSync(this, name, offset, bytes);
  }

  truncate(name: string, length: number): Operation<void> {
    return this.#operation("write", () => this.#files.get(name).truncate(length));
  }

  rename(from: string, to: string): Operation<void> {
    return this.#operation("write", () => this.#files.rename(from, to));
  }

  remove(name: string): Operation<void> {
    return this.#operation("write", () => this.#files.remove(name));
  }

  syncDirectory(): Operation<void> {
    return this.#operation("write", () => {}, () => this.#files.syncDirectory());
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
}
