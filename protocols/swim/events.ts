/**
 * What a member tells of the others.
 *
 * @module
 */
import type { MemberRecord, MemberState } from "./messages.ts";
import { isLiving, sameMeta } from "./precedence.ts";

/** A member, as others are told of it. */
export interface SwimMember {
  /** The index of the node. */
  readonly node: number;
  /** Raised by the member whenever it had to contradict something. */
  readonly incarnation: number;
  /** How it is, as far as one knows. */
  readonly state: MemberState;
  /** What it says of itself. */
  readonly meta: Uint8Array;
}

/** What has become of members. `joined` and what follows alternate with `failed` or `left`. */
export type SwimEvent =
  /** It takes part: it is new, or it was dead, or had left. */
  | { readonly type: "member-joined"; readonly member: SwimMember }
  /** It does not answer; it still takes part, and can contradict. */
  | { readonly type: "member-suspected"; readonly member: SwimMember }
  /** It has contradicted. */
  | { readonly type: "member-refuted"; readonly member: SwimMember }
  /** It says something else of itself: it may have restarted. */
  | { readonly type: "member-changed"; readonly member: SwimMember }
  /** It is held to be dead. */
  | { readonly type: "member-failed"; readonly member: SwimMember }
  /** It has left on purpose; or it had, and was first held to be dead. */
  | { readonly type: "member-left"; readonly member: SwimMember }
  /** It had failed or left a long time ago, and is on the list no longer. */
  | { readonly type: "member-forgotten"; readonly member: SwimMember }
  /** The node itself has left, and others know: it may stop. */
  | { readonly type: "swim-departed" };

/** A member as others are told of it. */
export function memberOf({ node, incarnation, state, meta }: MemberRecord): SwimMember {
  return { node, incarnation, state, meta };
}

/** What it means that one claim of a member has taken the place of another. */
export function eventsOf(before: MemberRecord, after: MemberRecord): SwimEvent[] {
  const member = memberOf(after);
  if (after.state === "left") return [{ type: "member-left", member }];
  if (after.state === "dead") return [{ type: "member-failed", member }];
  const events: SwimEvent[] = [];
  const wasLiving = isLiving(before);
  if (!wasLiving) events.push({ type: "member-joined", member });
  else if (!sameMeta(before.meta, after.meta)) events.push({ type: "member-changed", member });
  const wasSuspect = before.state === "suspect";
  const isSuspect = after.state === "suspect";
  if (isSuspect && !wasSuspect) events.push({ type: "member-suspected", member });
  if (wasSuspect && !isSuspect) events.push({ type: "member-refuted", member });
  return events;
}
