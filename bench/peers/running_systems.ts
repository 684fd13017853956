import type { Method } from "./method.ts";
import type { RunningSystem, System } from "./systems/system.ts";

/** Systems that are up, each once, whoever is loaded through it. */
export class RunningSystems implements AsyncDisposable {
  readonly #method: Method;
  readonly #running = new Map<System, RunningSystem>();
  readonly #failed = new Map<System, unknown>();

  constructor(method: Method) {
    this.#method = method;
  }

  directoryOf({ name }: System): string {
    return `${this.#method.directory}/${name.replaceAll(/\W+/g, "-").toLowerCase()}`;
  }

  /** Starts a system unless it is up already. A second try fails as the first one did. */
  async get(system: System): Promise<RunningSystem> {
    const known = this.#running.get(system);
    if (known !== undefined) return known;
    if (this.#failed.has(system)) throw this.#failed.get(system);
    const { signal, progress } = this.#method;
    progress(`starting ${system.name}`);
    const directory = this.directoryOf(system);
    await Deno.mkdir(directory);
    try {
      const running = await system.start({ directory, signal });
      this.#running.set(system, running);
      return running;
    } catch (error) {
      this.#failed.set(system, error);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
    for (const system of [...this.#running.keys(), ...this.#failed.keys()]) {
      await Deno.remove(this.directoryOf(system), { recursive: true });
    }
  }
}
