/**
 * Sessions: what a client has read and written, so that any node can tell whether it has seen as much.
 *
 * Source: Terry, Demers, Petersen, Spreitzer, Theimer, Welch: "Session Guarantees for Weakly
 * Consistent Replicated Data" (1994). Terry's vectors summarize all that a server has; here a session
 * names the events of the keys that it touched, and only as long as some member may miss them. So it does
 * not wait for what it never saw, and its token stays small.
 *
 * @module
 */
import { type Schema, struct } from "../../actors/schema.ts";
import { clockSchema, NodeClock } from "./clock.ts";
import type { Dot } from "./dot.ts";
import { TokenError } from "./errors.ts";
import type { GossipStore } from "./store.ts";
import { openToken, sealToken } from "./token.ts";

/** What a client has done so far. */
export interface Session {
  /** The events that its reads have shown, those that removed something included. */
  readonly reads: NodeClock;
  /** The events that it made. */
  readonly writes: NodeClock;
}

/** Which guarantees a session has; all of them unless switched off. */
export interface Guarantees {
  /** A read sees the session's writes. */
  readonly readYourWrites?: boolean;
  /** A read sees what earlier reads saw. */
  readonly monotonicReads?: boolean;
  /** A write is taken where the session's earlier writes are known. */
  readonly monotonicWrites?: boolean;
  /** A write is taken where what the session read is known. */
  readonly writesFollowReads?: boolean;
}

const sessionSchema: Schema<Session> = struct({ reads: clockSchema, writes: clockSchema });

/** A session that has done nothing. */
export function newSession(): Session {
  return { reads: new NodeClock(), writes: new NodeClock() };
}

/** What a node must have to serve a session's next read or write. */
export function requiredFor(
  access: "read" | "write",
  session: Session,
  guarantees: Guarantees = {},
): NodeClock {
  const { readYourWrites, monotonicReads, monotonicWrites, writesFollowReads } = guarantees;
  const [reads, writes] = access === "read"
    ? [monotonicReads, readYourWrites]
    : [writesFollowReads, monotonicWrites];
  const required = new NodeClock();
  if (reads !== false) required.join(session.reads);
  if (writes !== false) required.join(session.writes);
  return required;
}

/** What a session's next write must say that it comes after: `GossipData.perform` takes it. */
export function precedingWrite(session: Session, stable: NodeClock): NodeClock {
  const seen = session.reads.clone();
  seen.join(session.writes);
  return seen.minus(stable);
}

/** The session after a write. */
export function afterWrite(session: Session, dot: Dot): Session {
  const writes = session.writes.clone();
  writes.add(dot);
  return { reads: session.reads, writes };
}

/**
 * The session after a read of a key at a store. It has seen the events of the key and, through them, what
 * the sessions that made them had seen: its next read is served where that is, too. So a session never
 * reads an answer and misses the question, whoever wrote them.
 */
export function afterRead(session: Session, store: GossipStore, key: string): Session {
  if (store.index.isTrimmed) return afterScan(session, store);
  const reads = session.reads.clone();
  for (const dot of store.index.dotsOf(key)) {
    reads.add(dot);
    reads.join(store.index.afterOf(dot) ?? new NodeClock());
  }
  return { reads, writes: session.writes };
}

/** The session after a read of many keys at a store: it has seen all that is there. */
export function afterScan(session: Session, store: GossipStore): Session {
  const reads = session.reads.clone();
  reads.join(store.clock);
  reads.join(store.index.awaited);
  return { reads, writes: session.writes };
}

/**
 * The token of a session. What every member has is left out of it. If it were too long, it says instead
 * that the session has seen all that is at this node: true as long as the node has what the session
 * requires, and longer to wait for elsewhere.
 *
 * @throws {TokenError} `token_too_large` if that is too long, too.
 */
export function sealSession(
  cluster: string,
  session: Session,
  stable: NodeClock,
  store: GossipStore,
): string {
  const brief = { reads: session.reads.minus(stable), writes: session.writes.minus(stable) };
  try {
    return sealToken("session", scopeOf(cluster), sessionSchema, brief);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const all = store.clock.clone();
    all.join(brief.reads);
    all.join(brief.writes);
    return sealToken("session", scopeOf(cluster), sessionSchema, { reads: all, writes: all });
  }
}

/**
 * The session of a token.
 *
 * @throws {TokenError} if it is damaged, or is that of another cluster.
 */
export function openSession(cluster: string, token: string): Session {
  return openToken("session", scopeOf(cluster), sessionSchema, token);
}

function scopeOf(cluster: string): string {
  return `cluster "${cluster}"`;
}
