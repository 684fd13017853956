import { startProcesses } from "../processes.ts";
import { portBlocks, type System, versionOf } from "./system.ts";

const ASK_MS = 1_000;

/** Debian's etcd-server, as it is installed, with no option but the addresses. */
export const ETCD: System = {
  name: "etcd",
  settings: "every option at its default; the JSON gateway of its HTTP API",
  write: "the disks of a majority, synced",
  read: "everything acknowledged before it (linearizable)",
  spread: "if asked",
  version: () => versionOf(["etcd", "--version"], /Version: *(\S+)/),
  async start({ directory, signal }) {
    const [clients, peers] = portBlocks(2) as [number[], number[]];
    const url = (port: number) => `http://127.0.0.1:${port}`;
    const cluster = peers.map((port, member) => `m${member}=${url(port)}`).join(",");
    const commands = clients.map((port, member) =>
      [
        "etcd",
        ...["--name", `m${member}`, "--data-dir", `${directory}/m${member}`],
        ...["--listen-client-urls", url(port), "--advertise-client-urls", url(port)],
        ...["--listen-peer-urls", url(peers[member]!)],
        ...["--initial-advertise-peer-urls", url(peers[member]!), "--initial-cluster", cluster],
        ...["--logger", "zap", "--log-level", "warn"],
      ] as const
    );
    const leader = () => etcdLeader(clients.map(url));
    const isReady = async () => await leader() !== null;
    const processes = await startProcesses(commands, isReady, signal);
    return { ...processes, ports: { http: clients }, leader: async () => await leader() ?? 0 };
  },
};

/** Which member says that it leads; `null` if none does. */
export async function etcdLeader(urls: readonly string[]): Promise<number | null> {
  for (const [member, url] of urls.entries()) {
    try {
      const init = { method: "POST", body: "{}", signal: AbortSignal.timeout(ASK_MS) };
      const status = await (await fetch(`${url}/v3/maintenance/status`, init)).json();
      if (status?.leader !== undefined && status.leader === status?.header?.member_id) {
        return member;
      }
    } catch {
      // It does not listen yet.
    }
  }
  return null;
}
