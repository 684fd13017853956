/**
 * Commands on values that are numbers: the store adds by itself.
 *
 * @module
 */
import { INTEGER_MIN } from "../../protocols/kv/commands.ts";
import { integerOf, keyOf } from "./arguments.ts";
import type { Call, Command } from "./command.ts";
import { type Reply, RespError } from "./reply.ts";

/** `INCR`, `DECR`, `INCRBY` and `DECRBY`. */
export const COUNTER_COMMANDS: readonly Command[] = [
  counter("incr", 2, "Adds one to a number", () => 1n),
  counter("decr", 2, "Takes one from a number", () => -1n),
  counter("incrby", 3, "Adds to a number", ({ args }) => integerOf(args[2]!)),
  counter("decrby", 3, "Takes from a number", ({ args }) => negated(integerOf(args[2]!))),
];

function counter(
  name: string,
  arity: number,
  summary: string,
  delta: (call: Call) => bigint,
): Command {
  const flags = ["write", "denyoom", "fast"];
  const run = (call: Call): Promise<Reply> =>
    call.means.store.increment(keyOf(call.args[1]!), delta(call));
  return { name, arity, flags, keys: [1, 1, 1], effect: "plain", summary, run };
}

/** The least integer has no opposite. */
function negated(by: bigint): bigint {
  if (by === INTEGER_MIN) throw new RespError("ERR decrement would overflow");
  return -by;
}
