import { type Disk, DiskError } from "./disk.ts";
import { type Steps, wait } from "./steps.ts";

/** Bytes read at once. */
export const PIECE_BYTES = 1024 * 1024;

/** A file seen through a window: read a piece at a time, from front to back. */
export class FileWindow {
  readonly #disk: Disk;
  readonly #name: string;
  readonly #size: number;
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;

  constructor(disk: Disk, name: string, size: number) {
    this.#disk = disk;
    this.#name = name;
    this.#size = size;
  }

  /** `length` bytes, fewer at the end of the file; `undefined` if they have to be read first. */
  peek(offset: number, length: number): Uint8Array | undefined {
    const end = Math.min(offset + length, this.#size);
    const from = offset - this.#start;
    if (from < 0 || end - this.#start > this.#bytes.length) return undefined;
    return this.#bytes.subarray(from, Math.max(from, end - this.#start));
  }

  /** `length` bytes, fewer at the end of the file. */
  *view(offset: number, length: number): Steps<Uint8Array> {
    const here = this.peek(offset, length);
    if (here !== undefined) return here;
    const wanted = Math.min(Math.max(length, PIECE_BYTES), this.#size - offset);
    this.#bytes = wanted <= PIECE_BYTES
      ? yield* this.#read(offset, wanted)
      : yield* this.#assemble(offset, wanted);
    this.#start = offset;
    return this.#bytes.subarray(0, length);
  }

  /** What the window holds from `offset` on, one byte at least unless the file ends. */
  *rest(offset: number): Steps<Uint8Array> {
    yield* this.view(offset, 1);
    return this.#bytes.subarray(offset - this.#start);
  }

  *#assemble(offset: number, length: number): Steps<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const piece = yield* this.#read(offset + filled, Math.min(PIECE_BYTES, length - filled));
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }

  *#read(offset: number, length: number): Steps<Uint8Array> {
    const bytes = yield* wait(this.#disk.read(this.#name, offset, length));
    if (bytes.length === length) return bytes;
    const what = `Cannot read ${length} bytes of "${this.#name}" at ${offset}`;
    throw new DiskError(`${what}: only ${bytes.length} are there, though it was longer`, false);
  }
}
