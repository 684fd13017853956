import { ActorSystem } from "../../actors/system.ts";
import type { RandomStream } from "../../actors/random.ts";
import { refTo } from "../../actors/ref.ts";
import {
  type GossipAsk,
  type GossipReply,
  gossipReply,
  gossipRequest,
} from "../../protocols/gossip/client_messages.ts";
import { GOSSIP } from "../../protocols/gossip/names.ts";
import { oneOf } from "../distributions.ts";
import { NodeEnvironment } from "../environment.ts";
import type { GossipNode } from "./gossip_node.ts";
import type { GossipWorld } from "./gossip_world.ts";

/** The node on which the operator lives. */
const OPERATOR_NODE = 201;
/** How long a node that was removed, or has left, stays away, on average, in milliseconds. */
const AWAY_MS = 1_500;
/** How long it takes until a node that is down is known to be, in milliseconds. */
const NOTICED_MS = 3_000;
const LEAVE_MS = 1_000;

/** Whoever adds nodes, has them leave, and removes those that are lost. */
export class GossipOperator {
  readonly #world: GossipWorld;
  #system: ActorSystem | undefined;
  #asked = 0;
  #isStopped = false;

  constructor(world: GossipWorld) {
    this.#world = world;
  }

  /** Does something; returns what, or `undefined` if there is nothing to be done. */
  act(random: RandomStream): string | undefined {
    const { nodes } = this.#world;
    const absent = nodes.filter((node) => node.processes === 0);
    if (absent.length > 0 && random() < 0.5) {
      const node = oneOf(random, absent);
      node.start();
      return `join ${node.index}`;
    }
    const ready = nodes.filter((node) => node.isUp && !node.isPaused && node.isReady);
    if (ready.length < 3) return undefined;
    const node = oneOf(random, ready);
    if (!this.#world.mayHarm(node.index)) return undefined;
    return random() < 0.5 ? this.#leave(node) : this.#remove(random, node);
  }

  /** Starts nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #leave(node: GossipNode): string {
    this.#world.promises.excuse(node.index);
    this.#ask(node.index, { type: "leave", timeoutMs: LEAVE_MS }, (reply) => {
      this.#world.note(`admin: leave ${node.index}: ${reply.type}`);
      if (reply.type === "left") this.#comeBack(node);
    });
    return `leave ${node.index}`;
  }

  /** A node that is lost for good, as far as anyone knows. */
  #remove(random: RandomStream, node: GossipNode): string {
    const { nodes, promises, clock } = this.#world;
    node.crash("keep");
    clock.after(NOTICED_MS, () => {
      if (node.isUp || this.#isStopped) return;
      const others = nodes.filter((other) => other !== node && other.isUp && other.isReady);
      if (others.length === 0) return node.start();
      promises.excuse(node.index);
      this.#ask(oneOf(random, others).index, { type: "remove", node: node.index }, (reply) => {
        this.#world.note(`admin: remove ${node.index}: ${reply.type}`);
        if (reply.type === "removed") promises.removed(node.index);
      });
      clock.after(AWAY_MS, () => {
        if (!this.#isStopped) node.start();
      });
    });
    return `lose ${node.index}`;
  }

  #comeBack(node: GossipNode): void {
    this.#world.clock.after(AWAY_MS, () => {
      if (this.#isStopped || node.gossip?.state !== "left") return;
      node.crash("keep");
      node.start();
    });
  }

  #ask(node: number, ask: GossipAsk, then: (reply: GossipReply) => void): void {
    const system = this.#system ??= this.#start();
    const name = `operator-${++this.#asked}`;
    system.expose(name, gossipReply);
    system.spawn<GossipReply>(name, () => ({ receive: then }));
    const replyTo = refTo<GossipReply>(OPERATOR_NODE, name);
    system.send(refTo(node, GOSSIP.coordinator, gossipRequest), { type: "ask", ask, replyTo });
  }

  #start(): ActorSystem {
    const { clock, hash, seed, network } = this.#world;
    const environment = new NodeEnvironment({
      clock,
      hash,
      seed,
      node: OPERATOR_NODE,
      name: "operator",
      wallTime: (at) => at,
      onLog: (level, source, text) => this.#world.note(`${source}: ${level}: ${text}`),
      maybe: () => false,
    });
    const system = new ActorSystem({
      node: OPERATOR_NODE,
      environment,
      onFailure: (error) => this.#world.fail(`the operator fails: ${String(error)}`),
    });
    network.join(system);
    // It asks over HTTP, which repeats nothing: a removal made once more would be of the node's next life.
    network.filter(({ from, isReplay }) =>
      from === OPERATOR_NODE && isReplay ? { copies: 0 } : undefined
    );
    return system;
  }
}
