/** A file of the log. */
export interface SegmentFile {
  readonly name: string;
  /** Counts up; never used twice. Also the seed of the checksums in the file. */
  readonly serial: number;
  /** The op-number of the first entry. */
  readonly first: number;
}

/** A file of the log, and what it is still needed for. */
export interface Segment {
  readonly file: SegmentFile;
  /** No entry in it with a higher op-number counts any more. */
  highest: number;
  /** Whether something in it is unreadable; a later segment stands in for that. */
  damaged: boolean;
}

const NAME = /^log-(\d{8})-(\d{16})$/;

/** The file of a segment. */
export function segmentFile(serial: number, first: number): SegmentFile {
  const name = `log-${String(serial).padStart(8, "0")}-${String(first).padStart(16, "0")}`;
  return { name, serial, first };
}

/** The segments among the files of a directory, oldest first. */
export function segmentFiles(names: readonly string[]): SegmentFile[] {
  const files: SegmentFile[] = [];
  for (const name of names) {
    const match = NAME.exec(name);
    if (match) files.push({ name, serial: Number(match[1]), first: Number(match[2]) });
  }
  return files.sort((a, b) => a.serial - b.serial);
}

/**
 * Which entries count, and which segments they are in: kept the same way while the log is written and
 * while it is read. Entries are numbered without a gap, so what counts is known by the last number.
 */
export class LogIndex {
  #last: number;
  readonly #segments: Segment[] = [];

  /** @param last The op-number before the first entry. */
  constructor(last: number) {
    this.#last = last;
  }

  /** The op-number of the last entry. */
  get last(): number {
    return this.#last;
  }

  /** The segments, oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Adds a segment; entries now go there. */
  roll(file: SegmentFile): void {
    this.#segments.push({ file, highest: 0, damaged: false });
  }

  /** Notes an entry in the newest segment. It replaces those of its number and higher. */
  entry(op: number): void {
    this.truncate(op - 1);
    this.#last = op;
    this.#segments.at(-1)!.highest = op;
  }

  /** Notes that no entry after `last` counts. */
  truncate(last: number): void {
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]!;
      // Earlier segments hold lower numbers.
      if (segment.highest !== 0 && segment.highest <= last) break;
      segment.highest = Math.min(segment.highest, last);
    }
    this.#last = Math.min(this.#last, last);
  }

  /** Notes that a snapshot stands for everything up to `op`, whatever was there. */
  raise(op: number): void {
    this.#last = Math.max(this.#last, op);
  }

  /** The segments, oldest first, that hold nothing above `op`; never the newest. */
  upTo(op: number): Segment[] {
    const count = this.#segments.slice(0, -1).findIndex((segment) => segment.highest > op);
    return this.#segments.slice(0, count < 0 ? -1 : count);
  }

  /** Forgets the oldest segments. */
  drop(count: number): void {
    this.#segments.splice(0, count);
  }

  /** Forgets everything: the log starts anew after `last`. */
  reset(last: number): void {
    this.#segments.length = 0;
    this.#last = last;
  }
}
