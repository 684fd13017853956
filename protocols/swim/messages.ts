/**
 * What the members say to each other: the messages of SWIM (Das, Gupta, Motivala: SWIM, DSN 2002), the
 * negative acknowledgement of Lifeguard (arXiv 1707.00788, section IV-A), and the exchange of whole lists
 * that memberlist adds.
 *
 * @module
 */
import {
  array,
  bytes,
  type Infer,
  oneOf,
  struct,
  u32,
  u53,
  u8,
  union,
} from "../../actors/schema.ts";

/** Members of a list, at most: nodes are numbered by one byte. */
export const MEMBERS_MAX = 256;

/** What a node says of itself, in bytes, at most. */
export const META_BYTES_MAX = 128;

/** Records that a message carries on the side, at most. */
export const PIGGYBACK_MAX = 32;

/** The greatest incarnation that is believed: its member can still outbid it. */
export const INCARNATION_MAX = Number.MAX_SAFE_INTEGER - 1;

/** What is claimed of a member. Of two claims the one that overrides the other stands. */
export const memberRecord = struct({
  /** The index of the node. */
  node: u8,
  /** Raised by the member itself, and nobody else, to contradict what is claimed of it. */
  incarnation: u53,
  /** `left` is a departure on purpose, `dead` a failure. */
  state: oneOf("alive", "suspect", "dead", "left"),
  /** The node whose claim it is. */
  by: u8,
  /** What the member says of itself: how it is reached, which replica it runs. SWIM does not read it. */
  meta: bytes(META_BYTES_MAX),
});

/** What is claimed of a member. */
export type MemberRecord = Infer<typeof memberRecord>;

/** How a member is, as far as one knows. */
export type MemberState = MemberRecord["state"];

const updates = array(memberRecord, PIGGYBACK_MAX);
const members = array(memberRecord, MEMBERS_MAX);

/** What members say to each other. `node` is the sender's index. */
export const swimMessage = union({
  /** Are you there? (SWIM 3.1) */
  ping: { node: u8, sequence: u32, updates },
  /** I am; or, from whom it was asked to ask: it is. */
  ack: { node: u8, sequence: u32, updates },
  /** Ask that one for me: it does not answer. I wait for so many milliseconds (SWIM 3.1, ping-req). */
  pingRequest: { node: u8, sequence: u32, target: u8, timeoutMs: u32, updates },
  /** It does not answer me either; but you see that I do (Lifeguard IV-A). */
  nack: { node: u8, sequence: u32 },
  /** News only. */
  gossip: { node: u8, updates },
  /** Everyone that I know of, and myself; tell me whom you know. */
  sync: { node: u8, members },
  /** Everyone that I know of, and myself. */
  syncReply: { node: u8, members },
});

/** What members say to each other. */
export type SwimMessage = Infer<typeof swimMessage>;

/** One kind of message. */
export type SwimMessageOf<T extends SwimMessage["type"]> = Extract<SwimMessage, { type: T }>;
