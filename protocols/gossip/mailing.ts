/**
 * Mail: every event goes to the other members as soon as it is durable, and is kept for each until it has said
 * that it is durable there: mailed again while the member lives, as a hint while it is away.
 *
 * Source: Demers et al., "Epidemic Algorithms for Replicated Database Maintenance" (1987): direct mail, and rumor
 * mongering in large clusters. What was mailed to everybody is never passed on.
 *
 * @module
 */
import { decode } from "../../actors/schema.ts";
import { NodeClock } from "./clock.ts";
import { type Dot, nodeOf } from "./dot.ts";
import { ClockDrift } from "./errors.ts";
import { someLiving } from "./choice.ts";
import { journal, post, whenDurable } from "./flush.ts";
import { type Event, eventSchema, MAIL_EVENTS_MAX, type PeerMessageOf } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { hopsOf, passOn, passOnLater, type Rumor } from "./rumors.ts";
import type { GossipReplica } from "./replica.ts";
import { acknowledge } from "./acknowledgement.ts";

/** Bytes of a mail, about. */
const MAIL_BYTES = 1024 * 1024;
/** How often the time between two attempts doubles, at most. */
const DOUBLINGS_MAX = 4;

/** An own event that is durable, and not mailed yet. */
interface Letter {
  readonly n: number;
  readonly bytes: Uint8Array;
  /** Whether somebody waits for members to have it. */
  readonly isAwaited: boolean;
}

/** What is mailed, and what was not answered. */
export class MailingState {
  letters: Letter[] = [];
  /** What is to be acknowledged, by node. */
  readonly stored = new Map<number, NodeClock>();
  readonly outboxes = new Map<number, Outbox>();
  /** What is to be passed on, by the hops that are left. */
  readonly rumors = new Map<number, Rumor[]>();
}

/** What is kept for a member. */
export function outboxOf({ mailing, options }: GossipReplica, node: number): Outbox {
  let outbox = mailing.outboxes.get(node);
  if (outbox === undefined) mailing.outboxes.set(node, outbox = new Outbox(options));
  return outbox;
}

/** An own event is durable. */
export function mailSoon({ mailing }: GossipReplica, letter: Letter): void {
  mailing.letters.push(letter);
}

/** Mails what has become durable. */
export function sendMail(replica: GossipReplica): void {
  const { mailing, others, options } = replica;
  const { letters } = mailing;
  if (letters.length > 0) {
    mailing.letters = [];
    if (others.length < options.mailAllMax) mailToAll(replica, letters);
    else mailToSome(replica, letters);
  }
  if (mailing.rumors.size > 0) passOn(replica);
}

function mailToAll(replica: GossipReplica, letters: readonly Letter[]): void {
  const { others, living, counts } = replica;
  const now = replica.context.now();
  const events = letters.map(({ bytes }) => bytes);
  for (const node of others) {
    const outbox = outboxOf(replica, node);
    // What waits there goes first, so that it arrives in order.
    const isSent = living.has(node);
    for (const { n, bytes } of letters) counts.hintsDropped += outbox.add(n, bytes, now, isSent);
    if (isSent) send(replica, node, events, 0);
  }
}

/** In a large cluster only what somebody waits for goes to everybody. */
function mailToSome(replica: GossipReplica, letters: readonly Letter[]): void {
  const awaited = letters.filter(({ isAwaited }) => isAwaited);
  if (awaited.length > 0) mailToAll(replica, awaited);
  const events = letters.filter(({ isAwaited }) => !isAwaited).map(({ bytes }) => bytes);
  if (events.length === 0) return;
  for (const node of someLiving(replica, replica.options.fanout, [])) {
    send(replica, node, events, hopsOf(replica));
  }
}

/** Mails events, in as many messages as it takes. */
export function send(
  replica: GossipReplica,
  node: number,
  events: readonly Uint8Array[],
  ttl: number,
): void {
  replica.counts.mailed += events.length;
  let first = 0;
  let bytes = 0;
  for (let at = 0; at < events.length; at++) {
    bytes += events[at]!.length;
    const isFull = bytes >= MAIL_BYTES || at - first + 1 === MAIL_EVENTS_MAX;
    if (!isFull && at < events.length - 1) continue;
    const part = first === 0 && at === events.length - 1 ? events : events.slice(first, at + 1);
    replica.send(node, { type: "mail", ttl, events: part });
    first = at + 1;
    bytes = 0;
  }
}

/** Events have come. */
export function onMail(replica: GossipReplica, message: PeerMessageOf<"mail">): void {
  if (!replica.isWhole) return;
  const sender = nodeOf(message.from);
  const stored = storedBy(replica, sender);
  for (const bytes of message.events) {
    const event = decode(eventSchema, bytes);
    const outcome = receive(replica, event, bytes);
    if (outcome === "refused") continue;
    stored.add(event.delta.dot);
    if (outcome === "applied" && message.ttl > 0) {
      passOnLater(replica, message.ttl - 1, bytes, [sender, nodeOf(event.delta.dot.replica)]);
    }
  }
  post(replica);
}

function storedBy({ mailing }: GossipReplica, node: number): NodeClock {
  let stored = mailing.stored.get(node);
  if (stored === undefined) mailing.stored.set(node, stored = new NodeClock());
  return stored;
}

function receive(
  replica: GossipReplica,
  { delta, requester }: Event,
  bytes: Uint8Array,
): "applied" | "known" | "refused" {
  const { data, counts } = replica;
  counts.received++;
  // Of our own we know all; otherwise the digests tell us what has happened to us.
  if (delta.dot.replica === replica.id) {
    return data.store.clock.has(delta.dot) ? "known" : "refused";
  }
  try {
    const outcome = data.receive(delta, replica.wallMs);
    if (outcome === "known") counts.duplicates++;
    if (outcome !== "applied") return outcome;
  } catch (error) {
    if (!(error instanceof ClockDrift)) throw error;
    counts.drifted++;
    return "refused";
  }
  journal(replica, { type: "event", bytes });
  if (requester !== null) replica.requesters.note({ ...requester, dot: delta.dot });
  return "applied";
}

/** Acknowledges what has come, once that is durable. */
export function oweStored(replica: GossipReplica): void {
  const { mailing, transfer } = replica;
  // Some of it may be known from a state that is not durable yet; and what is to wait may as well grow here.
  if (mailing.stored.size === 0 || transfer.isAdopting || replica.stalled !== null) return;
  const stored = [...mailing.stored];
  mailing.stored.clear();
  whenDurable(replica, () => {
    for (const [node, dots] of stored) {
      if (dots.count > 0) replica.send(node, { type: "stored", dots });
    }
  });
}

/** Says that an event is here, once it is durable. */
export function sayStored(replica: GossipReplica, node: number, dot: Dot): void {
  storedBy(replica, node).add(dot);
  post(replica);
}

/** A member has events durably. */
export function onStored(replica: GossipReplica, { from, dots }: PeerMessageOf<"stored">): void {
  const node = nodeOf(from);
  const outbox = outboxOf(replica, node);
  outbox.vain = 0;
  outbox.confirm(replica.id, dots);
  acknowledge(replica, node, dots);
  // What had waited while the member was away goes on, one mail at a time.
  if (outbox.hasUnsent) mailHints(replica, node, outbox, -Infinity);
}

/** Mails what waits for a member that is back. */
export function onBack(replica: GossipReplica, node: number): void {
  const outbox = outboxOf(replica, node);
  outbox.vain = 0;
  mailHints(replica, node, outbox, replica.context.now() - replica.options.mailRetryMs);
}

/** Mails again what has not been answered. */
export function mailAgain(replica: GossipReplica): void {
  const { mailing, living, options, counts } = replica;
  const now = replica.context.now();
  for (const [node, outbox] of mailing.outboxes) {
    if (outbox.size === 0) continue;
    counts.hintsDropped += outbox.expire(now);
    if (!living.has(node)) continue;
    const waitMs = options.mailRetryMs * 2 ** Math.min(outbox.vain, DOUBLINGS_MAX);
    if (mailHints(replica, node, outbox, now - waitMs)) outbox.vain++;
  }
}

/** Mails what was not mailed since a moment; false if there is none. */
function mailHints(
  replica: GossipReplica,
  node: number,
  outbox: Outbox,
  sentBefore: number,
): boolean {
  if (outbox.size === 0) return false;
  const events = outbox.take(sentBefore, replica.context.now(), MAIL_BYTES, MAIL_EVENTS_MAX);
  if (events.length === 0) return false;
  replica.counts.remailed += events.length;
  send(replica, node, events, 0);
  return true;
}

/** Forgets what waits for nodes that are no members any more. */
export function forgetStrangers({ mailing, others }: GossipReplica): void {
  for (const node of mailing.outboxes.keys()) {
    if (!others.includes(node)) mailing.outboxes.delete(node);
  }
}
