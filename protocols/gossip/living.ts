/**
 * Who is there, as SWIM tells; and who is listened to.
 *
 * @module
 */
import type { SwimMember } from "../swim/events.ts";
import type { SwimNotice } from "../swim/swim.ts";
import { askAdmitter } from "./admission.ts";
import { nodeOf } from "./dot.ts";
import { onBack } from "./mailing.ts";
import { decodeMeta } from "./member_meta.ts";
import type { PeerMessage } from "./messages.ts";
import type { GossipReplica } from "./replica.ts";
import { close } from "./reports.ts";
import { announce, settleState } from "./standing.ts";

/**
 * Whether a message counts: from those that are not closed and, but for what it takes to be admitted, from members
 * only. Whoever is not a member must hear of that some time.
 */
export function isHeard(replica: GossipReplica, message: PeerMessage): boolean {
  const { closed, members, state, isWhole } = replica;
  const { from } = message;
  if (state === "starting" || state === "left" || nodeOf(from) === replica.node) return false;
  if (message.type === "refused" || message.type === "offer") return true;
  if (closed.has(from)) {
    if (isClaim(message)) refuse(replica, message, true);
    return false;
  }
  if (members.has(from)) return isWhole || isForNew(message);
  if (message.type === "digest" && message.admitter !== null && isWhole) {
    if (closed.has(message.admitter)) refuse(replica, message, false);
    else askAdmitter(replica, message.admitter);
  }
  return isForNew(message);
}

/** What only a replica that takes itself for a member says, or one that wants to be. */
function isClaim({ type }: PeerMessage): boolean {
  return type === "digest" || type === "join" || type === "getState";
}

function isForNew({ type }: PeerMessage): boolean {
  return type === "join" || type === "getState" || type === "state" || type === "stateGone";
}

function refuse(replica: GossipReplica, { from }: PeerMessage, isClosed: boolean): void {
  replica.send(nodeOf(from), { type: "refused", replica: from, isClosed });
}

/** SWIM tells what has become of a node. */
export function onNotice(replica: GossipReplica, notice: SwimNotice): void {
  const { living } = replica;
  switch (notice.type) {
    case "swim-started":
      living.clear();
      break;
    case "swim-departed":
      return;
    case "member-joined":
      living.add(notice.member.node);
      onBack(replica, notice.member.node);
      break;
    case "member-failed":
      living.delete(notice.member.node);
      break;
    case "member-left":
      living.delete(notice.member.node);
      closeIfLeft(replica, notice.member.meta);
      break;
    default:
      break;
  }
  if ("member" in notice) noteReplica(replica, notice.member);
  if (replica.state === "starting") return;
  settleState(replica);
  if (notice.type !== "member-suspected" && notice.type !== "member-refuted") announce(replica);
}

/** Only a member itself says that it leaves, when it has handed over. */
function closeIfLeft(replica: GossipReplica, meta: Uint8Array): void {
  const id = decodeMeta(meta)?.replica ?? null;
  if (id !== null && replica.members.has(id)) close(replica, id);
}

function noteReplica({ haveData }: GossipReplica, { node, meta }: SwimMember): void {
  const id = decodeMeta(meta)?.replica ?? null;
  if (id === null) haveData.delete(node);
  else haveData.add(node);
}
