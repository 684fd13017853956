/**
 * Commands on the server: what it knows, how it is, who has what was written.
 *
 * @module
 */
import { integerOf, textOf, wordOf } from "./arguments.ts";
import { type Call, type Command, tableOf } from "./command.ts";
import { help, unknownSubcommand } from "./container.ts";
import { matchesGlob } from "./glob.ts";
import { infoText } from "./info.ts";
import { Pairs, type Reply, RespError, Verbatim } from "./reply.ts";
import { replicasBesides } from "./replicas.ts";

const NO_KEYS = [0, 0, 0] as const;

type Run = Command["run"];

const CONFIG_SUBCOMMANDS: readonly Command[] = [
  ofServer("config|get", -3, "Returns settings", configGet),
  ofServer("config|help", 2, "Prints this help", help),
];

/** `CONFIG`, `CLUSTER`, `INFO` and `WAIT`. */
export const SERVER_COMMANDS: readonly Command[] = [
  {
    ...ofServer("config", -2, "About settings", unknownSubcommand),
    subcommands: tableOf(CONFIG_SUBCOMMANDS),
  },
  ofServer("cluster", -2, "Is refused: to clients every node is a server of its own", cluster),
  ofServer("info", -1, "Says how the node is", info),
  { ...ofServer("wait", 3, "Says who else has what was written", wait), effect: "all" },
];

function ofServer(name: string, arity: number, summary: string, run: Run): Command {
  const flags = ["loading", "stale"];
  return { name, arity, flags, keys: NO_KEYS, effect: "none", summary, run };
}

function configGet({ args, means }: Call): Reply {
  const { limits } = means;
  const settings = {
    appendfsync: limits.isDurable ? "always" : "no",
    appendonly: limits.isDurable ? "yes" : "no",
    databases: "1",
    maxclients: String(limits.connectionsMax),
    maxmemory: "0",
    "maxmemory-policy": "noeviction",
    port: String(limits.port),
    "proto-max-bulk-len": String(limits.valueBytesMax),
    save: "",
    timeout: "0",
  };
  const patterns = args.slice(2).map(wordOf);
  const isWanted = (name: string) => patterns.some((pattern) => matchesGlob(pattern, name));
  return new Pairs(Object.entries(settings).filter(([name]) => isWanted(name)));
}

/** In the words by which clients know that there is nothing to find out. */
function cluster(): never {
  throw new RespError("ERR This instance has cluster support disabled");
}

function info({ args, means }: Call): Reply {
  return new Verbatim(infoText(means, args.slice(1).map(wordOf)));
}

/**
 * Every write before it is answered, and therefore replicated already: nothing is waited for. What is
 * asked for beyond that is not, either: Redis, too, answers how many there are.
 */
function wait({ args, means }: Call): Reply {
  integerOf(args[1]!);
  const timeout = integerOrUndefined(args[2]!);
  if (timeout === undefined) {
    throw new RespError("ERR timeout is not an integer or out of range");
  }
  if (timeout < 0n) throw new RespError("ERR timeout is negative");
  return replicasBesides(means.status());
}

function integerOrUndefined(argument: Uint8Array): bigint | undefined {
  return /^(0|-?[1-9]\d{0,17})$/.test(textOf(argument)) ? integerOf(argument) : undefined;
}
