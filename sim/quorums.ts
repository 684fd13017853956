import type { PlainMessage, VrMessageOf } from "../protocols/vr/messages.ts";
import { primaryOf, quorumSize, threshold } from "../protocols/vr/quorum.ts";
import type { Oracle } from "./oracle.ts";

type DoViewChange = VrMessageOf<"doViewChange">;

/** Messages that only who is normal in their view sends. */
const OF_NORMAL = new Set<PlainMessage["type"]>([
  "prepare",
  "prepareOk",
  "commit",
  "startView",
  "confirmed",
]);

/**
 * What must hold of quorums in a VR group, seen from outside: what is said to be committed was
 * acknowledged by a quorum in one view; a view begins when a quorum has left for it, f + 1 of them with
 * whole logs, and with all that earlier views have committed; nobody brings its log to a view as one of
 * an earlier view than it is, or shorter than it was when it was acknowledged.
 *
 * Messages count when they are sent: whether they arrive is nobody's promise.
 */
export class Quorums {
  readonly #oracle: Oracle;
  readonly #replicaCount: number;
  readonly #quorum: number;
  /** By view: up to where each replica has acknowledged the log. */
  readonly #acknowledged = new Map<number, number[]>();
  /** By view: who has brought its log. */
  readonly #votes = new Map<number, Set<number>>();
  /** By view: who has left for it and brought none. */
  readonly #abstentions = new Map<number, Set<number>>();
  readonly #begun = new Set<number>();
  /** Up to where each replica has acknowledged the log of the latest view in which it has. */
  readonly #held = new Map<number, { readonly view: number; readonly opNumber: number }>();
  /** The latest view whose log each replica was told of. */
  readonly #told = new Map<number, number>();
  /** The latest view in which each replica has spoken as a normal one. */
  readonly #normalIn = new Map<number, number>();
  /** The highest op-number that is known to be committed. */
  #committed = 0;
  /** By view: the highest op-number that was committed in it. */
  readonly #committedIn = new Map<number, number>();

  constructor(oracle: Oracle, replicaCount: number) {
    this.#oracle = oracle;
    this.#replicaCount = replicaCount;
    this.#quorum = quorumSize(replicaCount);
  }

  /** A replica begins with nothing of what it knew: what it was part of is void. */
  forgotten(replica: number): void {
    this.#normalIn.delete(replica);
    this.#held.delete(replica);
  }

  /** A replica sends a message to another. */
  sent(replica: number, message: PlainMessage, to: number): void {
    if ("commitNumber" in message) this.#checkCommit(replica, message.commitNumber);
    if ("view" in message && OF_NORMAL.has(message.type)) {
      this.#normalIn.set(replica, Math.max(this.#normalIn.get(replica) ?? 0, message.view));
    }
    switch (message.type) {
      case "prepareOk":
        return this.#acknowledge(replica, message.view, message.opNumber);
      case "doViewChange":
        return this.#vote(replica, message);
      case "abstain": {
        const abstentions = this.#abstentions.get(message.view) ?? new Set();
        return void this.#abstentions.set(message.view, abstentions.add(replica));
      }
      case "newState":
        return this.#tell(to, message.view);
      case "startView":
        this.#tell(to, message.view);
        return this.#checkStart(replica, message.view, message.opNumber);
    }
  }

  #tell(replica: number, view: number): void {
    this.#told.set(replica, Math.max(this.#told.get(replica) ?? 0, view));
  }

  #acknowledge(replica: number, view: number, opNumber: number): void {
    const acknowledged = this.#acknowledged.get(view) ?? [];
    acknowledged[replica] = Math.max(acknowledged[replica] ?? 0, opNumber);
    this.#acknowledged.set(view, acknowledged);
    const held = this.#held.get(replica);
    const isLater = held === undefined || view > held.view ||
      view === held.view && opNumber > held.opNumber;
    if (isLater) this.#held.set(replica, { view, opNumber });
  }

  #checkCommit(replica: number, opNumber: number): void {
    if (opNumber <= this.#committed) return;
    const views = [...this.#acknowledged.keys()].filter((view) => this.#isHeld(view, opNumber));
    if (views.length === 0) {
      return this.#oracle.fail(
        `replica ${replica} takes ${opNumber} to be committed, which no quorum has acknowledged`,
      );
    }
    this.#committed = opNumber;
    // If it was acknowledged in several views, the last of them is where it can least be held against others.
    this.#committedIn.set(Math.max(...views), opNumber);
  }

  /** Whether a quorum, the primary included, holds the log of a view up to there. */
  #isHeld(view: number, opNumber: number): boolean {
    const primary = primaryOf(view, this.#replicaCount);
    let count = 1;
    for (const [replica, last] of this.#acknowledged.get(view)!.entries()) {
      if (replica !== primary && last >= opNumber) count++;
    }
    return count >= this.#quorum;
  }

  #vote(replica: number, { view, lastNormalView, opNumber }: DoViewChange): void {
    const votes = this.#votes.get(view) ?? new Set();
    this.#votes.set(view, votes.add(replica));
    const held = this.#held.get(replica);
    // Who was about to take the log of a later view has dropped what that does not have, and may have
    // crashed before it was normal in it. What that view begins without was never committed.
    const isReplaced = held !== undefined && (this.#told.get(replica) ?? 0) > held.view;
    if (held?.view === lastNormalView && held.opNumber > opNumber && !isReplaced) {
      this.#oracle.fail(
        `replica ${replica} votes with a log up to ${opNumber}, though it acknowledged ` +
          `${held.opNumber}`,
      );
    }
    const normalIn = this.#normalIn.get(replica) ?? 0;
    if (lastNormalView >= normalIn) return;
    this.#oracle.fail(
      `replica ${replica} votes with a log of view ${lastNormalView}, though it was normal in ` +
        `${normalIn}`,
    );
  }

  #checkStart(replica: number, view: number, opNumber: number): void {
    if (this.#begun.has(view)) return;
    this.#begun.add(view);
    const votes = new Set(this.#votes.get(view)).add(replica);
    const left = votes.union(this.#abstentions.get(view) ?? new Set());
    if (left.size < this.#quorum || votes.size <= threshold(this.#replicaCount)) {
      this.#oracle.fail(`view ${view} begins with the logs of ${votes.size} replicas`);
    }
    for (const [earlier, committed] of this.#committedIn) {
      if (earlier >= view || committed <= opNumber) continue;
      this.#oracle.fail(
        `view ${view} begins with a log up to ${opNumber}, though view ${earlier} has committed ` +
          `${committed}`,
      );
    }
  }
}
