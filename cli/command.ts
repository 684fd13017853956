import { TroupeError } from "../actors/errors.ts";
import { ConfigError } from "./config.ts";

/** The exit code that says that the command line or the configuration cannot be used. */
export const EXIT_USAGE = 2;

/**
 * Runs a command on the arguments of this process, and exits with the code that it returns: with 2 if
 * the command line or configuration is wrong, with 1 after any other error that was raised on purpose.
 */
export async function runCommand(
  main: (args: readonly string[]) => Promise<number>,
): Promise<never> {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    console.error(error.message);
    if (!(error instanceof ConfigError)) Deno.exit(1);
    if (error.problems.some(({ file }) => file === null)) console.error("See --help");
    Deno.exit(EXIT_USAGE);
  }
}

/** Writes all of a text to the standard output, at once. */
export function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
