import type { Cluster } from "../nodes/cluster.ts";
import type { Method } from "./method.ts";
import type { System } from "./systems/system.ts";

/** Systems that are up together. Their data is deleted in the end. */
export class RunningSystems implements AsyncDisposable {
  readonly #method: Method;
  readonly #clusters = new Map<System, Cluster>();
  readonly #running = new Set<System>();

  constructor(method: Method) {
    this.#method = method;
  }

  /** Where a system keeps its data. */
  directoryOf({ name }: System): string {
    return `${this.#method.directory}/${name.replaceAll(/\W+/g, "-").toLowerCase()}`;
  }

  /**
   * Starts systems one after the other: a port is taken only when somebody listens.
   *
   * @param failed Told of each that does not become ready, with the end of its log.
   */
  async start(
    systems: Iterable<System>,
    failed: (name: string, error: unknown) => void,
  ): Promise<void> {
    // Whoever waits for a node that has been killed is told so at once.
    const kill = () => void this.#killAll();
    const { signal } = this.#method;
    signal.addEventListener("abort", kill);
    try {
      for (const system of systems) {
        signal.throwIfAborted();
        await this.#start(system).catch((error: unknown) => failed(system.name, error));
      }
    } finally {
      signal.removeEventListener("abort", kill);
    }
  }

  /** A system that has been started; `null` if it has failed. */
  get(system: System): Cluster | null {
    return this.#running.has(system) ? this.#clusters.get(system)! : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#killAll();
    for (const system of this.#clusters.keys()) {
      await Deno.remove(this.directoryOf(system), { recursive: true });
    }
  }

  async #start(system: System): Promise<void> {
    this.#method.progress(`starting ${system.name}`);
    const directory = this.directoryOf(system);
    await Deno.mkdir(directory);
    const cluster = system.cluster(directory);
    this.#clusters.set(system, cluster);
    try {
      await cluster.start();
      await cluster.whole();
      this.#running.add(system);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #killAll(): Promise<void> {
    await Promise.all(
      [...this.#clusters.values()].map((cluster) => cluster[Symbol.asyncDispose]()),
    );
  }
}
