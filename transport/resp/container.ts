import { textOf, wordOf } from "./arguments.ts";
import type { Call } from "./command.ts";
import { type Reply, RespError, Simple } from "./reply.ts";

/** The most of a name that is repeated in an error, in characters. */
const NAME_LENGTH_MAX = 128;

/** What a command of subcommands answers to one that is not there. */
export function unknownSubcommand({ args }: Call): never {
  const [command, subcommand] = [textOf(args[0]!), textOf(args[1]!)];
  throw new RespError(
    `ERR unknown subcommand '${subcommand.slice(0, NAME_LENGTH_MAX)}'. ` +
      `Try ${command.toUpperCase()} HELP.`,
  );
}

/** What `HELP` answers: the subcommands of a command, and what they do. */
export function help({ args, means }: Call): Reply {
  const name = wordOf(args[0]!);
  const lines = [`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const [subcommand, { summary }] of means.commands.get(name)!.subcommands!) {
    lines.push(subcommand.toUpperCase(), `    ${summary}.`);
  }
  return lines.map((line) => new Simple(line));
}

/** What is answered to a command that is not there. */
export function unknownCommand(args: readonly Uint8Array[]): RespError {
  let beginning = "";
  for (const argument of args.slice(1)) {
    if (beginning.length >= NAME_LENGTH_MAX) break;
    const left = NAME_LENGTH_MAX - beginning.length;
    beginning += `'${untilNul(textOf(argument.subarray(0, NAME_LENGTH_MAX))).slice(0, left)}' `;
  }
  const name = untilNul(textOf(args[0]!.subarray(0, NAME_LENGTH_MAX)));
  return new RespError(`ERR unknown command '${name}', with args beginning with: ${beginning}`);
}

/** Redis formats errors as C does: a text ends at its first NUL. */
function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}
