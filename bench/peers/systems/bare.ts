import { nodeCommand } from "../../../cli/cluster/node_command.ts";
import { startProcesses } from "../processes.ts";
import { portBlocks, type System } from "./system.ts";

/** One process that answers at once, and stores nothing: what a server on this platform cannot exceed. */
function bare(kind: "serve" | "hono" | "resp", name: string): System {
  return {
    name,
    settings: "one process, nothing is stored or replicated",
    write: "nothing",
    read: "a constant",
    spread: "never",
    version: () => Promise.resolve(`Deno ${Deno.version.deno}`),
    async start({ signal }) {
      const [[port]] = portBlocks(1, 1) as [[number]];
      const [deno, run, all, flags] = nodeCommand([]);
      const program = new URL("./bare_server.ts", import.meta.url).href;
      const command = [deno, run!, all!, flags!, program, kind, String(port)] as const;
      const processes = await startProcesses([command], () => isListening(port), signal);
      const protocol = kind === "resp" ? "resp" : "http";
      return { ...processes, ports: { [protocol]: [port] }, leader: () => Promise.resolve(0) };
    },
  };
}

/** Bare HTTP servers: the platform's own, and the router that ours is built with. */
export const BARE_HTTP: readonly System[] = [
  bare("serve", "bare Deno.serve"),
  bare("hono", "bare Hono"),
];

/** A bare server over TCP that answers commands of Redis without looking at them. */
export const BARE_RESP: System = bare("resp", "bare TCP");

async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
