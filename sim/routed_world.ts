import type { RandomStream } from "../actors/random.ts";
import type { ClientPool, ClientsOptions } from "./client_pool.ts";
import { Clients } from "./clients.ts";
import type { Referee } from "./referee.ts";
import type { Ask, Workload } from "./workloads/workload.ts";
import { World } from "./world.ts";

/** Where a client asks for something, and who knows what the answer must be: for each log another. */
export interface Route {
  /** The name that the actor who answers clients has on every node. */
  readonly actor: string;
  readonly oracle: Referee;
}

/** A world whose clients have their commands ordered and executed by a state machine, or by several. */
export abstract class RoutedWorld extends World {
  /** Where to ask for something; `undefined` opens a session. */
  abstract route(ask: Ask | undefined, random: RandomStream): Route;

  override newClients(workload: Workload, options: ClientsOptions): ClientPool {
    return new Clients(this, workload, options);
  }
}
