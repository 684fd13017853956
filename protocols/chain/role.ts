/**
 * What a replica tells the rest of its node: its client table who orders and who reads, its observers where
 * it stands.
 *
 * @module
 */
import { requestsOf } from "../entry.ts";
import type { InheritedEntry } from "../ordering.ts";
import { isOrdering } from "./ordering.ts";
import type { ChainRole } from "./position.ts";
import type { ChainReplica } from "./replica.ts";

/** What a replica publishes under the topic `replica`. */
export interface ChainFigures {
  readonly volume: number;
  readonly role: ChainRole;
  /** 0 before the first configuration. */
  readonly epoch: number;
  /** The nodes of the chain, the head first. */
  readonly members: readonly number[];
  /** Who joins behind the last member. */
  readonly joining: number | null;
  /** Whether this replica is to stop serving. */
  readonly leaving: boolean;
  /** Whether the chain takes updates. */
  readonly writable: boolean;
  /** The birth of its disk; 0 before it was read. */
  readonly birth: number;
  /** The last entry of its log. */
  readonly opNumber: number;
  /** The last entry that is durable. */
  readonly applied: number;
  /** The last entry known to be committed. */
  readonly acknowledged: number;
  /** Entries that are not known to be committed: CR's Sent list. */
  readonly sentLength: number;
  /** The last entry known to be executed. */
  readonly executed: number;
  /** Until when it may serve reads, on its own clock; `null` if it never could. */
  readonly leaseUntil: number | null;
  /** Whether it commits nothing more as the last member, since another is about to follow it. */
  readonly frozen: boolean;
  /** Why the journal makes no progress, if it does not. */
  readonly stalled: string | null;
  /** The neighbour that takes nothing, or of which nothing comes. */
  readonly deaf: number | null;
  readonly logBytes: number;
}

/** Tells the client table who orders and who reads. */
export function announceRole(replica: ChainReplica): void {
  const { position, context, options, wasOrdering } = replica;
  const leading = isOrdering(replica);
  const head = position.isWritable ? position.members[0] ?? null : null;
  context.send(options.clientTable, {
    type: "role",
    view: position.epoch,
    primary: head,
    leading,
    reader: readerOf(replica),
    holds: position.isMember && !position.isLeaving,
    // Reads ask the new tail by themselves; requests go on if those who ordered them still do.
    continues: position.role !== "starting" && (leading || !wasOrdering),
    inherited: leading && !wasOrdering ? unexecuted(replica) : [],
  });
  replica.wasOrdering = leading;
  publish(replica);
}

/** Who answers linearizable queries that come to this node. */
function readerOf({ position, options, node }: ChainReplica): number | null {
  const { members, isMember, isLeaving } = position;
  if (options.reads === "tail") return members.at(-1) ?? null;
  if (isMember && !isLeaving) return node;
  const others = members.filter((member) => member !== node);
  // Those who have no part in the chain spread over those who have.
  return others[node % others.length] ?? null;
}

function unexecuted({ log, execution }: ChainReplica): InheritedEntry[] {
  const entries: InheritedEntry[] = [];
  for (let opNumber = execution.executed + 1; opNumber <= log.opNumber; opNumber++) {
    entries.push({ opNumber, requests: requestsOf(log.get(opNumber)!) });
  }
  return entries;
}

/** Lets observers of the node see where the replica stands. */
export function publish(replica: ChainReplica): void {
  const { position, log, commitNumber, leaseUntil } = replica;
  const figures: ChainFigures = {
    volume: replica.options.volume,
    role: position.role,
    epoch: position.epoch,
    members: position.members,
    joining: position.joining,
    leaving: position.isLeaving,
    writable: position.isWritable,
    birth: replica.birth,
    opNumber: log.opNumber,
    applied: replica.durability.durableOp,
    acknowledged: commitNumber,
    sentLength: log.opNumber - commitNumber,
    executed: replica.execution.executed,
    leaseUntil: Number.isFinite(leaseUntil) ? leaseUntil : null,
    frozen: replica.extension.isFrozen,
    stalled: replica.reports.stalled,
    deaf: replica.reports.accused,
    logBytes: log.bytes,
  };
  replica.context.publish("replica", figures);
}
