/**
 * What the readings must be, from explicit causal histories: every event with the set of events that
 * it takes the place of, and no clocks. Slow, and simple enough to be believed.
 */
import { assert } from "@std/assert";
import type { Dot, ReplicaId } from "../../protocols/gossip/dot.ts";
import { compareDots } from "../../protocols/gossip/dot.ts";
import { compareStamps, type Stamp } from "../../protocols/gossip/hybrid_clock.ts";
import type { Delta } from "../../protocols/gossip/key_state.ts";
import { compareBytes } from "../../protocols/gossip/payload.ts";
import type { Operation, Reading } from "../../protocols/gossip/strategy.ts";

export interface ModelEvent {
  readonly key: string;
  readonly dot: Dot;
  /** What it leaves; undefined if nothing. */
  readonly value: Uint8Array | bigint | undefined;
  readonly stamp: Stamp | undefined;
  /** The names of the events that it takes the place of. */
  readonly instead: ReadonlySet<string>;
}

export function nameOf({ replica, n }: Dot): string {
  return `${replica}/${n}`;
}

export class Model {
  readonly events = new Map<string, ModelEvent>();

  /** The events of a key that count for one who knows the events `known`. */
  living(key: string, known: (name: string) => boolean): ModelEvent[] {
    const all = [...this.events].filter(([name, event]) => event.key === key && known(name));
    if (key.startsWith("lww")) {
      const stamped = all.map(([, event]) => event);
      stamped.sort((a, b) => compareStamps(a.stamp!, b.stamp!) || compareDots(a.dot, b.dot));
      return stamped.slice(-1).filter(({ value }) => value !== undefined);
    }
    const replaced = new Set(all.flatMap(([, event]) => [...event.instead]));
    return all.filter(([name, { value }]) => !replaced.has(name) && value !== undefined)
      .map(([, event]) => event)
      .sort((a, b) => compareDots(a.dot, b.dot));
  }

  /** Records an operation made by one who knows `known`, under the dot that it was given. */
  record(
    self: ReplicaId,
    key: string,
    operation: Operation,
    delta: Delta | undefined,
    known: (name: string) => boolean,
  ): void {
    const living = this.living(key, known);
    const instead = this.#replaced(self, key, operation, living);
    const removesNothing = instead.length === 0 && !("value" in operation) &&
      !("by" in operation) && operation.type !== "add";
    if (removesNothing && !key.startsWith("lww")) {
      assert(delta === undefined, `${operation.type} of nothing at ${key} made an event`);
      return;
    }
    assert(delta !== undefined, `${operation.type} at ${key} made no event`);
    const name = nameOf(delta.dot);
    assert(!this.events.has(name), `dot ${name} was issued twice`);
    const stamp = delta.payload?.type === "stamped" ? delta.payload.stamp : undefined;
    const value = this.#value(self, operation, living);
    this.events.set(name, { key, dot: delta.dot, value, stamp, instead: new Set(instead) });
  }

  reading(key: string, known: (name: string) => boolean): Reading {
    const living = this.living(key, known);
    if (living.length === 0) return { type: "absent" };
    if (key.startsWith("counter")) {
      // Of one replica the newest has all that those before it had, known to be superseded or not.
      const newest = living.filter(({ dot }) =>
        !living.some((other) => other.dot.replica === dot.replica && other.dot.n > dot.n)
      );
      return { type: "counter", total: newest.reduce((sum, e) => sum + (e.value as bigint), 0n) };
    }
    const values = living.map((event) => event.value as Uint8Array);
    if (key.startsWith("set")) return { type: "set", elements: unique(values).sort(compareBytes) };
    if (key.startsWith("merge")) return { type: "values", values: [values.reduce(larger)] };
    return { type: "values", values: unique(values) };
  }

  #replaced(
    self: ReplicaId,
    key: string,
    operation: Operation,
    living: readonly ModelEvent[],
  ): string[] {
    const context = "context" in operation ? operation.context?.map(nameOf) : undefined;
    const those = (keep: (event: ModelEvent) => boolean) =>
      living.filter(keep).map(({ dot }) => nameOf(dot));
    switch (operation.type) {
      case "put":
        if (key.startsWith("siblings")) return context ?? [];
        return context ?? those(() => true);
      case "delete":
        return context ?? those(() => true);
      case "increment":
        return those(({ dot }) => dot.replica === self);
      case "add":
      case "remove":
        return those(({ value }) => compareBytes(value as Uint8Array, operation.element) === 0);
    }
  }

  #value(self: ReplicaId, operation: Operation, living: readonly ModelEvent[]) {
    switch (operation.type) {
      case "put":
        // A merge without a context keeps what there is.
        return operation.context === undefined && living[0]?.key.startsWith("merge")
          ? [...living.map(({ value }) => value as Uint8Array), operation.value].reduce(larger)
          : operation.value;
      case "add":
        return operation.element;
      case "increment": {
        const own = living.filter(({ dot }) => dot.replica === self);
        return own.reduce((sum, { value }) => sum + (value as bigint), operation.by);
      }
      default:
        return undefined;
    }
  }
}

/** The greater of two values: a merge function. */
export function larger(left: Uint8Array, right: Uint8Array): Uint8Array {
  return compareBytes(left, right) >= 0 ? left : right;
}

function unique(values: readonly Uint8Array[]): Uint8Array[] {
  return values.filter((value, at) =>
    values.findIndex((other) => compareBytes(other, value) === 0) === at
  );
}
