/** What is asked of each program, and where the answer is in what it prints. */
const QUESTIONS: Readonly<Record<string, RegExp>> = {
  "etcd": /Version: *(\S+)/,
  "redis-server": /v=(\S+)/,
};

/**
 * The version of a program; `null` if it is not installed. That of this checkout without a program.
 *
 * @param program `etcd` or `redis-server`.
 */
export async function versionOf(program?: string): Promise<string | null> {
  if (program === undefined) {
    const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
    return /"version": *"([^"]+)"/.exec(text)?.[1] ?? "unknown";
  }
  try {
    const { stdout } = await new Deno.Command(program, { args: ["--version"] }).output();
    return QUESTIONS[program]?.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
