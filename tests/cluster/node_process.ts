import { LineSplitter } from "../../cli/cluster/lines.ts";
import type { NodeStatus } from "../../transport/service.ts";
import { until } from "./until.ts";

const PROGRAM = new URL("../../cli/node.ts", import.meta.url).pathname;
/** How long a node may take to answer a question about itself. */
const ANSWER_MS = 2_000;
/** Lines of the log that an error message shows. */
const LINES_SHOWN = 40;
/** Starts a program with as many file descriptors as there may be, under the same process id. */
export const WITH_MANY_FILES = 'ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"';

/** What a node process is started with. */
export interface NodeProcessOptions {
  readonly configFile: string;
  readonly index: number;
  /** The base address of its HTTP server. */
  readonly url: string;
  /** The port for its peers. */
  readonly peerPort: number;
  /** Its data directory. */
  readonly directory: string;
  /** What else its command line says. @default {nothing} */
  readonly flags?: readonly string[];
}

/** A node as a process of its own, to be broken in every way that a process can be. */
export class NodeProcess {
  readonly index: number;
  readonly url: string;
  readonly peerPort: number;
  readonly directory: string;
  /** Everything that it wrote, line by line, over all its lives. */
  readonly lines: string[] = [];
  readonly #configFile: string;
  readonly #flags: readonly string[];
  #child: Deno.ChildProcess | undefined;
  #ended: Promise<Deno.CommandStatus> | undefined;
  #isPaused = false;

  constructor(options: NodeProcessOptions) {
    this.index = options.index;
    this.url = options.url;
    this.peerPort = options.peerPort;
    this.directory = options.directory;
    this.#configFile = options.configFile;
    this.#flags = options.flags ?? [];
  }

  /** Whether there is a process. */
  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Starts the process. It ends by itself when this one does. */
  start(): void {
    if (this.#child !== undefined) throw new Error(`Node ${this.index} runs already`);
    const node = ["run", "-A", PROGRAM, "--config", this.#configFile];
    const flags = ["--index", String(this.index), "--dev", "--parent-pipe", ...this.#flags];
    this.#child = new Deno.Command("sh", {
      args: ["-c", WITH_MANY_FILES, Deno.execPath(), ...node, ...flags],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    this.#ended = this.#watch(this.#child);
  }

  /** Ends the process at once, without a word: `kill -9`. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.ended();
  }

  /** Asks the process to stop, and returns how it ended. */
  async terminate(): Promise<Deno.CommandStatus> {
    this.#signal("SIGTERM");
    return await this.ended();
  }

  /** Stops the process from running, without its noticing. */
  pause(): void {
    this.#isPaused = true;
    this.#signal("SIGSTOP");
  }

  /** Lets the process run on. */
  resume(): void {
    this.#isPaused = false;
    this.#signal("SIGCONT");
  }

  /** Waits for the end of the process, if one runs. */
  async ended(): Promise<Deno.CommandStatus> {
    if (this.#ended === undefined) throw new Error(`Node ${this.index} was never started`);
    return await this.#ended;
  }

  /** Crashes one of the node's actors. */
  async crash(actor: string): Promise<void> {
    const answer = await ask(`${this.url}/v1/dev/actors/${actor}/crash`, "POST");
    if (answer?.status !== 202) {
      throw new Error(`Cannot crash ${actor} of node ${this.index}: ${answer?.text ?? "silence"}`);
    }
  }

  /** What the node says of itself; `undefined` if it does not answer. */
  async status(): Promise<NodeStatus | undefined> {
    if (this.#child === undefined || this.#isPaused) return undefined;
    const answer = await ask(`${this.url}/v1/status`);
    return answer?.status === 200 ? JSON.parse(answer.text) : undefined;
  }

  /** Whether the node says it can serve, and why not; `undefined` if it does not answer. */
  async readiness(): Promise<{ readonly ready: boolean; readonly text: string } | undefined> {
    const answer = await ask(`${this.url}/readyz?verbose`);
    return answer && { ready: answer.status === 200, text: answer.text };
  }

  /** Waits until a line of the log, from number `from` on, matches; returns the match. */
  logged(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return until(`the log of node ${this.index} has ${pattern}`, () => {
      for (const line of this.lines.slice(from)) {
        const match = pattern.exec(line);
        if (match) return match;
      }
      return undefined;
    });
  }

  /** The end of the log, for an error message. */
  describe(): string {
    const state = this.#isPaused ? "paused" : this.isRunning ? "running" : "ended";
    return `--- node ${this.index} (${state}), its last lines:\n` +
      this.lines.slice(-LINES_SHOWN).join("\n");
  }

  /** Ends the process if it runs, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined) await this.kill();
  }

  #signal(signal: Deno.Signal): void {
    if (this.#child === undefined) throw new Error(`Node ${this.index} does not run`);
    this.#child.kill(signal);
  }

  async #watch(child: Deno.ChildProcess): Promise<Deno.CommandStatus> {
    const [status] = await Promise.all([
      child.status,
      this.#capture(child.stdout),
      this.#capture(child.stderr),
    ]);
    await child.stdin.close().catch(() => {});
    this.#child = undefined;
    this.#isPaused = false;
    return status;
  }

  async #capture(output: ReadableStream<Uint8Array>): Promise<void> {
    const splitter = new LineSplitter((line) => this.lines.push(line));
    for await (const bytes of output) splitter.push(bytes);
    splitter.end();
  }
}

async function ask(
  url: string,
  method = "GET",
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ANSWER_MS);
  try {
    const response = await fetch(url, { method, signal: abort.signal });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
