import { ZOOKEEPER_JAR } from "./zookeeper.ts";

/** How each program is asked, and where the answer is in what it prints. */
const QUESTIONS: Readonly<Record<string, readonly [argument: string, answer: RegExp]>> = {
  "etcd": ["--version", /Version: *(\S+)/],
  "redis-server": ["--version", /v=(\S+)/],
  "redis-benchmark": ["--version", /redis-benchmark (\S+)/],
  "wrk": ["--version", /wrk (?:debian\/)?(\S+)/],
  "java": ["-version", /version "([^"]+)"/],
};

/**
 * The version of a program; `null` if it is not installed. That of this checkout without a program.
 *
 * @param program `etcd`, `redis-server`, `redis-benchmark`, `wrk`, `java` or `zookeeper`.
 */
export async function versionOf(program?: string): Promise<string | null> {
  if (program === undefined) return await checkoutVersion();
  if (program === "zookeeper") return await zookeeperVersion();
  const [argument, answer] = QUESTIONS[program] ?? ["--version", /(\d[\d.]*)/];
  const output = await run(program, [argument]);
  return output === null ? null : answer.exec(output)?.[1] ?? "unknown";
}

/** The version of the package, and the commit if this is a checkout. */
async function checkoutVersion(): Promise<string> {
  const root = new URL("../../", import.meta.url);
  const text = await Deno.readTextFile(new URL("deno.json", root));
  const version = /"version": *"([^"]+)"/.exec(text)?.[1] ?? "unknown";
  const commit = await run("git", ["-C", root.pathname, "rev-parse", "--short", "HEAD"]);
  const isCommit = commit !== null && /^[0-9a-f]+\s*$/.test(commit);
  return isCommit ? `${version} (${commit.trim()})` : version;
}

/** Debian names the file by its version, and links the plain name to it or the other way round. */
async function zookeeperVersion(): Promise<string | null> {
  const java = await versionOf("java");
  const directory = ZOOKEEPER_JAR.slice(0, ZOOKEEPER_JAR.lastIndexOf("/"));
  const names = await Array.fromAsync(Deno.readDir(directory)).catch(() => []);
  const isThere = names.some(({ name }) => ZOOKEEPER_JAR === `${directory}/${name}`);
  if (java === null || !isThere) return null;
  const versions = names.map(({ name }) => /^zookeeper-(\d[\d.]*)\.jar$/.exec(name)?.[1]);
  return `${versions.find((version) => version !== undefined) ?? "unknown"}, Java ${java}`;
}

/** What a program prints; `null` if it is not installed. */
async function run(program: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
    return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
