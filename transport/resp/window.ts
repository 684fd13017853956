import type { Effect } from "./command.ts";

/** In which order the commands of one connection are executed. */
export type RespOrder = "connection" | "key";

/** The most commands of one connection that are under way at once. */
const UNDER_WAY_MAX = 64;

/** What is under way of a connection whose commands were sent without waiting for answers. */
export class Window {
  readonly #order: RespOrder;
  #count = 0;
  #writes = 0;
  #scans = 0;
  /** How many commands under way are about a key. */
  readonly #keys = new Map<string, number>();
  readonly #written = new Set<string>();

  constructor(order: RespOrder) {
    this.#order = order;
  }

  /** How many commands are under way. */
  get count(): number {
    return this.#count;
  }

  /**
   * Whether a command may begin. In the order of the connection, reads that follow one another are under way
   * together, and a write is alone. In the order of keys, that holds for each key by itself.
   */
  admits(effect: Effect, keys: readonly string[]): boolean {
    if (this.#count >= UNDER_WAY_MAX) return false;
    switch (effect) {
      case "none":
        return true;
      case "all":
        return this.#count === 0;
      case "scan":
        return this.#writes === 0;
      case "read":
        return this.#order === "connection"
          ? this.#writes === 0
          : !keys.some((key) => this.#written.has(key));
      case "write":
        return this.#order === "connection"
          ? this.#count === 0
          : this.#scans === 0 && !keys.some((key) => this.#keys.has(key));
    }
  }

  /** Notes that a command begins. */
  begin(effect: Effect, keys: readonly string[]): void {
    this.#count++;
    if (effect === "write") this.#writes++;
    if (effect === "scan") this.#scans++;
    for (const key of keys) {
      this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1);
      if (effect === "write") this.#written.add(key);
    }
  }

  /** Notes that it has ended. */
  end(effect: Effect, keys: readonly string[]): void {
    this.#count--;
    if (effect === "write") this.#writes--;
    if (effect === "scan") this.#scans--;
    for (const key of keys) {
      const left = this.#keys.get(key)! - 1;
      if (left > 0) this.#keys.set(key, left);
      else this.#keys.delete(key);
      // A write was alone with its key, unless it names the same key twice.
      if (effect === "write" && left === 0) this.#written.delete(key);
    }
  }
}
