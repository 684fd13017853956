import { type Disk, DiskError } from "./disk.ts";
import { type Steps, wait } from "./steps.ts";

/**
 * The write that is under way, remembered from one incarnation of the journal to the next. What a
 * failed sync leaves behind can be read, but may never reach the disk, and a second sync would not
 * say so: it has to be cut off, and written again.
 */
export class Unsettled {
  #write: { readonly name: string; readonly offset: number } | undefined;

  /** Takes the steps that write to the end of a file. If the disk is full, undoes them. */
  *write(disk: Disk, name: string, offset: number, steps: Steps<void>): Steps<void> {
    this.#write = { name, offset };
    try {
      yield* steps;
    } catch (error) {
      if (error instanceof DiskError && error.full) yield* this.undo(disk);
      throw error;
    }
    this.#write = undefined;
  }

  /** Cuts off what was being written, if anything was. */
  *undo(disk: Disk): Steps<void> {
    const write = this.#write;
    if (write === undefined) return;
    const names = yield* wait(disk.list());
    if (names.includes(write.name)) {
      const size = yield* wait(disk.size(write.name));
      if (size > write.offset) yield* wait(disk.truncate(write.name, write.offset));
    }
    this.#write = undefined;
  }
}
