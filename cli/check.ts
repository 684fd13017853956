/**
 * The checker of histories: `deno task check --help`.
 *
 * @module
 */
import { TroupeError } from "../actors/errors.ts";
import { HELP, parseCheckFlags } from "./check/options.ts";
import { runCheck } from "./check/run.ts";
import { print, runCommand } from "./command.ts";
import { whyUnreadable } from "./files.ts";

/**
 * Runs the command.
 *
 * @returns the exit code: 0 linearizable, 2 wrong usage or a history that cannot be used, 3 not
 * linearizable, 6 undecided.
 */
function main(args: readonly string[]): Promise<number> {
  const options = parseCheckFlags(args);
  if (options === null) {
    print(HELP);
    return Promise.resolve(0);
  }
  const code = runCheck(options, {
    readText: (path) => orRefuse(`read ${path}`, () => Deno.readTextFileSync(path)),
    writeText: (path, text) => orRefuse(`write ${path}`, () => Deno.writeTextFileSync(path, text)),
    print,
    printError: (text) => console.error(text),
    now: () => performance.now(),
  });
  return Promise.resolve(code);
}

/** @throws {TroupeError} `bad_file` if the operating system says no. */
function orRefuse<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new TroupeError("bad_file", `Cannot ${what}: ${whyUnreadable(error)}`, { cause: error });
  }
}

if (import.meta.main) await runCommand(main);
