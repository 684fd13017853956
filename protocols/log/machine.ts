import { Reader, SchemaError, Writer } from "../../actors/schema.ts";
import { TroupeError } from "../../actors/errors.ts";
import type { StateMachine } from "../state_machine.ts";
import {
  decodeLogCommand,
  decodeLogQuery,
  encodeLogQueryResult,
  encodeLogResult,
  LOG_BYTES_MAX,
  type LogQuery,
  type LogResult,
  READ_BYTES_MAX,
  RECORD_BYTES_MAX,
  RECORD_OVERHEAD_BYTES,
} from "./commands.ts";
import { Segments } from "./segments.ts";

/** How a log is made. Every replica must be given the same. */
export interface LogMachineOptions {
  /**
   * The longest record, in bytes, from 1 to 1 MiB.
   *
   * @default {RECORD_BYTES_MAX}
   */
  readonly recordBytesMax?: number;
  /**
   * How much all records may take together, 16 bytes for each included. It is memory, at every
   * replica; beyond it, appending is refused until older records are dropped.
   *
   * @default {LOG_BYTES_MAX}
   */
  readonly logBytesMax?: number;
}

/** The log is one object: whoever appends to it changes what all others see. */
const OBJECT = "log";
/** What a chunk of a snapshot may grow to before the next one is begun, in bytes. */
const CHUNK_BYTES = 256 * 1024;
const FORMAT = 1;
const RECORD_LIMIT_MAX = 1024 * 1024;

/**
 * A replicated log: records are appended at its end and read from any offset. Offsets are given without
 * gaps, from 0, and never given twice.
 */
export class LogMachine implements StateMachine {
  readonly #recordBytesMax: number;
  readonly #logBytesMax: number;
  #records = new Segments();

  /**
   * Makes an empty log.
   *
   * @throws {TroupeError} `bad_option` for a limit out of bounds.
   */
  constructor(options: LogMachineOptions = {}) {
    this.#recordBytesMax = options.recordBytesMax ?? RECORD_BYTES_MAX;
    this.#logBytesMax = options.logBytesMax ?? LOG_BYTES_MAX;
    requireWithin("recordBytesMax", this.#recordBytesMax, 1, RECORD_LIMIT_MAX);
    requireWithin("logBytesMax", this.#logBytesMax, 1, Number.MAX_SAFE_INTEGER);
  }

  /** The offset of the oldest record; that of the next one if there is none. */
  get first(): number {
    return this.#records.first;
  }

  /** The offset that the next record will get. */
  get next(): number {
    return this.#records.next;
  }

  /** Executes a command; see `commands.ts`. */
  apply(command: Uint8Array): Uint8Array {
    return encodeLogResult(this.#execute(command));
  }

  /** Answers a query; see `commands.ts`. */
  query(query: Uint8Array): Uint8Array {
    const decoded = decodeLogQuery(query);
    if (decoded.type === "malformed") return encodeLogQueryResult(decoded);
    if (decoded.type === "read") return this.#read(decoded);
    const { first, next } = this.#records;
    return encodeLogQueryResult({ type: "latest", first, next });
  }

  /** All commands concern the one object that there is. */
  commandObject(): string {
    return OBJECT;
  }

  /** All queries concern the one object that there is. */
  queryObject(): string {
    return OBJECT;
  }

  /** The whole state in chunks of 256 KiB, or of one record that is longer. */
  snapshot(): Iterable<Uint8Array> {
    const { first, next } = this.#records;
    return snapshotChunks(first, next, this.#records.read(first, next));
  }

  /**
   * Replaces the whole state. Keeps the old state if it throws.
   *
   * @throws {TroupeError} `bad_snapshot` if the chunks are not those of a log, or not all of them.
   */
  restore(chunks: Iterable<Uint8Array>): void {
    try {
      this.#records = readSnapshot(chunks);
    } catch (cause) {
      if (!(cause instanceof SchemaError)) throw cause;
      const message = `Cannot restore a log: ${cause.message}`;
      throw new TroupeError("bad_snapshot", message, { cause });
    }
  }

  #execute(input: Uint8Array): LogResult {
    const command = decodeLogCommand(input);
    switch (command.type) {
      case "append":
        return this.#append(command.record);
      case "trim": {
        this.#records.trim(command.before);
        const { first, next } = this.#records;
        return { type: "trimmed", first, next };
      }
      case "malformed":
        return command;
    }
  }

  #append(record: Uint8Array): LogResult {
    const { length } = record;
    if (length > this.#recordBytesMax) {
      return { type: "too_large", bytes: length, limit: this.#recordBytesMax };
    }
    const { bytes, count } = this.#records;
    const taken = bytes + length + (count + 1) * RECORD_OVERHEAD_BYTES;
    if (taken > this.#logBytesMax) return { type: "full", bytes: taken, limit: this.#logBytesMax };
    return { type: "appended", offset: this.#records.append(record) };
  }

  #read({ from, limit }: Extract<LogQuery, { type: "read" }>): Uint8Array {
    const { first, next } = this.#records;
    if (from < first) return encodeLogQueryResult({ type: "dropped", first, next });
    const records: Uint8Array[] = [];
    let bytes = 0;
    for (const record of this.#records.read(from, from + limit)) {
      bytes += record.length;
      if (bytes > READ_BYTES_MAX && records.length > 0) break;
      records.push(record);
    }
    return encodeLogQueryResult({ type: "records", first, next, records });
  }
}

/** The first chunk says where the log begins and ends; each of the others holds records, whole. */
function* snapshotChunks(
  first: number,
  next: number,
  records: Iterable<Uint8Array>,
): Iterable<Uint8Array> {
  const head = new Writer(32);
  head.u8(FORMAT);
  head.u53(first);
  head.u53(next);
  yield head.finish();
  const chunk = new Writer(CHUNK_BYTES);
  for (const record of records) {
    if (chunk.length > 0 && chunk.length + record.length > CHUNK_BYTES) {
      yield chunk.finish();
      chunk.reset();
    }
    chunk.bytes(record);
  }
  if (chunk.length > 0) yield chunk.finish();
}

function readSnapshot(chunks: Iterable<Uint8Array>): Segments {
  let records: Segments | undefined;
  let next = 0;
  for (const chunk of chunks) {
    const reader = new Reader(chunk);
    if (records === undefined) {
      const format = reader.u8();
      if (format !== FORMAT) throw new SchemaError(`No snapshot of a log of format ${format}`);
      records = new Segments(reader.u53());
      next = reader.u53();
    }
    while (reader.remaining > 0) records.append(reader.bytes(RECORD_LIMIT_MAX));
  }
  if (records === undefined) throw new SchemaError("Snapshot of a log is empty");
  if (records.next !== next) {
    throw new SchemaError(`Snapshot of a log ends at ${records.next} instead of ${next}`);
  }
  return records;
}

function requireWithin(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new TroupeError(
    "bad_option",
    `Option ${name} is not an integer from ${min} to ${max}: ${value}`,
  );
}
