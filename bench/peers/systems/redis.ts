import { startProcesses } from "../processes.ts";
import { NODES, portBlocks, type System, versionOf } from "./system.ts";

const ASK_MS = 1_000;

/** Redis that syncs every write to the primary's disk before it answers. */
export const REDIS: System = redis({
  name: "Redis",
  settings: "--appendonly yes --appendfsync always",
  write: "the primary's disk, synced; with WAIT 1 also in the memory of a replica",
});

/** Redis that syncs once a second. */
export const REDIS_EVERYSEC: System = redis({
  name: "Redis everysec",
  settings: "--appendonly yes --appendfsync everysec",
  write: "the primary's memory, and within a second on its disk",
});

/** Redis that keeps nothing on disk. */
export const REDIS_MEMORY: System = redis({
  name: "Redis memory",
  settings: "--appendonly no",
  write: "the primary's memory; with WAIT 1 also in that of a replica",
});

/** A primary and two replicas, with no option but how they persist. */
function redis(about: Pick<System, "name" | "settings" | "write">): System {
  return {
    ...about,
    settings: `${about.settings} --save ""; a primary and ${NODES - 1} replicas`,
    read: "everything that the primary has",
    spread: "never",
    version: () => versionOf(["redis-server", "--version"], /v=(\S+)/),
    async start({ directory, signal }) {
      const [ports] = portBlocks(1) as [number[]];
      const primary = ports[0]!;
      const directories = ports.map((_, node) => `${directory}/redis-${node}`);
      for (const path of directories) await Deno.mkdir(path, { recursive: true });
      const commands = ports.map((port, node) =>
        [
          "redis-server",
          ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directories[node]!],
          ...["--save", "", ...about.settings.split(" ")],
          ...(node === 0 ? [] : ["--replicaof", "127.0.0.1", String(primary)]),
        ] as const
      );
      const isReady = async () => hasReplicas(await infoOf(primary), NODES - 1);
      const processes = await startProcesses(commands, isReady, signal);
      return { ...processes, ports: { resp: ports }, leader: () => Promise.resolve(0) };
    },
  };
}

/** Whether a primary says that so many replicas have all that it has, and go on with it. */
export function hasReplicas(info: string, count: number): boolean {
  const online = [...info.matchAll(/^slave\d+:.*state=online/gm)].length;
  return new RegExp(`^connected_slaves:${count}\\r?$`, "m").test(info) && online === count;
}

/** What a primary says of its replicas; empty as long as it does not answer. */
async function infoOf(port: number): Promise<string> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const timer = setTimeout(() => connection.close(), ASK_MS);
    try {
      await connection.write(new TextEncoder().encode("INFO replication\r\n"));
      const bytes = new Uint8Array(16 * 1_024);
      const count = await connection.read(bytes);
      return new TextDecoder().decode(bytes.subarray(0, count ?? 0));
    } finally {
      clearTimeout(timer);
    }
  } catch {
    return ""; // it does not listen yet
  }
}
