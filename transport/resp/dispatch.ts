import { decodeKey } from "../../protocols/kv/wire.ts";
import { keysOf, takes, wordOf } from "./arguments.ts";
import type { Command } from "./command.ts";
import { unknownCommand } from "./container.ts";
import { wrongArity } from "./errors.ts";
import { RespError } from "./reply.ts";
import { refusalWithin } from "./transaction_commands.ts";

/** The command that a request names; an error if there is none, or none that is executed. */
export function commandOf(
  args: readonly Uint8Array[],
  commands: ReadonlyMap<string, Command>,
  isInTransaction: boolean,
): Command | RespError {
  const command = commandNamed(args, commands);
  if (!isInTransaction || command instanceof RespError) return command;
  return refusalWithin(command) ?? command;
}

/** The command, or subcommand, that a request names; an error if there is none that takes so many words. */
function commandNamed(
  args: readonly Uint8Array[],
  commands: ReadonlyMap<string, Command>,
): Command | RespError {
  const command = commands.get(wordOf(args[0]!));
  if (command === undefined) return unknownCommand(args);
  if (!takes(command, args.length)) return wrongArity(command.name);
  if (command.subcommands === undefined || args.length === 1) return command;
  const subcommand = command.subcommands.get(wordOf(args[1]!)) ?? command;
  return takes(subcommand, args.length) ? subcommand : wrongArity(subcommand.name);
}

const NO_KEYS: readonly string[] = [];

/** The keys that a request is about; what is none is refused when the command is executed. */
export function keysNamed(command: Command, args: readonly Uint8Array[]): readonly string[] {
  if (command.keys[0] === 0) return NO_KEYS;
  return keysOf(command, args.length).map((index) => decodeKey(args[index]!) ?? "");
}
