/**
 * Runs what can be run of Redis' own tests against a cluster of three processes. The tests are not here: they
 * are in the source of Redis 7.0, in its folder `tests`.
 *
 * `deno task redis-suite --help`
 *
 * @module
 */
import { print, runCommand } from "../../cli/command.ts";
import { readFlags } from "../../cli/config/flags.ts";
import { RESP_ORDERS } from "../../cli/config/types/cluster.ts";
import { ProcessCluster } from "../cluster/processes.ts";
import { isNamedBy, type Outcome, outcomeOf } from "./redis_suite/outcome.ts";
import { TAGS_LEFT_OUT, type Unit, UNITS } from "./redis_suite/units.ts";

const HELP = `Run Redis' own tests of strings, keys, scans and the protocol against a cluster.

  deno task redis-suite --source DIR [options]

      --source DIR     the source of Redis 7.0.15, unpacked
      --protocol NAME  vr, chain or hermes [vr]
      --order NAME     connection or key, as resp_order says it [connection]
      --only TEXT      run only units whose name contains this
      --why            print which tests are skipped, and why
  -h, --help           print this

Needs tclsh (Debian: tcl). The source is at http://deb.debian.org/debian/pool/main/r/redis/.
`;

/** Gossip answers otherwise: what is written at one node is read at another one later. */
const PROTOCOLS = ["vr", "chain", "hermes"];
const SHIM = new URL("./redis_suite/shim.tcl", import.meta.url).pathname;
/** The processes of the suite talk to each other on one of so many ports below its base port. */
const PORTS_BELOW = 32;
/** How long the suite may go without a test that ends, in seconds. */
const TIMEOUT_SECONDS = 600;

interface Options {
  readonly help: boolean;
  readonly why: boolean;
  readonly source: string;
  readonly protocol: string;
  readonly order: string;
  readonly only: string;
}

function parseFlags(args: readonly string[]): Options {
  return readFlags(args, {
    booleans: ["help", "why"],
    texts: ["source", "protocol", "order", "only"],
    aliases: { h: "help" },
  }, (flags) => ({
    help: flags.flag("help"),
    why: flags.flag("why"),
    source: flags.text("source", "") ?? "",
    protocol: flags.choice("protocol", PROTOCOLS, "vr"),
    order: flags.choice("order", RESP_ORDERS, "connection"),
    only: flags.text("only", "") ?? "",
  }));
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseFlags(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  const units = UNITS.filter(({ name }) => name.includes(options.only));
  if (options.why) {
    for (const unit of units) printSkipped(unit);
    return 0;
  }
  const problem = await problemWith(options.source);
  if (problem !== undefined) {
    console.error(problem);
    return 1;
  }
  return await runUnits(units, options);
}

/** Why the suite cannot be run. */
async function problemWith(source: string): Promise<string | undefined> {
  try {
    await Deno.stat(`${source}/tests/test_helper.tcl`);
  } catch {
    return `There is no source of Redis in "${source}"; see --help`;
  }
  try {
    await new Deno.Command("tclsh", { stdin: "null" }).output();
    return undefined;
  } catch {
    return "There is no tclsh; on Debian: apt install tcl";
  }
}

function printSkipped({ name, skipped }: Unit): void {
  print(`${name}\n`);
  for (const { why, tests } of skipped) {
    print(`  ${why}:\n${tests.map((test) => `    ${test}\n`).join("")}`);
  }
}

async function runUnits(units: readonly Unit[], options: Options): Promise<number> {
  const { source, protocol, order } = options;
  const config = `protocol: ${protocol}\nresp_order: ${order}`;
  await using cluster = await ProcessCluster.start({ config, resp: true });
  const total = { passed: 0, skipped: 0, failed: 0 };
  for (const unit of units) {
    const outcome = await runUnit(unit, source, cluster.respPort(0));
    const failures = [...outcome.failed, ...unneeded(unit, outcome)];
    const skipped = outcome.skipped.length + outcome.ignored.length;
    print(
      `${unit.name}: ${outcome.passed.length} passed, ${skipped} skipped, ` +
        `${failures.length} failed\n${failures.map((failure) => `  ${failure}\n`).join("")}`,
    );
    total.passed += outcome.passed.length;
    total.skipped += skipped;
    total.failed += failures.length;
  }
  print(
    `\n${protocol}: ${total.passed} passed, ${total.skipped} skipped, ${total.failed} failed\n`,
  );
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function runUnit({ name, skipped }: Unit, cwd: string, port: number): Promise<Outcome> {
  const tests = skipped.flatMap(({ tests }) => tests);
  const { success, stdout, stderr } = await new Deno.Command("tclsh", {
    args: [
      ...[SHIM, "--host", "127.0.0.1", "--port", String(port), "--singledb", "--single", name],
      ...["--ignore-encoding", "--ignore-digest", "--durable", "--dont-clean"],
      ...["--timeout", String(TIMEOUT_SECONDS), "--baseport", String(freePort() + PORTS_BELOW)],
      ...["--tags", TAGS_LEFT_OUT.map((tag) => `-${tag}`).join(" ")],
      ...tests.flatMap((test) => ["--skiptest", test]),
    ],
    cwd,
    env: { TERM: "dumb" }, // Without colours.
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return outcomeOf(output, success);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What is to be skipped and is not there: a list that nobody keeps would hide tests. */
function unneeded({ skipped }: Unit, outcome: Outcome): string[] {
  if (outcome.passed.length === 0) return []; // It has not begun, or was broken off.
  return skipped.flatMap(({ tests }) => tests)
    .filter((test) => !outcome.skipped.some((name) => isNamedBy(test, name)))
    .map((test) => `Nothing to skip is called ${test}`);
}

if (import.meta.main) await runCommand(main);
