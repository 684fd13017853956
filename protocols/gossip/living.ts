/**
 * Who is there, as SWIM tells.
 *
 * @module
 */
import type { SwimMember } from "../swim/events.ts";
import type { SwimNotice } from "../swim/swim.ts";
import { onBack } from "./mailing.ts";
import { decodeMeta } from "./member_meta.ts";
import type { GossipReplica } from "./replica.ts";
import { announce, settleState } from "./standing.ts";

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
      // Its last report says that it is closed, and whom it has admitted.
      living.delete(notice.member.node);
      break;
    default:
      break;
  }
  if ("member" in notice) noteReplica(replica, notice.member);
  if (replica.state === "starting") return;
  settleState(replica);
  if (notice.type !== "member-suspected" && notice.type !== "member-refuted") announce(replica);
}

function noteReplica({ runs }: GossipReplica, { node, meta }: SwimMember): void {
  runs.set(node, decodeMeta(meta)?.replica ?? null);
}
