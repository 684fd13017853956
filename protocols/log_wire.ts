/**
 * How what a log is made of travels between replicas, and is kept with snapshots; whatever the protocol.
 *
 * @module
 */
import { bytes, f64, type Schema, struct } from "../actors/schema.ts";
import { CHECKSUM_BYTES, type Entry, openEntry } from "./entry.ts";

/** The largest entry, in bytes: a batch, or a single request that is larger than a batch may be. */
export const ENTRY_BYTES_MAX = 4 * 1024 * 1024;
/** The largest piece of a snapshot, in bytes. */
export const SNAPSHOT_PIECE_BYTES_MAX = 1024 * 1024;

/** The checksum of an entry. */
export const checksum: Schema<Uint8Array> = bytes(CHECKSUM_BYTES);

const entryBytes = bytes(ENTRY_BYTES_MAX);
/** An entry crosses as its bytes, and is checked as it comes in. */
export const entry: Schema<Entry> = {
  write: (writer, value) => entryBytes.write(writer, value.bytes),
  read: (reader) => openEntry(entryBytes.read(reader)),
};

/** What is kept with a snapshot: the point in the log that it stands for. */
export const snapshotBase = struct({ checksum, time: f64 });
