/**
 * Who has what durably: writes that wait for members to have them, and retries, of which that is found out anew.
 *
 * @module
 */
import { TransientMap, TransientSet } from "../../actors/transient.ts";
import { pull } from "./anti_entropy.ts";
import type { NodeClock } from "./clock.ts";
import { type Dot, nodeOf } from "./dot.ts";
import { sayStored } from "./mailing.ts";
import type { PeerMessageOf } from "./messages.ts";
import type { GossipReplica } from "./replica.ts";

/** A write that waits for members to have it. */
export interface PendingWrite {
  readonly dot: Dot;
  readonly key: string;
  readonly needed: number;
  readonly until: number;
  /** The nodes that have it durably. */
  readonly acknowledged: Set<number>;
  readonly answer: (acknowledged: Set<number>, isEnough: boolean) => void;
}

/** The writes that wait. */
export class WriteState {
  /** Own events, by their number. */
  readonly own = new TransientMap<number, PendingWrite>();
  /** Retries of writes that are events of others, or were answered before. */
  readonly repeats = new TransientSet<PendingWrite>();

  /** How many wait. */
  get size(): number {
    return this.own.size + this.repeats.size;
  }
}

/** Asks the members that have not said so whether they have what was asked for again. */
export function askForConfirmation(replica: GossipReplica): void {
  for (const { key, dot, acknowledged } of replica.writes.repeats) {
    for (const node of replica.others) {
      if (!acknowledged.has(node)) replica.send(node, { type: "confirm", key, dot });
    }
  }
}

/** Somebody wants to know whether an event is here. */
export function onConfirm(replica: GossipReplica, message: PeerMessageOf<"confirm">): void {
  const { from, dot } = message;
  if (replica.data.store.clock.has(dot)) sayStored(replica, nodeOf(from), dot);
  else pull(replica, nodeOf(from));
}

// Acknowledgements

/** A node has these durably. */
export function acknowledge({ writes, id }: GossipReplica, node: number, dots: NodeClock): void {
  if (writes.size === 0) return;
  const intervals = dots.intervals(id);
  for (let at = 0; at < intervals.length; at += 2) {
    const [first, last] = [intervals[at]!, intervals[at + 1]!];
    if (last - first > writes.own.size) {
      for (const [n, pending] of writes.own) if (n >= first && n <= last) take(pending);
    } else {
      for (let n = first; n <= last; n++) {
        const pending = writes.own.get(n);
        if (pending !== undefined) take(pending);
      }
    }
  }
  for (const pending of writes.repeats) if (dots.has(pending.dot)) take(pending);

  function take(pending: PendingWrite): void {
    pending.acknowledged.add(node);
    if (pending.acknowledged.size >= pending.needed) settle(writes, pending, true);
  }
}

function settle(writes: WriteState, pending: PendingWrite, isEnough: boolean): void {
  if (!writes.repeats.delete(pending)) writes.own.delete(pending.dot.n);
  pending.answer(pending.acknowledged, isEnough);
}

/** Says of what has waited for too long who has it. */
export function expireWrites({ writes, context }: GossipReplica): void {
  const now = context.now();
  for (const pending of [...writes.own.values(), ...writes.repeats]) {
    if (now >= pending.until) settle(writes, pending, false);
  }
}
