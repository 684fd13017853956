import type { VrMessage } from "../protocols/vr/messages.ts";
import type { ReplicaFigures } from "../protocols/vr/replica.ts";
import { equalChecksums } from "../protocols/vr/entry.ts";
import type { Oracle } from "./oracle.ts";
import { Quorums } from "./quorums.ts";

/** Messages that a replica sends as a member of the view that they name. */
const OF_OWN_VIEW = new Set<VrMessage["type"]>([
  "prepare",
  "prepareOk",
  "commit",
  "startViewChange",
  "doViewChange",
  "abstain",
  "startView",
  "newState",
  "recoveryResponse",
  "confirmed",
  "exitView",
  "readIndex",
]);

/**
 * What must hold of the replicas of a VR group, whatever they crash: no promise is forgotten, a view has
 * one entry for each op-number, and nothing committed is taken back.
 */
export class Promises {
  readonly #oracle: Oracle;
  /** The highest view of anything that a replica has sent. */
  readonly #views = new Map<number, number>();
  /** The checksum that PREPARE carried, by view and op-number. */
  readonly #prepared = new Map<string, Uint8Array>();
  /** The commit-number of each replica's present incarnation. */
  readonly #commits = new Map<number, number>();

  readonly #quorums: Quorums;

  constructor(oracle: Oracle, replicaCount: number) {
    this.#oracle = oracle;
    this.#quorums = new Quorums(oracle, replicaCount);
  }

  /**
   * An incarnation of a replica has begun: it knows only what is durable.
   *
   * @param isForgetful Whether nothing is: then its promises are void.
   */
  started(replica: number, isForgetful = false): void {
    this.#commits.delete(replica);
    if (!isForgetful) return;
    this.#views.delete(replica);
    this.#quorums.forgotten(replica);
  }

  /** A replica sends a message to another. */
  sent(replica: number, message: VrMessage, to: number): void {
    if (message.type === "stamped") return this.sent(replica, message.message, to);
    if ("view" in message && OF_OWN_VIEW.has(message.type)) {
      const promised = this.#views.get(replica) ?? 0;
      if (message.view < promised) {
        const { type, view } = message;
        this.#oracle.fail(`replica ${replica} sends ${type} of view ${view} after ${promised}`);
      }
      this.#views.set(replica, Math.max(promised, message.view));
    }
    this.#quorums.sent(replica, message, to);
    if (message.type === "prepare") this.#checkPrepare(replica, message.view, message.entry);
  }

  /** A replica says where it stands. */
  published(replica: number, figures: ReplicaFigures): void {
    const { status, view, commitNumber } = figures;
    const promised = this.#views.get(replica) ?? 0;
    if (status !== "recovering" && view < promised) {
      this.#oracle.fail(`replica ${replica} is in view ${view} after it spoke in ${promised}`);
    }
    const before = this.#commits.get(replica) ?? 0;
    if (commitNumber < before) {
      this.#oracle.fail(`replica ${replica} takes back its commit of ${before}`);
    }
    this.#commits.set(replica, commitNumber);
  }

  #checkPrepare(
    replica: number,
    view: number,
    entry: { readonly opNumber: number; readonly checksum: Uint8Array },
  ): void {
    const key = `${view}/${entry.opNumber}`;
    const known = this.#prepared.get(key);
    if (known === undefined) this.#prepared.set(key, entry.checksum.slice());
    else if (!equalChecksums(known, entry.checksum)) {
      this.#oracle.fail(`replica ${replica} prepares a second entry ${key} (view/op-number)`);
    }
  }
}
