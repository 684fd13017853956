import type { Command } from "./command.ts";
import { Pairs, type Reply, Simple } from "./reply.ts";
import { COMPATIBLE_VERSION } from "./version.ts";

/** The command of a name, or the subcommand: `client|list`. */
export function commandNamed(
  name: string,
  commands: ReadonlyMap<string, Command>,
): Command | undefined {
  const [first, second, ...rest] = name.split("|");
  const command = commands.get(first!);
  if (second === undefined) return command;
  return rest.length === 0 ? command?.subcommands?.get(second) : undefined;
}

/** A command as `COMMAND INFO` describes it. */
export function describeCommand({ name, arity, flags, keys, subcommands }: Command): Reply {
  const under = [...subcommands?.values() ?? []].map(describeCommand);
  const [categories, tips, keySpecifications]: Reply[][] = [[], [], []];
  return [
    ...[name, arity, flags.map((flag) => new Simple(flag)), ...keys],
    ...[categories!, tips!, keySpecifications!, under],
  ];
}

/** A command as `COMMAND DOCS` explains it. */
export function documentCommand({ name, summary, subcommands }: Command): Reply {
  const under = [...subcommands?.values() ?? []]
    .map((each) => [each.name, documentCommand(each)] as const);
  return new Pairs([
    ["summary", summary],
    ["since", COMPATIBLE_VERSION],
    ["group", name.includes("|") ? "server" : "generic"],
    ...(under.length === 0 ? [] : [["subcommands", new Pairs(under)] as const]),
  ]);
}
