import { ClientPool, type ClientsOptions } from "./client_pool.ts";
import { SimClient } from "./client.ts";
import type { RecordedOperation, Workload } from "./workloads/workload.ts";
import type { Route, RoutedWorld } from "./routed_world.ts";

/** All clients of a world, and what they were told. */
export class Clients extends ClientPool<SimClient> {
  readonly world: RoutedWorld;
  readonly workload: Workload;
  /** By log. */
  readonly #histories = new Map<string, RecordedOperation[]>();
  #aliases: number;

  /** The clients begin at once. */
  constructor(world: RoutedWorld, workload: Workload, options: ClientsOptions) {
    super(world, options);
    this.world = world;
    this.workload = workload;
    this.#aliases = options.clients;
    this.begin((index) => new SimClient(this, index));
  }

  /** All operations, for each log apart; those not answered have an unknown outcome. */
  override get histories(): RecordedOperation[][] {
    return [...this.#histories].map(([log, history]) => {
      const unanswered = this.clients.map((client) => client.unanswered(log));
      return [...history, ...unanswered.filter((entry) => entry !== undefined)];
    });
  }

  /** An operation has ended; without an entry if it is of a kind that histories leave out. */
  record({ actor: log }: Route, entry: RecordedOperation | undefined): void {
    if (entry === undefined) return;
    const history = this.#histories.get(log) ?? [];
    history.push(entry);
    this.#histories.set(log, history);
  }

  /** A number that no client has had. */
  newAlias(): number {
    return this.#aliases++;
  }
}
