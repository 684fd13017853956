import type { Operation } from "../actors/actor.ts";
import type { Disk } from "./disk.ts";

/** What has gone through a lease, by all its holders. */
export interface DiskFigures {
  /** Files and directories made durable. */
  syncs: number;
  /** Bytes handed to the disk. */
  bytesWritten: number;
}

/**
 * Lends a disk to one incarnation of an actor after the other. An incarnation that crashed may have
 * an operation under way, and more to follow: those never start, and the next holder's first one
 * starts when the one under way has ended. So no two incarnations ever write at the same time.
 */
export class DiskLease {
  /** What has gone through, since the lease was made. */
  readonly figures: DiskFigures = { syncs: 0, bytesWritten: 0 };
  readonly #disk: Disk;
  #holder = 0;
  #underWay = 0;
  #waiting: (() => void)[] = [];

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** The disk, for a new holder; the one before it is cut off. */
  take(): Disk {
    const holder = ++this.#holder;
    // What the one before was still waiting to start.
    this.#waiting = [];
    const disk = this.#disk;
    const { figures } = this;
    const lend = <T>(operation: Operation<T>, started?: () => void): Operation<T> => (done) => {
      this.#start(holder, () => {
        started?.();
        operation((outcome) => {
          this.#ended();
          // One that was cut off meanwhile is not told: it ends here.
          if (holder === this.#holder) done(outcome);
        });
      });
    };
    return {
      list: () => lend(disk.list()),
      size: (name) => lend(disk.size(name)),
      read: (name, offset, length) => lend(disk.read(name, offset, length)),
      write: (name, offset, bytes) =>
        lend(disk.write(name, offset, bytes), () => figures.bytesWritten += bytes.length),
      sync: (name) => lend(disk.sync(name), () => figures.syncs++),
      writeThrough: (name, offset, bytes) =>
        lend(disk.writeThrough(name, offset, bytes), () => {
          figures.bytesWritten += bytes.length;
          figures.syncs++;
        }),
      truncate: (name, length) => lend(disk.truncate(name, length)),
      rename: (from, to) => lend(disk.rename(from, to)),
      remove: (name) => lend(disk.remove(name)),
      syncDirectory: () => lend(disk.syncDirectory(), () => figures.syncs++),
    };
  }

  #start(holder: number, run: () => void): void {
    if (holder !== this.#holder) return;
    if (this.#underWay > 0) {
      this.#waiting.push(() => this.#start(holder, run));
      return;
    }
    this.#underWay++;
    run();
  }

  #ended(): void {
    this.#underWay--;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const start of waiting) start();
  }
}
