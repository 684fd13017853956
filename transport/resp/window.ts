import type { Effect } from "./command.ts";

/** In which order the commands of one connection are executed. */
export type RespOrder = "connection" | "key";

/** What a request has to do with others, and what it takes. */
export interface Demand {
  readonly effect: Effect;
  /** In the order of keys, those that it is about. */
  readonly keys: readonly string[];
  readonly bytes: number;
}

/** The most commands of one connection that are under way at once. */
const UNDER_WAY_MAX = 256;
/** The most bytes of them, unless a single one has more. */
const UNDER_WAY_BYTES_MAX = 8 * 1024 * 1024;

/** What is under way of a connection whose commands were sent without waiting for answers. */
export class Window {
  readonly #order: RespOrder;
  #count = 0;
  #bytes = 0;
  #writes = 0;
  #plainWrites = 0;
  #scans = 0;
  /** The group of the plain writes that are under way. */
  #group: number | undefined;
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
   * together, and so are plain writes of the same group; other writes are alone. In the order of keys, reads
   * of the same key are under way together, and a write is alone with its keys.
   *
   * @param group That which the command goes with if it is a plain write.
   */
  admits({ effect, keys, bytes }: Demand, group: number | undefined): boolean {
    if (this.#count === 0) return true;
    if (this.#count >= UNDER_WAY_MAX || this.#bytes + bytes > UNDER_WAY_BYTES_MAX) return false;
    switch (effect) {
      case "none":
        return true;
      case "all":
        return false;
      case "scan":
        return this.#writes === 0;
      case "read":
        return this.#order === "connection"
          ? this.#writes === 0
          : !keys.some((key) => this.#written.has(key));
      case "plain":
        return this.#order === "connection" ? this.#isInGroup(group) : this.#isFree(keys);
      case "write":
        return this.#order === "key" && this.#isFree(keys);
    }
  }

  /** Whether everything under way is plain writes of this group, which keeps their order. */
  #isInGroup(group: number | undefined): boolean {
    return group !== undefined && this.#group === group && this.#plainWrites === this.#count;
  }

  #isFree(keys: readonly string[]): boolean {
    return this.#scans === 0 && !keys.some((key) => this.#keys.has(key));
  }

  /** Notes that a command has begun; `group` is that which a plain write went with. */
  begin({ effect, keys, bytes }: Demand, group: number | undefined): void {
    this.#count++;
    this.#bytes += bytes;
    const isWrite = effect === "write" || effect === "plain";
    if (isWrite) this.#writes++;
    if (effect === "scan") this.#scans++;
    if (effect === "plain") {
      this.#plainWrites++;
      this.#group = group;
    }
    for (const key of keys) {
      this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1);
      if (isWrite) this.#written.add(key);
    }
  }

  /** Notes that it has ended. */
  end({ effect, keys, bytes }: Demand): void {
    this.#count--;
    this.#bytes -= bytes;
    const isWrite = effect === "write" || effect === "plain";
    if (isWrite) this.#writes--;
    if (effect === "scan") this.#scans--;
    if (effect === "plain") this.#plainWrites--;
    for (const key of keys) {
      const left = this.#keys.get(key)! - 1;
      if (left > 0) this.#keys.set(key, left);
      else this.#keys.delete(key);
      // A write was alone with its key, unless it names the same key twice.
      if (isWrite && left === 0) this.#written.delete(key);
    }
  }
}
