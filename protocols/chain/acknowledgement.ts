/**
 * Acknowledgements: up the chain, cumulative (CR 3: what the tail has processed is deleted from all Sent
 * lists).
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { commitTo } from "./commit.ts";
import { freezeIfClose } from "./extension.ts";
import { noteReceived, pump } from "./forwarding.ts";
import type { ChainMessageOf } from "./messages.ts";
import { scheduleSeal } from "./ordering.ts";
import type { ChainReplica } from "./replica.ts";

/** What acknowledging remembers. */
export class AcknowledgementState {
  /** What the predecessor was last told to be durable here. */
  received = 0;
}

/** So much more is durable here, as a share of the window, that the predecessor has to hear of it. */
const DUE_SHARE = 4;

/** Tells the predecessor what is committed, and what is durable here. */
export function sendAck(replica: ChainReplica): void {
  const { position, commitNumber, durability, acknowledgement, joining } = replica;
  if (position.predecessor === null || !joining.isLinked) return;
  // The next tip asks for it again.
  if (replica.context.maybe("chain/acknowledge-later")) return;
  acknowledgement.received = durability.durableOp;
  replica.send(position.predecessor, {
    type: "ack",
    link: joining.link,
    committed: commitNumber,
    received: durability.durableOp,
  });
}

/**
 * Something more is durable here. In the middle of the chain that says nothing to anyone until it is
 * committed, unless the predecessor waits for room.
 */
export function acknowledgeDurable(replica: ChainReplica): void {
  const { position, durability, acknowledgement, options } = replica;
  const isDue = durability.durableOp - acknowledgement.received >= options.window / DUE_SHARE;
  if (position.role === "joining" || isDue) sendAck(replica);
}

/** The successor says how far it, and the chain behind it, are. */
export function onAck(replica: ChainReplica, message: ChainMessageOf<"ack">): void {
  const { position, durability, commitNumber } = replica;
  if (message.node !== position.successor || message.link !== replica.link.number) return;
  replica.heard(message.node);
  noteReceived(replica, message.received);
  // Who joins has no say in what is committed: it is no member yet.
  if (!position.isLast) {
    invariant(message.committed <= durability.durableOp, "what is committed is durable before it");
    commitTo(replica, message.committed);
    if (replica.commitNumber > commitNumber) sendAck(replica);
    if (position.role === "head") scheduleSeal(replica);
  }
  pump(replica);
  freezeIfClose(replica);
}
