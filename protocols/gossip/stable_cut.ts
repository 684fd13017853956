/**
 * The causal stable cut: what every member has taken in, and so nobody will ever ask for again.
 *
 * Every member tells its clock from time to time, together with a stamp that it promises to exceed
 * with every later write. From the last report of each follows
 *
 * - `stable`: the events in all of their clocks. Which keys they were about may be forgotten.
 * - `horizon`: the stamp up to which tombstones may be dropped here. A tombstone is kept only because
 *   a value may still arrive that is older by its stamp. The value's writer `i` wrote it before the
 *   promise of its last report `h(i)`, so it is one of `i`'s own events in the clock of that report; and
 *   if the clock here has all of those, it has been here. So with the least promise of all members no
 *   value at or below it can arrive any more. That the others know of the tombstone is not needed:
 *   that its dot is in the clock here, and it is not in the store, is how they learn of the removal.
 *
 * Both are safe only if nobody is left out. A member that is admitted begins with the state, the members
 * and the stamp of the one that admitted it, which names it from then on; so the members to be counted are
 * all that any of those counted names, and whoever does not yet see the new member sees only promises
 * that it is bound by, too. A replica that was removed, or that began a new life, is *closed*: it is
 * left out when all who are counted have closed it, that is, take nothing from it directly any more, and
 * the clock here has all that any of them has of it. Whoever it admitted, and was not heard of before it
 * was closed, nobody could count: such a one must be refused, and begin a new life.
 *
 * There is no timer in it: a member that is away holds the cut where it is until it is back or closed.
 *
 * @module
 */
import { array, type Schema, struct } from "../../actors/schema.ts";
import { clockSchema, NodeClock, REPLICAS_MAX } from "./clock.ts";
import { type ReplicaId, replicaSchema } from "./dot.ts";
import { compareStamps, type Stamp, stampSchema } from "./hybrid_clock.ts";

/** What a member says of itself. */
export interface Report {
  /** Who says it. */
  readonly replica: ReplicaId;
  /** What of others' events it will still have after a crash, and all events that it has issued. */
  readonly clock: NodeClock;
  /** Every event that it issues from now on has a greater stamp: `HybridClock.promise`. */
  readonly promised: Stamp;
  /** The members as it knows them, itself included. */
  readonly members: readonly ReplicaId[];
  /** The replicas that it takes nothing from any more, for ever. */
  readonly closed: readonly ReplicaId[];
}

const replicas = array(replicaSchema, REPLICAS_MAX);

/** A report on the wire. */
export const reportSchema: Schema<Report> = struct({
  replica: replicaSchema,
  clock: clockSchema,
  promised: stampSchema,
  members: replicas,
  closed: replicas,
});

/** Gathers the reports of all members. */
export class StableCut {
  readonly #reports = new Map<ReplicaId, Report>();

  /** Takes a report, of the own replica as well; one that is older than what is there is ignored. */
  take(report: Report): void {
    const known = this.#reports.get(report.replica);
    if (known !== undefined && compareStamps(report.promised, known.promised) < 0) return;
    this.#reports.set(report.replica, report);
  }

  /** The last report of a replica. */
  reportOf(replica: ReplicaId): Report | undefined {
    return this.#reports.get(replica);
  }

  /** The reports of all that must be counted; `undefined` while one of them is missing. */
  counted(self: ReplicaId): readonly Report[] | undefined {
    const own = this.#reports.get(self);
    if (own === undefined) return undefined;
    const members = new Set([self, ...own.members]);
    const reports: Report[] = [];
    // A set that grows while it is iterated shows what was added, too.
    for (const member of members) {
      if (own.closed.includes(member)) continue;
      const report = this.#reports.get(member);
      if (report === undefined) return undefined;
      reports.push(report);
      for (const named of report.members) members.add(named);
    }
    return reports;
  }

  /** The events that all members have; none while a report is missing. */
  stable(self: ReplicaId): NodeClock {
    const [first, ...others] = this.counted(self) ?? [];
    if (first === undefined) return new NodeClock();
    return others.reduce((common, { clock }) => common.meet(clock), first.clock);
  }

  /**
   * The stamp up to which tombstones may be dropped from a store with the clock `clock`; `undefined` if
   * none may.
   */
  horizon(self: ReplicaId, clock: NodeClock): Stamp | undefined {
    const reports = this.counted(self);
    if (reports === undefined) return undefined;
    const counted = new Set(reports.map(({ replica }) => replica));
    for (const report of reports) {
      if (!clock.dominatesAt(report.replica, report.clock)) return undefined;
    }
    const known = [clock, ...reports.map((report) => report.clock)];
    const others = new Set(known.flatMap((of) => of.replicas()).filter((id) => !counted.has(id)));
    // What was closed here may still be heard by others, and bring what is older than all promises.
    for (const id of this.#reports.get(self)!.closed) others.add(id);
    for (const other of others) {
      if (!reports.every((report) => isDone(other, report, clock))) return undefined;
    }
    return reports.map(({ promised }) => promised).reduce(earlierStamp);
  }

  /** Forgets the reports of replicas that are closed. */
  forget(closed: readonly ReplicaId[]): void {
    for (const replica of closed) this.#reports.delete(replica);
  }
}

/** Whether nothing of a replica that is not counted can come from a member any more. */
function isDone(replica: ReplicaId, { closed, clock: theirs }: Report, clock: NodeClock): boolean {
  return closed.includes(replica) && clock.dominatesAt(replica, theirs);
}

function earlierStamp(left: Stamp, right: Stamp): Stamp {
  return compareStamps(left, right) <= 0 ? left : right;
}
