import { assertEquals, assertThrows } from "@std/assert";
import { BadHistory } from "../../../sim/checker/history/bad_history.ts";
import { readHistory } from "../../../sim/checker/history/read.ts";
import { historyLine } from "../../../sim/history.ts";
import { generate } from "./generate.ts";

const PUT = {
  client: 3,
  op: "put",
  key: "k",
  args: { value: "a" },
  output: {},
  call: 5,
  return: 9,
  outcome: "ok",
};

function text(...lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function problemOf(history: string): [number, string, string] {
  const { line, problem, message } = assertThrows(() => readHistory(history), BadHistory);
  return [line, problem, message];
}

Deno.test("readHistory() reads the four operations of the store as they are documented", () => {
  const lines = [
    `{"client":3,"op":"put","key":"k","args":{"value":"a"},"output":{},"call":1,"return":2,"outcome":"ok"}`,
    `{"client":3,"op":"get","key":"k","args":{},"output":{"value":null},"call":3,"return":4,"outcome":"ok"}`,
    `{"client":3,"op":"delete","key":"k","args":{},"output":{"existed":true},"call":5,"return":6,"outcome":"ok"}`,
    `{"client":3,"op":"cas","key":"k","args":{"expect":null,"value":"b"},"output":{"swapped":false},"call":7,"return":8,"outcome":"ok"}`,
    ``,
    `{"client":4,"op":"put","key":"k","args":{"value":"c"},"output":{},"call":1,"return":2,"outcome":"fail"}\r`,
    `{"client":5,"op":"put","key":"k","args":{"value":"d"},"call":1,"outcome":"unknown"}`,
  ];
  const history = readHistory(lines.join("\n"));
  const [, get, , cas, failed, unknown] = history;
  assertEquals(history.map(({ op }) => op), ["put", "get", "delete", "cas", "put", "put"]);
  assertEquals([get!.output, get!.call, get!.return], [{ value: null }, 3, 4]);
  assertEquals(cas!.args, { expect: null, value: "b" });
  assertEquals([failed!.outcome, unknown!.outcome, unknown!.return], ["fail", "unknown", null]);
});

Deno.test("readHistory() reads what historyLine() writes, of every kind of operation", () => {
  const kinds = ["put", "get", "delete", "cas", "increment", "conditional", "scan"] as const;
  for (const revisions of [false, true]) {
    const size = { seed: 1, clients: 5, operations: 500, keys: 3, values: 4 };
    const history = generate({ ...size, kinds, revisions, unknown: 0.1, refused: 0.1 });
    // What is not there is not written.
    const expected = JSON.parse(JSON.stringify(history));
    assertEquals(
      JSON.parse(JSON.stringify(readHistory(history.map(historyLine).join("")))),
      expected,
    );
  }
});

Deno.test("readHistory() keeps times beyond 2^53 exact, by counting from the first call", () => {
  const since1970 = (end: string) =>
    `{"client":1,"op":"put","key":"k","args":{"value":"a"},"output":{},` +
    `"call":17637219000000000${end},"return":17637219000000000${end},"outcome":"ok"}\n`;
  const history = readHistory(since1970("07") + since1970("03") + since1970("08"));
  assertEquals(history.map(({ call }) => call), [4, 0, 5]);
  const [line, problem] = problemOf(since1970("07") + text({ ...PUT, client: 9 }));
  assertEquals([line, problem], [1, "time_range"]);
});

Deno.test("readHistory() says on which line something is wrong, and what", () => {
  const cases: readonly [object | string, string, string][] = [
    ["put k a", "not_json", "it is not JSON: put k a"],
    [`{"client":1`, "not_json", `it is not JSON: {"client":1`],
    ["[1]", "not_json", "it is not a JSON object: [1]"],
    [{ ...PUT, client: "a" }, "bad_field", `"client" must be a whole number from 0; is "a"`],
    [
      { ...PUT, client: undefined },
      "bad_field",
      `"client" must be a whole number from 0; is missing`,
    ],
    [{ ...PUT, op: "PUT" }, "bad_field", `"op" must be one of put, get, delete`],
    [
      { ...PUT, outcome: "maybe" },
      "bad_field",
      `"outcome" must be one of ok, fail, unknown; is "maybe"`,
    ],
    [{ ...PUT, key: 7 }, "bad_field", `"key" must be a text; is 7`],
    [{ ...PUT, args: {} }, "bad_field", `"args.value" must be a text; is missing`],
    [{ ...PUT, args: { value: "a", ttl: 3 } }, "bad_field", `"args.ttl" means nothing here`],
    [
      { ...PUT, op: "get", args: {} },
      "bad_field",
      `"output.value" must be a text or null; is missing`,
    ],
    [{ ...PUT, op: "delete", args: {} }, "bad_field", `"output.existed" must be true or false`],
    [{ ...PUT, op: "cas" }, "bad_field", `"args.expect" must be a text or null; is missing`],
    [{ ...PUT, call: 1.5 }, "bad_field", `"call" must be a whole number of nanoseconds; is 1.5`],
    [
      { ...PUT, return: null },
      "bad_field",
      `"return" must be a whole number of nanoseconds; is null`,
    ],
    [{ ...PUT, return: 3 }, "return_before_call", "it returned 2 ns before it was called"],
  ];
  for (const [wrong, problem, what] of cases) {
    const line = typeof wrong === "string" ? `${wrong}\n` : text(wrong);
    const found = problemOf(text({ ...PUT, client: 77 }) + line);
    assertEquals(found.slice(0, 2), [2, problem], what);
    const message = `Cannot use line 2 of the history: ${what}`;
    assertEquals(found[2].slice(0, message.length), message);
  }
});

Deno.test("readHistory() refuses two operations of a client at once, wherever their lines are", () => {
  const [line, problem, message] = problemOf(text({ ...PUT, call: 8, return: 20 }, PUT));
  assertEquals([line, problem], [1, "overlapping"]);
  assertEquals(message.includes("client 3 had another operation under way, that of line 2"), true);
  // One after the other, and on after an answer that never came.
  const unknown = { ...PUT, call: 9, return: null, outcome: "unknown" };
  assertEquals(readHistory(text(PUT, unknown, { ...PUT, call: 10, return: 11 })).length, 3);
});
