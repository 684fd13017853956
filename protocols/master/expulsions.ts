import type { MasterCommandOf } from "./commands.ts";
import type { Configuration } from "./configuration.ts";
import { expulsionDue } from "./lease.ts";
import type { MemberOptions } from "./options.ts";

interface Expulsion {
  readonly intention: number;
  readonly dueAt: number;
}

/** The expulsions that the master intends, and when the leases of those concerned have run out. */
export class Expulsions {
  readonly #options: Required<MemberOptions>;
  readonly #expulsions = new Map<number, Expulsion>();

  /** Takes how long leases last. */
  constructor(options: Required<MemberOptions>) {
    this.#options = options;
  }

  /** When the next one is due; `undefined` if none is intended. */
  get nextAt(): number | undefined {
    const times = [...this.#expulsions.values()].map(({ dueAt }) => dueAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Sees what is intended. Time counts from when this very intention was first seen. */
  see({ nodes }: Configuration, now: number): void {
    for (const { node, expelling } of nodes) {
      if (node === this.#options.node || expelling === null) {
        this.#expulsions.delete(node);
      } else if (this.#expulsions.get(node)?.intention !== expelling) {
        const dueAt = expulsionDue(now, this.#rank(node), this.#options);
        this.#expulsions.set(node, { intention: expelling, dueAt });
      }
    }
  }

  /** An expulsion that is due. */
  due(now: number): MasterCommandOf<"expel"> | undefined {
    for (const [node, { intention, dueAt }] of this.#expulsions) {
      if (dueAt <= now) return { type: "expel", node, intention };
    }
    return undefined;
  }

  /** How many nodes are to submit the expulsion before this one. */
  #rank(expelled: number): number {
    const { node } = this.#options;
    return expelled < node ? node - 1 : node;
  }
}
