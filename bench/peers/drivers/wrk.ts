import { keyName } from "../../../cli/bench/workload.ts";
import { keyCount, type Load, type Work, WORKS } from "../load.ts";
import type { Measured } from "../measurement.ts";
import type { Dialect } from "./dialects.ts";
import { type Driver, portsOf, type Run, type Target } from "./driver.ts";
import { luaScript, parseWrkResult, requestFile } from "./wrk_script.ts";

/** Writes under way at once while a system is filled. */
const FILLERS = 32;
/** More than there are keys of one size. */
const KEYS_APART = 100_000;

/** Loads over HTTP with wrk: one thread, or one for each node; it needs a fraction of a core. */
export function wrk(dialect: Dialect): Driver {
  return {
    name: "wrk",
    protocol: "http",
    canMake: ({ pipeline }) => pipeline === 1,
    fill: (target, valueBytes) => fill(dialect, target, valueBytes),
    measure: (target, load, run) => measure(dialect, target, load, run),
  };
}

async function measure(
  dialect: Dialect,
  target: Target,
  load: Load,
  { seconds, seed }: Run,
): Promise<Measured> {
  const { directory, signal } = target;
  // wrk gives each thread the same number of connections.
  const ports = portsOf(target, "http").slice(0, load.connections);
  const connections = load.connections - load.connections % ports.length;
  const script = `${directory}/load.lua`;
  await Deno.writeTextFile(script, luaScript(ports));
  const files = await Promise.all(
    WORKS.map((work) => writeRequests(dialect, directory, work, load.valueBytes)),
  );
  const { success, stdout, stderr } = await new Deno.Command("wrk", {
    args: [
      ...["--threads", String(ports.length), "--connections", String(connections)],
      ...["--duration", `${seconds}s`, "--script", script, `http://127.0.0.1:${ports[0]}`],
      ...["--", ...files, String(load.writes), String(seed)],
    ],
    signal,
  }).output();
  signal.throwIfAborted();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`Cannot run wrk: ${new TextDecoder().decode(stderr)}${text}`);
  return parseWrkResult(text);
}

/** The path of a file of requests, which is written the first time. */
async function writeRequests(
  dialect: Dialect,
  directory: string,
  work: Work,
  valueBytes: number,
): Promise<string> {
  const path = `${directory}/${work}-${valueBytes}.tsv`;
  const exists = await Deno.stat(path).then(() => true, () => false);
  if (!exists) {
    const text = requestFile(dialect, work, keysOf(valueBytes), "v".repeat(valueBytes));
    await Deno.writeTextFile(path, text);
  }
  return path;
}

/** The keys of values of a size, all of 16 bytes: each size has its own, so that what is read has it. */
function keysOf(valueBytes: number): string[] {
  const first = valueBytes * KEYS_APART;
  return Array.from({ length: keyCount(valueBytes) }, (_, index) => keyName(first + index));
}

async function fill(dialect: Dialect, target: Target, valueBytes: number): Promise<void> {
  const [port] = portsOf(target, "http");
  const keys = keysOf(valueBytes).values();
  const value = "v".repeat(valueBytes);
  const fillers = Array.from({ length: FILLERS }, async () => {
    for (const key of keys) {
      const url = `http://127.0.0.1:${port}${dialect.path("put", key)}`;
      const init = { method: dialect.method.put, body: dialect.body("put", key, value) };
      const response = await fetch(url, { ...init, signal: target.signal });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`Cannot write "${key}": HTTP ${response.status}`);
    }
  });
  await Promise.all(fillers);
}
