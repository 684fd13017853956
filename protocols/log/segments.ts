/** What a segment holds unless its first record alone is larger, in bytes. */
const SEGMENT_BYTES = 64 * 1024;

/** Records side by side in one buffer: an object for each would cost several times its bytes. */
class Segment {
  readonly first: number;
  readonly #buffer: Uint8Array;
  /** Where each record ends. */
  readonly #ends: number[] = [];

  constructor(first: number, bytesMin: number) {
    this.first = first;
    this.#buffer = new Uint8Array(Math.max(SEGMENT_BYTES, bytesMin));
  }

  /** The offset behind its last record. */
  get next(): number {
    return this.first + this.#ends.length;
  }

  /** Adds a record; `false` if there is no room. */
  append(record: Uint8Array): boolean {
    const start = this.#ends.at(-1) ?? 0;
    if (start + record.length > this.#buffer.length) return false;
    this.#buffer.set(record, start);
    this.#ends.push(start + record.length);
    return true;
  }

  /** The record of an offset, as a view: nothing changes it. */
  record(offset: number): Uint8Array {
    const index = offset - this.first;
    return this.#buffer.subarray(this.#ends[index - 1] ?? 0, this.#ends[index]);
  }
}

/** Records by offset, appended at one end and dropped at the other. */
export class Segments {
  #segments: Segment[] = [];
  #first: number;
  #next: number;
  #bytes = 0;

  /** An empty log whose first record will have that offset. */
  constructor(first = 0) {
    this.#first = first;
    this.#next = first;
  }

  /** The offset of the oldest record; that of the next one if there is none. */
  get first(): number {
    return this.#first;
  }

  /** The offset that the next record will get. */
  get next(): number {
    return this.#next;
  }

  /** The length of all records together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of records. */
  get count(): number {
    return this.#next - this.#first;
  }

  /** Adds a copy of a record and returns its offset. */
  append(record: Uint8Array): number {
    if (this.#segments.at(-1)?.append(record) !== true) {
      const segment = new Segment(this.#next, record.length);
      segment.append(record);
      this.#segments.push(segment);
    }
    this.#bytes += record.length;
    return this.#next++;
  }

  /** Drops the records before an offset. */
  trim(before: number): void {
    const first = Math.min(Math.max(before, this.#first), this.#next);
    for (const record of this.read(this.#first, first)) this.#bytes -= record.length;
    this.#first = first;
    const kept = this.#segments.findIndex((segment) => segment.next > first);
    this.#segments = kept < 0 ? [] : this.#segments.slice(kept);
  }

  /**
   * The records from an offset up to another, as views. They are those of the time of the call,
   * whatever is appended or dropped while they are visited.
   */
  read(from: number, to: number): Iterable<Uint8Array> {
    return visit(this.#segments, Math.max(from, this.#first), Math.min(to, this.#next));
  }
}

/** The list of segments is replaced when some are dropped, and appended to in between. */
function* visit(segments: readonly Segment[], from: number, to: number): Iterable<Uint8Array> {
  let index = indexOf(segments, from);
  for (let offset = from; offset < to; offset++) {
    while (segments[index]!.next <= offset) index++;
    yield segments[index]!.record(offset);
  }
}

/** Which segment holds an offset, or may come to hold it. */
function indexOf(segments: readonly Segment[], offset: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (segments[middle]!.next <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
