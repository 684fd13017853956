type Change =
  | { readonly type: "write"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly type: "truncate"; readonly length: number };

/** What a disk writes whole or not at all, in bytes. */
const SECTOR_BYTES = 512;

/** Bytes that grow and shrink. */
class Content {
  #bytes: Uint8Array;
  length: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  slice(from: number, to: number): Uint8Array {
    return this.#bytes.slice(from, Math.min(to, this.length));
  }

  apply(change: Change): void {
    if (change.type === "truncate") return this.#resize(change.length);
    this.#resize(Math.max(this.length, change.offset + change.bytes.length));
    this.#bytes.set(change.bytes, change.offset);
  }

  #resize(length: number): void {
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    if (length < this.length) this.#bytes.fill(0, length, this.length);
    this.length = length;
  }
}

/** A file in memory that remembers what it held when it was synced, and every change since. */
export class MemoryFile {
  #content: Content;
  readonly #synced: Content;
  #changes: Change[] = [];

  /** @param durable What the file holds durably. */
  constructor(durable: Uint8Array = new Uint8Array()) {
    this.#content = new Content(durable.slice());
    this.#synced = new Content(durable.slice());
  }

  /** The size, in bytes. */
  get length(): number {
    return this.#content.length;
  }

  /** A copy of up to `length` bytes; of everything without arguments. */
  read(offset = 0, length = Infinity): Uint8Array {
    return this.#content.slice(offset, offset + length);
  }

  /** Writes; the bytes are copied. */
  write(offset: number, bytes: Uint8Array): void {
    this.#apply({ type: "write", offset, bytes: bytes.slice() });
  }

  /** Cuts, or extends with zeros. */
  truncate(length: number): void {
    this.#apply({ type: "truncate", length });
  }

  /** Makes everything durable. */
  sync(): void {
    for (const change of this.#changes) this.#synced.apply(change);
    this.#changes = [];
  }

  /** Goes back to what was synced and, with `random`, the first few changes since. */
  crash(random?: () => number): void {
    const changes = this.#changes;
    this.#changes = [];
    if (random !== undefined) {
      const kept = Math.floor(random() * (changes.length + 1));
      this.#changes = changes.slice(0, kept);
      const torn = changes[kept];
      if (torn?.type === "write") this.#tear(torn.offset, torn.bytes, random);
    }
    this.sync();
    this.#content = new Content(this.#synced.slice(0, Infinity));
  }

  /** Keeps some sectors of a write; the file may have grown, with zeros. */
  #tear(offset: number, bytes: Uint8Array, random: () => number): void {
    // Half of the time in order, as if the disk had been stopped on the way.
    const inOrder = random() < 0.5;
    const share = random();
    const end = offset + bytes.length;
    for (let from = offset; from < end;) {
      const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      const kept = inOrder ? from < offset + share * bytes.length : random() < share;
      const sector = bytes.slice(from - offset, to - offset);
      if (kept) this.#changes.push({ type: "write", offset: from, bytes: sector });
      from = to;
    }
    if (random() < 0.5) return;
    this.sync();
    this.#changes.push({ type: "truncate", length: Math.max(this.#synced.length, end) });
  }

  #apply(change: Change): void {
    this.#content.apply(change);
    this.#changes.push(change);
  }
}
