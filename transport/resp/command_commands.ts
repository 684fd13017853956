/**
 * `COMMAND` and its subcommands: which commands there are.
 *
 * @module
 */
import { keysOf, takes, wordOf } from "./arguments.ts";
import { type Call, type Command, tableOf } from "./command.ts";
import { commandNamed, describeCommand, documentCommand } from "./command_tables.ts";
import { help, unknownSubcommand } from "./container.ts";
import { syntaxError } from "./errors.ts";
import { matchesGlob } from "./glob.ts";
import { Pairs, type Reply, RespError } from "./reply.ts";

type Run = Command["run"];

const SUBCOMMANDS: readonly Command[] = [
  sub("count", 2, "Counts the commands", ({ means }) => means.commands.size),
  sub("list", -2, "Lists their names, or those that FILTERBY PATTERN fits", list),
  sub("info", -2, "Describes some of them", info),
  sub("docs", -2, "Explains some of them", docs),
  sub("getkeys", -4, "Returns the keys of a command and its arguments", getKeys),
  sub("help", 2, "Prints this help", help),
];

/** `COMMAND`. */
export const COMMAND_COMMAND: Command = {
  ...ofCommands("command", -1, "About commands", command),
  subcommands: tableOf(SUBCOMMANDS),
};

function sub(name: string, arity: number, summary: string, run: Run): Command {
  return ofCommands(`command|${name}`, arity, summary, run);
}

function ofCommands(name: string, arity: number, summary: string, run: Run): Command {
  const flags = ["loading", "stale"];
  return { name, arity, flags, keys: [0, 0, 0], effect: "none", summary, run };
}

function command(call: Call): Reply {
  if (call.args.length > 1) unknownSubcommand(call);
  return [...call.means.commands.values()].map(describeCommand);
}

/** There are neither modules nor categories of permissions. */
function list({ args, means }: Call): Reply {
  const names = [...means.commands.values()]
    .flatMap(({ name, subcommands }) => [name, ...namesOf(subcommands)]);
  if (args.length === 2) return names;
  if (args.length !== 5 || wordOf(args[2]!) !== "filterby") throw syntaxError();
  const [by, filter] = [wordOf(args[3]!), wordOf(args[4]!)];
  if (by === "module" || by === "aclcat") return [];
  if (by !== "pattern") throw syntaxError();
  return names.filter((name) => matchesGlob(filter, name));
}

function namesOf(subcommands: Command["subcommands"]): string[] {
  return [...subcommands?.values() ?? []].map(({ name }) => name);
}

function info(call: Call): Reply {
  return wanted(call).map((each) => each === undefined ? null : describeCommand(each));
}

function docs(call: Call): Reply {
  const known = wanted(call).filter((each) => each !== undefined);
  return new Pairs(known.map((each) => [each.name, documentCommand(each)]));
}

function wanted({ args, means }: Call): (Command | undefined)[] {
  if (args.length === 2) return [...means.commands.values()];
  return args.slice(2).map((name) => commandNamed(wordOf(name), means.commands));
}

function getKeys({ args, means }: Call): Reply {
  const words = args.slice(2);
  const named = means.commands.get(wordOf(words[0]!));
  const command = named?.subcommands === undefined || words.length === 1
    ? named
    : named.subcommands.get(wordOf(words[1]!));
  if (command === undefined) throw new RespError("ERR Invalid command specified");
  if (command.keys[0] === 0) throw new RespError("ERR The command has no key arguments");
  if (!takes(command, words.length)) {
    throw new RespError("ERR Invalid number of arguments specified for command");
  }
  return keysOf(command, words.length).map((index) => words[index]!.slice());
}
