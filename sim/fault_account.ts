import { threshold } from "../protocols/vr/quorum.ts";

/**
 * The account of what was done to disks. A replica whose disk was damaged or lost recovers from the
 * others, so at any time no more than f of them may be in that state: the rest is a quorum, and each
 * acknowledged entry is whole on one disk of it at least.
 */
export class FaultAccount {
  readonly #replicaCount: number;
  readonly #most: number;
  /** For each harmed replica: the number of its process that was running, or had run last, then. */
  readonly #harmed = new Map<number, number>();

  constructor(replicaCount: number) {
    this.#replicaCount = replicaCount;
    this.#most = threshold(replicaCount);
  }

  /** The replicas whose disks hold all that they ever acknowledged. */
  get whole(): number[] {
    return Array.from({ length: this.#replicaCount }, (_, replica) => replica)
      .filter((replica) => !this.#harmed.has(replica));
  }

  /** How many replicas are harmed at present. */
  get harmedCount(): number {
    return this.#harmed.size;
  }

  /** Whether the disk of a replica may be harmed, now. */
  mayHarm(replica: number): boolean {
    return this.#most > 0 && (this.#harmed.has(replica) || this.#harmed.size < this.#most);
  }

  /** A disk was harmed, in the life of the replica's process of that number. */
  harmed(replica: number, process: number): void {
    this.#harmed.set(replica, process);
  }

  /**
   * A replica is normal. If its process is a later one than that of the harm, it has read its disk since,
   * and has everything again.
   */
  normal(replica: number, process: number): void {
    const at = this.#harmed.get(replica);
    if (at !== undefined && process > at) this.#harmed.delete(replica);
  }
}
