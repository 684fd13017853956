import type { Broadcasts } from "./broadcasts.ts";
import type { LocalHealth } from "./health.ts";
import type { MemberRecord } from "./messages.ts";
import { sameMeta } from "./precedence.ts";

/**
 * What the node says of itself. Nobody else is believed about that: whatever others claim is contradicted,
 * under an incarnation that overrides the claim. So a node that starts without memory of what it was
 * outbids what it was, as soon as it hears of it.
 */
export class OwnRecord {
  readonly #broadcasts: Broadcasts;
  readonly #health: LocalHealth;
  #record: MemberRecord;

  /** Is alive, in its first incarnation. */
  constructor(node: number, meta: Uint8Array, broadcasts: Broadcasts, health: LocalHealth) {
    this.#broadcasts = broadcasts;
    this.#health = health;
    this.#record = { node, incarnation: 0, state: "alive", by: node, meta: meta.slice() };
  }

  /** What it says. */
  get record(): MemberRecord {
    return this.#record;
  }

  /** Is there, again if it had left. */
  rejoin(): void {
    if (this.#record.state === "left") this.#say({ state: "alive", incarnation: this.#next });
  }

  /** Leaves; from now on it contradicts only that it is there. */
  leave(): void {
    this.#say({ state: "left" });
  }

  /** Says something else of itself. */
  describe(meta: Uint8Array): void {
    if (sameMeta(meta, this.#record.meta)) return;
    this.#say({ meta: meta.slice(), incarnation: this.#next });
  }

  /** Takes what is claimed of it. */
  take(claim: MemberRecord): void {
    const { incarnation, state, meta } = this.#record;
    if (claim.incarnation < incarnation) {
      // Whoever says so has not heard what it has said since.
      this.#broadcasts.put(this.#record);
    } else if (state === "left") {
      if (claim.incarnation > incarnation) this.#say({ incarnation: claim.incarnation });
    } else if (
      claim.incarnation > incarnation || claim.state !== "alive" || !sameMeta(claim.meta, meta)
    ) {
      // A later incarnation was that of an earlier process.
      const isDoubted = claim.state === "suspect" || claim.state === "dead";
      if (isDoubted && claim.incarnation === incarnation) this.#health.worsen(1);
      this.#say({ incarnation: claim.incarnation + 1 });
    }
  }

  get #next(): number {
    return this.#record.incarnation + 1;
  }

  #say(change: Partial<MemberRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#broadcasts.put(this.#record);
  }
}
