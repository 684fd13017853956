/**
 * What replicas say to each other, and coordinators to replicas. Anything may be lost, delayed or come twice.
 *
 * Replicas take nothing from a replica that is not a member, except what admits it.
 *
 * @module
 */
import {
  array,
  boolean,
  bytes,
  type Infer,
  nullable,
  ref,
  type Schema,
  struct,
  text,
  u32,
  u53,
  u8,
  union,
} from "../../actors/schema.ts";
import { askFields, gossipAsk, gossipReply, requesterSchema } from "./client_messages.ts";
import { clockSchema, REPLICAS_MAX } from "./clock.ts";
import { dotSchema, replicaSchema } from "./dot.ts";
import { fingerprintSchema } from "./fingerprint.ts";
import { stampSchema } from "./hybrid_clock.ts";
import { deltaSchema, keySchema } from "./key_state.ts";
import { admittersSchema, FORMER_MAX } from "./record.ts";
import { repairSchema } from "./repair.ts";
import { reportSchema } from "./stable_cut.ts";

/** The most events of one mail. */
export const MAIL_EVENTS_MAX = 10_000;
/** The largest event, in bytes: a value, and the dots of all that it supersedes. */
export const EVENT_BYTES_MAX = 2 * 1024 * 1024;
/** The largest chunk of a state, in bytes. */
export const STATE_CHUNK_BYTES_MAX = 4 * 1024 * 1024;
/** The most requesters in one chunk of a state. */
export const REQUESTERS_MAX = 65_536;

/** An event, and who asked for it. Encoded once, where it is made; so it is stored, mailed and passed on. */
export const eventSchema = struct({ delta: deltaSchema, requester: nullable(requesterSchema) });

/** An event, and who asked for it. */
export type Event = Infer<typeof eventSchema>;

/** Which event a request of a client became. */
export const knownRequest = struct({ client: u53, number: u53, dot: dotSchema });

/** Which event a request of a client became. */
export type KnownRequest = Infer<typeof knownRequest>;

const knownRequests = array(knownRequest, REQUESTERS_MAX);
const replicas = array(replicaSchema, REPLICAS_MAX);
const from = replicaSchema;

/** What replicas say to each other. `from` is the replica that speaks. */
export const peerMessage = union({
  // Mail (Demers 1987, "direct mail"; with many members "rumor mongering")
  /**
   * Events that are durable at the sender. Those that are new to the receiver it passes on while `ttl` is not
   * 0; one of 0 was mailed to everybody.
   */
  mail: { from, ttl: u8, events: array(bytes(EVENT_BYTES_MAX), MAIL_EVENTS_MAX) },
  /** These are durable here. */
  stored: { from, dots: clockSchema },

  // Anti-entropy
  /**
   * How the sender stands. Who gets it sends back what the sender misses and, if `answers` is `null`, its own
   * digest. `asked` is a moment of the sender's clock, and `answers` that of the digest that is answered.
   */
  digest: {
    from,
    report: reportSchema,
    admitters: admittersSchema,
    strategies: u32,
    asked: u53,
    answers: nullable(u53),
  },
  /** Send what this clock misses. */
  pull: { from, clock: clockSchema },
  /** What the receiver misses, or a part of it, and the requests that became some of these events. */
  repair: { from, repair: repairSchema, requests: knownRequests },
  /** What the receiver misses cannot be told key by key: it needs the whole state. */
  reset: { from },
  /** What do you have of a key that this clock misses? */
  fetch: { from, ticket: u53, key: keySchema, clock: clockSchema },
  /** This; `null` if all of it is known to the asker. `reset` as above. `clock` is the answerer's. */
  fetched: {
    from,
    ticket: u53,
    clock: clockSchema,
    repair: nullable(repairSchema),
    requests: knownRequests,
    isReset: boolean,
  },
  /** Do you have this event, of this key? Answered by `stored`, or by `fetch`ing the key. */
  confirm: { from, key: keySchema, dot: dotSchema },

  // The background check
  /**
   * What the sender shows at a clock. With an equal clock the receiver must show the same. The digest, of
   * everything byte by byte, is told when fingerprints have differed.
   */
  scrub: { from, clock: clockSchema, fingerprint: fingerprintSchema, digest: nullable(text(64)) },

  // Admission and state transfer
  /** A new replica wants to take part. `former` are earlier lives of its node, as far as it remembers. */
  join: { from, ticket: u53, former: array(replicaSchema, FORMER_MAX) },
  /**
   * It may, by asking for the state with `pass`; or, with `isFresh`, the sender is a new replica itself. Whoever has
   * the pass was alive after it was made out.
   */
  offer: { from, to: replicaSchema, ticket: u53, pass: u53, isFresh: boolean },
  /** The next part of the whole state, from 0. The first, with a pass for its ticket, admits whoever was offered it. */
  getState: { from, ticket: u53, part: u32 },
  /** A part of the whole state. The first has what it takes to be a member. */
  state: {
    from,
    ticket: u53,
    part: u32,
    chunk: bytes(STATE_CHUNK_BYTES_MAX),
    isLast: boolean,
    membership: nullable(
      struct({
        members: replicas,
        closed: replicas,
        promised: stampSchema,
        admitters: admittersSchema,
      }),
    ),
    requests: knownRequests,
  },
  /** The state that was being sent is not there any more: begin anew. */
  stateGone: { from, ticket: u53 },
  /**
   * The sender takes nothing from this replica: it was closed for ever or, if not `isClosed`, whoever admitted
   * it was. It must begin another life, unless one of `members`, to whom the sender listens, knows it.
   */
  refused: { from, replica: replicaSchema, isClosed: boolean, members: replicas },
});

/** What replicas say to each other. */
export type PeerMessage = Infer<typeof peerMessage>;

/** One kind of message. */
export type PeerMessageOf<T extends PeerMessage["type"]> = Extract<PeerMessage, { type: T }>;

/** What coordinators take from other nodes: `gossipRequest`, and the answers of the replicas that they asked. */
export const coordinatorMessage = union({
  ask: askFields,
  answer: { ticket: u53, reply: gossipReply },
});

/** What coordinators take from other nodes. */
export type CoordinatorPeerMessage = Infer<typeof coordinatorMessage>;

/** What coordinators say to replicas of any node. */
export const replicaRequest = union({
  /** After `patienceMs` milliseconds of waiting for a session or a sync another replica can be asked. */
  serve: { ticket: u53, ask: gossipAsk, patienceMs: u32, replyTo: ref(coordinatorMessage) },
});

/** What coordinators say to replicas of any node. */
export type ReplicaRequest = Infer<typeof replicaRequest>;

/** Everything that a replica takes from other nodes: of replicas, and of coordinators. */
export const gossipMessage: Schema<PeerMessage | ReplicaRequest> = either(
  peerMessage,
  replicaRequest,
);

/** Two unions as one: one byte before a message tells them apart. */
function either(
  peers: Schema<PeerMessage>,
  requests: Schema<ReplicaRequest>,
): Schema<PeerMessage | ReplicaRequest> {
  return {
    write: (writer, value) => {
      const isRequest = value.type === "serve";
      writer.u8(isRequest ? 1 : 0);
      if (isRequest) requests.write(writer, value);
      else peers.write(writer, value);
    },
    read: (reader) => reader.u8() === 1 ? requests.read(reader) : peers.read(reader),
  };
}
