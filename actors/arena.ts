/**
 * Cuts small byte arrays from larger ones. An `ArrayBuffer` of its own costs 0.4 to 1.2 µs, its part in
 * the next garbage collection included; a view of one that is there costs 30 ns.
 *
 * Whoever keeps a piece keeps the whole chunk that it was cut from, so the chunks of what is kept long
 * should be small.
 */
export class Arena {
  readonly #chunkBytes: number;
  #chunk: ArrayBuffer;
  #used = 0;

  /** Cuts from chunks of `chunkBytes`; what is longer than a quarter of one stands alone. */
  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
    this.#chunk = new ArrayBuffer(chunkBytes);
  }

  /** An array of `length` bytes, all zero. */
  allocate(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#chunkBytes / 4) return new Uint8Array(length);
    if (this.#used + length > this.#chunkBytes) {
      this.#chunk = new ArrayBuffer(this.#chunkBytes);
      this.#used = 0;
    }
    const bytes = new Uint8Array(this.#chunk, this.#used, length);
    this.#used += length;
    return bytes;
  }
}
