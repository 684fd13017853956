import { threshold } from "../protocols/vr/quorum.ts";

/**
 * The account of what was done to disks. A replica whose disk was damaged or lost recovers from the
 * others, so at any time no more than f of them may be in that state: the rest is a quorum, and each
 * acknowledged entry is whole on one disk of it at least. In a group without disks the same goes for
 * every crash.
 */
export class FaultAccount {
  readonly #replicaCount: number;
  readonly #most: number;
  /** For each harmed replica: the number of the life that it was in, or had been in last, then. */
  readonly #harmed = new Map<number, number>();

  constructor(replicaCount: number) {
    this.#replicaCount = replicaCount;
    this.#most = threshold(replicaCount);
  }

  /** The replicas that hold all that they ever acknowledged. */
  get whole(): number[] {
    return Array.from({ length: this.#replicaCount }, (_, replica) => replica)
      .filter((replica) => !this.#harmed.has(replica));
  }

  /** How many replicas are harmed at present. */
  get harmedCount(): number {
    return this.#harmed.size;
  }

  /** Whether a replica may be harmed, now. */
  mayHarm(replica: number): boolean {
    return this.#most > 0 && (this.#harmed.has(replica) || this.#harmed.size < this.#most);
  }

  /** A replica was harmed, in its life of that number. */
  harmed(replica: number, life: number): void {
    this.#harmed.set(replica, life);
  }

  /**
   * A replica is normal. If its life is a later one than that of the harm, it has seen what is left
   * since, and has everything again.
   */
  normal(replica: number, life: number): void {
    const at = this.#harmed.get(replica);
    if (at !== undefined && life > at) this.#harmed.delete(replica);
  }
}
