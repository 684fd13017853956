/**
 * The load tool: `deno task bench --help`.
 *
 * @module
 */
import process from "node:process";
import { REAL_CLOCK } from "./clock.ts";
import { print, runCommand } from "./command.ts";
import { onStopRequest } from "./signals.ts";
import { LineFile } from "./bench/line_file.ts";
import { type BenchOptions, HELP, parseBenchFlags } from "./bench/options.ts";
import { formatReport, reportJson } from "./bench/report.ts";
import { runBench } from "./bench/run.ts";
import { formatJson } from "./output.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = parseBenchFlags(args);
  if (options === null) {
    print(HELP);
    return 0;
  }
  const interrupted = new AbortController();
  onStopRequest(REAL_CLOCK, (again) => {
    // The first Ctrl-C ends the run and prints what it has; the second one ends the process.
    if (again) Deno.exit(130);
    interrupted.abort();
  });
  return await bench(options, interrupted.signal);
}

async function bench(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const file = options.history === undefined ? null : new LineFile(options.history);
  const report = await runBench(options, {
    clock: REAL_CLOCK,
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    progress: (line) => console.error(line),
    signal,
    ...(file === null ? {} : {
      // Keys that an earlier run left behind would hold values that nobody wrote.
      history: { write: (line) => file.write(line), keyPrefix: `history-${Date.now()}-` },
    }),
  }).finally(() => file?.close());
  const text = options.output === "json"
    ? formatJson(reportJson(options, report))
    : `\n${formatReport(options, report)}`;
  print(text);
  return report.reads.requests + report.writes.requests > 0 ? 0 : 1;
}

if (import.meta.main) await runCommand(main);
