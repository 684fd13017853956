import type { Claim } from "./claim.ts";
import type { Model } from "./model.ts";
import type { Operation } from "./operation.ts";
import { AT_START, NO_TOKEN, soleGivers, TokenTable, UNKNOWN_GIVER } from "./token_table.ts";

/**
 * When a token that comes only once was there, for all that is certain. Some operation had found it by
 * `from`, and some found it at `to` or later. If `from` is before `to`, it was there all the while; if
 * not, it may have come and gone at any moment between `to` and `from`.
 */
interface Zone {
  from: number;
  to: number;
}

/**
 * Whether claims contradict each other for a reason that is plain from their times, after Gibbons and
 * Korach: two tokens must have been there at once, or one must have come and gone while another was
 * there, or a token was needed before it came or after it went.
 *
 * A search would find this out too, but only after it has tried every other order of all that came
 * before. That it is not so does not mean that there is an order.
 */
export function contradict<State, Op extends Operation>(
  model: Model<State, Op>,
  claims: readonly Claim<Op>[],
): boolean {
  if (model.tokens === undefined) return false;
  const tokens = new TokenTable(model.tokens, claims);
  const givers = soleGivers(tokens, claims, model.initial);
  const zones = new Map<number, Zone>();
  for (const [token, giver] of givers.entries()) {
    if (giver === AT_START) zones.set(token, { from: -Infinity, to: -Infinity });
    else if (giver !== UNKNOWN_GIVER) zones.set(token, zoneOf(claims[giver]!));
  }
  const isLost = claims.map((claim, op) => {
    const token = tokens.needs[op]!;
    const zone = zones.get(token);
    if (zone === undefined || claim.duty !== "must") return false;
    zone.from = Math.min(zone.from, claim.by);
    zone.to = Math.max(zone.to, claim.op.call);
    const giver = givers[token]!;
    return giver !== AT_START && claim.by < claims[giver]!.op.call;
  }).includes(true);
  return isLost || outlives(claims, tokens, zones) || collide([...zones.values()]);
}

function zoneOf<Op extends Operation>({ op, by }: Claim<Op>): Zone {
  return { from: by, to: op.call };
}

/** Whether a token was needed after an operation returned that must have replaced it. */
function outlives<State, Op extends Operation>(
  claims: readonly Claim<Op>[],
  { needs, gives }: TokenTable<State, Op>,
  zones: ReadonlyMap<number, Zone>,
): boolean {
  return claims.some(({ duty, by }, op) => {
    const zone = zones.get(needs[op]!);
    const replaces = gives[op] !== NO_TOKEN && gives[op] !== needs[op];
    return zone !== undefined && duty === "must" && replaces && by < zone.to;
  });
}

function collide(zones: readonly Zone[]): boolean {
  const lasting = zones.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  for (const [index, { from }] of lasting.entries()) {
    if (index > 0 && from < lasting[index - 1]!.to) return true;
  }
  return zones.some(({ from, to }) => {
    if (from < to) return false;
    const other = lasting[lastBefore(lasting, to)];
    return other !== undefined && from < other.to;
  });
}

/** The last of some zones, in the order of their beginnings, that began before a moment; or -1. */
function lastBefore(zones: readonly Zone[], moment: number): number {
  let low = -1;
  let high = zones.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (zones[middle]!.from < moment) low = middle;
    else high = middle - 1;
  }
  return low;
}
