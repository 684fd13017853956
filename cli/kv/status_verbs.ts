/** The verbs that show the state of the cluster. */

import { type NodeReport, Unavailable } from "../client.ts";
import { REAL_CLOCK, sleep } from "../clock.ts";
import { formatJson } from "../output.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import type { Invocation } from "./invocation.ts";
import { statusAsJson, statusAsLine, statusAsTable } from "./status_view.ts";
import type { Verb } from "./table.ts";

/** How often `watch-status` looks unless `--interval` says otherwise, in milliseconds. */
const INTERVAL_MS = 1_000;

/** Moves to the upper left corner and erases everything from there on. */
const CLEAR_SCREEN = "\x1b[H\x1b[J";

/** `kv status`. */
export const STATUS: Verb = {
  name: "status",
  summary: "show the state of every node",
  arguments: [],
  flags: [],
  details:
    "Asks the endpoints and every node that one of them knows. SUSPECTS are the peers that a\n" +
    `node believes dead. The exit code is ${EXIT.UNAVAILABLE} if no node answers.`,
  async run(invocation) {
    const reports = await survey(invocation);
    if (invocation.output === "json") await invocation.print(formatJson(statusAsJson(reports)));
    else await invocation.print(statusAsTable(reports));
    return exitCodeOf(reports);
  },
};

/** `kv watch-status`. */
export const WATCH_STATUS: Verb = {
  name: "watch-status",
  summary: "show the state of every node again and again",
  arguments: [],
  flags: [
    { name: "interval", value: "DURATION", help: "how often to look (default: 1s)" },
    { name: "count", value: "N", help: "stop after so many times (default: when interrupted)" },
  ],
  details:
    "Redraws a table on a terminal, and prints a line each time elsewhere. With --json: one\n" +
    "JSON document a line.",
  async run(invocation) {
    const { io } = invocation;
    const intervalMs = invocation.duration("interval") ?? INTERVAL_MS;
    const count = invocation.integer("count", 1) ?? Infinity;
    for (let round = 1;; round++) {
      const startedAt = performance.now();
      const reports = await survey(invocation);
      await invocation.print(view(invocation, reports));
      if (round >= count) return exitCodeOf(reports);
      const waitMs = Math.max(0, startedAt + intervalMs - performance.now());
      await sleep(REAL_CLOCK, waitMs, io.interrupted);
      io.interrupted.throwIfAborted();
    }
  },
};

function view(invocation: Invocation, reports: readonly NodeReport[]): string {
  const { io, output } = invocation;
  const time = io.now();
  if (output === "json") {
    return formatJson({ time: time.toISOString(), ...statusAsJson(reports) });
  }
  const clock = time.toTimeString().slice(0, 8);
  if (io.stdoutIsTerminal) return `${CLEAR_SCREEN}${clock}\n\n${statusAsTable(reports)}`;
  return `${clock} ${statusAsLine(reports)}\n`;
}

/** The report of every node, or of the one that `--node` names. */
async function survey(invocation: Invocation): Promise<readonly NodeReport[]> {
  const reports = await invocation.clusterClient().status(invocation.calls);
  const node = invocation.integer("node");
  if (node === undefined) return reports;
  const report = reports.find((candidate) => candidate.node === node);
  if (report === undefined) throw new Unavailable(`Node ${node} was not found`);
  return [report];
}

function exitCodeOf(reports: readonly NodeReport[]): ExitCode {
  return reports.some(({ status }) => status !== null) ? EXIT.OK : EXIT.UNAVAILABLE;
}
