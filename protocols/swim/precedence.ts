import { INCARNATION_MAX, type MemberRecord, type MemberState } from "./messages.ts";

const RANKS: Readonly<Record<MemberState, number>> = { alive: 0, suspect: 1, dead: 2, left: 3 };

/**
 * Whether one claim overrides another of the same member (SWIM 4.2): that of the higher incarnation, and
 * of the same incarnation the worse one. So claims have a total order, and all who have heard the same
 * claims, in whatever order, believe the same.
 */
export function overrides(news: MemberRecord, held: MemberRecord): boolean {
  if (news.incarnation !== held.incarnation) return news.incarnation > held.incarnation;
  return RANKS[news.state] > RANKS[held.state];
}

/** Whether a member takes part: it is probed, asked and told. */
export function isLiving({ state }: MemberRecord): boolean {
  return state === "alive" || state === "suspect";
}

/** Whether a claim can be true: nobody but the member itself says that it leaves or lives. */
export function isSound({ node, state, by, incarnation }: MemberRecord): boolean {
  if (incarnation > INCARNATION_MAX) return false;
  return by === node
    ? state === "alive" || state === "left"
    : state === "suspect" || state === "dead";
}

/** Whether two nodes say the same of themselves. */
export function sameMeta(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
