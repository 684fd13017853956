/**
 * The cluster runner: `deno task cluster --help`.
 *
 * @module
 */
import { REAL_CLOCK } from "./clock.ts";
import { EXIT_USAGE, print, runCommand } from "./command.ts";
import { prepareData } from "./cluster/data_directory.ts";
import { introduction } from "./cluster/introduction.ts";
import { type ClusterOptions, HELP, parseClusterFlags } from "./cluster/options.ts";
import { findPortProblems } from "./cluster/ports.ts";
import { nodeCommand } from "./cluster/node_command.ts";
import { ClusterRunner } from "./cluster/runner.ts";
import { Terminal } from "./cluster/terminal.ts";
import { onStopRequest } from "./signals.ts";

/**
 * Runs the command.
 *
 * @returns the exit code: 0 after an orderly stop, 1 if something failed, 2 if the command line or the
 * configuration cannot be used.
 */
async function main(args: readonly string[]): Promise<number> {
  const options = parseClusterFlags(args, Deno.readTextFileSync);
  if (options === null) {
    print(HELP);
    return 0;
  }
  const problems = findPortProblems(options.config);
  if (problems.length > 0) {
    for (const { node, purpose, address, why } of problems) {
      console.error(`Cannot listen on ${address} (${purpose} of node ${node}): ${why}`);
    }
    console.error("Nothing was started. Stop what uses the ports, or choose others: --base-port");
    return 1;
  }
  prepareData(options.config, options);
  return await runCluster(options);
}

async function runCluster(options: ClusterOptions): Promise<number> {
  const { config, nodeFlags, dev } = options;
  const colours = Deno.stdout.isTerminal() && !Deno.noColor;
  const terminal = new Terminal((text) => {
    try {
      print(text);
    } catch {
      // Nobody reads any more (`| head`, a closed terminal): then nobody needs the cluster either.
      runner.stop();
    }
  }, { colours });
  const runner = new ClusterRunner({
    config,
    terminal,
    clock: REAL_CLOCK,
    command: (index) =>
      nodeCommand([
        ...[...nodeFlags, "--index", String(index), "--parent-pipe"],
        ...(dev ? ["--dev"] : []),
      ]),
  });
  const ignore = onStopRequest(REAL_CLOCK, (again) => {
    terminal.line(again ? "killing the nodes" : "stopping; once more to kill");
    if (again) runner.kill();
    else runner.stop();
  });
  terminal.block(introduction(options));
  const { misconfigured, killed } = await runner.run();
  ignore();
  if (misconfigured !== null) {
    terminal.line(`stopped: node ${misconfigured} cannot use its configuration (see above)`);
    return EXIT_USAGE;
  }
  for (const node of killed) terminal.line(`node ${node} did not stop in time and was killed`);
  const rest = config.durability === "disk"
    ? `stays in ${config.data}`
    : "was in memory and is gone";
  terminal.line(`stopped; the data ${rest}`);
  return killed.length === 0 ? 0 : 1;
}

if (import.meta.main) await runCommand(main);
