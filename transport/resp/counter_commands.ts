/**
 * Commands on values that are numbers. The store adds integers by itself.
 *
 * @module
 */
import { INTEGER_MIN } from "../../protocols/kv/commands.ts";
import { integerOf, keyOf, textOf } from "./arguments.ts";
import type { Call, Command } from "./command.ts";
import { compareAndSet } from "./compare_and_set.ts";
import { valueTooLong } from "./errors.ts";
import {
  addLongDoubles,
  type Computed,
  formatLongDouble,
  parseLongDouble,
  ZERO,
} from "./long_double.ts";
import { type Reply, RespError } from "./reply.ts";

const textEncoder = new TextEncoder();

/** `INCR`, `DECR`, `INCRBY`, `DECRBY` and `INCRBYFLOAT`. */
export const COUNTER_COMMANDS: readonly Command[] = [
  counter("incr", 2, "Adds one to a number", () => 1n),
  counter("decr", 2, "Takes one from a number", () => -1n),
  counter("incrby", 3, "Adds to a number", ({ args }) => integerOf(args[2]!)),
  counter("decrby", 3, "Takes from a number", ({ args }) => negated(integerOf(args[2]!))),
  ofNumber("incrbyfloat", 3, "Adds to a number that need not be an integer", incrementByFloat),
];

function counter(
  name: string,
  arity: number,
  summary: string,
  delta: (call: Call) => bigint,
): Command {
  const run = (call: Call): Promise<Reply> =>
    call.means.store.increment(keyOf(call.args[1]!), delta(call));
  return { ...ofNumber(name, arity, summary, run), effect: "plain" };
}

function ofNumber(name: string, arity: number, summary: string, run: Command["run"]): Command {
  const flags = ["write", "denyoom", "fast"];
  return { name, arity, flags, keys: [1, 1, 1], effect: "write", summary, run };
}

/** The least integer has no opposite. */
function negated(by: bigint): bigint {
  if (by === INTEGER_MIN) throw new RespError("ERR decrement would overflow");
  return -by;
}

/** The sum is stored as text: whoever reads it gets the same digits, whatever they compute with. */
function incrementByFloat({ args, means }: Call): Promise<Reply> {
  const delta = floatOf(args[2]!);
  return compareAndSet<Reply>(means, keyOf(args[1]!), (before) => {
    const to = sum(before === undefined ? ZERO : floatOf(before.value), delta);
    if (to.length > means.limits.valueBytesMax) throw valueTooLong();
    return { reply: to, to };
  });
}

function floatOf(bytes: Uint8Array): Computed {
  const number = parseLongDouble(textOf(bytes));
  if (number === undefined) throw new RespError("ERR value is not a valid float");
  return number;
}

function sum(one: Computed, other: Computed): Uint8Array {
  const total = addLongDoubles(one, other);
  if (total !== "infinite") return textEncoder.encode(formatLongDouble(total));
  throw new RespError("ERR increment would produce NaN or Infinity");
}
