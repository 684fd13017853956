/**
 * The commands and queries of the replicated log, their results, and the limits of all that is sent to
 * it. A record is bytes that mean something to its writers and readers alone; its offset is its number
 * in the log, from 0.
 *
 * @module
 */
import {
  array,
  bytes,
  type Infer,
  Reader,
  type Schema,
  SchemaError,
  text,
  u53,
  union,
  Writer,
} from "../../actors/schema.ts";
import { TroupeError } from "../../actors/errors.ts";

/** The longest record, in bytes, unless the log is configured otherwise. */
export const RECORD_BYTES_MAX = 512 * 1024;
/** How much the records may take together, in bytes, unless the log is configured otherwise. */
export const LOG_BYTES_MAX = 256 * 1024 * 1024;
/** What a record takes of that besides its own bytes. */
export const RECORD_OVERHEAD_BYTES = 16;
/** The most records of one answer. */
export const READ_LIMIT_MAX = 1_000;
/** The records of an answer to a reader who asks for no number. */
export const READ_LIMIT_DEFAULT = 100;
/** An answer ends early rather than grow beyond this many bytes; it holds one record at least. */
export const READ_BYTES_MAX = 1024 * 1024;

/** What frames leave room for at most. */
const WIRE_RECORD_BYTES_MAX = 2 * 1024 * 1024;
const REASON_BYTES_MAX = 1024;

const malformed = { reason: text(REASON_BYTES_MAX) };

const logCommand = union({
  /** Adds a record at the end. */
  append: { record: bytes(WIRE_RECORD_BYTES_MAX) },
  /** Drops the records before an offset, to make room. */
  trim: { before: u53 },
});

const logResult = union({
  appended: { offset: u53 },
  /** What the log begins with now, and the offset that the next record will get. */
  trimmed: { first: u53, next: u53 },
  /** There is no room for the record; nothing was changed. */
  full: { bytes: u53, limit: u53 },
  /** The record is beyond its limit; nothing was changed. */
  too_large: { bytes: u53, limit: u53 },
  malformed,
});

const logQuery = union({
  /** Asks for at most `limit` records from an offset on. */
  read: { from: u53, limit: u53 },
  /** Asks where the log begins and ends. */
  latest: {},
});

const logQueryResult = union({
  /** Records from the offset asked for on; none if it is not written yet. */
  records: {
    first: u53,
    next: u53,
    records: array(bytes(WIRE_RECORD_BYTES_MAX), READ_LIMIT_MAX),
  },
  /** The offset asked for is before the first one that is still there. */
  dropped: { first: u53, next: u53 },
  /** `first` is the offset of the oldest record, `next` the one that the next will get. */
  latest: { first: u53, next: u53 },
  malformed,
});

/** Something that may change the log. */
export type LogCommand = Infer<typeof logCommand>;
/** The result of a command. */
export type LogResult = Infer<typeof logResult>;
/** A question to the log. */
export type LogQuery = Infer<typeof logQuery>;
/** The result of a query. */
export type LogQueryResult = Infer<typeof logQueryResult>;
/** What a decoder says of bytes that are not what they should be. */
export type Malformed = Extract<LogResult, { type: "malformed" }>;

/** A command or query of the log that could never make sense, refused before it is sent. */
export class LogInputError extends TroupeError {
  /** Says what could not be done, and why. */
  constructor(message: string, options?: ErrorOptions) {
    super("bad_request", message, options);
  }
}

/**
 * Writes a command.
 *
 * @throws {LogInputError} for a record of more than 2 MiB, or an offset that is none.
 */
export function encodeLogCommand(command: LogCommand): Uint8Array<ArrayBuffer> {
  return encodeInput(logCommand, command);
}

/**
 * Writes a query.
 *
 * @throws {LogInputError} for an offset that is none, or a limit beyond {@linkcode READ_LIMIT_MAX}.
 */
export function encodeLogQuery(query: LogQuery): Uint8Array<ArrayBuffer> {
  const unfit = query.type === "read" ? unfitLimit(query.limit) : undefined;
  if (unfit !== undefined) throw new LogInputError(unfit);
  return encodeInput(logQuery, query);
}

/** Reads a command. The record is a view of the bytes. */
export function decodeLogCommand(input: Uint8Array): LogCommand | Malformed {
  return decode(logCommand, input);
}

/** Reads a query. */
export function decodeLogQuery(input: Uint8Array): LogQuery | Malformed {
  const query = decode(logQuery, input);
  const reason = query.type === "read" ? unfitLimit(query.limit) : undefined;
  return reason === undefined ? query : { type: "malformed", reason };
}

/** Writes the result of a command. */
export function encodeLogResult(result: LogResult): Uint8Array<ArrayBuffer> {
  return encode(logResult, result);
}

/** Reads the result of a command. */
export function decodeLogResult(input: Uint8Array): LogResult {
  return decode(logResult, input);
}

/** Writes the result of a query. */
export function encodeLogQueryResult(result: LogQueryResult): Uint8Array<ArrayBuffer> {
  return encode(logQueryResult, result);
}

/** Reads the result of a query. Records are views of the bytes. */
export function decodeLogQueryResult(input: Uint8Array): LogQueryResult {
  return decode(logQueryResult, input);
}

function unfitLimit(limit: number): string | undefined {
  if (limit >= 1 && limit <= READ_LIMIT_MAX) return undefined;
  return `Limit of a read is not an integer from 1 to ${READ_LIMIT_MAX}: ${limit}`;
}

function encodeInput<T>(schema: Schema<T>, value: T): Uint8Array<ArrayBuffer> {
  try {
    return encode(schema, value);
  } catch (cause) {
    if (cause instanceof SchemaError) throw new LogInputError(cause.message, { cause });
    throw cause;
  }
}

function encode<T>(schema: Schema<T>, value: T): Uint8Array<ArrayBuffer> {
  const writer = new Writer(256);
  schema.write(writer, value);
  return writer.finish();
}

function decode<T>(schema: Schema<T>, input: Uint8Array): T | Malformed {
  try {
    const reader = new Reader(input);
    const value = schema.read(reader);
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof SchemaError) return { type: "malformed", reason: error.message };
    throw error;
  }
}
