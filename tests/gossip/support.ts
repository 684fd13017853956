import { type Dots, replicaId } from "../../protocols/gossip/dot.ts";
import type { ReplicaId } from "../../protocols/gossip/dot.ts";
import type { NodeClock } from "../../protocols/gossip/clock.ts";
import { counter } from "../../protocols/gossip/counter.ts";
import { GossipData, type Written } from "../../protocols/gossip/data.ts";
import { HybridClock } from "../../protocols/gossip/hybrid_clock.ts";
import type { Delta } from "../../protocols/gossip/key_state.ts";
import { lww } from "../../protocols/gossip/lww.ts";
import { merged } from "../../protocols/gossip/merged.ts";
import { set } from "../../protocols/gossip/set.ts";
import { siblings } from "../../protocols/gossip/siblings.ts";
import { GossipStore } from "../../protocols/gossip/store.ts";
import { Strategies } from "../../protocols/gossip/strategies.ts";
import type { Operation } from "../../protocols/gossip/strategy.ts";
import { larger } from "./model.ts";

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

export const bytesOf = (text: string): Uint8Array => textEncoder.encode(text);
export const textOf = (bytes: Uint8Array): string => textDecoder.decode(bytes);

export const STRATEGIES = new Strategies([
  { prefix: "siblings", strategy: siblings },
  { prefix: "counter", strategy: counter },
  { prefix: "set", strategy: set },
  { prefix: "merge", strategy: merged(larger) },
], lww);

export function dataOf(store: GossipStore): GossipData {
  const hybridClock = new HybridClock(0, store.latest, { leaseMs: 1e9, maxDriftMs: 1e6 });
  hybridClock.leaseGranted(Number.MAX_SAFE_INTEGER);
  return new GossipData(store, STRATEGIES, hybridClock);
}

/** A replica driven by hand. */
export class Hand {
  readonly data: GossipData;
  readonly store: GossipStore;
  now: number;

  constructor(node: number, now = 1_000, id: ReplicaId = replicaId(node, 1)) {
    this.store = new GossipStore(id);
    this.data = dataOf(this.store);
    this.now = now;
  }

  do(key: string, operation: Operation, after?: NodeClock): Written {
    return this.data.perform(key, operation, this.now, after);
  }

  put(key: string, value: string, context?: Dots): Written {
    const content = bytesOf(value);
    return this.do(
      key,
      context === undefined
        ? { type: "put", value: content }
        : { type: "put", value: content, context },
    );
  }

  delete(key: string, context?: Dots): Written {
    return this.do(key, context === undefined ? { type: "delete" } : { type: "delete", context });
  }

  take(...deltas: (Delta | undefined)[]): void {
    for (const delta of deltas) if (delta !== undefined) this.data.receive(delta, this.now);
  }

  /** Takes all that another has, by repairs or, if that is needed, as a whole. */
  pull(from: Hand, bytesMax = 1_000): void {
    for (;;) {
      const repair = from.data.repairFor(this.store.clock.clone(), bytesMax);
      if (repair === "nothing") return;
      if (repair === "reset") return this.data.adopt(from.store.freeze(), this.now);
      this.data.applyRepair(repair, this.now);
    }
  }

  context(key: string): Dots {
    return this.data.read(key).context;
  }

  /** What a key shows, as text. */
  show(key: string): string[] | bigint {
    const { reading } = this.data.read(key);
    switch (reading.type) {
      case "absent":
        return [];
      case "values":
        return reading.values.map(textOf);
      case "set":
        return reading.elements.map(textOf);
      case "counter":
        return reading.total;
    }
  }
}
