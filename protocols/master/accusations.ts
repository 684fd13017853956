import type { MembershipRequest } from "./membership.ts";

/** What a node holds against others, and against itself. */
export class Accusations {
  /** Who is silent. */
  readonly #silent = new Set<number>();
  /** Volume by volume: who does not take what it is sent. */
  readonly #deaf = new Map<number, number>();
  /** The volumes whose journals make no progress. */
  readonly #stalled = new Set<number>();
  readonly #node: number;

  /** Takes this node's index. */
  constructor(node: number) {
    this.#node = node;
  }

  /** Who is suspected, in the order of their indices. */
  get suspects(): number[] {
    const suspects = new Set([...this.#silent, ...this.#deaf.values()]);
    if (this.#stalled.size > 0) suspects.add(this.#node);
    return [...suspects].sort((a, b) => a - b);
  }

  /** How many are silent. */
  get silent(): number {
    return this.#silent.size;
  }

  /** A node is silent, or is heard again. */
  setSilent(node: number, isSilent: boolean): void {
    if (isSilent) this.#silent.add(node);
    else this.#silent.delete(node);
  }

  /** Nobody is known to be silent: the detector has started anew. */
  hearAll(): void {
    this.#silent.clear();
  }

  /** A successor is deaf, or none is. */
  setDeaf({ volume, node }: Extract<MembershipRequest, { type: "deaf" }>): void {
    if (node === null) this.#deaf.delete(volume);
    else this.#deaf.set(volume, node);
  }

  /** A journal makes no progress, or does so again. */
  setStalled({ volume, isStalled }: Extract<MembershipRequest, { type: "stalled" }>): void {
    if (isStalled) this.#stalled.add(volume);
    else this.#stalled.delete(volume);
  }

  /** The replica of a volume has started anew, and holds nothing against anyone yet. */
  forget(volume: number): void {
    this.#deaf.delete(volume);
    this.#stalled.delete(volume);
  }
}
