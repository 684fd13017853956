/**
 * Rumors: in a large cluster an event is told to some members, and whoever has not heard it passes it on to some.
 * What they all miss anti-entropy repairs.
 *
 * Source: Demers et al. (1987), rumor mongering.
 *
 * @module
 */
import { someLiving } from "./choice.ts";
import { whenDurable } from "./flush.ts";
import { send } from "./mailing.ts";
import type { GossipReplica } from "./replica.ts";

/** An event that is passed on. */
export interface Rumor {
  readonly bytes: Uint8Array;
  /** Who has it for sure. */
  readonly known: readonly number[];
}

/** How often a rumor is passed on before all have heard of it, very likely, and once more. */
export function hopsOf({ others, options }: GossipReplica): number {
  const base = Math.max(2, options.fanout);
  return Math.min(255, Math.ceil(Math.log(others.length + 1) / Math.log(base)) + 1);
}

/** Passes on what was new here. */
export function passOn(replica: GossipReplica): void {
  const { mailing, options, counts } = replica;
  for (const [ttl, rumors] of mailing.rumors) {
    const byNode = new Map<number, Uint8Array[]>();
    for (const { bytes, known } of rumors) {
      for (const node of someLiving(replica, options.fanout, known)) {
        const events = byNode.get(node);
        if (events === undefined) byNode.set(node, [bytes]);
        else events.push(bytes);
      }
    }
    for (const [node, events] of byNode) {
      counts.relayed += events.length;
      send(replica, node, events, ttl);
    }
  }
  mailing.rumors.clear();
}

/** Passes an event on when it is durable here. */
export function passOnLater(
  replica: GossipReplica,
  ttl: number,
  bytes: Uint8Array,
  known: readonly number[],
): void {
  whenDurable(replica, () => {
    const { rumors } = replica.mailing;
    const some = rumors.get(ttl);
    if (some === undefined) rumors.set(ttl, [{ bytes, known }]);
    else some.push({ bytes, known });
  });
}
