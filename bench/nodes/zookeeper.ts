import { Cluster, NODES } from "./cluster.ts";
import { freeBasePort } from "./ports.ts";
import { Server } from "./server.ts";

/** Where Debian's zookeeper has its classes. */
export const ZOOKEEPER_JAR = "/usr/share/java/zookeeper.jar";
/** What is not the default, of the program and of its configuration. */
export const JAVA_OPTIONS = ["-Xmx1000m"]; // as its start script has it
export const ZOOKEEPER_OPTIONS = ["tickTime=2000", "initLimit=10", "syncLimit=5"];

const MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
/** Clients, peers and elections each have a port. */
const OFFSETS = [0, 100, 200];
/** How long a server may take to say how it is, in milliseconds. */
const ANSWER_MS = 2_000;

const LOG4J = `log4j.rootLogger=WARN, CONSOLE
log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender
log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout
log4j.appender.CONSOLE.layout.ConversionPattern=%d %p %c: %m%n
`;

/** Three servers of Debian's zookeeper, none of which runs yet. */
export function zookeeper(directory: string): Cluster {
  const nodes = Array.from({ length: NODES }, (_, node) => node);
  const base = freeBasePort(nodes.flatMap((node) => OFFSETS.map((offset) => node + offset)));
  const directories = nodes.map((node) => `${directory}/${node}`);
  const members = nodes.map((node) =>
    `server.${node + 1}=127.0.0.1:${base + 100 + node}:${base + 200 + node}`
  );
  for (const [node, path] of directories.entries()) {
    Deno.mkdirSync(path);
    Deno.writeTextFileSync(`${path}/myid`, `${node + 1}\n`);
    Deno.writeTextFileSync(`${path}/log4j.properties`, LOG4J);
    Deno.writeTextFileSync(`${path}/zoo.cfg`, configOf(path, base + node, members));
  }
  const command = (path: string) =>
    ["java", ...JAVA_OPTIONS, "-cp", `${path}:${ZOOKEEPER_JAR}`, MAIN, `${path}/zoo.cfg`] as const;
  const modes = () => Promise.all(nodes.map(async (node) => modeOf(await srvr(base + node))));
  return new Cluster({
    name: "ZooKeeper",
    servers: directories.map((path, node) =>
      new Server(`server ${node} of ZooKeeper`, command(path))
    ),
    directories,
    urls: [],
    respPorts: [],
    zookeeperPorts: nodes.map((node) => base + node),
    isReady: async (node) => modeOf(await srvr(base + node)) !== null,
    isWhole: async () => !(await modes()).includes(null),
    leader: async () => {
      const leader = (await modes()).indexOf("leader");
      return leader < 0 ? null : leader;
    },
  });
}

function configOf(path: string, port: number, members: readonly string[]): string {
  const lines = [
    ...ZOOKEEPER_OPTIONS,
    ...[`dataDir=${path}`, `clientPort=${port}`, "clientPortAddress=127.0.0.1"],
    ...["admin.enableServer=false", "4lw.commands.whitelist=srvr", ...members],
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** What a server says its part is, as it answers `srvr`: `leader` or `follower`; `null` if none yet. */
export function modeOf(answer: string): string | null {
  return /^Mode: (\w+)$/m.exec(answer)?.[1] ?? null;
}

async function srvr(port: number): Promise<string> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const timer = setTimeout(() => connection.close(), ANSWER_MS);
    try {
      await connection.write(new TextEncoder().encode("srvr"));
      return await new Response(connection.readable).text();
    } finally {
      clearTimeout(timer);
    }
  } catch {
    return ""; // It does not listen yet, or not any more.
  }
}
