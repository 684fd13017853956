import { Cluster } from "../../nodes/cluster.ts";
import { freeBasePort } from "../../nodes/ports.ts";
import { programCommand } from "../../nodes/program.ts";
import { Server } from "../../nodes/server.ts";
import type { System } from "./system.ts";

/** One process that answers at once, and stores nothing: what a server on this platform cannot exceed. */
function bare(kind: "serve" | "hono" | "resp", name: string): System {
  return {
    name,
    settings: "one process, nothing is stored or replicated",
    write: "nothing",
    read: "a constant",
    spread: "never",
    version: () => Promise.resolve(`Deno ${Deno.version.deno}`),
    cluster() {
      const port = freeBasePort([0]);
      const program = new URL("./bare_server.ts", import.meta.url);
      const command = programCommand(program, [kind, String(port)]);
      return new Cluster({
        name,
        servers: [new Server(name, command)],
        directories: [],
        urls: kind === "resp" ? [] : [`http://127.0.0.1:${port}`],
        respPorts: kind === "resp" ? [port] : [],
        isReady: () => isListening(port),
        isWhole: () => isListening(port),
        leader: () => Promise.resolve(0),
      });
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
