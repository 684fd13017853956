import { ActorSystem } from "../actors/system.ts";
import type { ClientPool } from "./client_pool.ts";
import { SimClient } from "./client.ts";
import { NodeEnvironment } from "./environment.ts";
import type { RecordedOperation, Workload } from "./workloads/workload.ts";
import type { Route, RoutedWorld } from "./routed_world.ts";

/** The node on which all clients live. */
export const CLIENT_NODE = 200;

/** How clients ask, whatever they ask for. */
export interface ClientsOptions {
  readonly clients: number;
  /** How long a client rests between two operations, on average, in milliseconds. */
  readonly thinkMs: number;
  /** The share of operations that are given up if they take too long. */
  readonly impatient: number;
  /** How long that is, on average, in milliseconds. */
  readonly patienceMs: number;
  /**
   * Sessions that the group keeps: with fewer than there are clients, they lose theirs.
   *
   * @default {no limit}
   */
  readonly sessionsMax?: number;
  /**
   * The share of attempts that the node asked must not pass on.
   *
   * @default {0}
   */
  readonly unforwarded?: number;
  /**
   * The share of linearizable queries that are asked to be answered within a bound instead.
   *
   * @default {0}
   */
  readonly bounded?: number;
}

/** All clients of a world, and what they were told. */
export class Clients implements ClientPool {
  readonly world: RoutedWorld;
  readonly workload: Workload;
  readonly options: ClientsOptions;
  readonly system: ActorSystem;
  readonly #clients: readonly SimClient[];
  /** By log. */
  readonly #histories = new Map<string, RecordedOperation[]>();
  #answered = 0;
  #aliases: number;
  #isStopped = false;

  /** The clients begin at once. */
  constructor(world: RoutedWorld, workload: Workload, options: ClientsOptions) {
    this.world = world;
    this.workload = workload;
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
    this.#aliases = options.clients;
    this.#clients = Array.from(
      { length: options.clients },
      (_, index) => new SimClient(this, index),
    );
    for (const client of this.#clients) client.begin();
  }

  /** Operations answered. */
  get answered(): number {
    return this.#answered;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Operations under way. */
  get busy(): number {
    return this.#clients.filter((client) => client.isBusy).length;
  }

  /** All operations, for each log apart; those not answered have an unknown outcome. */
  get histories(): RecordedOperation[][] {
    return [...this.#histories].map(([log, history]) => {
      const unanswered = this.#clients.map((client) => client.unanswered(log));
      return [...history, ...unanswered.filter((entry) => entry !== undefined)];
    });
  }

  /** Nothing new is begun, and nothing given up any more. */
  stop(): void {
    this.#isStopped = true;
  }

  // What clients use.

  /** An operation was answered. */
  countAnswer(): void {
    this.#answered++;
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

  /** Lets a client begin again later. */
  rest(client: SimClient, durationMs: number): void {
    this.system.environment.after(durationMs, () => {
      if (!this.#isStopped) client.begin();
    });
  }
}
