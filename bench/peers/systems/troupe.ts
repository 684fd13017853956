import { primaryOf } from "../../../cli/bench/targets.ts";
import { nodeCommand } from "../../../cli/cluster/node_command.ts";
import { startProcesses } from "../processes.ts";
import { portBlocks, type System } from "./system.ts";

const ASK_MS = 1_000;

/** What is not the default of a cluster of ours. */
export interface TroupeSetup {
  readonly name: string;
  readonly protocol: "vr" | "chain" | "hermes" | "gossip";
  readonly durability?: "memory";
  /** More lines for its configuration file. */
  readonly config?: string;
  readonly write: string;
  readonly read: string;
}

const LINEARIZABLE = "everything acknowledged before it (linearizable)";

/** Ours on disk, with no option but the protocol and the addresses. */
export const ON_DISK: readonly System[] = [
  troupe({
    name: "vr",
    protocol: "vr",
    write: "the disks of a majority, synced",
    read: LINEARIZABLE,
  }),
  troupe({
    name: "chain",
    protocol: "chain",
    write: "the disks of all nodes, synced",
    read: LINEARIZABLE,
  }),
  troupe({
    name: "hermes",
    protocol: "hermes",
    write: "the disks of all nodes, synced",
    read: LINEARIZABLE,
  }),
  troupe({
    name: "gossip",
    protocol: "gossip",
    write: "the disk of the node that took it, synced",
    read: "what the asked node has heard of",
  }),
];

/** VR whose RESP port executes pipelined commands on different keys together. */
export const VR_KEY_ORDER = troupe({
  name: "vr key-order",
  protocol: "vr",
  config: "resp_order: key\n",
  write: "the disks of a majority, synced",
  read: LINEARIZABLE,
});

/** Ours in memory. */
export const IN_MEMORY: readonly System[] = [
  troupe({
    name: "vr memory",
    protocol: "vr",
    durability: "memory",
    write: "the memory of a majority",
    read: LINEARIZABLE,
  }),
  troupe({
    name: "gossip memory",
    protocol: "gossip",
    durability: "memory",
    write: "the memory of the node that took it",
    read: "what the asked node has heard of",
  }),
];

/** Troupe, as it is in this checkout. Nodes are started as `deno task cluster` starts them. */
function troupe({ name, protocol, durability, config = "", write, read }: TroupeSetup): System {
  const lines = `protocol: ${protocol}\n` +
    (durability === undefined ? "" : `durability: ${durability}\n`) + config;
  return {
    name,
    settings: lines.trimEnd().replaceAll("\n", ", "),
    write,
    read,
    spread: protocol === "vr" ? "if asked" : "always",
    version: troupeVersion,
    async start({ directory, signal }) {
      const [http, peers, resp] = portBlocks(3) as [number[], number[], number[]];
      const file = `${directory}/cluster.yaml`;
      const addresses = `replicas_addresses: ${addressList(peers)}
http_addresses: ${addressList(http)}
resp_addresses: ${addressList(resp)}
`;
      const data = durability === undefined ? `data: ${directory}/data\n` : "";
      await Deno.writeTextFile(file, lines + addresses + data);
      const commands = http.map((_, node) =>
        nodeCommand(["--config", file, "--index", String(node), "--parent-pipe"])
      );
      const urls = http.map((port) => `http://127.0.0.1:${port}`);
      const isReady = async () => (await Promise.all(urls.map(isNodeReady))).every(Boolean);
      const processes = await startProcesses(commands, isReady, signal);
      const leader = async () =>
        protocol === "vr" ? Math.max(0, urls.indexOf(await primaryOf(urls, fetch) ?? "")) : 0;
      return { ...processes, ports: { http, resp }, leader };
    },
  };
}

function addressList(ports: readonly number[]): string {
  return `[${ports.map((port) => `127.0.0.1:${port}`).join(", ")}]`;
}

async function isNodeReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The version of the package, and the commit if this is a checkout. */
async function troupeVersion(): Promise<string> {
  const root = new URL("../../../", import.meta.url);
  const text = await Deno.readTextFile(new URL("deno.json", root));
  const version = /"version": *"([^"]+)"/.exec(text)?.[1] ?? "unknown";
  const git = new Deno.Command("git", {
    args: ["-C", root.pathname, "rev-parse", "--short", "HEAD"],
    stderr: "null",
  });
  const commit = await git.output().catch(() => null);
  return commit?.success
    ? `${version} (${new TextDecoder().decode(commit.stdout).trim()})`
    : version;
}
