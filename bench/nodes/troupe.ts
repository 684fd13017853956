import { nodeCommand } from "../../cli/cluster/node_command.ts";
import type { NodeStatus } from "../../transport/service.ts";
import { membersOf } from "../../transport/status.ts";
import { freeBasePort } from "./ports.ts";
import { ask } from "./ask.ts";
import { Cluster, NODES } from "./cluster.ts";
import { Server } from "./server.ts";

/** The protocols of this house. */
export type Protocol = "vr" | "chain" | "hermes" | "gossip";

/** Peers are 100 ports above HTTP, and RESP 200. */
const OFFSETS = [0, 100, 200];

/**
 * Three nodes of Troupe as `deno task cluster` starts them, none of which runs yet.
 *
 * @param directory An empty directory for their data and their configuration.
 * @param lines More lines for the configuration; everything else is as by default.
 */
export function troupe(
  protocol: Protocol,
  directory: string,
  lines = "",
  durability: "disk" | "memory" = "disk",
): Cluster {
  const nodes = Array.from({ length: NODES }, (_, node) => node);
  const base = freeBasePort(nodes.flatMap((node) => OFFSETS.map((offset) => node + offset)));
  const file = `${directory}/cluster.yaml`;
  const peers = nodes.map((node) => `"127.0.0.1:${base + 100 + node}"`).join(", ");
  const where = durability === "disk" ? `data: ${directory}` : "durability: memory";
  Deno.writeTextFileSync(
    file,
    `cluster: bench\nprotocol: ${protocol}\nreplicas_addresses: [${peers}]\n${where}\n${lines}`,
  );
  const urls = nodes.map((node) => `http://127.0.0.1:${base + node}`);
  return new Cluster({
    name: protocol,
    servers: nodes.map((node) =>
      new Server(
        `node ${node} of ${protocol}`,
        nodeCommand(["--config", file, "--index", String(node), "--parent-pipe"]),
      )
    ),
    directories: nodes.map((node) => `${directory}/node-${node}`),
    urls,
    respPorts: nodes.map((node) => base + 200 + node),
    isReady: async (node) => (await ask(`${urls[node]}/readyz`))?.ok ?? false,
    isWhole: async () => isWhole(await survey(urls)),
    leader: async () => {
      const [status] = await survey(urls);
      return status === undefined ? null : protocol === "gossip" ? 0 : status.primary;
    },
  });
}

/** Which node is the primary of the master's group; `null` if none is. */
export async function masterPrimary({ urls }: Cluster): Promise<number | null> {
  const seen = await survey(urls);
  return seen.find(({ node, master }) => master?.primary === node)?.node ?? null;
}

/** What all nodes say of themselves that answer. */
export async function survey(urls: readonly string[]): Promise<readonly NodeStatus[]> {
  const answers = await Promise.all(urls.map((url) => ask(`${url}/v1/status`)));
  return answers.flatMap((answer) => answer?.ok ? [JSON.parse(answer.text)] : []);
}

/** Whether all nodes agree, and every one of them is a member of every volume. */
export function isWhole(seen: readonly NodeStatus[]): boolean {
  return seen.length === NODES &&
    seen.every(({ status, view, volumes = [] }) =>
      status === "normal" && view === seen[0]!.view &&
      volumes.every((volume) =>
        membersOf(volume).length === NODES && volume.joining === null && volume.leaseMs > 0
      )
    );
}
