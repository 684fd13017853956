import { LineSplitter } from "../../cli/cluster/lines.ts";

/** Lines of its output that an error message quotes. */
const LINES_KEPT = 20;
/** How long an orderly stop may take, in milliseconds, before the process is killed. */
const STOP_MS = 20_000;

/**
 * Starts a program under the process id of the shell, with a guard that kills it when this process is gone and
 * with it the other end of standard input: not every server notices that by itself.
 */
const GUARDED = 'exec 3<&0; (cat <&3; kill -9 $$) >/dev/null 2>&1 & exec "$0" "$@" 3<&-';

/** A server's process: started, stopped and killed at will, and never by itself started again. */
export class Server implements AsyncDisposable {
  readonly name: string;
  readonly #command: readonly [string, ...string[]];
  readonly #env: Readonly<Record<string, string>>;
  #child: Deno.ChildProcess | undefined;
  #ended: Promise<void> | undefined;
  #lines: string[] = [];

  /** @param env What the environment has besides that of this process. */
  constructor(
    name: string,
    command: readonly [string, ...string[]],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.name = name;
    this.#command = command;
    this.#env = env;
  }

  /** The process id; `null` if it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** What it wrote last. */
  get log(): string {
    return this.#lines.join("\n");
  }

  /** Starts the process, which must not run. */
  start(): void {
    if (this.#child !== undefined) throw new Error(`${this.name} runs already`);
    const child = new Deno.Command("sh", {
      args: ["-c", GUARDED, ...this.#command],
      env: { ...this.#env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true, // Ctrl-C reaches this process alone, which then stops its servers.
    }).spawn();
    this.#child = child;
    this.#ended = this.#watch(child);
  }

  /** Ends the process at once: `kill -9`. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#ended;
  }

  /** Asks the process to stop, and waits until it has. */
  async stop(): Promise<void> {
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), STOP_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child?.kill(signal);
    } catch {
      // It has just exited by itself.
    }
  }

  async #watch(child: Deno.ChildProcess): Promise<void> {
    await Promise.all([child.status, this.#capture(child.stdout), this.#capture(child.stderr)]);
    await child.stdin.close().catch(() => {});
    this.#child = undefined;
  }

  async #capture(output: ReadableStream<Uint8Array>): Promise<void> {
    const splitter = new LineSplitter((line) => {
      this.#lines.push(line);
      if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    });
    for await (const bytes of output) splitter.push(bytes);
    splitter.end();
  }
}
