/**
 * A gossip cluster in virtual time that is only measured: no faults, no disks, nobody who watches.
 *
 * @module
 */
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import {
  type GossipReply,
  gossipReply,
  gossipRequest,
} from "../../protocols/gossip/client_messages.ts";
import type { Dot } from "../../protocols/gossip/dot.ts";
import { spawnGossipNode } from "../../protocols/gossip/gossip_node.ts";
import { GOSSIP } from "../../protocols/gossip/names.ts";
import type { GossipTuning } from "../../protocols/gossip/options.ts";
import type { GossipReplica } from "../../protocols/gossip/replica.ts";
import { Strategies } from "../../protocols/gossip/strategies.ts";
import { lww } from "../../protocols/gossip/lww.ts";
import { SWIM_LAN } from "../../protocols/swim/options.ts";
import { NodeEnvironment } from "../../sim/environment.ts";
import { SimNetwork } from "../../sim/network.ts";
import { RunHash } from "../../sim/run_hash.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";

/** What is measured. */
export interface GossipCase {
  readonly nodes: number;
  readonly tuning: GossipTuning;
  /** One way, in milliseconds. */
  readonly latencyMs: number;
  /** The share of messages between replicas that is lost. */
  readonly loss: number;
  /** Writes that are measured. */
  readonly writes: number;
}

/** What came of it. */
export interface GossipMeasured {
  /** Until all members had a write, in milliseconds, the fastest first. */
  readonly stableMs: readonly number[];
  /** Events mailed, or mailed again, to a member, for each write. */
  readonly mailed: number;
  /** Messages of replicas for each write, without digests. */
  readonly messages: number;
  /** Digests a second that each member sends. */
  readonly digests: number;
}

const CLIENT_NODE = 250;
const SEEDS = 3;
const JOIN_MS = 120_000;
const STABLE_MS = 120_000;
const STEP_MS = 5;
/** Between two writes, in milliseconds. */
const PACE_MS = 40;

/** Makes the cluster, has it written to, and counts. */
export function measureGossip(given: GossipCase): GossipMeasured {
  return new Bed(given).measure();
}

class Bed {
  readonly #case: GossipCase;
  readonly #clock = new VirtualClock();
  readonly #network: SimNetwork;
  readonly #hash = new RunHash();
  readonly #replicas: GossipReplica[] = [];
  readonly #random: RandomStream = randomStream(1n, "bed");
  readonly #client: ActorSystem;
  /** Writes that some member has not got. */
  #pending: { readonly dot: Dot; readonly at: number }[] = [];
  readonly #stable: number[] = [];
  /** Messages between replicas, by type. */
  #sent = new Map<string, number>();

  constructor(given: GossipCase) {
    this.#case = given;
    const { latencyMs, nodes } = given;
    const latency = { minMs: latencyMs, tailMs: 0 };
    const calm = { latency, loss: 0, replay: 0, reorder: 0, capacity: Infinity };
    this.#network = new SimNetwork(this.#clock, this.#hash, 1n, calm);
    for (let node = 0; node < nodes; node++) this.#start(node);
    this.#client = this.#system(CLIENT_NODE);
    this.#client.expose("client", gossipReply);
    this.#client.spawn<GossipReply>("client", () => ({ receive: () => {} }));
  }

  measure(): GossipMeasured {
    const { nodes, writes, loss } = this.#case;
    const knowsAll = (replica: GossipReplica) =>
      replica.state === "ready" && replica.others.length === nodes - 1 &&
      replica.living.size === nodes - 1;
    const isWell = () => this.#replicas.length === nodes && this.#replicas.every(knowsAll);
    if (!this.#runUntil(isWell, JOIN_MS)) throw new Error("Cannot measure: not all have joined");
    this.#network.filter(({ actor, type }) => {
      if (actor !== GOSSIP.replica) return undefined;
      this.#sent.set(type, (this.#sent.get(type) ?? 0) + 1);
      return this.#random() < loss ? { copies: 0 } : undefined;
    });
    const mailedBefore = this.#mailed;
    const begun = this.#clock.now;
    const stableMs = this.#write(writes);
    const seconds = (this.#clock.now - begun) / 1_000;
    const digests = this.#sent.get("digest") ?? 0;
    const messages = [...this.#sent.values()].reduce((sum, count) => sum + count, 0);
    return {
      stableMs: stableMs.sort((left, right) => left - right),
      mailed: (this.#mailed - mailedBefore) / writes,
      messages: (messages - digests - (this.#sent.get("scrub") ?? 0)) / writes,
      digests: digests / seconds / nodes,
    };
  }

  get #mailed(): number {
    return this.#replicas.reduce((sum, { counts }) => sum + counts.mailed, 0);
  }

  #write(writes: number): number[] {
    for (let number = 0; number < writes; number++) {
      const written = this.#writeOne(number);
      this.#pending.push(written);
      this.#runUntil(() => false, PACE_MS);
    }
    if (!this.#runUntil(() => this.#pending.length === 0, STABLE_MS)) {
      throw new Error("Cannot measure: a write does not arrive");
    }
    return this.#stable;
  }

  /** A write at some node, in its process: so its event is the node's next. */
  #writeOne(number: number): { readonly dot: Dot; readonly at: number } {
    const replica = this.#replicas[randomInteger(this.#random, this.#replicas.length)]!;
    const { store } = replica.data;
    const before = store.clock.top(replica.id);
    this.#client.send(refTo(replica.node, GOSSIP.coordinator, gossipRequest), {
      type: "ask",
      ask: {
        type: "write",
        key: `key-${number}`,
        operation: { type: "put", value: new Uint8Array(32), context: null },
        level: "local",
        requester: null,
        session: null,
        timeoutMs: 1_000,
      },
      replyTo: refTo<GossipReply>(CLIENT_NODE, "client"),
    });
    this.#runUntil(() => store.clock.top(replica.id) > before, 10_000);
    return { dot: { replica: replica.id, n: before + 1 }, at: this.#clock.now };
  }

  #runUntil(condition: () => boolean, limitMs: number): boolean {
    const until = this.#clock.now + limitMs;
    while (this.#clock.now < until && !condition()) {
      this.#clock.runUntil(condition, Math.min(STEP_MS, until - this.#clock.now));
      this.#look();
    }
    return condition();
  }

  /** Notes what all members have by now. */
  #look(): void {
    this.#pending = this.#pending.filter(({ dot, at }) => {
      if (!this.#replicas.every(({ data }) => data.store.clock.has(dot))) return true;
      this.#stable.push(this.#clock.now - at);
      return false;
    });
  }

  #start(node: number): void {
    const system = this.#system(node);
    const { tuning, nodes } = this.#case;
    spawnGossipNode(system, {
      cluster: "measured",
      seeds: Array.from({ length: Math.min(SEEDS, nodes) }, (_, seed) => seed),
      strategies: new Strategies([], lww),
      journal: () => memoryJournal(),
      mailboxCapacity: 65_536,
      tuning,
      swim: { ...SWIM_LAN, probeTimeoutMs: 600, probeIntervalMs: 2_000, syncIntervalMs: 2_000 },
      wrap: (name, factory) => (context) => {
        const actor = factory(context);
        if (name === GOSSIP.replica) this.#replicas[node] = actor as unknown as GossipReplica;
        return actor;
      },
    });
  }

  #system(node: number): ActorSystem {
    const environment = new NodeEnvironment({
      clock: this.#clock,
      hash: this.#hash,
      seed: 1n,
      node,
      name: `node ${node}`,
      wallTime: (at) => 1_700_000_000_000 + at,
      onLog: () => {},
      maybe: () => false,
    });
    const system = new ActorSystem({
      node,
      environment,
      onFailure: (error) => {
        throw error;
      },
    });
    this.#network.join(system);
    return system;
  }
}
