/**
 * Which connections `CLIENT LIST` and `CLIENT KILL` are about.
 *
 * @module
 */
import { integerOf, textOf, wordOf } from "./arguments.ts";
import type { Call, Client } from "./command.ts";
import { syntaxError } from "./errors.ts";
import { RespError } from "./reply.ts";

type IsChosen = (client: Client) => boolean;

const TYPES: ReadonlySet<string> = new Set(["normal", "master", "slave", "replica", "pubsub"]);

/**
 * The connections that `CLIENT LIST` is asked for: all, or those of some numbers, or of a type.
 *
 * @throws {RespError} for what Redis refuses.
 */
export function clientsToList({ args, means }: Call): Client[] {
  const clients = [...means.clients()];
  if (args.length === 2) return clients;
  const [option, ...rest] = args.slice(2);
  if (rest.length === 0) throw syntaxError();
  if (wordOf(option!) === "id") {
    const ids = new Set(rest.map(idToList));
    return clients.filter(({ id }) => ids.has(id));
  }
  if (wordOf(option!) !== "type" || rest.length > 1) throw syntaxError();
  return clients.filter(isOfType(rest[0]!));
}

function idToList(argument: Uint8Array): number {
  try {
    return Number(integerOf(argument));
  } catch {
    throw new RespError("ERR Invalid client ID");
  }
}

/**
 * The connections that `CLIENT KILL` is to close: that from an address, which may be the client's own, or
 * those that fit all of the options.
 *
 * @throws {RespError} for what Redis refuses.
 */
export function clientsToKill({ args, client, means }: Call): Client[] {
  const clients = [...means.clients()];
  if (args.length === 3) return clients.filter(({ address }) => address === textOf(args[2]!));
  const filters: IsChosen[] = [];
  let skipsOwn = true;
  for (let index = 2; index < args.length; index += 2) {
    const [option, value] = [wordOf(args[index]!), args[index + 1]];
    if (value === undefined) throw syntaxError();
    if (option === "skipme") skipsOwn = isYes(value);
    else filters.push(filterOf(option, value));
  }
  if (skipsOwn) filters.push((each) => each !== client);
  return clients.filter((each) => filters.every((isChosen) => isChosen(each)));
}

function filterOf(option: string, value: Uint8Array): IsChosen {
  const text = textOf(value);
  switch (option) {
    case "id": {
      const id = idToKill(text);
      return (client) => client.id === id;
    }
    case "addr":
      return (client) => client.address === text;
    case "laddr":
      return (client) => client.localAddress === text;
    case "type":
      return isOfType(value);
    case "user":
      if (text !== "default") throw new RespError(`ERR No such user '${text}'`);
      return () => true;
    default:
      throw syntaxError();
  }
}

function idToKill(text: string): number {
  if (/^[1-9]\d{0,17}$/.test(text)) return Number(text);
  throw new RespError("ERR client-id should be greater than 0");
}

/** There are no others but normal ones. */
function isOfType(value: Uint8Array): IsChosen {
  const type = wordOf(value);
  if (!TYPES.has(type)) throw new RespError(`ERR Unknown client type '${textOf(value)}'`);
  return () => type === "normal";
}

function isYes(value: Uint8Array): boolean {
  const word = wordOf(value);
  if (word !== "yes" && word !== "no") throw syntaxError();
  return word === "yes";
}
