/**
 * How much room new objects have before they are collected, in MiB: twice what V8 takes by default. At
 * full load that halves the number of collections, and saves some 4 % of a node's time (measured on two
 * cores).
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
