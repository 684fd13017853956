/**
 * How the chain gets a new tail (CR 3.3). The last member feeds the newcomer like a successor, and goes on
 * as the tail. When the newcomer is close, the last member freezes: it commits nothing more, and answers no
 * version query. When the newcomer has everything that was ever committed, the master is told, and in the
 * epoch that it then declares the newcomer is the tail: it needs no marker to know that it is complete.
 *
 * @module
 */
import { commitAsTail } from "./commit.ts";
import type { ChainReplica } from "./replica.ts";

/** What the last member remembers. */
export class ExtensionState {
  /** Whether it commits nothing more on its own in this epoch. */
  isFrozen = false;
  /** Whether the master may have heard of it, so that there is no way back. */
  isDeclared = false;
  /** Whether that is durable. */
  isDurable = false;
  frozenAt = 0;
  /** Not before then is it tried again. */
  againAt = 0;
}

/** Entries that the newcomer may be behind when the chain stops for it. */
const CLOSE = 16;
/** How long the chain stops for a newcomer that does not get there, in heartbeats. */
const FROZEN_HEARTBEATS = 10;
/** How long it goes on then before it stops again, in heartbeats. */
const AGAIN_HEARTBEATS = 10;

/** Freezes if the newcomer is close, and declares it the tail once it has everything. */
export function freezeIfClose(replica: ChainReplica): void {
  const { position, extension, link, log, context } = replica;
  const isDonor = position.isLast && position.joining !== null && !position.isLeaving;
  if (!isDonor || extension.isDeclared || !link.isAcked) return;
  if (!extension.isFrozen) {
    if (log.opNumber - link.received > CLOSE || context.now() < extension.againAt) return;
    extension.isFrozen = true;
    extension.frozenAt = context.now();
  }
  if (link.received >= replica.commitNumber) declareTail(replica);
}

/**
 * From now on the newcomer may be the tail, whether we hear of it or not; after a crash, too, so that has to
 * be durable first.
 */
function declareTail(replica: ChainReplica): void {
  const { extension, position } = replica;
  extension.isDeclared = true;
  replica.context.log("info", `node ${position.joining} holds everything: it may be the tail`);
  replica.persist(() => {
    if (replica.extension !== extension) return;
    extension.isDurable = true;
    sendExtended(replica);
  });
}

/** Tells the master that the newcomer holds everything. */
export function sendExtended({ extension, position, options, context }: ChainReplica): void {
  if (!extension.isDurable) return;
  const { epoch } = position;
  context.send(options.membership, { type: "extended", volume: options.volume, epoch });
}

/** The newcomer may be gone: nobody waits for it any longer, if nobody was told that it is there. */
export function thawIfStuck(replica: ChainReplica): void {
  const { extension, context, options } = replica;
  if (!extension.isFrozen || extension.isDeclared) return;
  const isLate = context.now() - extension.frozenAt > options.heartbeatMs * FROZEN_HEARTBEATS;
  if (!isLate && !context.maybe("chain/thaw")) return;
  extension.isFrozen = false;
  extension.againAt = context.now() + options.heartbeatMs * AGAIN_HEARTBEATS;
  commitAsTail(replica);
}

/** Starts afresh in a new epoch: `isDeclared` if this replica has said so in it before a crash. */
export function beginExtension(replica: ChainReplica, isDeclared: boolean): void {
  replica.extension = new ExtensionState();
  Object.assign(replica.extension, { isFrozen: isDeclared, isDeclared, isDurable: isDeclared });
  sendExtended(replica);
}
