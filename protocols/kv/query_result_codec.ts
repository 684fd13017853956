/**
 * Results of queries as bytes: one byte for the kind, the store's revision, and what only that kind
 * has. A page is written item by item, straight from the store.
 *
 * @module
 */
import { type Reader, SchemaError, Writer } from "../../actors/schema.ts";
import type { KvQueryResult, Page, PageItem } from "./query_types.ts";
import { type KeyMetadata, PAGE_BYTES_MAX, SCAN_LIMIT_MAX, type Unreadable } from "./types.ts";
import type { KeyState } from "./key_state.ts";
import { CURSOR_BYTES_MAX } from "./query_codec.ts";
import { encodeResult, MALFORMED } from "./result_codec.ts";
import { beginWrite, finishWith, readKey, readResultOf, writeKey } from "./wire.ts";

const FOUND = 16;
const ABSENT = 17;
const PAGE = 18;
const COUNT = 19;

/** Where a page keeps the number of its items: after its kind, its revision and `keysOnly`. */
const COUNT_OFFSET = 10;
const REASON_BYTES_MAX = 1024;

/** Writes a result. */
export function encodeQueryResult(result: KvQueryResult): Uint8Array<ArrayBuffer> {
  const writer = beginWrite();
  switch (result.type) {
    case "found":
      writer.u8(FOUND);
      writer.u53(result.revision);
      writeMetadata(writer, result);
      return finishWith(writer, result.value);
    case "absent":
      writer.u8(ABSENT);
      writer.u53(result.revision);
      return writer.finish();
    case "count":
      writer.u8(COUNT);
      writer.u53(result.revision);
      writer.u53(result.count);
      return writer.finish();
    case "page":
      return encodePage(result);
    case "malformed":
      return encodeResult(result);
  }
}

/** Writes what a `get` finds. */
export function encodeRead(
  state: KeyState | undefined,
  revision: number,
): Uint8Array<ArrayBuffer> {
  if (state === undefined) return encodeQueryResult({ type: "absent", revision });
  const { createRevision, modRevision, version, value } = state;
  return encodeQueryResult({
    type: "found",
    revision,
    createRevision,
    modRevision,
    version,
    value,
  });
}

function encodePage(page: Page): Uint8Array<ArrayBuffer> {
  const writer = new PageWriter(page.revision, page.items[0]?.value === undefined);
  for (const item of page.items) writer.add(item.key, item, item.value);
  return writer.finish(page.cursor);
}

function writeMetadata(writer: Writer, metadata: KeyMetadata): void {
  writer.u53(metadata.createRevision);
  writer.u53(metadata.modRevision);
  writer.u53(metadata.version);
}

function readMetadata(reader: Reader): KeyMetadata {
  return { createRevision: reader.u53(), modRevision: reader.u53(), version: reader.u53() };
}

/** Writes a page, item by item. */
export class PageWriter {
  readonly #writer = new Writer(16 * 1024);
  readonly #keysOnly: boolean;
  #count = 0;

  constructor(revision: number, keysOnly: boolean) {
    this.#keysOnly = keysOnly;
    this.#writer.u8(PAGE);
    this.#writer.u53(revision);
    this.#writer.u8(keysOnly ? 1 : 0);
    this.#writer.u32(0);
  }

  /** The number of items added. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds an item; its value is ignored by a page of keys only. Returns false, and adds nothing, if
   * the page would grow beyond {@linkcode PAGE_BYTES_MAX}; the first item always fits.
   */
  add(key: string, metadata: KeyMetadata, value: Uint8Array | undefined): boolean {
    const before = this.#writer.length;
    writeKey(this.#writer, key);
    writeMetadata(this.#writer, metadata);
    if (!this.#keysOnly) this.#writer.bytes(value ?? new Uint8Array());
    if (this.#writer.length > PAGE_BYTES_MAX && this.#count > 0) {
      this.#writer.rewind(before);
      return false;
    }
    this.#count++;
    return true;
  }

  /** The page's bytes. */
  finish(cursor: string | null): Uint8Array<ArrayBuffer> {
    this.#writer.patchU32(COUNT_OFFSET, this.#count);
    this.#writer.text(cursor ?? "");
    return this.#writer.finish();
  }
}

/** Reads a result. Values are views of the bytes. */
export function decodeQueryResult(bytes: Uint8Array): KvQueryResult | Unreadable {
  return readResultOf(bytes, readResult);
}

function readResult(reader: Reader, tag: number, revision: number): KvQueryResult {
  switch (tag) {
    case FOUND: {
      const metadata = readMetadata(reader);
      return { type: "found", revision, ...metadata, value: reader.raw(reader.remaining) };
    }
    case ABSENT:
      return { type: "absent", revision };
    case COUNT:
      return { type: "count", revision, count: reader.u53() };
    case PAGE:
      return readPage(reader, revision);
    case MALFORMED:
      return { type: "malformed", revision, reason: reader.text(REASON_BYTES_MAX) };
    default:
      throw new SchemaError(`No result of a query with tag ${tag}`);
  }
}

function readPage(reader: Reader, revision: number): Page {
  const keysOnly = reader.u8() !== 0;
  const count = reader.u32();
  if (count > SCAN_LIMIT_MAX) throw new SchemaError(`Page of ${count} items`);
  const items: PageItem[] = [];
  for (let index = 0; index < count; index++) {
    const key = readKey(reader);
    const metadata = readMetadata(reader);
    items.push(
      keysOnly ? { key, ...metadata } : { key, ...metadata, value: reader.bytes(reader.remaining) },
    );
  }
  const cursor = reader.text(CURSOR_BYTES_MAX);
  return { type: "page", revision, items, cursor: cursor === "" ? null : cursor };
}
