/**
 * Histories so short that their verdicts are plain to see. A checker that gets one of these wrong is of
 * no use; `deno task mutants` plants bugs in the checker that these must find.
 */
import { assertEquals } from "@std/assert";
import { check } from "../../../sim/checker/check.ts";
import { readHistory } from "../../../sim/checker/history/read.ts";
import { RegisterModel } from "../../../sim/checker/kv/register_model.ts";

/** One client a letter; `W1` writes 1, `R1` reads it, `R-` finds nothing; `D` deletes; `C12` swaps 1 for 2. */
type Diagram = Readonly<Record<string, string>>;

const ARGS = {
  W: (value: string) => ({ op: "put", args: { value }, output: {} }),
  R: (value: string) => ({ op: "get", args: {}, output: { value: value === "-" ? null : value } }),
  D: () => ({ op: "delete", args: {}, output: { existed: true } }),
  C: ([expect, value]: string) => ({
    op: "cas",
    args: { expect, value },
    output: { swapped: true },
  }),
  F: ([expect, value]: string) => ({
    op: "cas",
    args: { expect, value },
    output: { swapped: false },
  }),
} as const;

/** The operations of a diagram: `[W1  ]` lasts from its bracket to the other, `[W1  ?` has no answer. */
function verdictOf(diagram: Diagram): string {
  const lines = Object.values(diagram).flatMap((row, client) =>
    [...row.matchAll(/\[([WRDCF])([\w-]*) *([\]?])/g)].map((match) => {
      const isKnown = match[3] === "]";
      const { output, ...what } = ARGS[match[1] as keyof typeof ARGS](match[2]!);
      return JSON.stringify({
        client: client + 10 * match.index,
        key: "k",
        ...what,
        output: isKnown ? output : {},
        call: match.index,
        return: isKnown ? match.index + match[0].length - 1 : null,
        outcome: isKnown ? "ok" : "unknown",
      });
    })
  );
  const history = readHistory(lines.join("\n"));
  return check(new RegisterModel(), history, { stepsMax: 10_000 }).outcome;
}

/** Rows of one diagram belong together; time goes to the right. */
const LINEARIZABLE: Readonly<Record<string, Diagram>> = {
  "one after the other": { a: "[W1] [R1] [D] [R-]" },
  "two writes at once, in either order": { a: "[W1  ] [R1]", b: "[W2  ]" },
  "a write that takes effect late": { a: "[W1      ]", b: "[R-] [R1]" },
  "an unanswered write that took effect": { a: "[W1 ?", b: "     [R-] [R1]" },
  "an unanswered write that never did": { a: "[W1 ?", b: "     [R-] [R-]" },
  "a swap of what was there": { a: "[W1] [C12] [R2]" },
  "a swap refused": { a: "[W1] [F23] [R1]" },
};

const VIOLATIONS: Readonly<Record<string, Diagram>> = {
  "a value that nobody wrote": { a: "[W1] [R2]" },
  "a value that somebody tried to put in only later": { a: "[R1] [W1]" },
  "a value long overwritten": { a: "[W1] [W2]", b: "          [R1]" },
  "an acknowledged write lost": { a: "[W1]", b: "     [R-]" },
  "a read that goes back": { a: "[W1      ]", b: "[R1] [R-]" },
  "readers who disagree about the order": {
    a: "[W1      ]",
    b: "[W2      ]",
    c: "[R1] [R2] [R1]",
  },
  "a deleted value come back": { a: "[W1] [D] [R1]" },
  "two swaps of the same value": { a: "[W1] [C12] ", b: "     [C13] " },
  "a swap refused of what was there": { a: "[W1] [F12] [R1]" },
  "an unanswered write in effect twice": { a: "[W1 ?", b: "     [R1] [W2] [R1]" },
};

for (const [what, diagram] of Object.entries(LINEARIZABLE)) {
  Deno.test(`check() finds an order of ${what}`, () => {
    assertEquals(verdictOf(diagram), "linearizable");
  });
}

for (const [what, diagram] of Object.entries(VIOLATIONS)) {
  Deno.test(`check() finds no order of ${what}`, () => {
    assertEquals(verdictOf(diagram), "violation");
  });
}
