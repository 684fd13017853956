import { invariant } from "../actors/errors.ts";
import { encodeRepair } from "./log_repair.ts";
import type { LogDamage } from "./log_scan.ts";
import { type Destination, recordBytes, recordStart, RecordType, writeRecord } from "./record.ts";

/** A change of the log. */
export type LogChange =
  | { readonly type: "append"; readonly first: number; readonly entries: readonly Uint8Array[] }
  | { readonly type: "truncate"; readonly last: number };

/** Changes as the records that are written for them. */
export interface LogRecord {
  readonly type: typeof RecordType.entry | typeof RecordType.truncate | typeof RecordType.repair;
  readonly number: number;
  readonly payload: Uint8Array;
}

/** A buffer larger than this is not kept for the next batch, in bytes. */
const BUFFER_BYTES_KEPT = 8 * 1024 * 1024;
const BUFFER_BYTES_MIN = 64 * 1024;

const NOTHING = new Uint8Array();

/**
 * The records for changes of a log that ends with entry `last`.
 *
 * @throws {AssertionFailed} if entries would leave a gap.
 */
export function logRecords(changes: readonly LogChange[], last: number): LogRecord[] {
  const records: LogRecord[] = [];
  for (const change of changes) {
    if (change.type === "truncate") {
      last = Math.min(last, change.last);
      records.push({ type: RecordType.truncate, number: change.last, payload: NOTHING });
      continue;
    }
    const { first, entries } = change;
    invariant(first >= 1 && first <= last + 1, `entry ${first} follows entry ${last}`);
    last = first + entries.length - 1;
    if (entries.length === 0) {
      records.push({ type: RecordType.truncate, number: last, payload: NOTHING });
    }
    for (const [index, payload] of entries.entries()) {
      records.push({ type: RecordType.entry, number: first + index, payload });
    }
  }
  return records;
}

/** The records with one before them that makes them stand in for damage, if they are all there. */
export function repairing(damage: LogDamage, records: readonly LogRecord[]): LogRecord[] {
  const repair = { serial: damage.file.serial, offset: damage.offset, bytes: 0 };
  const type = RecordType.repair;
  const draft = [{ type, number: 0, payload: encodeRepair(repair) }, ...records];
  const payload = encodeRepair({ ...repair, bytes: recordsEnd(draft, 0) });
  return [{ type, number: 0, payload }, ...records];
}

/** Where records end that are written at `start` of a file. */
export function recordsEnd(records: readonly LogRecord[], start: number): number {
  let end = start;
  for (const { payload } of records) end = recordStart(end) + recordBytes(payload.length);
  return end;
}

/** Turns records into bytes, in a buffer that is used again for the next batch. */
export class BatchEncoder {
  #buffer = new Uint8Array(BUFFER_BYTES_MIN);

  /** The records, and zeros up to `total` bytes. */
  encode(records: readonly LogRecord[], total: number, destination: Destination): Uint8Array {
    const { start } = destination;
    if (this.#buffer.length < total) this.#buffer = new Uint8Array(total);
    const bytes = this.#buffer.subarray(0, total);
    let end = 0;
    for (const record of records) {
      const offset = recordStart(start + end) - start;
      bytes.fill(0, end, offset);
      end = writeRecord(bytes, offset, record, destination);
    }
    bytes.fill(0, end);
    if (total > BUFFER_BYTES_KEPT) this.#buffer = new Uint8Array(BUFFER_BYTES_MIN);
    return bytes;
  }
}
