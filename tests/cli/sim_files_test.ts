import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../cli/config.ts";
import { SimFileError, writeText } from "../../cli/sim/files.ts";
import { parseOptions } from "../../cli/sim/options.ts";
import { replayCommand } from "../../cli/sim/report.ts";
import { drawPlan } from "../../sim/plan.ts";
import { runCase, type SimCase } from "../../sim/shrink/case.ts";
import { encodeRegression } from "../../sim/shrink/regression.ts";

const SIM = new URL("../../cli/sim.ts", import.meta.url).pathname;

/** A run that takes no time, and fails in nothing. */
const FOUND: SimCase = {
  plan: { ...drawPlan(4n, { nodes: 1, durability: "disk" }), safetyMs: 300 },
  workload: "kv",
};

const mayRun = ["run", "write"].every((name) =>
  Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state === "granted"
);

/** Runs the command with the permissions of its task, or with fewer. */
function sim(args: readonly string[], permissions: readonly string[]) {
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, SIM, ...args],
    stdin: "null",
  }).outputSync();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("parseOptions() knows what becomes of a run that fails", () => {
  const options = parseOptions(["--shrink", "--trace", "out", "--last=500", "--runs=9"]);
  assertEquals([options.shrink, options.trace, options.lastMs, options.runs], [
    true,
    "out",
    500,
    9,
  ]);
  assertEquals([parseOptions([]).trace, parseOptions([]).lastMs], [undefined, Infinity]);
});

Deno.test("parseOptions() refuses what would mean nothing beside the rest", () => {
  for (
    const flag of ["seed=1", "seeds=2", "minutes=1", "nodes=3", "durability=disk", "workload=kv"]
  ) {
    assertThrows(() => parseOptions(["--replay=a.json", `--${flag}`]), ConfigError, "--replay");
  }
  assertThrows(() => parseOptions(["--last=500"]), ConfigError, "--last");
  assertThrows(() => parseOptions(["--runs=9"]), ConfigError, "--runs");
  assertThrows(() => parseOptions(["--save=out"]), ConfigError, "--save");
});

Deno.test("replayCommand() of a file names the file", () => {
  const options = parseOptions(["--replay", "a.json"]);
  assertEquals(options.seeds, 1);
  const [, , , ...args] = replayCommand(42n, options).split(" ");
  assertEquals(parseOptions(args).replay, "a.json");
});

Deno.test("writeText() says which file it cannot write", () => {
  const error = assertThrows(() => writeText("/dev/null/none", "a", ""), SimFileError);
  assert(error.message.includes("/dev/null/none/a"), error.message);
});

Deno.test("sim --replay --trace makes the run of a file again, and writes what happened", {
  ignore: !mayRun,
}, () => {
  const directory = Deno.makeTempDirSync();
  try {
    const file = `${directory}/found.json`;
    const result = runCase(FOUND);
    const shrunk = { found: FOUND, result, failure: "stuck", runs: 1 };
    Deno.writeTextFileSync(file, encodeRegression(shrunk));
    const args = ["--replay", file, "--trace", `${directory}/trace`, "-v"];
    const { code, text } = sim(args, ["--allow-read", "--allow-write"]);
    assertEquals(code, 0, text);
    assert(text.includes(`4 ok ${result.hash}`), text);
    const log = Deno.readTextFileSync(`${directory}/trace/seed-4.txt`);
    assert(log.startsWith("Seed 4: ok\n") && log.includes("node 0 commits 1"), log.slice(0, 500));
    const page = Deno.readTextFileSync(`${directory}/trace/seed-4.html`);
    assert(page.startsWith("<!doctype html>") && page.includes(`--replay ${file}`));
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("sim says which seed it was when the simulator itself fails", { ignore: !mayRun }, () => {
  const directory = Deno.makeTempDirSync();
  try {
    const file = `${directory}/found.json`;
    const plan = { ...FOUND.plan, clients: null } as unknown as SimCase["plan"];
    const shrunk = { found: { ...FOUND, plan }, result: runCase(FOUND), failure: "stuck", runs: 1 };
    Deno.writeTextFileSync(file, encodeRegression(shrunk));
    const { code, text } = sim(["--replay", file], ["--allow-read"]);
    assertEquals(code, 1, text);
    assert(
      text.includes(`seed 4: the simulator fails\nreplay: deno task sim --replay ${file} -v`),
      text,
    );
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test(
  "sim needs no permission, and has none that it has no use for",
  { ignore: !mayRun },
  () => {
    const args = ["--seed", "1", "--nodes", "1"];
    const without = sim(args, []);
    assertEquals(without.code, 0, without.text);
    const traced = sim([...args, "--trace", "/nowhere"], []);
    assertEquals(traced.code, 1, traced.text);
    assert(traced.text.includes("Cannot write"), traced.text);
  },
);
