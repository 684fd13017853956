/**
 * Every message between the replicas of a volume. Hermes = Katsarakis et al., Hermes: a Fast, Fault-Tolerant
 * and Linearizable Replication Protocol (ASPLOS'20).
 *
 * All name the sender's epoch, node and life. A replica takes nothing of another epoch than its own: that
 * is what makes one harmless that was expelled and does not know it. And nothing of an earlier life of the
 * sender than the newest that it has heard of: what such a one had begun and not remembered is void where
 * it has not arrived before.
 *
 * Updates, acknowledgements and validations of one turn travel together.
 *
 * @module
 */
import {
  array,
  boolean,
  bytes,
  type Infer,
  nullable,
  oneOf,
  struct,
  text,
  u32,
  u53,
  u8,
  union,
} from "../../actors/schema.ts";
import { RESULT_BYTES_MAX } from "../client_messages.ts";
import { timestamp } from "./timestamp.ts";

/** The longest name of an object, in bytes of UTF-8. */
export const OBJECT_BYTES_MAX = 8 * 1024;
/** The largest state of an object, in bytes. */
export const STATE_BYTES_MAX = 7 * 1024 * 1024;
/** Updates, acknowledgements or validations of one message, at most. */
export const BATCH_MAX = 65_536;
/** Sessions of one chunk, at most. */
export const CHUNK_SESSIONS_MAX = 65_536;

/** The name of an object. Names are compared by their UTF-8 bytes. */
export const objectName = text(OBJECT_BYTES_MAX);

/** Who asked for an update, and what is to be told of it. */
export const requester = struct({
  clientId: u53,
  requestNumber: u53,
  /** Empty if it was too large to be kept. */
  result: bytes(RESULT_BYTES_MAX),
  resultBytes: u53,
});

/** A write, or a read-modify-write (`isRmw`), of one object. */
export const update = struct({
  object: objectName,
  ts: timestamp,
  /**
   * The timestamp of the committed state that it began from. It tells whether an update that this one
   * overtakes had been committed before.
   */
  base: timestamp,
  isRmw: boolean,
  /** The new state; `null` if the object is absent then. */
  state: nullable(bytes(STATE_BYTES_MAX)),
  requester: nullable(requester),
});

/** An object, and the update of it that is meant. */
export const objectVersion = struct({ object: objectName, ts: timestamp });

/** An object as a replica holds it. */
export const heldObject = struct({
  update,
  /** Whether the update is committed, as far as the sender knows. */
  isValid: boolean,
  /** The node that is to see to it that it is committed. */
  lastWriter: u8,
});

/** What a replica remembers of the newest request of a client. */
export const sessionRecord = struct({
  clientId: u53,
  requestNumber: u53,
  object: objectName,
  ts: timestamp,
  isRmw: boolean,
  result: bytes(RESULT_BYTES_MAX),
  resultBytes: u53,
  /**
   * `pending`: the object is not known to be valid since this replica has held the update. `disputed`: the
   * same of a read-modify-write whose place another update has taken; should that be forgotten everywhere
   * before it is committed, this one may yet be. `executed`: it is committed. `overtaken`: a disputed one,
   * once the object was valid: it is never executed.
   *
   * Of the others maybe nobody else knows, so whoever answers from them first sees to it that everybody does
   * (`notes.ts`). `overwritten`: a write, executed just before another one that ran beside it and is
   * committed. `unchanged`: it was executed, and changed nothing.
   */
  fate: oneOf("pending", "disputed", "executed", "overtaken", "overwritten", "unchanged"),
});

/** What is known of a client, as it is copied. */
export const heldSession = struct({
  record: sessionRecord,
  /** When it was used last: the greater, the later. */
  used: u53,
});

/** Messages between the replicas of a volume. */
export const hermesMessage = union({
  /**
   * The objects have a new state, which nobody may read before it is committed (Hermes 3.2). Also sent by
   * whoever finishes another one's update (a replay), with the same timestamps; and to one that has sent a
   * read-modify-write which is older than what the object has: in place of an acknowledgement.
   */
  inv: { epoch: u53, node: u8, life: u32, updates: array(update, BATCH_MAX) },
  /** The sender holds these updates, or later ones of the same objects, durably. */
  ack: { epoch: u53, node: u8, life: u32, acks: array(objectVersion, BATCH_MAX) },
  /** These updates are committed. */
  val: { epoch: u53, node: u8, life: u32, vals: array(objectVersion, BATCH_MAX) },

  // Joining

  /**
   * I join in this epoch, or leave, or have started anew: are you in it? Sent again until everybody has
   * answered, or somebody.
   */
  join: { epoch: u53, node: u8, life: u32 },
  /**
   * I am: whatever I commit from now on needs your acknowledgement. And I take nothing any more of a life of
   * yours before the one that was `heard`.
   */
  entered: { epoch: u53, node: u8, life: u32, heard: u32 },
  /** Send me objects from this name on, in their order; and the sessions, once there are no more. */
  getChunk: { epoch: u53, node: u8, life: u32, ticket: u53, from: chunkPlace() },
  /** Some of them, and where to go on; `null` if this was all. */
  chunk: {
    epoch: u53,
    node: u8,
    life: u32,
    ticket: u53,
    objects: array(heldObject, BATCH_MAX),
    sessions: array(heldSession, CHUNK_SESSIONS_MAX),
    /** The greatest client id whose session was evicted. */
    evicted: u53,
    next: nullable(chunkPlace()),
  },

  // Sessions

  /** What do you know of the newest request of this client? */
  recall: { epoch: u53, node: u8, life: u32, ticket: u53, clientId: u53 },
  /**
   * This, or nothing. Of a record of which it is not certain what became of it I see to it that it will be.
   * `isPending`: I am at it: ask again.
   */
  recalled: {
    epoch: u53,
    node: u8,
    life: u32,
    ticket: u53,
    clientId: u53,
    record: nullable(sessionRecord),
    isPending: boolean,
    /** The greatest client id whose session I have evicted. */
    evicted: u53,
  },
  /** A request was executed and changed nothing: remember what it returned. */
  note: { epoch: u53, node: u8, life: u32, record: sessionRecord },
  /** I do, durably, or know of a later request of the client. */
  noted: { epoch: u53, node: u8, life: u32, clientId: u53, requestNumber: u53 },

  // Epochs

  /** Your epoch is over: ask the master. */
  outdated: { epoch: u53, node: u8, life: u32 },
});

/** Where a copy goes on: with the first object of this sortable name or a later one, or with sessions. */
function chunkPlace() {
  return struct({ phase: oneOf("objects", "sessions"), name: objectName, clientId: u53 });
}

/** Who asked for an update, and what is to be told of it. */
export type Requester = Infer<typeof requester>;
/** A write, or a read-modify-write, of one object. */
export type Update = Infer<typeof update>;
/** An object, and the update of it that is meant. */
export type ObjectVersion = Infer<typeof objectVersion>;
/** An object as a replica holds it. */
export type HeldObject = Infer<typeof heldObject>;
/** What a replica remembers of the newest request of a client. */
export type SessionRecord = Infer<typeof sessionRecord>;
/** What is known of a client, as it is copied. */
export type HeldSession = Infer<typeof heldSession>;
/** A message between the replicas of a volume. */
export type HermesMessage = Infer<typeof hermesMessage>;
/** One kind of message. */
export type HermesMessageOf<T extends HermesMessage["type"]> = Extract<HermesMessage, { type: T }>;
/** Where a copy goes on. */
export type ChunkPlace = HermesMessageOf<"getChunk">["from"];
