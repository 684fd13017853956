/**
 * Snapshots, taken when the journal has grown, so that it can be forgotten. One is made of pieces such as
 * those that a joining replica copies, over many turns, while updates go on: of each object it has the state
 * when its turn came, which is that at the snapshot's op-number or a later one. What the journal has after
 * that op-number is taken up on top of it, and of an object the latest state counts.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { array, decode, encode, Reader, struct, u53, Writer } from "../../actors/schema.ts";
import { snapshotBase } from "../log_wire.ts";
import { restore } from "./adoption.ts";
import { chunkFrom, FIRST_PLACE } from "./donor.ts";
import { seal } from "./flush.ts";
import {
  BATCH_MAX,
  CHUNK_SESSIONS_MAX,
  type ChunkPlace,
  heldObject,
  heldSession,
} from "./messages.ts";
import type { HermesReplica } from "./replica.ts";

/** What the snapshots remember. */
export class SnapshotState {
  /** The op-number of the newest durable one; 0 if there is none. */
  newest = 0;
  /** The op-number of the one that is being written; 0 if none is. */
  taking = 0;
}

/** Bytes of a piece, about. */
const PIECE_BYTES = 512 * 1024;
/** Bytes read at once. */
const READ_BYTES = 1024 * 1024;

const snapshotPiece = struct({
  objects: array(heldObject, BATCH_MAX),
  sessions: array(heldSession, CHUNK_SESSIONS_MAX),
  /** The greatest client id whose session was evicted. */
  evicted: u53,
});

/** Begins a snapshot once enough has gathered. */
export function takeIfDue(replica: HermesReplica): void {
  const { snapshots, flushing, options, context, isReady } = replica;
  if (snapshots.taking !== 0 || !isReady) return;
  const isEnough = flushing.logBytes >= options.snapshotLogBytes;
  if (!isEnough && !context.maybe("hermes/snapshot-now")) return;
  seal(replica);
  const { opNumber: op, head: checksum, logBytes } = flushing;
  if (op <= snapshots.newest) return;
  snapshots.taking = op;
  context.send(options.journal, { type: "snapshot-begin", op });
  const base = encode(snapshotBase, { checksum, time: 0 });
  const { evicted } = replica.sessions;
  writePiece(replica, { op, evicted }, FIRST_PLACE, () => {
    // Who was evicted since is not in it, and is not to come back with the log.
    seal(replica);
    replica.durability.commitSnapshot(op, base, () => {
      snapshots.taking = 0;
      snapshots.newest = op;
      flushing.logBytes -= logBytes;
    });
  });
}

/** Writes what there is from a place on; `then` runs when all of it is written. */
function writePiece(
  replica: HermesReplica,
  snapshot: { readonly op: number; readonly evicted: number },
  place: ChunkPlace,
  then: () => void,
): void {
  const { durability, context } = replica;
  const { op, evicted } = snapshot;
  const isSmall = context.maybe("hermes/small-snapshot-piece");
  const piece = chunkFrom(replica, place, isSmall ? 1 : PIECE_BYTES);
  const writer = new Writer();
  writer.bytes(encode(snapshotPiece, { ...piece, evicted }));
  durability.snapshotChunk(op, writer.finish(), () => {
    if (piece.next === null) then();
    else writePiece(replica, snapshot, piece.next, then);
  });
}

/** A snapshot that is being read. */
interface Reading {
  readonly op: number;
  offset: number;
  /** What was read and is no whole piece yet. */
  rest: Uint8Array;
  /** Whose requests it tells of. */
  readonly clients: Set<number>;
  /** The greatest client id whose session was evicted. */
  evicted: number;
  readonly then: () => void;
}

/** Takes up the snapshot at an op-number, if that is not 0; `then` runs after it. */
export function loadSnapshot(replica: HermesReplica, op: number, then: () => void): void {
  replica.snapshots.newest = op;
  if (op === 0) return then();
  readPiece(replica, {
    op,
    offset: 0,
    rest: new Uint8Array(),
    clients: new Set(),
    evicted: 0,
    then,
  });
}

function readPiece(replica: HermesReplica, reading: Reading): void {
  const { op, offset } = reading;
  replica.durability.readSnapshot(op, offset, READ_BYTES, (reply) => {
    invariant(reply !== undefined, `the journal holds the snapshot at ${op}`);
    const { bytes, total } = reply;
    reading.rest = join(reading.rest, bytes);
    reading.offset += bytes.length;
    takePieces(replica, reading);
    if (reading.offset < total) return readPiece(replica, reading);
    invariant(reading.rest.length === 0, "a snapshot consists of whole pieces");
    // An object that was not valid may tell of others: they have asked for more since, and were evicted.
    replica.sessions.evictUpTo(reading.evicted, reading.clients);
    reading.then();
  });
}

/** Takes up the whole pieces that there are. */
function takePieces(replica: HermesReplica, reading: Reading): void {
  const bytes = reading.rest;
  const reader = new Reader(bytes);
  let taken = 0;
  while (reader.remaining >= 4) {
    const length = new Reader(bytes.subarray(taken)).u32();
    if (reader.remaining < 4 + length) break;
    const { objects, sessions, evicted } = decode(snapshotPiece, reader.bytes(length));
    for (const object of objects) restore(replica, object);
    for (const { record, used } of sessions) {
      reading.clients.add(record.clientId);
      replica.sessions.adopt(record, used);
    }
    reading.evicted = Math.max(reading.evicted, evicted);
    taken += 4 + length;
  }
  reading.rest = bytes.subarray(taken);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
