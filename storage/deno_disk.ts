import type { Operation, Outcome } from "../actors/actor.ts";
import { type Disk, DiskError } from "./disk.ts";

/** Files kept open; the journal has four or five in use. */
const HANDLES_MAX = 8;
/** Operations waiting for the one under way; the journal has one at a time. */
const WAITING_MAX = 1024;
/** What the system says when a disk, or a quota, is full: ENOSPC and EDQUOT. */
const FULL_CODES: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);
const FULL_MESSAGE = /\(os error (28|122)\)/;

/**
 * A directory of the file system, POSIX only. Operations run one at a time, in the order in which
 * they were started. A write goes to the page cache at once, in the caller's own turn of the event
 * loop; everything that may wait for the device is asynchronous.
 */
export class DenoDisk implements Disk {
  readonly #path: string;
  /** Open files, the one used last at the end. */
  readonly #handles = new Map<string, Deno.FsFile>();
  readonly #waiting: (() => void)[] = [];
  #directory: Deno.FsFile | undefined;
  #busy = false;

  /** @param path An existing directory. Names that are not plain files are left alone. */
  constructor(path: string) {
    this.#path = path;
  }

  list(): Operation<readonly string[]> {
    return this.#operation("list the directory", async () => {
      const names: string[] = [];
      for await (const entry of Deno.readDir(this.#path)) if (entry.isFile) names.push(entry.name);
      return names.sort();
    });
  }

  size(name: string): Operation<number> {
    return this.#operation(`read the size of "${name}"`, async () => {
      return (await this.#open(name, false).stat()).size;
    });
  }

  read(name: string, offset: number, length: number): Operation<Uint8Array> {
    return this.#operation(`read ${length} bytes of "${name}" at ${offset}`, async () => {
      const file = this.#open(name, false);
      const bytes = new Uint8Array(length);
      await file.seek(offset, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < length) {
        const count = await file.read(bytes.subarray(filled));
        if (count === null) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    });
  }

  write(name: string, offset: number, bytes: Uint8Array): Operation<void> {
    return this.#operation(`write ${bytes.length} bytes of "${name}" at ${offset}`, () => {
      this.#writeNow(name, offset, bytes);
    });
  }

  sync(name: string): Operation<void> {
    return this.#operation(`sync "${name}"`, () => this.#open(name, false).syncData());
  }

  /**
   * The sync begins within the call. After a separate write it would begin when the turn is over, in which
   * a replica also executes what was committed: with 64 clients some 0.4 ms later.
   */
  writeThrough(name: string, offset: number, bytes: Uint8Array): Operation<void> {
    const what = `write ${bytes.length} bytes of "${name}" at ${offset} and sync them`;
    return this.#operation(what, () => this.#writeNow(name, offset, bytes).syncData());
  }

  truncate(name: string, length: number): Operation<void> {
    return this.#operation(`cut "${name}" to ${length} bytes`, () => {
      return this.#open(name, false).truncate(length);
    });
  }

  rename(from: string, to: string): Operation<void> {
    return this.#operation(`rename "${from}" to "${to}"`, () => {
      this.#forget(from);
      this.#forget(to);
      return Deno.rename(this.#file(from), this.#file(to));
    });
  }

  remove(name: string): Operation<void> {
    return this.#operation(`remove "${name}"`, () => {
      this.#forget(name);
      return Deno.remove(this.#file(name));
    });
  }

  syncDirectory(): Operation<void> {
    return this.#operation("sync the directory", () => {
      this.#directory ??= Deno.openSync(this.#path, { read: true });
      return this.#directory.sync();
    });
  }

  /** Closes every file once what is under way has ended. The disk opens them again when used. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const close = this.#operation("close the files", () => {
        for (const name of [...this.#handles.keys()]) this.#forget(name);
        this.#directory?.close();
        this.#directory = undefined;
      });
      close(() => resolve());
    });
  }

  #writeNow(name: string, offset: number, bytes: Uint8Array): Deno.FsFile {
    const file = this.#open(name, true);
    file.seekSync(offset, Deno.SeekMode.Start);
    let written = 0;
    while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
    return file;
  }

  #operation<T>(what: string, run: () => T | Promise<T>): Operation<T> {
    return (done) => {
      const start = () => this.#run(what, run, done);
      if (!this.#busy) return start();
      if (this.#waiting.length < WAITING_MAX) {
        this.#waiting.push(start);
        return;
      }
      const why = `Cannot ${what} in ${this.#path}: ${WAITING_MAX} operations are waiting`;
      queueMicrotask(() => done({ ok: false, error: new DiskError(why, false) }));
    };
  }

  #run<T>(
    what: string,
    run: () => T | Promise<T>,
    done: (outcome: Outcome<T>) => void,
  ): void {
    this.#busy = true;
    const end = (outcome: Outcome<T>) => {
      this.#busy = false;
      this.#waiting.shift()?.();
      done(outcome);
    };
    const fail = (error: unknown) => end({ ok: false, error: this.#diskError(what, error) });
    try {
      const result = run();
      // `done` is never called from within the call, even if there is nothing to wait for.
      Promise.resolve(result).then((value) => end({ ok: true, value }), fail);
    } catch (error) {
      queueMicrotask(() => fail(error));
    }
  }

  #diskError(what: string, cause: unknown): DiskError {
    const { code, message } = cause as { code?: unknown; message?: string };
    const why = message ?? String(cause);
    const full = FULL_CODES.has(code) || FULL_MESSAGE.test(why);
    return new DiskError(`Cannot ${what} in ${this.#path}: ${why}`, full, { cause });
  }

  #open(name: string, create: boolean): Deno.FsFile {
    let file = this.#handles.get(name);
    if (file === undefined) {
      if (this.#handles.size >= HANDLES_MAX) this.#forget(this.#handles.keys().next().value!);
      file = Deno.openSync(this.#file(name), { read: true, write: true, create, mode: 0o600 });
    } else {
      this.#handles.delete(name);
    }
    this.#handles.set(name, file);
    return file;
  }

  #forget(name: string): void {
    this.#handles.get(name)?.close();
    this.#handles.delete(name);
  }

  #file(name: string): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
      throw new RangeError(`A file name has only letters, digits, ".", "_" and "-": "${name}"`);
    }
    return `${this.#path}/${name}`;
  }
}
