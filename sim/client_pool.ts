import { ActorSystem } from "../actors/system.ts";
import { NodeEnvironment } from "./environment.ts";
import type { RecordedOperation } from "./workloads/workload.ts";
import type { World } from "./world.ts";

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

/** A client of a pool: one operation at a time. */
export interface PooledClient {
  /** Whether an operation is under way. */
  readonly isBusy: boolean;
  /** Asks for the next thing. */
  begin(): void;
}

/** The clients of a world, all on a node of their own. */
export abstract class ClientPool<Client extends PooledClient = PooledClient> {
  readonly options: ClientsOptions;
  readonly system: ActorSystem;
  protected clients: readonly Client[] = [];
  #answered = 0;
  #isStopped = false;

  constructor(world: World, options: ClientsOptions) {
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
  }

  /** What is to be judged in the end, for each log apart. */
  abstract readonly histories: readonly (readonly RecordedOperation[])[];

  /** Operations answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Operations under way. */
  get busy(): number {
    return this.clients.filter((client) => client.isBusy).length;
  }

  get isStopped(): boolean {
    return this.#isStopped;
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

  /** Lets a client begin again later. */
  rest(client: Client, durationMs: number): void {
    this.system.environment.after(durationMs, () => {
      if (!this.#isStopped) client.begin();
    });
  }

  /** Makes the clients, who begin at once. */
  protected begin(newClient: (index: number) => Client): void {
    this.clients = Array.from({ length: this.options.clients }, (_, index) => newClient(index));
    for (const client of this.clients) client.begin();
  }
}
