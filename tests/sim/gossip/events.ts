import { assertEquals } from "@std/assert";
import { encode } from "../../../actors/schema.ts";
import type { Requester } from "../../../protocols/gossip/client_messages.ts";
import { NodeClock } from "../../../protocols/gossip/clock.ts";
import { type Dot, replicaId } from "../../../protocols/gossip/dot.ts";
import type { Delta } from "../../../protocols/gossip/key_state.ts";
import { eventSchema } from "../../../protocols/gossip/messages.ts";
import type { Payload } from "../../../protocols/gossip/payload.ts";
import { EventTable } from "../../../sim/gossip/event_table.ts";

const encoder = new TextEncoder();

/** Text as bytes. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** An event of a node in its first life. */
export function dot(node: number, n: number, life = 1): Dot {
  return { replica: replicaId(node, life), n };
}

/** A set of events. */
export function clockOf(...dots: Dot[]): NodeClock {
  return NodeClock.of(dots);
}

/** A value that stands beside others. */
export function plain(value: string): Payload {
  return { type: "plain", value: bytesOf(value) };
}

/** An element of a set. */
export function element(text: string): Payload {
  return { type: "element", element: bytesOf(text) };
}

/** The sum of what a replica has added. */
export function total(sum: bigint): Payload {
  return { type: "total", total: sum };
}

/** A value, or the removal of one, at a moment. */
export function stamped(ms: number, value: string | null): Payload {
  return {
    type: "stamped",
    stamp: { ms, counter: 0 },
    value: value === null ? null : bytesOf(value),
  };
}

/** An event. */
export function delta(key: string, at: Dot, payload: Payload | null, ...supersedes: Dot[]): Delta {
  return { key, dot: at, payload, supersedes, after: new NodeClock() };
}

/** An event as it travels. */
export function encoded(made: Delta, requester: Requester | null = null): Uint8Array {
  return encode(eventSchema, { delta: made, requester });
}

/** A table of events. */
export function tableOf(...deltas: Delta[]): EventTable {
  const table = new EventTable();
  for (const each of deltas) assertEquals(table.add(encoded(each)), undefined);
  return table;
}
