/**
 * A store as chunks of bytes, for the disk and for nodes that need the whole state; and its digest.
 * Each chunk is read by itself; their order, and where one ends, must be kept.
 *
 * @module
 */
import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import {
  array,
  decode,
  encode,
  type Infer,
  type Schema,
  SchemaError,
  struct,
  u32,
  u53,
  union,
} from "../../actors/schema.ts";
import { CowTree } from "../cow_tree.ts";
import { fromSortable, toSortable } from "../key_range.ts";
import { clockSchema } from "./clock.ts";
import { dotSchema, dotsSchema } from "./dot.ts";
import type { EventRecord } from "./dot_index.ts";
import { GossipSnapshotError } from "./errors.ts";
import { entriesSchema, type Entry, keySchema, type KeyState } from "./key_state.ts";
import { copyPayload, isTombstone, payloadBytes } from "./payload.ts";
import type { StoreVersion } from "./store.ts";

const MAGIC = 0x5447_5301;
/** A chunk is closed when it has reached about this size, in bytes; it has one key at least. */
const CHUNK_BYTES = 256 * 1024;
/** Of the entries of a key so many bytes go in one row, or a single entry. */
const PART_BYTES = 1024 * 1024;
const ROWS_MAX = 65_536;
const DOT_BYTES = 13;

const rowSchema = struct({ key: keySchema, entries: entriesSchema, ahead: dotsSchema });
type Row = Infer<typeof rowSchema>;

const chunkSchema = union({
  head: { magic: u32, clock: clockSchema, dropped: clockSchema },
  keys: { rows: array(rowSchema, ROWS_MAX) },
  index: {
    rows: array(struct({ dot: dotSchema, key: keySchema, after: clockSchema }), ROWS_MAX),
  },
  tail: { keys: u53, events: u53, crc: u32 },
});
type Chunk = Infer<typeof chunkSchema>;

/** The chunks of a state. */
export function* snapshotChunks(version: StoreVersion): Generator<Uint8Array<ArrayBuffer>> {
  let crc = 0;
  for (const chunk of bodyOf(version)) {
    const bytes = encode(chunkSchema, chunk);
    crc = crc32(bytes, crc);
    yield bytes;
  }
  const { tree, index } = version;
  yield encode(chunkSchema, { type: "tail", keys: tree.size, events: index.length, crc });
}

function* bodyOf({ clock, dropped, tree, index }: StoreVersion): Generator<Chunk> {
  yield { type: "head", magic: MAGIC, clock, dropped };
  for (const rows of inChunks(partsOf(rowsOf(tree.leaves())), rowBytes)) {
    yield { type: "keys", rows };
  }
  const eventBytes = ({ key, after }: EventRecord) => DOT_BYTES + key.length + after.bytes;
  for (const rows of inChunks(index, eventBytes)) yield { type: "index", rows };
}

function* rowsOf(
  leaves: Iterable<{ readonly keys: readonly string[]; readonly values: readonly KeyState[] }>,
): Generator<Row> {
  for (const { keys, values } of leaves) {
    for (let at = 0; at < keys.length; at++) {
      yield { key: fromSortable(keys[at]!), ...values[at]! };
    }
  }
}

/** Rows of which none is too large for a chunk: a key of many large entries, of many writers, takes several. */
function* partsOf(rows: Iterable<Row>): Generator<Row> {
  for (const { key, entries, ahead } of rows) {
    let part: Entry[] = [];
    let bytes = 0;
    for (const entry of entries) {
      const size = payloadBytes(entry.payload);
      if (bytes + size > PART_BYTES && part.length > 0) {
        yield { key, entries: part, ahead: [] };
        part = [];
        bytes = 0;
      }
      part.push(entry);
      bytes += size;
    }
    yield { key, entries: part, ahead };
  }
}

function rowBytes({ key, entries, ahead }: Row): number {
  let bytes = key.length + DOT_BYTES * (entries.length + ahead.length);
  for (const { payload } of entries) bytes += payloadBytes(payload);
  return bytes;
}

function* inChunks<T>(items: Iterable<T>, bytesOf: (item: T) => number): Generator<T[]> {
  let chunk: T[] = [];
  let bytes = 0;
  for (const item of items) {
    chunk.push(item);
    bytes += bytesOf(item);
    if (bytes < CHUNK_BYTES && chunk.length < ROWS_MAX) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/**
 * The state of a snapshot; `GossipStore.joinAll` takes it in.
 *
 * @throws {GossipSnapshotError} if it is torn, damaged, or none at all.
 */
export function readSnapshot(chunks: Iterable<Uint8Array>): StoreVersion {
  const tree = new CowTree<KeyState>();
  const index: EventRecord[] = [];
  let head: Extract<Chunk, { type: "head" }> | undefined;
  let tail: Extract<Chunk, { type: "tail" }> | undefined;
  let crc = 0;
  for (const bytes of chunks) {
    if (tail !== undefined) throw new GossipSnapshotError("chunks are left over");
    const chunk = readChunk(chunkSchema, bytes);
    if ((chunk.type === "head") !== (head === undefined)) {
      throw new GossipSnapshotError("it does not begin as one does");
    }
    if (chunk.type === "tail") tail = chunk;
    else crc = crc32(bytes, crc);
    if (chunk.type === "head") head = chunk;
    if (chunk.type === "keys") {
      for (const { key, entries, ahead } of chunk.rows) {
        const sortable = toSortable(key);
        const before = tree.get(sortable)?.entries ?? [];
        tree.set(sortable, { entries: [...before, ...entries.map(copyEntry)], ahead });
      }
    }
    if (chunk.type === "index") index.push(...chunk.rows);
  }
  if (head === undefined || tail === undefined) throw new GossipSnapshotError("it ends too early");
  if (head.magic !== MAGIC) throw new GossipSnapshotError("it does not begin as one does");
  if (tail.crc !== crc || tail.keys !== tree.size || tail.events !== index.length) {
    throw new GossipSnapshotError("its checksum does not match");
  }
  return { clock: head.clock, dropped: head.dropped, tree, index };
}

function copyEntry({ dot, payload }: Entry): Entry {
  return { dot, payload: copyPayload(payload) };
}

function readChunk<T>(schema: Schema<T>, bytes: Uint8Array): T {
  try {
    return decode(schema, bytes);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new GossipSnapshotError(error.message);
  }
}

/**
 * A hash of the clock and of everything that is alive, byte by byte: the same at all stores whose clocks
 * are equal, unless one is damaged. Takes the time of a full snapshot.
 */
export function digestOf({ clock, tree }: Pick<StoreVersion, "clock" | "tree">): string {
  let digest = hash("sha256", encode(clockSchema, clock));
  for (const row of rowsOf(tree.leaves())) {
    const entries = row.entries.filter(({ payload }) => !isTombstone(payload));
    if (entries.length === 0 && row.ahead.length === 0) continue;
    digest = hash("sha256", digest + hash("sha256", encode(rowSchema, { ...row, entries })));
  }
  return digest;
}
