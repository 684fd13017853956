import { check } from "../../sim/checker/check.ts";
import { explain } from "../../sim/checker/explain/explanation.ts";
import { explanationPage } from "../../sim/checker/explain/html.ts";
import { BadHistory } from "../../sim/checker/history/bad_history.ts";
import { readHistory } from "../../sim/checker/history/read.ts";
import { modelFor } from "../../sim/checker/kv/model_for.ts";
import type { KvOperation } from "../../sim/checker/kv/operations.ts";
import { EXIT_USAGE } from "../command.ts";
import type { CheckOptions } from "./options.ts";
import { figuresLine, verdictText } from "./report.ts";

/** What the checker needs of the process that it runs in. */
export interface CheckEnvironment {
  /** Throws what {@linkcode Deno.readTextFileSync} does. */
  readonly readText: (path: string) => string;
  readonly writeText: (path: string, text: string) => void;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** In milliseconds. */
  readonly now: () => number;
}

/** What became of a check, for scripts. */
export const EXIT_CODES = { linearizable: 0, violation: 3, undecided: 6 } as const;

/** So many parts of a history are explained. */
const EXPLAINED_MAX = 5;

/** Checks a history; returns the exit code. */
export function runCheck(options: CheckOptions, environment: CheckEnvironment): number {
  const { readText, print, printError } = environment;
  let history: readonly KvOperation[];
  try {
    history = readHistory(readText(options.file));
  } catch (error) {
    if (!(error instanceof BadHistory)) throw error;
    printError(`${options.file}: ${error.message}`);
    return EXIT_USAGE;
  }
  if (history.length === 0) {
    printError(`${options.file}: there is no operation in it, so there is nothing to judge`);
    return EXIT_USAGE;
  }
  print(figuresLine(options.file, history));
  return judge(history, options, environment);
}

function judge(
  history: readonly KvOperation[],
  { file, html, stepsMax, timeMs = Infinity }: CheckOptions,
  { now, print, writeText }: CheckEnvironment,
): number {
  const model = modelFor(history);
  const startedAt = now();
  const verdict = check(model, history, { stepsMax, timeMs, now });
  const tookMs = now() - startedAt;
  const parts = verdict.outcome === "violation" ? verdict.violations.slice(0, EXPLAINED_MAX) : [];
  const explanations = parts.map((part) => explain(model, part, { now }));
  print(verdictText(verdict, explanations, tookMs));
  if (html !== undefined && explanations.length > 0) {
    writeText(html, explanationPage(`${file} is not linearizable`, explanations));
    print(`\ndrawn in ${html}\n`);
  }
  return EXIT_CODES[verdict.outcome];
}
