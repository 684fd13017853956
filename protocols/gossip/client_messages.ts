/**
 * What gateways say to the coordinator of a node, and what they are told: the contract of everything that
 * speaks for clients. Tokens (contexts and sessions) cross as the opaque texts that clients keep.
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
  ref,
  type Schema,
  struct,
  text,
  u32,
  u53,
  u8,
  union,
} from "../../actors/schema.ts";
import { keySchema } from "./key_state.ts";
import { int64, PAYLOAD_BYTES_MAX } from "./payload.ts";
import { TOKEN_LENGTH_MAX } from "./token.ts";

/** The most members of a cluster: nodes are numbered by one byte. */
export const NODES_MAX = 256;
/** The most keys of one page of a scan. */
export const PAGE_KEYS_MAX = 10_000;
/** Values of a page, in bytes, about: it is closed when it has reached this size. */
export const PAGE_BYTES_MAX = 1024 * 1024;
/** The most values, or elements, of a key. */
const VALUES_MAX = 65_536;

const token = text(TOKEN_LENGTH_MAX);
const content = bytes(PAYLOAD_BYTES_MAX);
/** The sum of the shares of all replicas may be more than 64 bits. */
const wholeNumber: Schema<bigint> = {
  write: (writer, value) => text(64).write(writer, String(value)),
  read: (reader) => BigInt(text(64).read(reader)),
};

/**
 * How many members must have a write durably, or answer a read, before the client is told:
 *
 * - `local`: the node's own replica. Never waits for another node; refused while that replica cannot serve.
 * - `one`: any one replica; the coordinator asks others when its own cannot serve.
 * - `quorum`: more than half of the members; `all`: each of them. Members are those that have not left and
 *   were not removed, whether or not they are alive.
 *
 * A quorum here is not a promise of linearizability: writes that reached one member are never taken back.
 */
export const levelSchema = oneOf("local", "one", "quorum", "all");

/** How many members must take part. */
export type Level = Infer<typeof levelSchema>;

/** What a client does to a key. A context is the token of an earlier reply about the same key. */
export const clientOperation = union({
  /** Stores a value; with a context in the place of what the client has seen. */
  put: { value: content, context: nullable(token) },
  /** Removes the key; with a context only what the client has seen. */
  delete: { context: nullable(token) },
  /** Adds to a counter; negative to subtract. */
  increment: { by: int64 },
  /** Adds an element to a set. */
  add: { element: content },
  /** Removes an element from a set, as far as it is known to whoever takes it: an unseen addition wins. */
  remove: { element: content },
});

/** What a client does to a key. */
export type ClientOperation = Infer<typeof clientOperation>;

/** Which guarantees a session wants; see `session.ts`. */
export const guaranteesSchema = struct({
  readYourWrites: boolean,
  monotonicReads: boolean,
  monotonicWrites: boolean,
  writesFollowReads: boolean,
});

/** What a client has done so far, as far as the next request has to respect it. */
export const clientSession = struct({
  /** The token of the last reply; empty for a session that begins. */
  token,
  /** What is wanted. */
  guarantees: guaranteesSchema,
});

/** What a client has done so far. */
export type ClientSession = Infer<typeof clientSession>;

/** Everything that a session can guarantee. */
export const ALL_GUARANTEES: Infer<typeof guaranteesSchema> = {
  readYourWrites: true,
  monotonicReads: true,
  monotonicWrites: true,
  writesFollowReads: true,
};

/**
 * Names a write, so that it can be retried: the client drew `client` at random, below 2^53, and counts its
 * writes. A retry is answered from memory wherever the event of the first is known, as long as it is among the
 * newest of so many clients (`requestersMax`). Where it is not known yet, it becomes a second event: which does
 * no harm to a put that is the same, and counts an increment twice.
 */
export const requesterSchema = struct({ client: u53, number: u53 });

/** Names a write. */
export type Requester = Infer<typeof requesterSchema>;

/** What is asked, as replicas pass it on to one another. */
export const gossipAsk = union({
  write: {
    key: keySchema,
    operation: clientOperation,
    level: levelSchema,
    requester: nullable(requesterSchema),
    /** `null` for no session: none is answered with, either. */
    session: nullable(clientSession),
    /** How long to wait for the level and for the session, in milliseconds. */
    timeoutMs: u32,
  },
  read: {
    key: keySchema,
    level: levelSchema,
    session: nullable(clientSession),
    /** Answered only where every living member was synced with within so long, in milliseconds. */
    maxStalenessMs: nullable(u32),
    timeoutMs: u32,
  },
  /** The keys from `from` (included) to `until` (excluded; `null` for the last) with a prefix, of one replica. */
  scan: {
    prefix: keySchema,
    from: keySchema,
    until: nullable(keySchema),
    /** Whether to tell only how many there are: answered by `size`. */
    countsOnly: boolean,
    /** At most so many keys, up to {@linkcode PAGE_KEYS_MAX}. */
    limit: u32,
    session: nullable(clientSession),
    maxStalenessMs: nullable(u32),
    timeoutMs: u32,
  },
  /**
   * Closes the replicas of a node for ever: an operator knows that it will not come back as it was. What only
   * it had is lost. It may join again, as another.
   */
  remove: { node: u8 },
  /** Has the node that is asked leave: it hands over what others may miss, and then says so. */
  leave: { timeoutMs: u32 },
});

/** What is asked. */
export type GossipAsk = Infer<typeof gossipAsk>;

/** What a key is to a client: `Reading` of `strategy.ts`. */
export const readingSchema = union({
  absent: {},
  values: { values: array(content, VALUES_MAX) },
  counter: { total: wholeNumber },
  set: { elements: array(content, VALUES_MAX) },
});

/**
 * What has become of it. Every `context` and `session` is a token for the client's next request; an empty context
 * is that of a key whose strategy needs none.
 */
export const gossipReply = union({
  /** Stored, durably, at as many members as the level wants. */
  written: {
    context: token,
    session: nullable(token),
    /** The nodes that have it durably. */
    acknowledged: array(u8, NODES_MAX),
    /** How many values stand side by side now, equal ones counted each. */
    siblings: u32,
    /** Whether this answers a retry of what was done before. */
    isRepeat: boolean,
  },
  /**
   * Stored, durably, at the members listed, which are fewer than the level wants. It goes on spreading: it has
   * not failed, and cannot be taken back.
   */
  insufficientWrite: {
    context: token,
    session: nullable(token),
    acknowledged: array(u8, NODES_MAX),
    needed: u32,
    siblings: u32,
    isRepeat: boolean,
  },
  /** What was found. */
  found: {
    reading: readingSchema,
    context: token,
    session: nullable(token),
    /** The nodes that took part. */
    answered: array(u8, NODES_MAX),
  },
  /** Fewer members than the level wants have answered: what these know is shown all the same. */
  insufficientRead: {
    reading: readingSchema,
    context: token,
    session: nullable(token),
    answered: array(u8, NODES_MAX),
    needed: u32,
  },
  page: {
    rows: array(struct({ key: keySchema, reading: readingSchema, context: token }), PAGE_KEYS_MAX),
    /** Where the next page begins; `null` if this is the last. */
    next: nullable(keySchema),
    session: nullable(token),
  },
  size: { keys: u53, session: nullable(token) },
  /** Nobody who was asked has seen what the session has, within the time. Nothing was done. */
  staleReplica: { behind: u53 },
  /** The oldest sync with a living member is older than was allowed, and no sync came in time. */
  tooStale: { ageMs: nullable(u53) },
  /** The operation makes no sense, or a limit was reached. Nothing was done. The code is a stable one. */
  refused: { code: text(64), message: text(4_096) },
  /** A bound was reached. Nothing was done. */
  overloaded: { what: text(256) },
  /** Nobody who may serve this can. Nothing was done. */
  unavailable: { why: text(256) },
  /** Whoever was asked has not answered: the write may or may not be stored. */
  unknown: {},
  /** The node was removed. */
  removed: { node: u8 },
  /** The node has left; `missing` are the members that may lack something that only it had. */
  left: { missing: array(u8, NODES_MAX) },
});

/** What has become of it. */
export type GossipReply = Infer<typeof gossipReply>;

/** One kind of reply. */
export type GossipReplyOf<T extends GossipReply["type"]> = Extract<GossipReply, { type: T }>;

/** A question and who is to be told: `ask` of {@linkcode gossipRequest}. */
export const askFields = { ask: gossipAsk, replyTo: ref(gossipReply) };

/** What a gateway asks the coordinator of its node (`GOSSIP.coordinator`); answered exactly once. */
export const gossipRequest = union({ ask: askFields });

/** What a gateway asks. */
export type GossipRequest = Infer<typeof gossipRequest>;
