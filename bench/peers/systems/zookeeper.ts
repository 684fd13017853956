import { type CommandLine, startProcesses } from "../processes.ts";
import { portBlocks, type System, versionOf } from "./system.ts";

const JAR = "/usr/share/java/zookeeper.jar";
const MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
const ASK_MS = 1_000;

const LOG4J = `log4j.rootLogger=WARN, CONSOLE
log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender
log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout
log4j.appender.CONSOLE.layout.ConversionPattern=%d %p %c: %m%n
`;

/** Debian's zookeeper, with the heap that its start script would give it. */
export const ZOOKEEPER: System = {
  name: "ZooKeeper",
  settings: "tickTime=2000 initLimit=10 syncLimit=5, forceSync at its default (yes); -Xmx1000m",
  write: "the disks of a majority, synced",
  read: "what the asked server has; with sync before it, everything acknowledged before it",
  spread: "if asked",
  async version() {
    const java = await versionOf(["java", "-version"], /version "([^"]+)"/);
    const path = await Deno.realPath(JAR).catch(() => null);
    if (java === null || path === null) return null;
    return `${await jarVersion()}, Java ${java}`;
  },
  async start({ directory, signal }) {
    const [clients, peers, elections] = portBlocks(3) as [number[], number[], number[]];
    const members = peers.map((port, index) =>
      `server.${index + 1}=127.0.0.1:${port}:${elections[index]}`
    );
    const commands: CommandLine[] = [];
    for (const [index, port] of clients.entries()) {
      const home = `${directory}/${index + 1}`;
      await Deno.mkdir(home, { recursive: true });
      await Deno.writeTextFile(`${home}/myid`, `${index + 1}\n`);
      await Deno.writeTextFile(`${home}/log4j.properties`, LOG4J);
      await Deno.writeTextFile(`${home}/zoo.cfg`, configOf(home, port, members));
      commands.push(["java", "-Xmx1000m", "-cp", `${home}:${JAR}`, MAIN, `${home}/zoo.cfg`]);
    }
    const modes = () => Promise.all(clients.map(async (port) => modeOf(await srvr(port))));
    const isReady = async () => {
      const all = await modes();
      return all.includes("leader") && !all.includes(null);
    };
    const processes = await startProcesses(commands, isReady, signal);
    const leader = async () => Math.max(0, (await modes()).indexOf("leader"));
    return { ...processes, ports: { zookeeper: clients }, leader };
  },
};

function configOf(home: string, port: number, members: readonly string[]): string {
  return `tickTime=2000
initLimit=10
syncLimit=5
dataDir=${home}
clientPort=${port}
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=srvr
${members.join("\n")}
`;
}

/** What a server says its part is, as it answers `srvr`: `leader` or `follower`; `null` if none yet. */
export function modeOf(answer: string): string | null {
  return /^Mode: (\w+)$/m.exec(answer)?.[1] ?? null;
}

async function srvr(port: number): Promise<string> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const timer = setTimeout(() => connection.close(), ASK_MS);
    try {
      await connection.write(new TextEncoder().encode("srvr"));
      const decoder = new TextDecoder();
      const bytes = new Uint8Array(4 * 1_024);
      let text = "";
      for (let count; (count = await connection.read(bytes)) !== null;) {
        text += decoder.decode(bytes.subarray(0, count), { stream: true });
      }
      return text;
    } finally {
      clearTimeout(timer);
    }
  } catch {
    return ""; // it does not listen yet
  }
}

/** Debian names the file by its version beside the plain name. */
async function jarVersion(): Promise<string> {
  for await (const { name } of Deno.readDir("/usr/share/java")) {
    const version = /^zookeeper-(\d[\d.]*)\.jar$/.exec(name)?.[1];
    if (version !== undefined) return version;
  }
  return "unknown";
}
