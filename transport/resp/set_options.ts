/**
 * The options of `SET` and `GETEX`.
 *
 * @module
 */
import { wordOf } from "./arguments.ts";
import { integerOf } from "./arguments.ts";
import { noExpiry, syntaxError } from "./errors.ts";
import { RespError } from "./reply.ts";

/** How a key is to be set. */
export interface SetOptions {
  /** Only if the key is there, or only if it is not. */
  readonly only: "exists" | "absent" | undefined;
  /** Whether the value from before is the answer. */
  readonly isGet: boolean;
}

const EXPIRIES: ReadonlySet<string> = new Set(["ex", "px", "exat", "pxat"]);

/**
 * Reads what follows the value of `SET`. `KEEPTTL` keeps what there is: no time to live.
 *
 * @throws {RespError} for what Redis refuses, and for a time to live.
 */
export function setOptions(args: readonly Uint8Array[]): SetOptions {
  const { words, expiry } = optionsOf(args, 3, ["nx", "xx", "get", "keepttl"]);
  const isExclusive = words.has("nx") && words.has("xx");
  if (isExclusive || (words.has("keepttl") && expiry !== undefined)) throw syntaxError();
  if (expiry !== undefined) throw refusalOf(expiry, "set");
  const only = words.has("nx") ? "absent" : words.has("xx") ? "exists" : undefined;
  return { only, isGet: words.has("get") };
}

/**
 * Checks what follows the key of `GETEX`. `PERSIST` removes a time to live, of which there is none.
 *
 * @throws {RespError} for what Redis refuses, and for a time to live.
 */
export function requireGetexOptions(args: readonly Uint8Array[]): void {
  const { words, expiry } = optionsOf(args, 2, ["persist"]);
  if (expiry === undefined) return;
  throw words.has("persist") ? syntaxError() : refusalOf(expiry, "getex");
}

function optionsOf(args: readonly Uint8Array[], from: number, known: readonly string[]) {
  const words = new Set<string>();
  let expiry: Uint8Array | undefined;
  for (let index = from; index < args.length; index++) {
    const word = wordOf(args[index]!);
    if (known.includes(word)) words.add(word);
    else if (EXPIRIES.has(word) && expiry === undefined && index + 1 < args.length) {
      expiry = args[++index]!;
    } else throw syntaxError();
  }
  return { words, expiry };
}

/** A time that would be refused anyway is refused for that. */
function refusalOf(expiry: Uint8Array, command: string): RespError {
  if (integerOf(expiry) > 0n) return noExpiry();
  return new RespError(`ERR invalid expire time in '${command}' command`);
}
