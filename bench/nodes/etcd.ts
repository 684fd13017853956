import { freeBasePort } from "./ports.ts";
import { ask } from "./ask.ts";
import { Cluster, NODES } from "./cluster.ts";
import { Server } from "./server.ts";

/** Three members of Debian's etcd with no option but the addresses, none of which runs yet. */
export function etcd(directory: string): Cluster {
  const members = Array.from({ length: NODES }, (_, member) => member);
  const base = freeBasePort(Array.from({ length: 2 * NODES }, (_, offset) => offset));
  const client = (member: number) => `http://127.0.0.1:${base + member}`;
  const peer = (member: number) => `http://127.0.0.1:${base + NODES + member}`;
  const directories = members.map((member) => `${directory}/m${member}`);
  const urls = members.map(client);
  const command = (member: number) =>
    [
      "etcd",
      ...["--name", `m${member}`, "--data-dir", directories[member]!],
      ...["--listen-client-urls", client(member), "--advertise-client-urls", client(member)],
      ...["--listen-peer-urls", peer(member), "--initial-advertise-peer-urls", peer(member)],
      ...["--initial-cluster", members.map((each) => `m${each}=${peer(each)}`).join(",")],
      ...["--logger", "zap", "--log-level", "warn"],
    ] as const;
  return new Cluster({
    name: "etcd",
    servers: members.map((member) => new Server(`member ${member} of etcd`, command(member))),
    directories,
    urls,
    respPorts: [],
    isReady: async (member) =>
      (await ask(`${urls[member]}/health`))?.text.includes("true") ?? false,
    isWhole: async () => (await Promise.all(urls.map(leads))).every((answer) => answer !== null),
    leader: async () => {
      const leader = (await Promise.all(urls.map(leads))).indexOf(true);
      return leader < 0 ? null : leader;
    },
  });
}

/** Whether a member says that it leads; `null` if it knows no leader, or does not answer. */
async function leads(url: string): Promise<boolean | null> {
  const answer = await ask(`${url}/v3/maintenance/status`, { method: "POST", body: "{}" });
  if (!answer?.ok) return null;
  const { leader, header } = JSON.parse(answer.text);
  return leader === undefined ? null : leader === header.member_id;
}
