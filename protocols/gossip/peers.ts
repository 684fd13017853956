/**
 * Who is listened to, and which part of the replica handles what is said.
 *
 * @module
 */
import * as writes from "./acknowledgement.ts";
import * as admission from "./admission.ts";
import * as antiEntropy from "./anti_entropy.ts";
import { onGetState } from "./donor.ts";
import { nodeOf } from "./dot.ts";
import * as mailing from "./mailing.ts";
import type { PeerMessage, PeerMessageOf } from "./messages.ts";
import * as reads from "./reads.ts";
import type { GossipReplica } from "./replica.ts";
import { admit, close, isFormerLife } from "./reports.ts";
import { onScrub } from "./scrub.ts";
import * as transfer from "./state_transfer.ts";

/** Which part of the replica handles what another says. */
export function onPeerMessage(replica: GossipReplica, message: PeerMessage): void {
  switch (message.type) {
    case "mail":
      return mailing.onMail(replica, message);
    case "stored":
      return mailing.onStored(replica, message);
    case "digest":
      return antiEntropy.onDigest(replica, message);
    case "pull":
      return antiEntropy.onPull(replica, message);
    case "repair":
      return antiEntropy.onRepair(replica, message);
    case "reset":
      return antiEntropy.onReset(replica, message);
    case "fetch":
      return reads.onFetch(replica, message);
    case "fetched":
      return reads.onFetched(replica, message);
    case "confirm":
      return writes.onConfirm(replica, message);
    case "scrub":
      return onScrub(replica, message);
    case "join":
      return admission.onJoin(replica, message);
    case "offer":
      return admission.onOffer(replica, message);
    case "getState":
      return onGetState(replica, message);
    case "state":
      return transfer.onState(replica, message);
    case "stateGone":
      return transfer.onStateGone(replica, message);
    case "refused":
      return admission.onRefused(replica, message);
  }
}

/**
 * Whether a message counts: from those that are not closed and, but for what it takes to be admitted, from members
 * only. Whoever is not a member must hear of that some time.
 */
export function isHeard(replica: GossipReplica, message: PeerMessage): boolean {
  const { closed, members, state, isRecorded } = replica;
  const { from } = message;
  if (state === "starting" || state === "left" || nodeOf(from) === replica.node) return false;
  if (message.type === "refused" || message.type === "offer") return true;
  if (closed.has(from)) {
    if (isClaim(message)) refuse(replica, message, true);
    return false;
  }
  if (members.has(from)) return isRecorded || isForNew(message);
  if (message.type === "digest" && isRecorded && isVouchedFor(replica, message)) {
    admit(replica, from);
    return true;
  }
  return isForNew(message);
}

/**
 * Whether a stranger was admitted by a member, or by one that was admitted by a member, and so on. That one will name
 * it, and may be away. To count one more does no harm, and it has promised no less.
 */
function isVouchedFor(replica: GossipReplica, message: PeerMessageOf<"digest">): boolean {
  const { closed, members } = replica;
  for (const admitter of message.admitters) {
    if (members.has(admitter)) return true;
    if (isFormerLife(replica, admitter)) close(replica, admitter);
    if (!closed.has(admitter)) continue;
    refuse(replica, message, false);
    return false;
  }
  return false;
}

/** What only a replica that takes itself for a member says, or one that wants to be. */
function isClaim({ type }: PeerMessage): boolean {
  return type === "digest" || type === "join" || type === "getState";
}

function isForNew({ type }: PeerMessage): boolean {
  return type === "join" || type === "getState" || type === "state" || type === "stateGone";
}

function refuse(replica: GossipReplica, { from }: PeerMessage, isClosed: boolean): void {
  const members = [...replica.members];
  replica.send(nodeOf(from), { type: "refused", replica: from, isClosed, members });
}
