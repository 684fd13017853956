import { ClientPool, type ClientsOptions } from "../client_pool.ts";
import { GossipClient } from "./gossip_client.ts";
import type { GossipWork } from "./gossip_draws.ts";
import type { GossipWorld } from "./gossip_world.ts";

/** All clients of a gossip cluster. What they are told is judged at once: there is no history to keep. */
export class GossipClients extends ClientPool<GossipClient> {
  readonly world: GossipWorld;
  override readonly histories = [];

  /** The clients begin at once. */
  constructor(world: GossipWorld, options: ClientsOptions) {
    super(world, options);
    this.world = world;
    this.begin((index) => new GossipClient(this, index));
  }

  /** What they do. */
  get work(): GossipWork {
    return this.world.setup.work;
  }
}
