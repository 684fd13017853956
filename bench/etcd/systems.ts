import { primaryOf } from "../../cli/bench/targets.ts";
import { REAL_CLOCK, sleep } from "../../cli/clock.ts";
import { nodeCommand } from "../../cli/cluster/node_command.ts";
import { NodeProcess } from "../../cli/cluster/node_process.ts";
import { nodeUrl } from "../../cli/cluster/status_table.ts";
import { Terminal } from "../../cli/cluster/terminal.ts";
import { defaultConfig } from "../../cli/config.ts";
import { freeBasePort } from "./ports.ts";
import { type Dialect, ETCD_DIALECT, TROUPE_DIALECT } from "./wrk.ts";

/** How many nodes each system has. */
export const NODES = 3;

/** A system that can be compared. */
export interface System {
  readonly name: string;
  readonly dialect: Dialect;
  /** Its version, or `null` if it is not installed. */
  version(): Promise<string | null>;
  /** Starts three nodes with empty data directories within `directory`. */
  start(directory: string): Promise<RunningSystem>;
}

/** A system whose nodes run. */
export interface RunningSystem {
  /** The base address of the leader, or primary. */
  readonly url: string;
  /** The processes of all nodes. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

const START_MS = 30_000;
const POLL_MS = 100;

/** Debian's etcd-server, as it is installed, with no option but the addresses. */
export const ETCD: System = {
  name: "etcd",
  dialect: ETCD_DIALECT,
  async version() {
    try {
      const { stdout } = await new Deno.Command("etcd", { args: ["--version"] }).output();
      return /Version: *(\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  },
  start(directory) {
    const base = freeBasePort(Array.from({ length: 2 * NODES }, (_, offset) => offset));
    const client = (member: number) => `http://127.0.0.1:${base + member}`;
    const peer = (member: number) => `http://127.0.0.1:${base + NODES + member}`;
    const members = Array.from({ length: NODES }, (_, member) => member);
    const command = (member: number) =>
      [
        "etcd",
        ...["--name", `m${member}`, "--data-dir", `${directory}/m${member}`],
        ...["--listen-client-urls", client(member), "--advertise-client-urls", client(member)],
        ...["--listen-peer-urls", peer(member), "--initial-advertise-peer-urls", peer(member)],
        ...["--initial-cluster", members.map((each) => `m${each}=${peer(each)}`).join(",")],
        ...["--logger", "zap", "--log-level", "warn"],
      ] as const;
    return startNodes(directory, command, () => etcdLeader(members.map(client)));
  },
};

/** Troupe, as it is in this checkout, with no option but the addresses. */
export const TROUPE: System = {
  name: "Troupe",
  dialect: TROUPE_DIALECT,
  async version() {
    const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
    return /"version": *"([^"]+)"/.exec(text)?.[1] ?? "unknown";
  },
  start(directory) {
    const offsets = Array.from({ length: NODES }, (_, node) => [node, node + 100, node + 200])
      .flat();
    const basePort = freeBasePort(offsets);
    const config = defaultConfig({ nodes: NODES, basePort, data: directory });
    const command = (node: number) =>
      nodeCommand([
        ...["--nodes", String(NODES), "--base-port", String(basePort), "--data", directory],
        ...["--protocol", config.protocol, "--index", String(node), "--parent-pipe"],
      ]);
    const endpoints = config.httpAddresses.map((_, node) => nodeUrl(config, node));
    return startNodes(directory, command, () => primaryOf(endpoints, fetch));
  },
};

/**
 * Starts the nodes, and waits until one of them leads.
 *
 * @throws {Error} if that takes longer than 30 seconds; it quotes what the nodes have written.
 */
export async function startNodes(
  directory: string,
  command: (node: number) => readonly [string, ...string[]],
  findLeader: () => Promise<string | null>,
): Promise<RunningSystem> {
  let log = "";
  const terminal = new Terminal((text) => log = (log + text).slice(-4_000), { colours: false });
  const nodes = Array.from(
    { length: NODES },
    (_, index) => new NodeProcess({ index, command: command(index), terminal, clock: REAL_CLOCK }),
  );
  const endings = nodes.map((node) => node.run());
  const stop = async () => {
    for (const node of nodes) node.stop();
    await Promise.all(endings);
  };
  const deadline = REAL_CLOCK.now() + START_MS;
  while (REAL_CLOCK.now() < deadline) {
    const url = await findLeader();
    const pids = nodes.map(({ pid }) => pid).filter((pid) => pid !== null);
    if (url !== null && pids.length === NODES) return { url, pids, stop };
    await sleep(REAL_CLOCK, POLL_MS);
  }
  await stop();
  throw new Error(`No node leads after ${START_MS / 1_000} s in ${directory}:\n${log}`);
}

/** The client address of the member that says it leads; `null` if none does. */
async function etcdLeader(urls: readonly string[]): Promise<string | null> {
  for (const url of urls) {
    try {
      const init = { method: "POST", body: "{}", signal: AbortSignal.timeout(1_000) };
      const status = await (await fetch(`${url}/v3/maintenance/status`, init)).json();
      if (status?.leader !== undefined && status.leader === status?.header?.member_id) return url;
    } catch {
      // It does not listen yet.
    }
  }
  return null;
}
