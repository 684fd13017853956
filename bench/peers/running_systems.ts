import type { Cluster } from "../nodes/cluster.ts";
import type { Method } from "./method.ts";
import type { System } from "./systems/system.ts";

/** Systems that are up, each once, whoever is loaded through it. Their data is deleted in the end. */
export class RunningSystems implements AsyncDisposable {
  readonly #method: Method;
  readonly #clusters = new Map<System, Cluster>();
  readonly #failed = new Map<System, unknown>();

  constructor(method: Method) {
    this.#method = method;
  }

  /** Where a system keeps its data. */
  directoryOf({ name }: System): string {
    return `${this.#method.directory}/${name.replaceAll(/\W+/g, "-").toLowerCase()}`;
  }

  /**
   * Starts a system unless it is up already.
   *
   * @throws {Error} if it does not become ready; it quotes its log. A second try fails as the first one did.
   */
  async get(system: System): Promise<Cluster> {
    if (this.#failed.has(system)) throw this.#failed.get(system);
    return this.#clusters.get(system) ?? await this.#start(system);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [system, cluster] of this.#clusters) {
      await cluster[Symbol.asyncDispose]();
      await Deno.remove(this.directoryOf(system), { recursive: true });
    }
  }

  async #start(system: System): Promise<Cluster> {
    const { signal, progress } = this.#method;
    progress(`starting ${system.name}`);
    const directory = this.directoryOf(system);
    await Deno.mkdir(directory);
    const cluster = system.cluster(directory);
    this.#clusters.set(system, cluster);
    // Whoever waits for a node that has been killed is told so at once.
    const kill = () => void cluster[Symbol.asyncDispose]();
    signal.addEventListener("abort", kill);
    try {
      await cluster.start();
      await cluster.whole();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      this.#failed.set(system, error);
      throw error;
    } finally {
      signal.removeEventListener("abort", kill);
    }
  }
}
