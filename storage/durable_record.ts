import { invariant, TroupeError } from "../actors/errors.ts";
import type { Disk } from "./disk.ts";
import { HEADER_BYTES, isPayload, readHeader, RecordType, writeRecord } from "./record.ts";
import { type Steps, wait } from "./steps.ts";

/** The most that the record may hold, in bytes. */
export const DURABLE_RECORD_BYTES_MAX = 2048;

/** The files of the two copies. */
export const RECORD_FILES = ["record-a", "record-b"] as const;

/** The size of a copy: fixed, so that no write ever changes it. */
const FILE_BYTES = 4096;
const TEMPORARY = "record.tmp";
const SEED = 0;

/** Both copies of the record are unreadable: what the replica has promised is lost. */
export class RecordDamaged extends TroupeError {
  constructor(files: readonly string[]) {
    super(
      "record_damaged",
      `Cannot read the durable record: no valid copy in ${files.join(" and ")}. ` +
        "What this replica has promised is lost; replace it by one with an empty directory",
    );
  }
}

interface Version {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/**
 * The small record, in two copies that are written one after the other: at least one of them is whole
 * at any time. A copy is created under another name, so one that exists was whole once.
 */
export class DurableRecordFile {
  readonly #disk: Disk;
  readonly #existing: Set<string>;
  #current: Version | undefined;

  private constructor(disk: Disk, existing: Set<string>, current: Version | undefined) {
    this.#disk = disk;
    this.#existing = existing;
    this.#current = current;
  }

  /**
   * Reads the newest copy and writes it again: what was read may never have reached the disk.
   *
   * @throws {RecordDamaged} if there are files, but not a valid one.
   */
  static *open(disk: Disk, names: readonly string[]): Steps<DurableRecordFile> {
    if (names.includes(TEMPORARY)) yield* wait(disk.remove(TEMPORARY));
    const existing = RECORD_FILES.filter((name) => names.includes(name));
    let newest: Version | undefined;
    let holder: string = RECORD_FILES[0];
    for (const name of existing) {
      const version = decode(yield* wait(disk.read(name, 0, FILE_BYTES)));
      if (version === undefined || version.sequence <= (newest?.sequence ?? 0)) continue;
      newest = version;
      holder = name;
    }
    if (existing.length > 0 && newest === undefined) throw new RecordDamaged(existing);
    const file = new DurableRecordFile(disk, new Set(existing), newest);
    if (newest !== undefined) {
      const others = RECORD_FILES.filter((name) => name !== holder);
      // The copy just read is the last to be touched.
      for (const name of [...others, holder]) yield* file.#writeCopy(name, newest);
    }
    return file;
  }

  /** The record; `undefined` if none was ever written. */
  get bytes(): Uint8Array | undefined {
    return this.#current?.bytes;
  }

  /** Replaces the record. */
  *write(bytes: Uint8Array): Steps<void> {
    invariant(bytes.length <= DURABLE_RECORD_BYTES_MAX, `a record of ${bytes.length} bytes fits`);
    const version = { sequence: (this.#current?.sequence ?? 0) + 1, bytes: bytes.slice() };
    for (const name of RECORD_FILES) yield* this.#writeCopy(name, version);
    this.#current = version;
  }

  *#writeCopy(name: string, version: Version): Steps<void> {
    const disk = this.#disk;
    const bytes = encode(version);
    if (this.#existing.has(name)) {
      yield* wait(disk.write(name, 0, bytes));
      yield* wait(disk.sync(name));
      return;
    }
    yield* wait(disk.write(TEMPORARY, 0, bytes));
    yield* wait(disk.sync(TEMPORARY));
    yield* wait(disk.rename(TEMPORARY, name));
    yield* wait(disk.syncDirectory());
    this.#existing.add(name);
  }
}

function encode(version: Version): Uint8Array {
  const bytes = new Uint8Array(FILE_BYTES);
  const { sequence: number, bytes: payload } = version;
  writeRecord(bytes, 0, { type: RecordType.durable, number, payload }, { seed: SEED, start: 0 });
  return bytes;
}

function decode(bytes: Uint8Array): Version | undefined {
  const header = readHeader(bytes, 0, SEED);
  if (header?.type !== RecordType.durable) return undefined;
  const payload = bytes.slice(HEADER_BYTES, HEADER_BYTES + header.length);
  return isPayload(payload, header, SEED) ? { sequence: header.number, bytes: payload } : undefined;
}
