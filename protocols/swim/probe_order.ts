import { randomInteger, type RandomStream } from "../../actors/random.ts";
import { shuffle } from "./choice.ts";

/**
 * Whom to probe next (SWIM 4.3): everyone once, in a random order, and then in another. So a failure is
 * noticed within a bounded time, and no two members probe the others in the same order.
 */
export class ProbeOrder {
  readonly #random: RandomStream;
  readonly #nodes: number[] = [];
  #next = 0;

  /** Takes where chance comes from. */
  constructor(random: RandomStream) {
    this.#random = random;
  }

  /** Takes a new one in at a random place, so that its first probe is no sooner or later than others'. */
  add(node: number): void {
    const at = randomInteger(this.#random, this.#nodes.length + 1);
    this.#nodes.splice(at, 0, node);
    if (at < this.#next) this.#next++;
  }

  /** Leaves one out. */
  remove(node: number): void {
    const at = this.#nodes.indexOf(node);
    if (at < 0) return;
    this.#nodes.splice(at, 1);
    if (at < this.#next) this.#next--;
  }

  /** The next one. */
  next(): number | undefined {
    if (this.#next >= this.#nodes.length) {
      shuffle(this.#nodes, this.#random);
      this.#next = 0;
    }
    return this.#nodes[this.#next++];
  }
}
