/**
 * The load tool: `deno task bench --help`.
 *
 * @module
 */
import process from "node:process";
import { TroupeError } from "../actors/errors.ts";
import { REAL_CLOCK } from "./clock.ts";
import { type BenchOptions, HELP, parseBenchFlags } from "./bench/options.ts";
import { formatReport, reportJson } from "./bench/report.ts";
import { runBench } from "./bench/run.ts";
import { ConfigError } from "./config.ts";
import { formatJson } from "./output.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = parseBenchFlags(args);
  if (options === null) {
    await print(Deno.stdout, HELP);
    return 0;
  }
  const interrupted = new AbortController();
  Deno.addSignalListener("SIGINT", () => {
    // The first Ctrl-C ends the run and prints what it has; the second one ends the process.
    if (interrupted.signal.aborted) Deno.exit(130);
    interrupted.abort();
  });
  return await bench(options, interrupted.signal);
}

async function bench(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const report = await runBench(options, {
    clock: REAL_CLOCK,
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    progress: (line) => console.error(line),
    signal,
  });
  const text = options.output === "json"
    ? formatJson(reportJson(options, report))
    : `\n${formatReport(options, report)}`;
  await print(Deno.stdout, text);
  return report.reads.requests + report.writes.requests > 0 ? 0 : 1;
}

async function print(stream: typeof Deno.stdout, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    console.error(error.message);
    if (error instanceof ConfigError) console.error("See --help");
    Deno.exit(error instanceof ConfigError ? 2 : 1);
  }
}
