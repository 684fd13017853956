/**
 * Commands on keys, whatever their values, and on all keys.
 *
 * @module
 */
import { SCAN_LIMIT_MAX } from "../../protocols/kv/commands.ts";
import { integerOf, keyOf, oneKeyOf, textOf, wordOf } from "./arguments.ts";
import type { Call, Command } from "./command.ts";
import { noExpiry, syntaxError } from "./errors.ts";
import { literalPrefix, matchesGlob } from "./glob.ts";
import { readEach } from "./many.ts";
import { type Reply, RespError, Simple } from "./reply.ts";

/** How many keys a page of `SCAN` looks at if it does not say. */
const COUNT_DEFAULT = 10;
/** What `TTL` answers: there is no such key, or it stays. */
const NO_SUCH_KEY = -2;
const NO_EXPIRY = -1;
/** What a key takes in an answer besides its text, about, in bytes. */
const KEY_OVERHEAD = 16;
const UNSIGNED = /^\d{1,20}$/;

type Run = Command["run"];

/** `DEL`, `EXISTS`, `TYPE`, `TTL`, `SCAN` and the like. */
export const KEY_COMMANDS: readonly Command[] = [
  ...["del", "unlink"].map((name) => keys(name, "plain", "Removes keys", remove)),
  ...["exists", "touch"].map((name) => keys(name, "read", "Counts those that exist", exists)),
  key("type", 2, "read", "Says what kind of value a key has", type),
  ...["ttl", "pttl", "expiretime", "pexpiretime"].map((name) =>
    key(name, 2, "read", "Says how long a key stays: for ever", timeToLive)
  ),
  key("persist", 2, "read", "Takes its time to live from a key, which has none", () => 0),
  ...["expire", "pexpire", "expireat", "pexpireat"].map((name) =>
    key(name, -3, "write", "Is refused: keys stay until they are removed", refuseExpiry)
  ),
  ...["setex", "psetex"].map((name) =>
    key(name, 4, "write", "Is refused: keys stay until they are removed", refuseExpiry)
  ),
  ofAll("scan", -2, "Returns some of the keys, and how to go on", scan),
  // Alone: of a pipeline of these, all answers would be held at once.
  { ...ofAll("keys", 2, "Returns all keys that match a pattern", keysMatching), effect: "all" },
  ofAll("dbsize", 1, "Counts all keys", ({ client, means }) => means.store.size(client.isStale)),
];

function key(
  name: string,
  arity: number,
  effect: "read" | "write" | "plain",
  summary: string,
  run: Run,
): Command {
  const flags = [effect === "read" ? "readonly" : "write", "fast"];
  return { name, arity, flags, keys: [1, 1, 1], effect, summary, run };
}

function keys(name: string, effect: "read" | "plain", summary: string, run: Run): Command {
  return { ...key(name, -2, effect, summary, run), keys: [1, -1, 1] };
}

function ofAll(name: string, arity: number, summary: string, run: Run): Command {
  return { name, arity, flags: ["readonly"], keys: [0, 0, 0], effect: "scan", summary, run };
}

function remove({ args, means }: Call): Promise<Reply> {
  const { keyBytesMax } = means.limits;
  return means.store.removeAll(args.slice(1).map((key) => oneKeyOf(key, keyBytesMax)));
}

async function exists({ args, client, means }: Call): Promise<Reply> {
  const isThere = async (key: string) => await means.store.read(key, client.isStale) !== null;
  const found = await readEach(args.slice(1).map(keyOf), isThere);
  return found.filter((each) => each).length;
}

async function type({ args, client, means }: Call): Promise<Reply> {
  const value = await means.store.read(keyOf(args[1]!), client.isStale);
  return new Simple(value === null ? "none" : "string");
}

async function timeToLive({ args, client, means }: Call): Promise<Reply> {
  const value = await means.store.read(keyOf(args[1]!), client.isStale);
  return value === null ? NO_SUCH_KEY : NO_EXPIRY;
}

function refuseExpiry(): never {
  throw noExpiry();
}

async function scan({ args, client, means }: Call): Promise<Reply> {
  const number = textOf(args[1]!);
  if (!UNSIGNED.test(number)) throw new RespError("ERR invalid cursor");
  const { pattern, count, isOfStrings } = scanOptions(args);
  const cursor = number === "0" ? undefined : means.cursors.find(number);
  if (cursor === undefined && number !== "0") {
    throw new RespError("ERR cursor is not of this node, or too old; begin anew with 0");
  }
  const prefix = literalPrefix(pattern);
  const limit = Math.min(count, SCAN_LIMIT_MAX);
  const page = await means.store.page({ prefix, cursor, limit }, client.isStale);
  const fitting = isOfStrings ? page.keys.filter((key) => matchesGlob(pattern, key)) : [];
  return [page.cursor === null ? "0" : means.cursors.add(page.cursor), fitting];
}

function scanOptions(args: readonly Uint8Array[]) {
  let pattern = "*";
  let count = COUNT_DEFAULT;
  let isOfStrings = true;
  for (let index = 2; index < args.length; index += 2) {
    const [option, value] = [wordOf(args[index]!), args[index + 1]];
    if (value === undefined) throw syntaxError();
    if (option === "match") pattern = textOf(value);
    else if (option === "count") count = Number(integerOf(value));
    else if (option === "type") isOfStrings = wordOf(value) === "string";
    else throw syntaxError();
    if (count < 1) throw syntaxError();
  }
  return { pattern, count, isOfStrings };
}

async function keysMatching({ args, client, means }: Call): Promise<Reply> {
  const pattern = textOf(args[1]!);
  const prefix = literalPrefix(pattern);
  const { replyBytesMax } = means.limits;
  const found: string[] = [];
  let bytes = 0;
  let cursor: string | undefined;
  do {
    const page = await means.store.page({ prefix, cursor, limit: SCAN_LIMIT_MAX }, client.isStale);
    for (const key of page.keys.filter((key) => matchesGlob(pattern, key))) {
      found.push(key);
      bytes += key.length + KEY_OVERHEAD;
    }
    if (bytes > replyBytesMax) {
      throw new RespError(`ERR the keys exceed ${replyBytesMax} bytes; use SCAN`);
    }
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}
