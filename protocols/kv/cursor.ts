/**
 * Cursors: where a scan is to go on. A cursor names the last key that was returned and the range that
 * the scan began with, so it means the same whatever is inserted or deleted between two pages.
 *
 * @module
 */
import { Reader, SchemaError, Writer } from "../../actors/schema.ts";
import { readKey, readOr, writeKey } from "./wire.ts";

/** What a cursor says. */
export interface Cursor {
  readonly prefix: string | undefined;
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly reverse: boolean;
  /** The last key returned. */
  readonly last: string;
}

const FORMAT = 1;
const HAS_PREFIX = 1;
const HAS_START = 2;
const HAS_END = 4;
const REVERSE = 8;
const KNOWN_FLAGS = 15;

/** Writes a cursor as text that needs no escaping in a URL. */
export function encodeCursor(cursor: Cursor): string {
  const writer = new Writer(256);
  writer.u8(FORMAT);
  writer.u8(
    (cursor.prefix === undefined ? 0 : HAS_PREFIX) |
      (cursor.start === undefined ? 0 : HAS_START) |
      (cursor.end === undefined ? 0 : HAS_END) |
      (cursor.reverse ? REVERSE : 0),
  );
  for (const text of [cursor.prefix, cursor.start, cursor.end]) {
    if (text !== undefined) writeKey(writer, text);
  }
  writeKey(writer, cursor.last);
  return writer.view().toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Reads a cursor; `undefined` if the text is none. */
export function decodeCursor(text: string): Cursor | undefined {
  const bytes = fromBase64(text);
  if (bytes === undefined) return undefined;
  return readOr(() => readCursor(new Reader(bytes)), () => undefined);
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

function readCursor(reader: Reader): Cursor {
  const format = reader.u8();
  const flags = reader.u8();
  if (format !== FORMAT || flags > KNOWN_FLAGS) throw new SchemaError("Not a cursor");
  const readIf = (flag: number) => (flags & flag) === 0 ? undefined : readKey(reader);
  const cursor = {
    prefix: readIf(HAS_PREFIX),
    start: readIf(HAS_START),
    end: readIf(HAS_END),
    reverse: (flags & REVERSE) !== 0,
    last: readKey(reader),
  };
  reader.end();
  return cursor;
}
