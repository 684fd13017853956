/** The process around `kv`, in memory. */
import { main } from "../../cli/kv.ts";
import { Interrupted } from "../../cli/kv/exit.ts";
import type { Io, Sink } from "../../cli/kv/io.ts";
import type { LineReader } from "../../cli/kv/line_reader.ts";
import type { FakeCluster } from "./fake_cluster.ts";

export interface RunOptions {
  readonly stdin?: string | Uint8Array<ArrayBuffer>;
  readonly env?: Record<string, string>;
  /** What is written comes to these. */
  files?: Record<string, string>;
  readonly stdoutIsTerminal?: boolean;
  readonly lines?: LineReader;
  readonly controller?: AbortController;
  /** Called with everything that is written to stdout. */
  readonly onOutput?: (text: string) => void;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly bytes: Uint8Array;
  readonly stderr: string;
}

/** Runs `kv` with a cluster behind its endpoints. */
export async function kv(
  cluster: Pick<FakeCluster, "endpoints" | "fetch">,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const stdout = new Collector(options.onOutput);
  const stderr = new Collector();
  const env: Record<string, string> = {
    TROUPE_ENDPOINTS: cluster.endpoints.join(","),
    ...options.env,
  };
  const { lines, controller = new AbortController() } = options;
  const io: Io = {
    stdin: new Blob([options.stdin ?? ""]).stream(),
    stdout,
    stderr,
    stdoutIsTerminal: options.stdoutIsTerminal ?? false,
    lines: lines === undefined ? undefined : () => lines,
    interrupted: controller.signal,
    fetch: cluster.fetch,
    env: (name) => env[name],
    readFile(path) {
      const text = options.files?.[path];
      if (text === undefined) return Promise.reject(new Deno.errors.NotFound(path));
      return Promise.resolve(new TextEncoder().encode(text));
    },
    writeFile(path, text) {
      options.files ??= {};
      options.files[path] = text;
      return Promise.resolve();
    },
    now: () => new Date(2026, 0, 2, 3, 4, 5),
  };
  const code = await main(args, io);
  return { code, stdout: stdout.text, bytes: stdout.bytes, stderr: stderr.text };
}

/** What Ctrl-C does. */
export function interrupt(controller: AbortController): void {
  controller.abort(new Interrupted());
}

class Collector implements Sink {
  readonly #chunks: Uint8Array[] = [];
  readonly #onOutput: ((text: string) => void) | undefined;

  constructor(onOutput?: (text: string) => void) {
    this.#onOutput = onOutput;
  }

  write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    this.#chunks.push(bytes.slice());
    this.#onOutput?.(new TextDecoder().decode(bytes));
    return Promise.resolve();
  }

  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#chunks.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
}
