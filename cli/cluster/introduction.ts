import { DEFAULT_ENDPOINTS } from "../client/endpoints.ts";
import { type Address, formatAddress } from "../../transport/address.ts";
import type { ClusterConfig } from "../config.ts";
import type { ClusterOptions } from "./options.ts";
import { nodeUrl } from "./status_table.ts";

/** What is said before the nodes start: what runs, where its data is, and what to try. */
export function introduction({ config, dev, machine }: ClusterOptions): string {
  const { replicasAddresses, protocol, cluster, data, durability } = config;
  const count = replicasAddresses.length;
  const where = durability === "disk"
    ? `Data is kept in ${data} between runs; --fresh starts without it`
    : `Data is kept in memory only: it survives as long as ${
      protocol === "gossip" ? "a node does that has heard of it" : "a majority of the nodes does"
    }`;
  return `Starting ${count} ${count === 1 ? "node" : "nodes"} of ${cluster} (${protocol})
${where}
${dev ? "Fault injection is on (--dev); --no-dev refuses it\n" : ""}
Try, in another terminal:
${hints(config, machine).join("\n")}
`;
}

function hints(config: ClusterConfig, machine: string | undefined): readonly string[] {
  if (machine !== undefined) return machineHints(config);
  const both = config.stateMachine === "log" ? logHints(config) : keyValueHints(config);
  const { protocol } = config;
  if (protocol === "vr") return both;
  return [...both, `  ${kvCommand(config)} admin ${protocol === "gossip" ? "members" : "show"}`];
}

function logHints(config: ClusterConfig): readonly string[] {
  return [
    `  ${kvCommand(config)} log append hello`,
    `  curl ${nodeUrl(config, config.httpAddresses.length - 1)}/v1/log`,
  ];
}

function keyValueHints(config: ClusterConfig): readonly string[] {
  return [
    `  ${kvCommand(config)} put greeting hello`,
    `  curl ${nodeUrl(config, config.httpAddresses.length - 1)}/v1/kv/greeting`,
    ...config.respAddresses.slice(0, 1).map(redisCommand),
  ];
}

function redisCommand({ host, port }: Address): string {
  const where = host === "127.0.0.1" ? "" : ` -h ${host}`;
  return `  redis-cli${where} -p ${port} get greeting`;
}

function machineHints(config: ClusterConfig): readonly string[] {
  return [
    `  ${kvCommand(config)} status`,
    `  curl -X POST --data COMMAND ${nodeUrl(config, 0)}/v1/commands`,
  ];
}

function kvCommand(config: ClusterConfig): string {
  const endpoints = endpointsOf(config);
  return endpoints === DEFAULT_ENDPOINTS ? "deno task kv" : `deno task kv --endpoints ${endpoints}`;
}

/** All nodes, as `--endpoints` takes them: the client then does without any one of them. */
function endpointsOf({ httpAddresses }: ClusterConfig): string {
  return httpAddresses.map((address, node) => {
    const sameHost = httpAddresses[node - 1]?.host === address.host;
    return sameHost ? String(address.port) : `http://${formatAddress(address)}`;
  }).join(",");
}
