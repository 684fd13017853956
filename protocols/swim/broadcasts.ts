import type { MemberRecord } from "./messages.ts";

interface Broadcast {
  readonly record: MemberRecord;
  readonly order: number;
  sent: number;
}

/**
 * The news that is still to be passed on, on the back of other messages (SWIM 4.1): what was sent least
 * goes first, the newest first among equals. There is one piece of news of a member at most: what is
 * newer takes the place of what is older.
 */
export class Broadcasts {
  readonly #queue = new Map<number, Broadcast>();
  #order = 0;

  /** Members that there is news of. */
  get size(): number {
    return this.#queue.size;
  }

  /** Has a record passed on, in place of what was said of the same member before. */
  put(record: MemberRecord): void {
    this.#queue.set(record.node, { record, order: this.#order++, sent: 0 });
  }

  /** Says nothing more of a member. */
  drop(node: number): void {
    this.#queue.delete(node);
  }

  /** What the next message carries: `count` records at most, none of them more often than `limit`. */
  take(count: number, limit: number): MemberRecord[] {
    const chosen = [...this.#queue.values()]
      .sort((a, b) => a.sent - b.sent || b.order - a.order)
      .slice(0, count);
    for (const broadcast of chosen) {
      broadcast.sent++;
      if (broadcast.sent >= limit) this.#queue.delete(broadcast.record.node);
    }
    return chosen.map(({ record }) => record);
  }
}
