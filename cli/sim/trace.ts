import { print } from "../command.ts";
import type { RunResult } from "../../sim/run.ts";
import { runCase, type SimCase } from "../../sim/shrink/case.ts";
import { spaceTimeLog } from "../../sim/trace/log.ts";
import type { Trace } from "../../sim/trace/events.ts";
import { tracePage } from "../../sim/trace/page.ts";
import { TraceRecorder } from "../../sim/trace/recorder.ts";
import type { World } from "../../sim/world.ts";
import { writeText } from "./files.ts";

/** What is traced, and where it goes. */
export interface TraceRequest {
  readonly directory: string;
  /** How much of the end, in milliseconds. */
  readonly lastMs: number;
  /** The command that makes the run again. */
  readonly command: string;
}

/** Makes a run again, and writes what happens in it as text and as a page. */
export function writeTrace(found: SimCase, { directory, lastMs, command }: TraceRequest): void {
  let world: World | undefined;
  let recorder: TraceRecorder | undefined;
  const result = runCase(found, {
    watch: (watched) => {
      world = watched;
      recorder = new TraceRecorder(watched);
    },
  });
  const trace = recorder!.trace(Math.max(0, world!.clock.now - lastMs));
  const name = `seed-${result.seed}`;
  const paths = [
    writeText(directory, `${name}.txt`, traceText(result, trace, command, world!.describe())),
    writeText(directory, `${name}.html`, page(result, trace, command)),
  ];
  print(`trace: ${paths.join(" and ")}\n`);
}

function traceText(result: RunResult, trace: Trace, command: string, standing: string): string {
  const { seed, outcome, violations, plan } = result;
  const lines = [
    `Seed ${seed}: ${outcome}`,
    plan,
    command,
    "",
    "In the columns: c clients, then the nodes; ● sends, ▶ ◀ to whom, x not received; ■ commits,",
    "◆ state, # process, · log, ! fault. An arrow stands where its message was sent.",
    "",
    ...spaceTimeLog(trace),
    "",
    ...standing.split("\n"),
    ...violations,
  ];
  return lines.join("\n") + "\n";
}

function page({ seed, outcome, violations, plan }: RunResult, trace: Trace, command: string) {
  return tracePage(trace, {
    title: `Seed ${seed}`,
    outcome,
    isFailure: outcome !== "ok",
    violations,
    facts: [plan, command],
  });
}
