import { decode } from "../../actors/schema.ts";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import { compareDots, type Dot, incarnationOf, nodeOf } from "../../protocols/gossip/dot.ts";
import { compareStamps } from "../../protocols/gossip/hybrid_clock.ts";
import type { Delta } from "../../protocols/gossip/key_state.ts";
import { type Event, eventSchema } from "../../protocols/gossip/messages.ts";
import { equalBytes, isTombstone, stampOf } from "../../protocols/gossip/payload.ts";
import { strategyOf } from "./strategies.ts";

/** An event that is durable somewhere. */
export interface KnownEvent extends Event {
  /** As it travels. */
  readonly bytes: Uint8Array;
}

/** A dot as text. */
export function dotName({ replica, n }: Dot): string {
  return `${replica}/${n}`;
}

/** A dot for people. */
export function dotWords({ replica, n }: Dot): string {
  return `event ${n} of node ${nodeOf(replica)} (${incarnationOf(replica)})`;
}

/** Orders events of a key whose last write wins. */
export function compareWrites(left: Delta, right: Delta): number {
  const [a, b] = [left, right].map(({ payload }) =>
    payload === null ? undefined : stampOf(payload)
  );
  if (a === undefined || b === undefined) {
    return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  }
  return compareStamps(a, b) || compareDots(left.dot, right.dot);
}

/**
 * Every event that was ever durable anywhere, with what it supersedes: explicit histories, and no clocks. What
 * a store shows must follow from the events that it has.
 */
export class EventTable {
  readonly #byName = new Map<string, KnownEvent>();
  readonly #byKey = new Map<string, KnownEvent[]>();
  readonly #byRequest = new Map<string, KnownEvent[]>();
  readonly #superseders = new Map<string, KnownEvent[]>();
  /** All of them. */
  readonly all = new NodeClock();

  /** How many there are. */
  get size(): number {
    return this.#byName.size;
  }

  /** All keys that there were ever events of. */
  get keys(): readonly string[] {
    return [...this.#byKey.keys()];
  }

  /** An event is durable; returns what is wrong with it. */
  add(bytes: Uint8Array): string | undefined {
    const { delta, requester } = decode(eventSchema, bytes);
    const name = dotName(delta.dot);
    const known = this.#byName.get(name);
    if (known !== undefined) {
      if (equalBytes(known.bytes, bytes)) return undefined;
      return `${dotWords(delta.dot)} has two contents: of ${known.delta.key} and ${delta.key}`;
    }
    const own = bytes.slice();
    const event: KnownEvent = { ...decode(eventSchema, own), bytes: own };
    this.#byName.set(name, event);
    this.all.add(delta.dot);
    append(this.#byKey, delta.key, event);
    if (requester !== null) {
      append(this.#byRequest, `${requester.client}/${requester.number}`, event);
    }
    for (const dot of delta.supersedes) append(this.#superseders, dotName(dot), event);
    return undefined;
  }

  /** An event by its dot. */
  get(dot: Dot): KnownEvent | undefined {
    return this.#byName.get(dotName(dot));
  }

  /** The events of a key. */
  of(key: string): readonly KnownEvent[] {
    return this.#byKey.get(key) ?? [];
  }

  /** What became of a request of a client: several events, if it was asked again. */
  madeBy(client: number, number: number): readonly KnownEvent[] {
    return this.#byRequest.get(`${client}/${number}`) ?? [];
  }

  /** The events that supersede one. */
  supersedersOf(dot: Dot): readonly KnownEvent[] {
    return this.#superseders.get(dotName(dot)) ?? [];
  }

  /** What is alive of a key for one who knows the events of a clock, in the order of the dots. */
  living(key: string, clock: NodeClock): readonly KnownEvent[] {
    const known = this.of(key).filter(({ delta }) => clock.has(delta.dot));
    if (strategyOf(key) === "lww") {
      const last = known.toSorted((a, b) => compareWrites(a.delta, b.delta)).at(-1);
      const payload = last?.delta.payload ?? null;
      return payload === null || isTombstone(payload) ? [] : [last!];
    }
    return known
      .filter(({ delta: { payload, dot } }) =>
        payload !== null && !this.supersedersOf(dot).some((by) => clock.has(by.delta.dot))
      )
      .sort((a, b) => compareDots(a.delta.dot, b.delta.dot));
  }
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
