/** Where writing verbs take their values and conditions from. */

import type { Expected } from "../client.ts";
import { whyUnreadable } from "../files.ts";
import { UsageError } from "./exit.ts";
import type { Invocation } from "./invocation.ts";

/** The value to write: the argument at an index, stdin or a file. */
export async function readValue(
  invocation: Invocation,
  name = "VALUE",
  index = 1,
): Promise<string | Uint8Array> {
  const { io, path } = invocation;
  const argument = invocation.arguments[index];
  const file = invocation.text("file");
  if (argument !== undefined && file !== undefined) {
    throw new UsageError(`${name} and --file exclude each other: give one of them`, path);
  }
  if (file !== undefined) return await readFile(invocation, file);
  if (argument === undefined) {
    throw new UsageError(`${name} is missing; give it, "-" for stdin, or --file PATH`, path);
  }
  if (argument !== "-") return argument;
  // The detour makes Ctrl-C end the wait for a slow writer.
  const stdin = io.stdin.pipeThrough(new TransformStream(), { signal: io.interrupted });
  return await new Response(stdin).bytes();
}

async function readFile({ io, path }: Invocation, file: string): Promise<Uint8Array> {
  try {
    return await io.readFile(file);
  } catch (error) {
    throw new UsageError(`--file: Cannot read "${file}": ${whyUnreadable(error)}`, path);
  }
}

/** The condition of a write. */
export function readExpected(invocation: Invocation): Expected {
  const value = invocation.text("expect");
  const revision = invocation.integer("revision", 1);
  const given: Expected[] = [];
  if (value !== undefined) given.push({ value });
  if (revision !== undefined) given.push({ revision });
  if (invocation.is("absent")) given.push({ absent: true });
  const [expected, another] = given;
  if (expected !== undefined && another === undefined) return expected;
  const problem = expected === undefined ? "none was given" : "they exclude each other";
  throw new UsageError(
    `One of --expect, --revision and --absent must say what is expected: ${problem}`,
    invocation.path,
  );
}
