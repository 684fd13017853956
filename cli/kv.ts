/**
 * `kv`: the command line client of Troupe. `kv help` tells what it can do.
 *
 * @module
 */
import { describeError, errorAsJson, EXIT, type ExitCode, exitCodeOf } from "./kv/exit.ts";
import { generalHelp, helpAbout } from "./kv/help.ts";
import { Invocation } from "./kv/invocation.ts";
import { type Io, processIo } from "./kv/io.ts";
import { parseCommandLine } from "./kv/parse.ts";
import { VERBS } from "./kv/verbs.ts";

/**
 * Runs one command line.
 *
 * @returns the exit code. Errors are written to `io.stderr`, never thrown.
 */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  let json = false;
  try {
    const line = parseCommandLine(args, VERBS);
    const invocation = new Invocation(line, VERBS, io);
    json = invocation.output === "json";
    if (invocation.is("help")) {
      const words = line.path.split(" ").filter((word) => word !== "");
      await invocation.print(helpAbout(words, VERBS));
      return EXIT.OK;
    }
    if (line.verb?.run === undefined) {
      await io.stderr.write(generalHelp(VERBS));
      return EXIT.USAGE;
    }
    return await line.verb.run(invocation);
  } catch (error) {
    // Whoever reads our output has had enough, as in `kv scan | head`.
    if (error instanceof Deno.errors.BrokenPipe) return EXIT.OK;
    await io.stderr.write(json ? errorAsJson(error) : describeError(error));
    return exitCodeOf(error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args, processIo()));
