import type { Model } from "./model.ts";
import type { Operation } from "./operation.ts";
import { NO_TOKEN, soleGivers, TokenTable, UNKNOWN_GIVER } from "./token_table.ts";

/** What is held to be certain of an operation. */
export type Duty =
  /** It took effect, once, between its call and its return. */
  | "must"
  /** It took effect once, at some time after its call, or never. */
  | "may"
  /**
   * It took effect any number of times after its call. No operation does; but a history that cannot
   * be ordered even so cannot be ordered at all, and this is far cheaper to find out.
   */
  | "repeats";

/** An operation and what is held to be certain of it. */
export interface Claim<Op> {
  readonly op: Op;
  readonly duty: Duty;
  /** By when it has taken effect if it must, in nanoseconds. */
  readonly by: number;
}

/** The claim that an operation took effect while it was under way. */
export function mustClaim<Op extends Operation>(op: Op): Claim<Op> {
  return { op, duty: "must", by: op.return ?? Infinity };
}

/**
 * What a history claims. Operations that were refused are left out; so are those of unknown outcome
 * that would have changed nothing, for nothing is known of them either.
 */
export function claimsOf<State, Op extends Operation>(
  model: Model<State, Op>,
  ops: readonly Op[],
): Claim<Op>[] {
  const claims: Claim<Op>[] = [];
  for (const op of ops) {
    if (op.outcome === "ok") claims.push(mustClaim(op));
    else if (op.outcome === "unknown" && !(model.isReadOnly?.(op) ?? false)) {
      claims.push({ op, duty: "may", by: Infinity });
    }
  }
  return claims;
}

/**
 * The same claims, with earlier times: an operation that alone gives a token took effect before any
 * that needs it, and so before the first of those returned. For one of unknown outcome that is the
 * difference between a short while, and some time or never.
 */
export function tighten<State, Op extends Operation>(
  model: Model<State, Op>,
  claims: readonly Claim<Op>[],
): readonly Claim<Op>[] {
  if (model.tokens === undefined) return claims;
  const tokens = new TokenTable(model.tokens, claims);
  const givers = soleGivers(tokens, claims, model.initial);
  const tightened = [...claims];
  for (const [index, { by, duty }] of claims.entries()) {
    const token = tokens.needs[index]!;
    const giver = token === NO_TOKEN || duty !== "must" ? UNKNOWN_GIVER : givers[token]!;
    if (giver < 0 || giver === index) continue;
    const { op, by: before } = tightened[giver]!;
    // One called too late is an error in the history, which the search will find.
    if (op.call <= by) tightened[giver] = { op, duty: "must", by: Math.min(before, by) };
  }
  return tightened;
}

/**
 * The same claims, with `repeats` for `may` wherever that leads to finitely many states. Whoever finds
 * no order of these finds none of the others; the reverse does not hold.
 */
export function relax<State, Op extends Operation>(
  model: Model<State, Op>,
  claims: readonly Claim<Op>[],
): readonly Claim<Op>[] {
  return claims.map((claim) =>
    claim.duty === "may" && model.repeats?.(claim.op) !== undefined
      ? { ...claim, duty: "repeats" }
      : claim
  );
}
