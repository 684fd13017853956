/**
 * How much room new objects have before they are collected, in MiB: twice what V8 takes by default. Of writes in
 * pipelines a node makes 10 % more with it, at half the p99 (64 connections with 16 each, on two cores); to
 * requests one by one it makes no difference.
 */
const SEMI_SPACE_MIB = 32;

/** The command line of a node's process. */
export function nodeCommand(args: readonly string[]): readonly [string, ...string[]] {
  const space = `--min-semi-space-size=${SEMI_SPACE_MIB},--max-semi-space-size=${
    SEMI_SPACE_MIB * 2
  }`;
  const program = new URL("../node.ts", import.meta.url).href;
  return [Deno.execPath(), "run", "-A", `--v8-flags=${space}`, program, ...args];
}
