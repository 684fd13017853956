/**
 * `MULTI`, `EXEC` and `DISCARD`. There are no transactions; but clients send one as a whole, and to refuse
 * `MULTI` alone would have what follows it executed. So it is taken, and then nothing of it is executed.
 *
 * @module
 */
import type { Call, Command } from "./command.ts";
import { OK, type Reply, RespError } from "./reply.ts";

type Run = Command["run"];

/** The commands that begin a transaction, or end it. */
export const TRANSACTION_COMMANDS: readonly Command[] = [
  ofTransaction("multi", "Begins a transaction, of which nothing is executed", multi),
  ofTransaction("exec", "Ends it with an error", exec),
  ofTransaction("discard", "Ends it", discard),
];

/** What is executed within a transaction, too. */
const EXECUTED: ReadonlySet<string> = new Set(["multi", "exec", "discard", "reset", "quit"]);

/** Why a command is not executed within a transaction; `undefined` if it is. */
export function refusalWithin({ name }: Command): RespError | undefined {
  if (EXECUTED.has(name)) return undefined;
  return new RespError("ERR transactions are not supported: nothing of this one is executed");
}

function ofTransaction(name: string, summary: string, run: Run): Command {
  const flags = ["noscript", "loading", "stale", "fast"];
  return { name, arity: 1, flags, keys: [0, 0, 0], effect: "all", summary, run };
}

function multi({ client }: Call): Reply {
  if (client.isInTransaction) throw new RespError("ERR MULTI calls can not be nested");
  client.isInTransaction = true;
  return OK;
}

function exec({ client }: Call): Reply {
  if (!client.isInTransaction) throw new RespError("ERR EXEC without MULTI");
  client.isInTransaction = false;
  throw new RespError(
    "EXECABORT Transaction discarded: transactions are not supported, nothing of it was executed",
  );
}

function discard({ client }: Call): Reply {
  if (!client.isInTransaction) throw new RespError("ERR DISCARD without MULTI");
  client.isInTransaction = false;
  return OK;
}
