/**
 * Whose messages count: those of the same epoch (CR needs no such thing where failures are certain; where
 * they are suspicions, one that was expelled may be alive and not know it).
 *
 * @module
 */
import type { ChainMessage } from "./messages.ts";
import type { ChainReplica } from "./replica.ts";

/** What is remembered of messages of other epochs. */
export class EpochState {
  /** When which node was last told that its epoch is over. */
  readonly toldAt = new Map<number, number>();
}

/**
 * Whether a message is of our epoch. If its sender is behind, it is told so; if we are, the membership asks
 * the master.
 */
export function isOfEpoch(replica: ChainReplica, message: ChainMessage): boolean {
  const { position } = replica;
  if (message.epoch > position.epoch) replica.reports.outdated(message.epoch);
  else if (message.epoch < position.epoch) tell(replica, message.node);
  return message.epoch === position.epoch && position.epoch > 0 && message.type !== "outdated";
}

function tell(replica: ChainReplica, node: number): void {
  const { epochs, context, options } = replica;
  const now = context.now();
  if (now - (epochs.toldAt.get(node) ?? -Infinity) < options.heartbeatMs / 2) return;
  epochs.toldAt.set(node, now);
  replica.send(node, { type: "outdated" });
}
