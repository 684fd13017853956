/**
 * How members go: on purpose, when others have what they have; or by an operator, who knows that one is lost.
 *
 * @module
 */
import { sendDigest } from "./anti_entropy.ts";
import type { NodeClock } from "./clock.ts";
import { nodeOf } from "./dot.ts";
import { journal, whenDurable } from "./flush.ts";
import type { GossipReplica } from "./replica.ts";
import { close } from "./reports.ts";
import { announce } from "./standing.ts";
import { giveUpWaiting } from "./waiting.ts";
import type { Answer } from "./writes.ts";

/** A departure that is under way. */
export interface Departure {
  readonly until: number;
  /** What there was when it began. */
  readonly clock: NodeClock;
  readonly answers: Answer[];
  /** The nodes that may lack something, once the others were told that this one is gone. */
  missing?: readonly number[];
  toldAt: number;
}

/** An operator knows that a node is lost. */
export function onRemove(replica: GossipReplica, node: number, answer: Answer): void {
  const { members, living, context } = replica;
  const refuse = (message: string) => answer({ type: "refused", code: "not_removable", message });
  if (node === replica.node) return refuse(`Cannot remove node ${node} by itself: have it leave`);
  const lost = [...members].filter((id) => nodeOf(id) === node);
  if (lost.length === 0) return refuse(`Cannot remove node ${node}: it is no member`);
  if (living.has(node)) return refuse(`Cannot remove node ${node} while it lives`);
  for (const id of lost) close(replica, id);
  context.log("warn", `node ${node} was removed`);
  whenDurable(replica, () => answer({ type: "removed", node }));
  sendDigest(replica, replica.others);
}

/** The node shall leave. It serves nobody any more. */
export function onLeave(replica: GossipReplica, timeoutMs: number, answer: Answer): void {
  const { departure, context, others } = replica;
  if (departure !== undefined) {
    departure.answers.push(answer);
    return;
  }
  const clock = replica.data.store.clock.clone();
  replica.departure = {
    until: context.now() + timeoutMs,
    clock,
    answers: [answer],
    toldAt: -Infinity,
  };
  replica.state = "leaving";
  // A write that is taken from now on would not be handed over.
  giveUpWaiting(replica);
  announce(replica);
  sendDigest(replica, others);
  goIfHandedOver(replica);
  replica.keepTime();
}

/** Leaves when every living member has everything, or when the time is over. */
export function goIfHandedOver(replica: GossipReplica): void {
  const { departure, context, living, state } = replica;
  if (departure === undefined || state !== "leaving") return;
  if (departure.missing !== undefined) return goIfKnown(replica, departure, departure.missing);
  const missing = lackingMembers(replica, departure.clock);
  const isDone = missing.every((node) => !living.has(node));
  if (!isDone && context.now() < departure.until) return;
  // With nobody to take it, what only this node has would be lost.
  if (missing.length === replica.others.length) {
    replica.departure = undefined;
    replica.state = "ready";
    announce(replica);
    const why = "no other member has all that is here";
    for (const answer of departure.answers) answer({ type: "unavailable", why });
    return;
  }
  departure.missing = missing;
  replica.closed.add(replica.id);
  // Once others know, what it would take after a crash were lost.
  journal(replica, { type: "closed", replica: replica.id });
  goIfKnown(replica, departure, missing);
}

/** The nodes that may lack something of what was here when the departure began. */
function lackingMembers({ members, cut, id }: GossipReplica, clock: NodeClock): number[] {
  const lacking = [...members].filter((member) =>
    member !== id && !(cut.reportOf(member)?.clock.dominates(clock) ?? false)
  );
  return lacking.map(nodeOf);
}

/** Goes when another says that it knows, and the members that this one has admitted; or when the time is over. */
function goIfKnown(
  replica: GossipReplica,
  departure: Departure,
  missing: readonly number[],
): void {
  const { context, options, members, cut, id, others } = replica;
  const isKnown = [...members].some((member) => cut.reportOf(member)?.closed.includes(id) ?? false);
  const now = context.now();
  if (isKnown || now >= Math.max(departure.until, departure.toldAt + options.retryMs)) {
    if (departure.toldAt > -Infinity) return go(replica, departure, missing);
  }
  if (now - departure.toldAt < options.retryMs) return;
  departure.toldAt = now;
  sendDigest(replica, others);
}

function go(replica: GossipReplica, departure: Departure, missing: readonly number[]): void {
  const { context, options } = replica;
  context.log("info", "left the cluster");
  replica.state = "left";
  replica.hasLeft = true;
  replica.persist(() => {
    context.send(options.swim, { type: "leave" });
    announce(replica);
    for (const answer of departure.answers) answer({ type: "left", missing });
  });
}
