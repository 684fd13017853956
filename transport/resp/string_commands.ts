/**
 * Commands on the value of a key, and on those of several.
 *
 * @module
 */
import { integerOf, keyOf, oneKeyOf } from "./arguments.ts";
import type { Call, Command, Effect } from "./command.ts";
import { compareAndSet } from "./compare_and_set.ts";
import { valueTooLong, wrongArity } from "./errors.ts";
import { readEach } from "./many.ts";
import { OK, type Reply, RespError } from "./reply.ts";
import { requireGetexOptions, setOptions } from "./set_options.ts";

const NOTHING = new Uint8Array(0);
/** An `MGET` of more keys is alone on its connection. */
const KEYS_TOGETHER_MAX = 16;
const ONE_KEY = [1, 1, 1] as const;
const ALL_KEYS = [1, -1, 1] as const;

type Run = Command["run"];

/** Reads of keys. */
const READS: readonly Command[] = [
  readOf("get", 2, "Returns the value of a key", get),
  readOf("strlen", 2, "Returns the length of a value", strlen),
  readOf("getrange", 4, "Returns a part of a value", getRange),
  readOf("substr", 4, "Returns a part of a value", getRange),
  {
    ...readOf("mget", -2, "Returns the values of several keys", mget),
    ...{ keys: ALL_KEYS, effect: effectOfMget },
  },
];

/** Writes of keys. */
const WRITES: readonly Command[] = [
  { ...writeOf("set", -3, "Sets the value of a key", set), effect: effectOfSet },
  { ...writeOf("setnx", 3, "Sets the value of a key that does not exist", setNx), effect: "plain" },
  writeOf("getset", 3, "Sets the value of a key and returns the one before", getSet),
  writeOf("getdel", 2, "Returns the value of a key and removes it", getDel),
  { ...writeOf("getex", -2, "Returns the value of a key", getEx), effect: "read" },
  writeOf("append", 3, "Appends to the value of a key", append),
  writeOf("setrange", 4, "Overwrites a part of a value", setRange),
  { ...writeOf("mset", -3, "Sets several keys", mset), keys: [1, -1, 2], effect: "plain" },
];

/** `GET`, `SET` and the like. */
export const STRING_COMMANDS: readonly Command[] = [...READS, ...WRITES];

function readOf(name: string, arity: number, summary: string, run: Run): Command {
  const flags = ["readonly", "fast"];
  return { name, arity, flags, keys: ONE_KEY, effect: "read", summary, run };
}

function writeOf(name: string, arity: number, summary: string, run: Run): Command {
  const flags = ["write", "denyoom"];
  return { name, arity, flags, keys: ONE_KEY, effect: "write", summary, run };
}

function get({ args, client, means }: Call): Promise<Reply> {
  return means.store.read(keyOf(args[1]!), client.isStale);
}

async function strlen({ args, client, means }: Call): Promise<Reply> {
  const value = await means.store.read(keyOf(args[1]!), client.isStale);
  return value === null ? 0 : value.length;
}

async function getRange({ args, client, means }: Call): Promise<Reply> {
  const [first, last] = [Number(integerOf(args[2]!)), Number(integerOf(args[3]!))];
  const value = await means.store.read(keyOf(args[1]!), client.isStale) ?? NOTHING;
  const start = first < 0 ? Math.max(value.length + first, 0) : first;
  const end = last < 0 ? Math.max(value.length + last, 0) : last;
  // A range from the end to before it is empty, although both ends are moved to the first byte.
  if (value.length === 0 || (first < 0 && last < 0 && first > last)) return NOTHING;
  return start > end ? NOTHING : value.subarray(start, end + 1);
}

/** Of a pipeline of large ones, all answers would be held at once. */
function effectOfMget({ length }: readonly Uint8Array[]): Effect {
  return length - 1 > KEYS_TOGETHER_MAX ? "all" : "read";
}

async function mget({ args, client, means }: Call): Promise<Reply> {
  const { replyBytesMax } = means.limits;
  let bytes = 0;
  return await readEach(args.slice(1).map(keyOf), async (key) => {
    const value = await means.store.read(key, client.isStale);
    bytes += value?.length ?? 0;
    if (bytes <= replyBytesMax) return value;
    throw new RespError(`ERR the values exceed ${replyBytesMax} bytes; ask for fewer at once`);
  });
}

/** Its options may have it read the key first. */
function effectOfSet(args: readonly Uint8Array[]): Effect {
  return args.length === 3 ? "plain" : "write";
}

function set(call: Call): Promise<Reply> {
  if (call.args.length > 3) return setWith(call);
  const { args, means } = call;
  return means.store.put(keyOf(args[1]!), valueOf(args[2]!, means.limits.valueBytesMax)).then(toOk);
}

function toOk(): Reply {
  return OK;
}

/** `SET` with options. */
async function setWith({ args, means }: Call): Promise<Reply> {
  const [key, value] = [keyOf(args[1]!), valueOf(args[2]!, means.limits.valueBytesMax)];
  const { only, isGet } = setOptions(args);
  if (isGet) return await exchange(means, key, value.slice(), only);
  const outcome = await means.store.put(key, value, only && { type: only });
  return outcome === "done" ? OK : null;
}

/** Sets a key, under a condition perhaps, and returns the value from before. */
function exchange(
  means: Call["means"],
  key: string,
  value: Uint8Array,
  only?: "exists" | "absent",
): Promise<Reply> {
  return compareAndSet<Reply>(means, key, (before) => {
    const reply = before?.value ?? null;
    const isToBe = only === undefined || (only === "exists") === (before !== undefined);
    return isToBe ? { reply, to: value } : { reply };
  });
}

async function setNx({ args, means }: Call): Promise<Reply> {
  const [key, value] = [keyOf(args[1]!), valueOf(args[2]!, means.limits.valueBytesMax)];
  return await means.store.put(key, value, { type: "absent" }) === "done" ? 1 : 0;
}

function getSet({ args, means }: Call): Promise<Reply> {
  const value = valueOf(args[2]!, means.limits.valueBytesMax).slice();
  return exchange(means, keyOf(args[1]!), value);
}

function getDel({ args, means }: Call): Promise<Reply> {
  return compareAndSet<Reply>(
    means,
    keyOf(args[1]!),
    (before) => before === undefined ? { reply: null } : { reply: before.value, to: null },
  );
}

function getEx(call: Call): Promise<Reply> {
  requireGetexOptions(call.args);
  return get(call);
}

function append({ args, means }: Call): Promise<Reply> {
  const more = args[2]!.slice();
  return compareAndSet<Reply>(means, keyOf(args[1]!), (before) => {
    const value = before?.value ?? NOTHING;
    const to = resized(value, value.length + more.length, means.limits.valueBytesMax);
    to.set(more, value.length);
    // Nothing appended to nothing makes an empty value; to a value, nothing has to be written.
    if (before !== undefined && more.length === 0) return { reply: to.length };
    return { reply: to.length, to };
  });
}

function setRange({ args, means }: Call): Promise<Reply> {
  const offset = integerOf(args[2]!);
  const part = args[3]!.slice();
  if (offset < 0n) throw new RespError("ERR offset is out of range");
  const start = Number(offset);
  return compareAndSet<Reply>(means, keyOf(args[1]!), (before) => {
    const value = before?.value ?? NOTHING;
    if (part.length === 0) return { reply: value.length };
    const length = Math.max(value.length, start + part.length);
    const to = resized(value, length, means.limits.valueBytesMax);
    to.set(part, start);
    return { reply: length, to };
  });
}

async function mset({ args, means }: Call): Promise<Reply> {
  if (args.length % 2 === 0) throw wrongArity("mset");
  const { keyBytesMax, valueBytesMax } = means.limits;
  // Of a key that is given twice, the last value is the one that stays.
  const pairs = new Map<string, Uint8Array>();
  for (let index = 1; index < args.length; index += 2) {
    pairs.set(oneKeyOf(args[index]!, keyBytesMax), valueOf(args[index + 1]!, valueBytesMax));
  }
  await means.store.putAll([...pairs]);
  return OK;
}

function valueOf(argument: Uint8Array, valueBytesMax: number): Uint8Array {
  if (argument.length > valueBytesMax) throw valueTooLong();
  return argument;
}

/** A copy of a value, longer perhaps, and filled up with zeros then. */
function resized(value: Uint8Array, length: number, valueBytesMax: number): Uint8Array {
  if (length > valueBytesMax) throw valueTooLong();
  const copy = new Uint8Array(length);
  copy.set(value);
  return copy;
}
