/**
 * `CLIENT` and its subcommands.
 *
 * @module
 */
import { textOf, wordOf } from "./arguments.ts";
import { type Call, type Client, type Command, tableOf } from "./command.ts";
import { syntaxError } from "./errors.ts";
import { clientsToKill, clientsToList } from "./client_filter.ts";
import { help, unknownSubcommand } from "./container.ts";
import { OK, type Reply, RespError, Verbatim } from "./reply.ts";

/** The longest name of a client, or of its library, in bytes. */
const NAME_BYTES_MAX = 1_024;
const PRINTABLE = /^[!-~]*$/;

type Run = Command["run"];

const SUBCOMMANDS: readonly Command[] = [
  sub("id", 2, "Returns the number of the connection", ({ client }) => client.id),
  sub("getname", 2, "Returns the name of the connection", ({ client }) => nameOf(client)),
  sub("setname", 3, "Names the connection", setName),
  sub("setinfo", 4, "Names the library of the client", setInfo),
  sub("info", 2, "Describes the connection", info),
  sub("list", -2, "Describes all connections, or those of an ID or TYPE", list),
  sub("kill", -3, "Closes those of an ID, ADDR, LADDR, TYPE or USER, SKIPME yes or no", kill),
  sub("no-evict", 3, "Has no effect: no client is evicted", onOrOff),
  sub("no-touch", 3, "Has no effect: reads leave no trace", onOrOff),
  sub("help", 2, "Prints this help", help),
];

/** `CLIENT`. */
export const CLIENT_COMMAND: Command = {
  name: "client",
  arity: -2,
  flags: [],
  keys: [0, 0, 0],
  effect: "all",
  summary: "About connections",
  subcommands: tableOf(SUBCOMMANDS),
  run: unknownSubcommand,
};

function sub(name: string, arity: number, summary: string, run: Run): Command {
  const flags = ["noscript", "loading", "stale"];
  return { name: `client|${name}`, arity, flags, keys: [0, 0, 0], effect: "all", summary, run };
}

/**
 * A name for a connection.
 *
 * @throws {RespError} for one that would not fit into a list of them.
 */
export function requireName(argument: Uint8Array): string {
  return requirePrintable(argument, "Client names");
}

function requirePrintable(argument: Uint8Array, what: string): string {
  const name = textOf(argument);
  if (PRINTABLE.test(name) && name.length <= NAME_BYTES_MAX) return name;
  throw new RespError(`ERR ${what} cannot contain spaces, newlines or special characters.`);
}

function nameOf({ name }: Client): Reply {
  return name === "" ? null : name;
}

function setName({ args, client }: Call): Reply {
  client.name = requireName(args[2]!);
  return OK;
}

function setInfo({ args, client }: Call): Reply {
  const option = wordOf(args[2]!);
  const value = requirePrintable(args[3]!, option);
  if (option === "lib-name") client.libraryName = value;
  else if (option === "lib-ver") client.libraryVersion = value;
  else throw new RespError(`ERR Unrecognized option '${textOf(args[2]!)}'`);
  return OK;
}

function info({ client, means }: Call): Reply {
  return new Verbatim(`${describe(client, means.now())}\n`);
}

function list(call: Call): Reply {
  const now = call.means.now();
  const lines = clientsToList(call).map((client) => `${describe(client, now)}\n`);
  return new Verbatim(lines.join(""));
}

function kill(call: Call): Reply {
  const clients = clientsToKill(call);
  for (const client of clients) {
    // Whoever closes their own connection is told before.
    if (client === call.client) client.isLeaving = true;
    else client.close();
  }
  if (call.args.length > 3) return clients.length;
  if (clients.length === 0) throw new RespError("ERR No such client");
  return OK;
}

/** A line of `CLIENT LIST`, with the fields that clients look for. */
function describe(client: Client, now: number): string {
  const seconds = (since: number) => Math.floor((now - since) / 1_000);
  return [
    `id=${client.id} addr=${client.address} laddr=${client.localAddress} fd=-1`,
    `name=${client.name} age=${seconds(client.since)} idle=${seconds(client.lastAt)}`,
    `flags=${client.isStale ? "r" : "N"} db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=0`,
    "argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r",
    `cmd=${client.lastCommand} user=default redir=-1 resp=${client.version}`,
    `lib-name=${client.libraryName} lib-ver=${client.libraryVersion}`,
  ].join(" ");
}

function onOrOff({ args }: Call): Reply {
  const word = wordOf(args[2]!);
  if (word !== "on" && word !== "off") throw syntaxError();
  return OK;
}
