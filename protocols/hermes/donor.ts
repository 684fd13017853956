/**
 * What a member does for one that joins: hands out everything that it holds.
 *
 * @module
 */
import { fromSortable, toSortable } from "../key_range.ts";
import type { ChunkPlace, HeldSession, HermesMessageOf } from "./messages.ts";
import { isSettled } from "./recall.ts";
import type { HermesReplica } from "./replica.ts";

/** A piece of everything: objects in the order of their names, then sessions. Also what snapshots are made of. */
export type Chunk = Pick<HermesMessageOf<"chunk">, "objects" | "sessions" | "evicted" | "next">;

/** Where a copy begins. */
export const FIRST_PLACE: ChunkPlace = { phase: "objects", name: "", clientId: 0 };
/** Where the sessions begin: after the objects. */
const FIRST_SESSION: ChunkPlace = { phase: "sessions", name: "", clientId: 0 };
/** What a record takes up beside its object's name and its result, in bytes. */
const RECORD_BYTES = 60;

/** What there is from a place on, about so many bytes of it. */
export function chunkFrom(replica: HermesReplica, place: ChunkPlace, bytesMax: number): Chunk {
  const { sessions: { evicted }, objects: table } = replica;
  if (place.phase === "sessions") {
    const { sessions, next } = sessionsFrom(replica, place.clientId, bytesMax);
    return { objects: [], sessions, evicted, next };
  }
  const { objects, next } = table.page(toSortable(place.name), bytesMax);
  const name = next === null ? null : fromSortable(next);
  return {
    objects,
    sessions: [],
    evicted,
    next: name === null ? FIRST_SESSION : { phase: "objects", name, clientId: 0 },
  };
}

function sessionsFrom(
  { sessions: known, standing }: HermesReplica,
  from: number,
  bytesMax: number,
): { sessions: HeldSession[]; next: ChunkPlace | null } {
  const sessions: HeldSession[] = [];
  let bytes = 0;
  for (const session of known.heldFrom(from, standing.epoch)) {
    const { clientId, object, result } = session.record;
    if (bytes >= bytesMax) return { sessions, next: { ...FIRST_SESSION, clientId } };
    sessions.push(session);
    bytes += RECORD_BYTES + object.length + result.length;
  }
  return { sessions, next: null };
}

/** A newcomer wants a piece of what we hold. */
export function onGetChunk(replica: HermesReplica, message: HermesMessageOf<"getChunk">): void {
  const { standing, options, context } = replica;
  const { node, ticket, from } = message;
  if (!standing.members.includes(replica.node) || node !== standing.joining) return;
  if (context.maybe("hermes/decline-chunk")) return;
  const bytesMax = context.maybe("hermes/small-chunk") ? 1 : options.chunkBytes;
  const chunk = chunkFrom(replica, from, bytesMax);
  replica.send(node, { type: "chunk", ticket, ...settledOf(replica, chunk) });
}

/**
 * A record of which it is not certain what became of it says nothing to one that has not seen how it came
 * about: what overtakes it may be there before it, or be forgotten. It is handed out when it is settled, which it is by whoever coordinates its update,
 * or by us; and what is committed from now on the newcomer acknowledges, and so notes by itself.
 */
function settledOf(replica: HermesReplica, chunk: Chunk): Chunk {
  const [first] = chunk.sessions.filter(({ record }) => !isSettled(replica, record));
  if (first === undefined) return chunk;
  const { clientId } = first.record;
  const sessions = chunk.sessions.slice(0, chunk.sessions.indexOf(first));
  return { ...chunk, sessions, next: { ...FIRST_SESSION, clientId } };
}
