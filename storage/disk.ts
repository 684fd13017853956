/**
 * The disk as the journal sees it: a flat directory of files. `DenoDisk` is a real directory,
 * and the simulator's disk loses, tears and corrupts what was not synced.
 *
 * @module
 */
import type { Operation } from "../actors/actor.ts";
import { TroupeError } from "../actors/errors.ts";

/** A directory of files, with the operations that a journal needs and no others. */
export interface Disk {
  /** The names of all files, sorted. */
  list(): Operation<readonly string[]>;
  /** The size of a file, in bytes. */
  size(name: string): Operation<number>;
  /** Up to `length` bytes from `offset`; fewer at the end of the file. */
  read(name: string, offset: number, length: number): Operation<Uint8Array>;
  /**
   * Writes at `offset`, creating the file (readable by its owner only) if need be. The bytes belong
   * to the disk until it is done. Nothing is durable until {@linkcode Disk.sync}.
   */
  write(name: string, offset: number, bytes: Uint8Array): Operation<void>;
  /** Makes everything written to the file durable, as `fdatasync` does. */
  sync(name: string): Operation<void>;
  /** {@linkcode Disk.write}, and {@linkcode Disk.sync} unless it failed, with nothing in between. */
  writeThrough(name: string, offset: number, bytes: Uint8Array): Operation<void>;
  /** Cuts or extends (with zeros) a file. */
  truncate(name: string, length: number): Operation<void>;
  /** Renames a file over another, atomically. */
  rename(from: string, to: string): Operation<void>;
  /** Removes a file. */
  remove(name: string): Operation<void>;
  /** Makes creations, renames and removals durable. */
  syncDirectory(): Operation<void>;
}

/** {@linkcode Disk.writeThrough} in two steps. */
export function writeThenSync(
  disk: Disk,
  name: string,
  offset: number,
  bytes: Uint8Array,
): Operation<void> {
  const write = disk.write(name, offset, bytes);
  return (done) => write((outcome) => outcome.ok ? disk.sync(name)(done) : done(outcome));
}

/** An operation that the disk could not do. */
export class DiskError extends TroupeError {
  /** True if the same write may succeed later: the disk is full, or over quota. */
  readonly full: boolean;

  constructor(what: string, full: boolean, options?: ErrorOptions) {
    super(full ? "disk_full" : "disk_error", what, options);
    this.full = full;
  }
}
