/**
 * What clients say to the key-value store, and what it answers: the commands, the queries and their
 * results, with a compact binary encoding of each.
 *
 * A client or gateway encodes commands and queries and decodes results; the store does the reverse.
 * Encoders throw {@linkcode KvInputError} for what could never make sense; decoders never throw,
 * whatever the bytes.
 *
 * @module
 */
export {
  BATCH_BYTES,
  BATCHED_BYTES,
  decodeCommand,
  encodeBatch,
  encodeCommand,
} from "./command_codec.ts";
export { decodeQuery, encodeQuery } from "./query_codec.ts";
export { decodeQueryResult, encodeQueryResult } from "./query_result_codec.ts";
export { decodeResult, encodeResult } from "./result_codec.ts";
export {
  INTEGER_MAX,
  INTEGER_MIN,
  KEY_BYTES_MAX,
  KvInputError,
  PAGE_BYTES_MAX,
  SCAN_LIMIT_DEFAULT,
  SCAN_LIMIT_MAX,
  VALUE_BYTES_MAX,
} from "./types.ts";
export type {
  Batch,
  BatchDone,
  Condition,
  Delete,
  DeleteDone,
  Increment,
  IncrementDone,
  KeyCommand,
  KeyMetadata,
  KeyResult,
  KvCommand,
  KvResult,
  Malformed,
  MalformedInput,
  NotANumber,
  NumberOverflow,
  PreconditionFailed,
  Put,
  PutDone,
  TooLarge,
  Unreadable,
} from "./types.ts";
export type {
  Absent,
  Count,
  Found,
  Get,
  KvQuery,
  KvQueryResult,
  Page,
  PageItem,
  Scan,
  Size,
} from "./query_types.ts";
