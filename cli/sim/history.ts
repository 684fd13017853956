import { print } from "../command.ts";
import { historyLine } from "../../sim/history.ts";
import type { RunResult } from "../../sim/run.ts";
import { SimFileError, writeFile } from "./files.ts";

/**
 * Writes what clients asked and were told, for `deno task check`.
 *
 * @throws {SimFileError} if they did not talk to a store: histories have no other operations.
 */
export function writeHistory(path: string, { history }: RunResult): void {
  const operations = history.filter((op) => "op" in op);
  if (operations.length < history.length) {
    throw new SimFileError(`Cannot write "${path}": clients used no store; try --workload kv`);
  }
  writeFile(path, operations.map(historyLine).join(""));
  print(`history: ${operations.length} operations in ${path}\n`);
}
