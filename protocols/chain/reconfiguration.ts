/**
 * What a replica does when the master has decided (CR 3.2, 3.3). One rule serves all failures: from the
 * new epoch on only the new neighbours count, the successor says where its log ends, the predecessor
 * sends the rest; who finds itself the head orders, who finds itself the tail commits.
 *
 * @module
 */
import { commitAsTail } from "./commit.ts";
import { beginExtension } from "./extension.ts";
import { beginLink } from "./forwarding.ts";
import { abandon, resume, unlink } from "./joining.ts";
import type { VolumeConfiguration } from "../master/configuration.ts";
import { beginNeighbours } from "./neighbours.ts";
import { dropQueue, isOrdering } from "./ordering.ts";
import { positionOf } from "./position.ts";
import { beginReads } from "./reads.ts";
import type { ChainReplica } from "./replica.ts";
import { announceRole } from "./role.ts";

/** The newest configuration, as far as the membership knows. */
export function onAssigned(replica: ChainReplica, volume: VolumeConfiguration): void {
  const { options, isReady, birth, node, context } = replica;
  if (!isReady || volume.volume !== options.volume) return;
  // It was told so before, or has been further in an earlier life.
  if (volume.epoch <= replica.position.epoch || volume.epoch < replica.epoch) return;
  const isDeclared = replica.extended === volume.epoch;
  const before = replica.position;
  replica.position = positionOf(volume, node, birth);
  replica.epoch = volume.epoch;
  const { role, members, predecessor } = replica.position;
  context.log("info", `${role} of ${members.join(", ")} in epoch ${volume.epoch}`);
  abandon(replica);
  unlink(replica);
  beginExtension(replica, isDeclared);
  remember(replica);
  beginLink(replica);
  beginNeighbours(replica, before);
  if (predecessor !== null) resume(replica);
  if (!isOrdering(replica)) dropQueue(replica);
  commitAsTail(replica);
  beginReads(replica);
  announceRole(replica);
}

/** Nothing that comes after this in the journal is durable before it. */
function remember(replica: ChainReplica): void {
  const { position } = replica;
  replica.persist(() => {
    if (!position.isLeaving || replica.position !== position) return;
    replica.stoppedIn = position.epoch;
    sendStopped(replica);
  });
}

/**
 * Tells the master, once that is certain, that this replica serves nothing any more: it may be let go. But
 * the others may have failed without anyone having noticed, and then this is the last one with the data: so
 * not before a neighbour was heard in the very epoch in which it is to leave (chain seeds 51000030 and
 * 51000166).
 */
export function sendStopped(replica: ChainReplica): void {
  const { context, options, position: { epoch }, stoppedIn, heardIn } = replica;
  if (stoppedIn === 0 || stoppedIn !== epoch || heardIn !== epoch) return;
  context.send(options.membership, { type: "stopped", volume: options.volume, epoch });
}
