import type { Fetch } from "../client.ts";
import { REAL_CLOCK } from "../clock.ts";
import { onStopRequest } from "../signals.ts";
import { EXIT, Interrupted } from "./exit.ts";
import { type LineReader, terminalLines } from "./line_reader.ts";

/** Where output goes. */
export interface Sink {
  /** Writes all of it, text as UTF-8. */
  write(data: string | Uint8Array): Promise<void>;
}

/** Everything that `kv` has to do with the process it runs in, so that tests can be that process. */
export interface Io {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Whether a person reads stdout. */
  readonly stdoutIsTerminal: boolean;
  /** Lines that a person types, with editing and history; `undefined` if stdin is no terminal. */
  readonly lines: ((words: readonly string[]) => LineReader) | undefined;
  /** Fires with {@linkcode Interrupted} when the user presses Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** What requests are sent with. */
  readonly fetch: Fetch;
  /** An environment variable, `undefined` if it is not set or may not be read. */
  env(name: string): string | undefined;
  readFile(path: string): Promise<Uint8Array>;
  /** Writes a whole file, which only the user may read. */
  writeFile(path: string, text: string): Promise<void>;
  /** The wall clock. */
  now(): Date;
}

/** The process's own. The first Ctrl-C interrupts, the second ends the process. */
export function processIo(): Io {
  const controller = new AbortController();
  onStopRequest(REAL_CLOCK, (again) => {
    if (again) Deno.exit(EXIT.INTERRUPTED);
    controller.abort(new Interrupted());
  });
  return {
    get stdin() {
      return Deno.stdin.readable; // taken when asked for: the line editor reads by itself
    },
    stdout: sinkOf(Deno.stdout),
    stderr: sinkOf(Deno.stderr),
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    lines: Deno.stdin.isTerminal() && Deno.stdout.isTerminal() ? terminalLines : undefined,
    interrupted: controller.signal,
    fetch: (input, init) => fetch(input, init),
    env: readEnv,
    readFile: (path) => Deno.readFile(path),
    writeFile: (path, text) => Deno.writeTextFile(path, text, { mode: 0o600 }),
    now: () => new Date(),
  };
}

function sinkOf(file: { write(bytes: Uint8Array): Promise<number> }): Sink {
  const encoder = new TextEncoder();
  return {
    async write(data) {
      let rest = typeof data === "string" ? encoder.encode(data) : data;
      while (rest.length > 0) rest = rest.subarray(await file.write(rest));
    },
  };
}

/** Does not ask for the permission: without it the defaults do. */
function readEnv(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
