import { nodeCommand } from "../../cli/cluster/node_command.ts";

/** The command line of a program of this checkout, run with the flags that nodes are run with. */
export function programCommand(program: URL, args: readonly string[]): [string, ...string[]] {
  const [deno, ...rest] = nodeCommand([]);
  return [deno, ...rest.slice(0, -1), program.href, ...args];
}
