import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCheckFlags } from "../../cli/check/options.ts";
import { runCheck } from "../../cli/check/run.ts";
import { ConfigError } from "../../cli/config.ts";

const PUT = (client: number, value: string, call: number, end: number) =>
  `{"client":${client},"op":"put","key":"k","args":{"value":"${value}"},"output":{},` +
  `"call":${call},"return":${end},"outcome":"ok"}\n`;
const GET = (client: number, value: string, call: number, end: number) =>
  `{"client":${client},"op":"get","key":"k","args":{},"output":{"value":"${value}"},` +
  `"call":${call},"return":${end},"outcome":"ok"}\n`;
const RIGHT = PUT(1, "a", 0, 10) + PUT(2, "b", 20, 30) + GET(3, "b", 40, 50);
const STALE = PUT(1, "a", 0, 10) + PUT(2, "b", 20, 30) + GET(3, "a", 40, 50);

interface Ran {
  readonly code: number;
  readonly printed: string;
  readonly errors: string;
  readonly written: ReadonlyMap<string, string>;
}

function run(history: string, ...flags: string[]): Ran {
  const ran = { printed: "", errors: "", written: new Map<string, string>() };
  const code = runCheck(parseCheckFlags(["h.jsonl", ...flags])!, {
    readText: (path) => path === "h.jsonl" ? history : "",
    writeText: (path, text) => ran.written.set(path, text),
    print: (text) => ran.printed += text,
    printError: (text) => ran.errors += text,
    now: () => 0,
  });
  return { code, ...ran };
}

Deno.test("check exits with 0 for a linearizable history, and says how large it is", () => {
  const { code, printed } = run(RIGHT);
  assertEquals(code, 0);
  assertStringIncludes(printed, "h.jsonl: 3 operations of 3 clients on 1 keys");
  assertStringIncludes(printed, "\nlinearizable (");
});

Deno.test("check exits with 3 for a violation, explains it, and draws it if asked to", () => {
  const { code, printed, written } = run(STALE, "--html", "out.html");
  assertEquals(code, 3);
  assertStringIncludes(printed, `NOT LINEARIZABLE`);
  assertStringIncludes(printed, `told get → "a", but put "b" (client 2) had been acknowledged`);
  assertStringIncludes(written.get("out.html") ?? "", "<svg");
  assertEquals(run(STALE).written.size, 0);
});

/** Increments of unknown outcome, and an answer that only all sums of them show to be wrong. */
function hard(count: number): string {
  const line = (client: number, delta: number, rest: object) =>
    `${
      JSON.stringify({ client, op: "increment", key: "n", args: { delta: `${delta}` }, ...rest })
    }\n`;
  const lost = Array.from(
    { length: count },
    (_, index) => line(100 + index, 2 ** (index + 1), { call: 0, outcome: "unknown" }),
  );
  const answer = { output: { value: "0" }, call: 5, return: 9, outcome: "ok" };
  return lost.join("") + line(99, 1, answer);
}

Deno.test("check exits with 6 when it is undecided, and says what is not decided", () => {
  const { code, printed } = run(RIGHT + hard(20), "--limit", "500");
  assertEquals(code, 6);
  assertStringIncludes(printed, "UNDECIDED: the limit of steps (--limit) was reached");
  assertStringIncludes(printed, `key "n" may be linearizable or not; the rest is`);
});

Deno.test("check exits with 3 for a violation beside what is undecided, and says of both", () => {
  const { code, printed } = run(STALE + hard(20), "--limit=500");
  assertEquals(code, 3);
  assertStringIncludes(printed, `key "k"`);
  assertStringIncludes(printed, `undecided: key "n"`);
});

Deno.test("check exits with 2 for a history that it cannot use, and names the line", () => {
  const { code, errors, printed } = run(`${RIGHT}{"client":1}\n`);
  assertEquals([code, printed], [2, ""]);
  assert(errors.startsWith("h.jsonl: Cannot use line 4 of the history: "), errors);
});

Deno.test("check exits with 2 for a history without operations: nothing was checked", () => {
  const { code, errors } = run("\n");
  assertEquals(code, 2);
  assertStringIncludes(errors, "nothing to judge");
});

Deno.test("parseCheckFlags() takes the file before its options or behind them", () => {
  const expected = { file: "f", html: "o", stepsMax: 7, timeMs: 2_000 };
  assertEquals(parseCheckFlags(["f", "--html", "o", "--limit", "7", "--timeout=2s"]), expected);
  assertEquals(parseCheckFlags(["--limit=7", "--timeout", "2s", "--html", "o", "f"]), expected);
  assertEquals(parseCheckFlags(["--help"]), null);
});

Deno.test("parseCheckFlags() refuses what it does not know, no file, and two", () => {
  for (const args of [[], ["f", "g"], ["f", "--limits=3"], ["f", "--limit=0"], ["--html", "o"]]) {
    assertThrows(() => parseCheckFlags(args), ConfigError);
  }
});
