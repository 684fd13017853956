import { toError } from "../../actors/errors.ts";
import { type Clock, sleep } from "../clock.ts";
import { EXIT_USAGE } from "../command.ts";
import { LineSplitter } from "./lines.ts";
import type { Terminal } from "./terminal.ts";

const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 5_000;
/** A node that ran for so long is restarted as if it had never failed before. */
const HEALTHY_AFTER_MS = 10_000;
/** How long an orderly stop may take. */
const STOP_MS = 5_000;

/** How one node is run. */
export interface NodeProcessOptions {
  readonly index: number;
  /** The program and its arguments. It must exit when its standard input is closed. */
  readonly command: readonly [string, ...string[]];
  readonly terminal: Terminal;
  readonly clock: Clock;
}

/** Why a node is no longer run: it was told to stop, or it refused its configuration. */
export type Ending = "stopped" | "misconfigured";

/** How a process ended, or why it never began. */
type Exit = { readonly code: number; readonly signal: string | null } | { readonly error: string };

/** The process of one node, restarted whenever it dies. */
export class NodeProcess {
  readonly #options: NodeProcessOptions;
  #child: Deno.ChildProcess | null = null;
  #startedAt: number | null = null;
  readonly #stop = new AbortController();
  #killed = false;

  constructor(options: NodeProcessOptions) {
    this.#options = options;
  }

  /** When the running process was started, by the clock; `null` if none runs. */
  get startedAt(): number | null {
    return this.#startedAt;
  }

  /** The process id; `null` if none runs. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Whether the process had to be killed because it did not stop. */
  get killed(): boolean {
    return this.#killed;
  }

  /** Runs the node until it is told to stop, or refuses its configuration. */
  async run(): Promise<Ending> {
    const { clock, terminal, index } = this.#options;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const startedAt = clock.now();
      const exit = await this.#runOnce();
      if (this.#stop.signal.aborted) break;
      if ("code" in exit && exit.code === EXIT_USAGE && exit.signal === null) {
        return "misconfigured";
      }
      if (clock.now() - startedAt >= HEALTHY_AFTER_MS) failures = 0;
      const delayMs = backoffMs(failures++);
      terminal.line(
        `node ${index} ${describeExit(exit)}; starting it again in ${delayMs / 1_000} s`,
      );
      await sleep(clock, delayMs, this.#stop.signal);
    }
    return "stopped";
  }

  /** Asks the node to stop, and kills it if that takes longer than 5 seconds. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    if (this.#child === null) return;
    this.#signal("SIGTERM");
    const child = this.#child;
    const cancel = this.#options.clock.after(STOP_MS, () => this.kill());
    child.status.then(cancel);
  }

  /** Ends the node at once. */
  kill(): void {
    this.#stop.abort();
    if (this.#child === null) return;
    this.#killed = true;
    this.#signal("SIGKILL");
  }

  async #runOnce(): Promise<Exit> {
    const [program, ...args] = this.#options.command;
    try {
      // Detached: Ctrl-C in the terminal reaches the runner alone, which then stops the nodes in order.
      this.#child = new Deno.Command(program, {
        args,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        detached: true,
      }).spawn();
    } catch (error) {
      return { error: toError(error).message };
    }
    this.#startedAt = this.#options.clock.now();
    const { code, signal } = await this.#watch(this.#child);
    this.#child = null;
    this.#startedAt = null;
    return { code, signal };
  }

  async #watch(child: Deno.ChildProcess): Promise<Deno.CommandStatus> {
    const [status] = await Promise.all([
      child.status,
      this.#forward(child.stdout),
      this.#forward(child.stderr),
    ]);
    // Held open until now: its end tells the node that the runner is gone.
    await child.stdin.close().catch(() => {});
    return status;
  }

  async #forward(output: ReadableStream<Uint8Array>): Promise<void> {
    const { terminal, index } = this.#options;
    const lines = new LineSplitter((line) => terminal.nodeLine(index, line));
    for await (const bytes of output) lines.push(bytes);
    lines.end();
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child?.kill(signal);
    } catch {
      // It has just exited by itself.
    }
  }
}

/** How long to wait before the restart after so many failures: 0.2 s, doubled up to 5 s. */
export function backoffMs(failures: number): number {
  return Math.min(BACKOFF_MIN_MS * 2 ** failures, BACKOFF_MAX_MS);
}

function describeExit(exit: Exit): string {
  if ("error" in exit) return `could not be started (${exit.error})`;
  return exit.signal === null
    ? `exited with code ${exit.code}`
    : `was ended by signal ${exit.signal}`;
}
