import type { Command } from "./command.ts";
import { Pairs, type Reply, Simple } from "./reply.ts";
import { COMPATIBLE_VERSION } from "./version.ts";

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
