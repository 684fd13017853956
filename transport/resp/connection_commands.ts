/**
 * Commands on the connection itself.
 *
 * @module
 */
import { integerOf, textOf, wordOf } from "./arguments.ts";
import type { Call, Command } from "./command.ts";
import { syntaxError, wrongArity } from "./errors.ts";
import { OK, Pairs, type Reply, RespError, Simple } from "./reply.ts";
import { COMPATIBLE_VERSION } from "./version.ts";
import { parseInteger } from "../../protocols/kv/integer.ts";
import { requireName } from "./client_commands.ts";

const PONG = new Simple("PONG");
const NO_KEYS = [0, 0, 0] as const;

type Run = Command["run"];

/** `PING`, `HELLO`, `READONLY` and the like. */
export const CONNECTION_COMMANDS: readonly Command[] = [
  { ...ofConnection("ping", -1, "Answers", ping), effect: "none" },
  { ...ofConnection("echo", 2, "Returns its argument", echo), effect: "none" },
  ofConnection("hello", -1, "Chooses the version of the protocol", hello),
  ofConnection("auth", -2, "Says who the client is, which nobody needs to", auth),
  ofConnection("select", 2, "Chooses a database: 0 is the only one", select),
  ofConnection("readonly", 1, "Lets this node answer reads from what it has", readOnly),
  ofConnection("readwrite", 1, "Has reads be linearizable again", readWrite),
  ofConnection("reset", 1, "Makes the connection as good as new", reset),
  ofConnection("quit", -1, "Closes the connection", quit),
];

function ofConnection(name: string, arity: number, summary: string, run: Run): Command {
  const flags = ["noscript", "loading", "stale", "fast"];
  return { name, arity, flags, keys: NO_KEYS, effect: "all", summary, run };
}

function ping({ args }: Call): Reply {
  if (args.length > 2) throw wrongArity("ping");
  return args.length === 1 ? PONG : args[1]!.slice();
}

function echo({ args }: Call): Reply {
  return args[1]!.slice();
}

function hello({ args, client, means }: Call): Reply {
  const version = args.length === 1 ? BigInt(client.version) : parseInteger(args[1]!);
  if (version === undefined) {
    throw new RespError("ERR Protocol version is not an integer or out of range");
  }
  if (version !== 2n && version !== 3n) {
    throw new RespError("NOPROTO unsupported protocol version");
  }
  const name = helloOptions(args);
  if (name !== undefined) client.name = name;
  client.version = version === 3n ? 3 : 2;
  return new Pairs([
    ["server", "troupe"],
    ["version", COMPATIBLE_VERSION],
    ["proto", client.version],
    ["id", client.id],
    ["mode", "standalone"],
    ["role", "master"],
    ["modules", []],
    ["protocol", means.status().protocol],
  ]);
}

/** Checks what follows the version, and returns the name that is to be set, if any. */
function helloOptions(args: readonly Uint8Array[]): string | undefined {
  let name: string | undefined;
  for (let index = 2; index < args.length; index++) {
    const left = args.length - index - 1;
    const option = wordOf(args[index]!);
    if (option === "auth" && left >= 2) {
      requireUser(args[index + 1]!);
      index += 2;
    } else if (option === "setname" && left >= 1) {
      name = requireName(args[++index]!);
    } else {
      throw new RespError(`ERR Syntax error in HELLO option '${textOf(args[index]!)}'`);
    }
  }
  return name;
}

function auth({ args }: Call): Reply {
  if (args.length > 3) throw syntaxError();
  if (args.length === 3) {
    requireUser(args[1]!);
    return OK;
  }
  throw new RespError(
    "ERR AUTH <password> called without any password configured for the default user. " +
      "Are you sure your configuration is correct?",
  );
}

/** There is one user, who has no password: any will do. */
function requireUser(name: Uint8Array): void {
  if (textOf(name) === "default") return;
  throw new RespError("WRONGPASS invalid username-password pair or user is disabled.");
}

function select({ args }: Call): Reply {
  if (integerOf(args[1]!) === 0n) return OK;
  throw new RespError("ERR DB index is out of range");
}

function readOnly({ client }: Call): Reply {
  client.isStale = true;
  return OK;
}

function readWrite({ client }: Call): Reply {
  client.isStale = false;
  return OK;
}

function reset({ client }: Call): Reply {
  client.name = "";
  client.version = 2;
  client.isStale = false;
  client.isInTransaction = false;
  return new Simple("RESET");
}

function quit({ client }: Call): Reply {
  client.isLeaving = true;
  return OK;
}
