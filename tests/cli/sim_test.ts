import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../cli/config.ts";
import { parseOptions } from "../../cli/sim/options.ts";
import { RareCoverage } from "../../cli/sim/rare.ts";
import { Progress, replayCommand, seedLine } from "../../cli/sim/report.ts";
import { runSeed } from "../../sim/swarm.ts";

Deno.test("parseOptions() reads seeds of 64 bits exactly", () => {
  assertEquals(parseOptions(["--seed", "18446744073709551615"]).seed, 2n ** 64n - 1n);
  for (const seed of ["18446744073709551616", "-1", "1.5", "one"]) {
    assertThrows(() => parseOptions([`--seed=${seed}`]), ConfigError, "--seed");
  }
});

Deno.test("parseOptions() runs one seed if it is named, a hundred if not, and any in given minutes", () => {
  assertEquals(parseOptions(["--seed", "7"]).seeds, 1);
  assertEquals(parseOptions([]).seeds, 100);
  assertEquals(parseOptions(["--seed", "7", "--seeds", "3"]).seeds, 3);
  const timed = parseOptions(["--minutes", "2"]);
  assert(timed.seeds > 1_000_000);
  assertEquals(timed.durationMs, 120_000);
});

Deno.test("parseOptions() refuses what it does not know", () => {
  for (const flag of ["--protocol=raft", "--nodes=0", "--nodes=8", "--sede=1"]) {
    assertThrows(() => parseOptions([flag]), ConfigError);
  }
});

Deno.test("parseOptions() has gossip on up to nine nodes, in memory as well, doing what the seed says", () => {
  const gossip = ["--protocol", "gossip"];
  const options = parseOptions([...gossip, "--nodes", "9", "--durability", "memory"]);
  assertEquals([options.protocol, options.nodes, options.durability], ["gossip", 9, "memory"]);
  for (const flag of ["--nodes=10", "--workload=kv"]) {
    assertThrows(() => parseOptions([...gossip, flag]), ConfigError);
  }
});

Deno.test("replayCommand() is a command that gives the same run", () => {
  const options = parseOptions(["--seeds", "50", "--nodes", "3", "--durability", "memory"]);
  const [, , , ...args] = replayCommand(42n, options).split(" ");
  const again = parseOptions(args);
  assertEquals([again.seed, again.seeds, again.nodes], [42n, 1, 3]);
  assertEquals(again.durability, "memory");
});

Deno.test("Progress.line() counts seeds and failures, and how fast they come", () => {
  const result = runSeed(5n);
  const progress = new Progress(0);
  progress.add(result);
  progress.add({ ...result, outcome: "stuck" });
  const line = progress.line(1_000);
  assert(line.startsWith("2 seeds, 1 failed, 0 undecided, "), line);
  assert(line.includes(`120 seeds a minute, ${2 * result.steps} events a second`), line);
  assertEquals(progress.lineIfDue(1_000), undefined);
  assertEquals(progress.lineIfDue(60_000)?.startsWith("2 seeds"), true);
  assert(seedLine(result, 5).startsWith(`5 ok ${result.hash} `));
});

Deno.test("Progress.line() counts what could not be decided, and seedLine() says so", () => {
  const undecided = { ...runSeed(5n), undecided: "the limit of steps was reached" };
  const progress = new Progress(0);
  progress.add(undecided);
  assert(progress.line(1_000).startsWith("1 seeds, 0 failed, 1 undecided, "));
  assert(seedLine(undecided, 5).startsWith("5 ok undecided "));
});

Deno.test("parseOptions() wants one run alone for a history", () => {
  assertEquals(parseOptions(["--seed", "7", "--history", "h.jsonl"]).history, "h.jsonl");
  assertThrows(() => parseOptions(["--history", "h.jsonl"]), ConfigError, "--history");
});

Deno.test("RareCoverage counts what was forced, and lists first what never was", () => {
  const coverage = new RareCoverage();
  const once = { reached: 9, taken: 2 };
  coverage.add({ rare: new Map([["replica/abdicate", once], ["replica/seal-later", once]]) });
  coverage.add({ rare: new Map([["replica/abdicate", once]]) });
  assert(/^2 of \d+ rare branches forced, 6 times$/.test(coverage.line().trim()), coverage.line());
  const rows = coverage.table().trim().split("\n").map((row) => row.trim().replace(/ +/g, " "));
  assert(rows[0]!.endsWith(" 0 of 0 times, in 0 seeds"), rows[0]);
  assertEquals(rows.slice(-2), [
    "replica/seal-later 2 of 9 times, in 1 seeds",
    "replica/abdicate 4 of 18 times, in 2 seeds",
  ]);
});
