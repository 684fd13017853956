import { assert, assertEquals } from "@std/assert";
import { ActorSystem } from "../../../actors/system.ts";
import { refTo } from "../../../actors/ref.ts";
import {
  ALL_GUARANTEES,
  type ClientOperation,
  type GossipAsk,
  type GossipReply,
  gossipReply,
  type GossipReplyOf,
  gossipRequest,
  type Level,
} from "../../../protocols/gossip/client_messages.ts";
import type { PeerMessage } from "../../../protocols/gossip/messages.ts";
import { GOSSIP } from "../../../protocols/gossip/names.ts";
import type { GossipTuning } from "../../../protocols/gossip/options.ts";
import { KvStore } from "../../../protocols/kv/store.ts";
import { SWIM_LOCAL } from "../../../protocols/swim/options.ts";
import { CLIENT_NODE } from "../../../sim/client_pool.ts";
import { NodeEnvironment } from "../../../sim/environment.ts";
import { drawWork } from "../../../sim/gossip/gossip_draws.ts";
import type { GossipSetup } from "../../../sim/gossip/gossip_setup.ts";
import { GossipWorld } from "../../../sim/gossip/gossip_world.ts";
import type { SentMessage } from "../../../sim/network.ts";

/** What a scenario begins with. */
export interface GossipDirectorOptions {
  /** @default {3} */
  readonly nodes?: number;
  readonly tuning?: GossipTuning;
  readonly gossip?: Partial<GossipSetup>;
}

const LIMIT_MS = 20_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A gossip cluster that does what a test says, message by message: by itself it neither repeats nor repairs. */
export class GossipDirector {
  readonly world: GossipWorld;
  readonly #client: ActorSystem;
  #asked = 0;

  constructor({ nodes = 3, tuning, gossip }: GossipDirectorOptions = {}) {
    this.world = new GossipWorld({
      seed: 1n,
      machine: () => new KvStore(),
      group: { replicaCount: nodes, durability: "disk", journal: {} },
      network: {
        latency: { minMs: 1, tailMs: 0 },
        loss: 0,
        replay: 0,
        reorder: 0,
        capacity: Infinity,
      },
      gossip: {
        seeds: nodes,
        late: 0,
        spread: "local",
        hybridClock: {},
        swim: { ...SWIM_LOCAL, probeIntervalMs: 100, probeTimeoutMs: 40, reconnectIntervalMs: 200 },
        work: drawWork(() => 0.5),
        tuning: { intervalMs: 600_000, mailRetryMs: 600_000, retryMs: 20, ...tuning },
        ...gossip,
      },
    });
    const { seed, clock, hash, network } = this.world;
    const environment = new NodeEnvironment({
      clock,
      hash,
      seed,
      node: CLIENT_NODE,
      name: "clients",
      wallTime: (at) => at,
      onLog: () => {},
      maybe: () => false,
    });
    this.#client = new ActorSystem({ node: CLIENT_NODE, environment, onFailure: console.error });
    network.join(this.#client);
    this.world.startAll();
    // It starts with what a joining node does of itself, which takes timers.
    this.until(() => this.world.nodes.every(({ gossip }) => gossip?.members.length === nodes));
    this.run(50);
  }

  /** Runs until something holds. */
  until(condition: () => boolean): void {
    const holds = this.world.runUntil(condition, LIMIT_MS);
    assert(holds, [...this.world.violations, this.world.describe()].join("\n"));
  }

  run(durationMs: number): void {
    this.world.runFor(durationMs);
    assertEquals(this.world.violations, []);
  }

  /** Asks a node, and runs until it has answered. */
  ask(node: number, ask: GossipAsk): GossipReply {
    const name = `client-${++this.#asked}`;
    let answer: GossipReply | undefined;
    this.#client.expose(name, gossipReply);
    this.#client.spawn<GossipReply>(name, () => ({
      receive: (reply) => {
        answer = reply;
      },
    }));
    const replyTo = refTo<GossipReply>(CLIENT_NODE, name);
    this.#client.send(refTo(node, GOSSIP.coordinator, gossipRequest), {
      type: "ask",
      ask,
      replyTo,
    });
    this.until(() => answer !== undefined);
    return answer!;
  }

  write(
    node: number,
    key: string,
    operation: ClientOperation,
    { level = "local", token }: { readonly level?: Level; readonly token?: string } = {},
  ): GossipReplyOf<"written"> {
    const session = token === undefined ? null : { token, guarantees: ALL_GUARANTEES };
    const requester = { client: 1, number: ++this.#asked };
    const common = { key, operation, level, requester, session, timeoutMs: 2_000 };
    const reply = this.ask(node, { type: "write", ...common });
    assert(reply.type === "written", JSON.stringify(reply.type));
    return reply;
  }

  put(node: number, key: string, value: string, context: string | null = null) {
    return this.write(node, key, { type: "put", value: encoder.encode(value), context });
  }

  remove(node: number, key: string) {
    return this.write(node, key, { type: "delete", context: null });
  }

  read(node: number, key: string, { level = "local", token }: {
    readonly level?: Level;
    readonly token?: string;
  } = {}): GossipReplyOf<"found"> {
    const session = token === undefined ? null : { token, guarantees: ALL_GUARANTEES };
    const common = { key, level, session, maxStalenessMs: null, timeoutMs: 2_000 };
    const reply = this.ask(node, { type: "read", ...common });
    assert(reply.type === "found", JSON.stringify(reply.type));
    return reply;
  }

  /** The values of a key at a node. */
  values(node: number, key: string): string[] {
    const { reading } = this.read(node, key);
    return reading.type === "values" ? reading.values.map((value) => decoder.decode(value)) : [];
  }

  /** Holds messages of replicas back; returns how to let them go. */
  hold(types: readonly PeerMessage["type"][], which: (sent: SentMessage) => boolean = () => true) {
    const held: SentMessage[] = [];
    const cancel = this.world.network.filter((sent) => {
      if (sent.actor !== GOSSIP.replica || !types.includes(sent.type as PeerMessage["type"])) {
        return;
      }
      if (!which(sent)) return;
      held.push(sent);
      return { copies: 0 };
    });
    return {
      held,
      release: () => {
        cancel();
        for (const sent of held) this.world.network.deliver(sent);
      },
      drop: () => void cancel(),
    };
  }

  /** Notes messages of replicas. */
  note(types: readonly PeerMessage["type"][]): SentMessage[] {
    const noted: SentMessage[] = [];
    this.world.network.filter((sent) => {
      const isOne = sent.actor === GOSSIP.replica &&
        types.includes(sent.type as PeerMessage["type"]);
      if (isOne) noted.push(sent);
      return undefined;
    });
    return noted;
  }

  /** All have the same in the end, and nothing that was watched is wrong. */
  end(): void {
    this.until(() => this.world.hasConverged(this.world.nodes));
    this.world.checkStates(this.world.nodes);
    assertEquals(this.world.violations, []);
  }
}
