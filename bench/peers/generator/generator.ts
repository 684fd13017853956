import { toError } from "../../../actors/errors.ts";
import { LineSplitter } from "../../../cli/cluster/lines.ts";
import { programCommand } from "../../nodes/program.ts";
import type { Measured } from "../measurement.ts";
import type { GeneratorAnswer, GeneratorRequest } from "./requests.ts";

/**
 * Our own load generator: a process of its own, which stays up, so that it is warm when it counts. It ends
 * with this one.
 */
export class Generator implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting: PromiseWithResolvers<Measured>[] = [];
  readonly #ended: Promise<void>;

  constructor() {
    const [deno, ...args] = programCommand(new URL("./main.ts", import.meta.url), []);
    this.#child = new Deno.Command(deno, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      detached: true, // Ctrl-C reaches this process alone
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#ended = this.#read();
  }

  /**
   * Makes a load; one at a time, the others wait.
   *
   * @throws {Error} what went wrong in the generator's process.
   */
  async measure(request: GeneratorRequest): Promise<Measured> {
    const waiting = Promise.withResolvers<Measured>();
    this.#waiting.push(waiting);
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`))
      .catch((error: unknown) => waiting.reject(error));
    return await waiting.promise;
  }

  /** Ends the process, and whatever it is doing. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has just ended by itself.
    }
    await this.#ended;
    await this.#child.status;
    await this.#input.close().catch(() => {});
  }

  async #read(): Promise<void> {
    const lines = new LineSplitter((line) => this.#answer(line));
    for await (const bytes of this.#child.stdout) lines.push(bytes);
    for (const waiting of this.#waiting.splice(0)) {
      waiting.reject(new Error("The load generator has ended"));
    }
  }

  #answer(line: string): void {
    const waiting = this.#waiting.shift();
    try {
      const answer: GeneratorAnswer = JSON.parse(line);
      if ("error" in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.measured);
    } catch (error) {
      waiting?.reject(toError(error));
    }
  }
}
