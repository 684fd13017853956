import { ActorSystem } from "../../actors/system.ts";
import type { ClientPool } from "../client_pool.ts";
import { CLIENT_NODE, type ClientsOptions } from "../clients.ts";
import { NodeEnvironment } from "../environment.ts";
import { GossipClient } from "./gossip_client.ts";
import type { GossipWork } from "./gossip_draws.ts";
import type { GossipWorld } from "./gossip_world.ts";

/** All clients of a gossip cluster. What they are told is judged at once: there is no history to keep. */
export class GossipClients implements ClientPool {
  readonly world: GossipWorld;
  readonly options: ClientsOptions;
  readonly system: ActorSystem;
  readonly histories = [];
  readonly #clients: readonly GossipClient[];
  #answered = 0;
  #isStopped = false;

  /** The clients begin at once. */
  constructor(world: GossipWorld, options: ClientsOptions) {
    this.world = world;
    this.options = options;
    const { seed, clock, hash, network } = world;
    const environment = new NodeEnvironment({
      clock,
      hash,
      seed,
      node: CLIENT_NODE,
      name: "clients",
      wallTime: (at) => at,
      onLog: (level, source, text) => world.note(`${source}: ${level}: ${text}`),
      maybe: () => false,
    });
    this.system = new ActorSystem({
      node: CLIENT_NODE,
      environment,
      onFailure: (error) => world.fail(`the clients fail: ${String(error)}`),
    });
    network.join(this.system);
    this.#clients = Array.from(
      { length: options.clients },
      (_, index) => new GossipClient(this, index),
    );
    for (const client of this.#clients) client.begin();
  }

  /** What they do. */
  get work(): GossipWork {
    return this.world.setup.work;
  }

  get answered(): number {
    return this.#answered;
  }

  get busy(): number {
    return this.#clients.filter((client) => client.isBusy).length;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** An operation was answered. */
  countAnswer(): void {
    this.#answered++;
  }

  /** Lets a client begin again later. */
  rest(client: GossipClient, durationMs: number): void {
    this.system.environment.after(durationMs, () => {
      if (!this.#isStopped) client.begin();
    });
  }
}
