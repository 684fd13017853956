import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../cli/config.ts";
import { HELP, parseBenchFlags } from "../../cli/bench/options.ts";

Deno.test("parseBenchFlags() has the defaults that --help states", () => {
  const options = parseBenchFlags([]);
  assertEquals(options, {
    clients: 64,
    inFlight: 1,
    sessions: false,
    writes: 0.5,
    valueSize: 100,
    keys: 10_000,
    skew: { kind: "uniform" },
    durationMs: 10_000,
    warmUpMs: 1_000,
    consistency: "linearizable",
    endpoints: ["http://127.0.0.1:7100", "http://127.0.0.1:7101", "http://127.0.0.1:7102"],
    primary: false,
    timeoutMs: 10_000,
    output: "table",
    seed: 1,
  });
});

Deno.test("parseBenchFlags() reads every flag", () => {
  const options = parseBenchFlags(
    ("-w 4 -c 2 --writes 1 --value-size 4KiB --keys 5 --skew zipf:0.99 --duration 2s -n 9 " +
      "--warmup 0 --rate 100 --consistency stale --endpoints localhost:1 --primary --timeout 1s " +
      "-o json --seed 3").split(" "),
  );
  assertEquals(options, {
    clients: 4,
    inFlight: 2,
    sessions: false,
    writes: 1,
    valueSize: 4_096,
    keys: 5,
    skew: { kind: "zipf", exponent: 0.99 },
    durationMs: 2_000,
    requestsMax: 9,
    warmUpMs: 0,
    rate: 100,
    consistency: "stale",
    endpoints: ["http://localhost:1"],
    primary: true,
    timeoutMs: 1_000,
    output: "json",
    seed: 3,
  });
});

Deno.test("parseBenchFlags() takes fewer clients and keys for a history, unless told otherwise", () => {
  const few = parseBenchFlags(["--history", "h.jsonl"]);
  assertEquals([few?.history, few?.clients, few?.keys], ["h.jsonl", 16, 8]);
  assertEquals(few?.valueSize, 16);
  const many = parseBenchFlags("--history h.jsonl -w 32 --keys 100".split(" "));
  assertEquals([many?.clients, many?.keys], [32, 100]);
});

Deno.test("parseBenchFlags() takes the level of a gossip cluster", () => {
  assertEquals(parseBenchFlags(["--level", "quorum"])?.level, "quorum");
});

Deno.test("parseBenchFlags() asks for help", () => {
  assertEquals([parseBenchFlags(["-h"]), parseBenchFlags(["--help"])], [null, null]);
  assert(HELP.split("\n").every((line) => line.length <= 100));
});

/** Command lines and the error of each. */
const WRONG: readonly (readonly [string, string])[] = [
  ["-w 0", "--clients: Must be 1 to 10000; is 0"],
  ["-w x", '--clients: Must be a whole number; is "x"'],
  ["-w", "--clients: Must be a whole number"],
  ["-c 2 --sessions", "--sessions: Needs --in-flight 1"],
  ["-w 10000 -c 3", "--clients: Makes 30000 connections"],
  ["--writes 1.5", "--writes: Must be 0 to 1; is 1.5"],
  ["--skew zipf", "--skew: Must be uniform, or zipf: and an exponent from 0 to 10"],
  ["--skew zipf:11", "--skew: Must be uniform"],
  ["--duration 10", "--duration: Must be 100ms to"],
  ["-w 4 --clients 5", "--clients: Is given more than once"],
  ["--history h --consistency stale", "--history: Needs linearizable reads"],
  ["--level most", '--level: Must be one of local, one, quorum, all; is "most"'],
  ["--level all --sessions", "--level: Is of gossip"],
  ["--level all --consistency stale", "--level: Is of gossip"],
  ["--rate 0", "--rate: Must be 1 to 1000000; is 0"],
  ["--endpoints ftp://x", "--endpoints: Cannot use the endpoint"],
  ["-o xml", '--output: Must be one of table, json; is "xml"'],
  ["--client 3", '--client: Is not an option; did you mean "--clients"?'],
  ["put", 'Cannot use the argument "put"'],
];

for (const [line, expected] of WRONG) {
  Deno.test(`parseBenchFlags() refuses ${line}`, () => {
    const error = assertThrows(() => parseBenchFlags(line.split(" ")), ConfigError);
    assertStringIncludes(error.message, expected);
    assertEquals(error.problems.length, 1, error.message);
  });
}
