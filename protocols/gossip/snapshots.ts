/**
 * Snapshots, taken when the journal has grown, so that it can be forgotten; and when a whole state was taken in. One
 * is of the state at its op-number, frozen, and is written over many turns while events go on.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { array, decode, encode, Reader, struct, Writer } from "../../actors/schema.ts";
import { snapshotBase } from "../log_wire.ts";
import { REPLICAS_MAX } from "./clock.ts";
import { replicaSchema } from "./dot.ts";
import { journal, seal } from "./flush.ts";
import { knownRequest, REQUESTERS_MAX } from "./messages.ts";
import type { GossipReplica } from "./replica.ts";
import { readSnapshot, snapshotChunks } from "./snapshot.ts";

/** What the snapshots remember. */
export class SnapshotState {
  /** The op-number of the newest durable one; 0 if there is none. */
  newest = 0;
  /** The op-number of the one that is being written; 0 if none is. */
  taking = 0;
  /** What waits for one that begins after that. */
  waiting: (() => void)[] = [];
}

/** Bytes gathered before they are handed to the journal. */
const PIECE_BYTES = 512 * 1024;
/** Bytes read at once. */
const READ_BYTES = 1024 * 1024;

const replicas = array(replicaSchema, REPLICAS_MAX);
/** What comes before the chunks of the store. */
const snapshotHead = struct({
  members: replicas,
  closed: replicas,
  requests: array(knownRequest, REQUESTERS_MAX),
});

/** Begins a snapshot once enough has gathered. */
export function takeIfDue(replica: GossipReplica): void {
  const { snapshots, flushing, options, context, isWhole, transfer } = replica;
  if (snapshots.taking !== 0 || !isWhole || transfer.isAdopting) return;
  const isEnough = flushing.logBytes >= options.snapshotLogBytes;
  if (isEnough || context.maybe("gossip/snapshot-now")) takeSnapshot(replica, () => {});
}

/** Takes a snapshot of the state as it is now; `then` runs when it is durable. */
export function takeSnapshot(replica: GossipReplica, then: () => void): void {
  const { snapshots, flushing, context, options } = replica;
  if (snapshots.taking !== 0) {
    snapshots.waiting.push(then);
    return;
  }
  // An op-number that has no snapshot yet.
  journal(replica, { type: "member", replica: replica.id });
  seal(replica);
  const { opNumber: op, head: checksum, logBytes } = flushing;
  snapshots.taking = op;
  context.send(options.journal, { type: "snapshot-begin", op });
  const base = encode(snapshotBase, { checksum, time: 0 });
  writePiece(replica, op, chunksOf(replica), () => {
    replica.durability.commitSnapshot(op, base, () => {
      snapshots.taking = 0;
      snapshots.newest = op;
      flushing.logBytes -= logBytes;
      then();
      const { waiting } = snapshots;
      snapshots.waiting = [];
      if (waiting.length > 0) takeSnapshot(replica, () => waiting.forEach((each) => each()));
    });
  });
}

function chunksOf(replica: GossipReplica): Iterator<Uint8Array> {
  const { members, closed, requesters, data } = replica;
  const head = encode(snapshotHead, {
    members: [...members],
    closed: [...closed],
    requests: [...requesters.list()],
  });
  const state = data.store.freeze();
  return (function* () {
    yield head;
    yield* snapshotChunks(state);
  })();
}

/** Writes what is left; `then` runs when all of it is written. */
function writePiece(
  replica: GossipReplica,
  op: number,
  chunks: Iterator<Uint8Array>,
  then: () => void,
): void {
  const writer = new Writer(PIECE_BYTES);
  const enough = replica.context.maybe("gossip/small-snapshot-piece") ? 1 : PIECE_BYTES;
  while (writer.length < enough) {
    const next = chunks.next();
    if (next.done === true) break;
    writer.bytes(next.value);
  }
  if (writer.length === 0) return then();
  replica.durability.snapshotChunk(
    op,
    writer.finish(),
    () => writePiece(replica, op, chunks, then),
  );
}

/** Takes up the snapshot at an op-number, if that is not 0; `then` runs after it. */
export function loadSnapshot(replica: GossipReplica, op: number, then: () => void): void {
  replica.snapshots.newest = op;
  if (op === 0) return then();
  readPiece(replica, op, [], 0, (pieces) => {
    const [head, ...chunks] = cut(pieces);
    invariant(head !== undefined, "a snapshot has a head");
    const { members, closed, requests } = decode(snapshotHead, head);
    for (const id of members) replica.members.add(id);
    for (const id of closed) replica.closed.add(id);
    for (const request of requests) replica.requesters.note(request);
    replica.data.store.joinAll(readSnapshot(chunks));
    then();
  });
}

function readPiece(
  replica: GossipReplica,
  op: number,
  pieces: Uint8Array[],
  offset: number,
  then: (pieces: readonly Uint8Array[]) => void,
): void {
  replica.durability.readSnapshot(op, offset, READ_BYTES, (reply) => {
    invariant(reply !== undefined, `the journal holds the snapshot at ${op}`);
    pieces.push(reply.bytes);
    const next = offset + reply.bytes.length;
    if (next < reply.total) readPiece(replica, op, pieces, next, then);
    else then(pieces);
  });
}

/** The chunks that a snapshot was made of. */
function cut(pieces: readonly Uint8Array[]): Uint8Array[] {
  const whole = new Writer(pieces.reduce((bytes, piece) => bytes + piece.length, 0));
  for (const piece of pieces) whole.raw(piece);
  const reader = new Reader(whole.view());
  const chunks: Uint8Array[] = [];
  while (reader.remaining > 0) chunks.push(reader.bytes(reader.remaining));
  return chunks;
}
