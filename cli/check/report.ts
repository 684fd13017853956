/**
 * What the checker says of a history, in text.
 *
 * @module
 */
import type { Part, Verdict } from "../../sim/checker/check.ts";
import type { Explanation } from "../../sim/checker/explain/explanation.ts";
import { explanationText } from "../../sim/checker/explain/text.ts";
import type { Exhausted } from "../../sim/checker/limits.ts";
import type { KvOperation } from "../../sim/checker/kv/operations.ts";

/** How each limit is named. */
const LIMITS: Readonly<Record<Exhausted, string>> = {
  steps: "steps (--limit)",
  time: "time (--timeout)",
  memory: "memory",
};
/** So many keys are named. */
const NAMES_MAX = 10;

/** How large a history is. */
export function figuresLine(file: string, history: readonly KvOperation[]): string {
  const count = (matches: (op: KvOperation) => boolean) =>
    history.filter(matches).length.toLocaleString("en");
  const clients = new Set(history.map(({ client }) => client)).size;
  const keys = new Set(history.flatMap((op) => op.op === "scan" ? [] : [op.key])).size;
  const from = history.reduce((least, { call }) => Math.min(least, call), Infinity);
  const to = history.reduce((most, op) => Math.max(most, op.return ?? op.call), -Infinity);
  const seconds = (to - from) / 1e9;
  return `${file}: ${count(() => true)} operations of ${clients} clients on ${keys} keys in ` +
    `${seconds.toFixed(3)} s; ${count(({ outcome }) => outcome === "ok")} answered, ` +
    `${count(({ outcome }) => outcome === "fail")} failed, ` +
    `${count(({ outcome }) => outcome === "unknown")} of unknown outcome\n`;
}

/** The verdict; a violation is explained. */
export function verdictText(
  verdict: Verdict<KvOperation>,
  explanations: readonly Explanation<KvOperation>[],
  tookMs: number,
): string {
  const steps = verdict.steps.toLocaleString("en");
  const effort = `${steps} steps, ${(tookMs / 1_000).toFixed(1)} s`;
  switch (verdict.outcome) {
    case "linearizable":
      return `linearizable (${effort})\n`;
    case "undecided":
      return `UNDECIDED: the limit of ${LIMITS[verdict.limit]} was reached (${effort})\n` +
        `${namesOf(verdict.undecided)} may be linearizable or not; the rest is\n`;
    case "violation": {
      const drawn = explanations.map((explanation) => `\n${explanationText(explanation)}`).join("");
      const more = verdict.violations.length - explanations.length;
      return `NOT LINEARIZABLE (${effort}): ${namesOf(verdict.violations)}\n${drawn}` +
        (more > 0 ? `\n${more} more are not explained\n` : "") +
        (verdict.undecided.length > 0 ? `\nundecided: ${namesOf(verdict.undecided)}\n` : "");
    }
  }
}

function namesOf(parts: readonly Part<KvOperation>[]): string {
  if (parts.some(({ name }) => name === null)) return "the store as a whole";
  const shown = parts.slice(0, NAMES_MAX).map(({ name }) => JSON.stringify(name));
  const more = parts.length > NAMES_MAX ? `, and ${parts.length - NAMES_MAX} more` : "";
  return `${parts.length === 1 ? "key" : "keys"} ${shown.join(", ")}${more}`;
}
