/**
 * Offline logs that are merged into clusters of real processes, by the command line client as a process of its
 * own, which is killed in the middle, and so are nodes.
 */
import { assertEquals } from "@std/assert";
import { KvClient } from "../../cli/client.ts";
import { OfflineLog } from "../../cli/offline/log.ts";
import { DataDirectory } from "../../storage/data_directory.ts";
import type { NodeProcess } from "./node_process.ts";
import { MAY_RUN_CLUSTERS, ProcessCluster } from "./processes.ts";
import { withLogs } from "./scenarios/scenario.ts";
import { DEADLINE_MS, until } from "./until.ts";

const ignore = !MAY_RUN_CLUSTERS;
const PROGRAM = new URL("../../cli/kv.ts", import.meta.url).pathname;
const GOSSIP = "protocol: gossip\n" +
  'gossip: { strategies: { "cart/": siblings, "hits/": counter, "tags/": set } }';
/** So many that a merge takes a while, and can be killed in the middle. */
const INCREMENTS = 150;

const bytes = (text: string) => new TextEncoder().encode(text);

/** Works with the log as `kv offline` does. */
async function offline<T>(path: string, use: (log: OfflineLog) => Promise<T>): Promise<T> {
  const identity = { cluster: "(offline)", node: 0 };
  await using directory = await DataDirectory.open({ path, warn: () => {}, ...identity });
  return await use(await OfflineLog.open(directory.disk("operations")));
}

function command(cluster: ProcessCluster, path: string, ...args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", PROGRAM, "offline", ...args, "--log", path],
      ...["--endpoints", cluster.endpoints.join(","), "--timeout", `${DEADLINE_MS}ms`],
    ],
    stdout: "piped",
    stderr: "piped",
  });
}

async function kv(cluster: ProcessCluster, path: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await command(cluster, path, ...args).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A merge as a process that is killed as soon as some of it, and not all, can be seen in the cluster. */
async function killedMerge(
  cluster: ProcessCluster,
  path: string,
  policy: string,
  progress: () => Promise<boolean>,
): Promise<void> {
  const child = command(cluster, path, "merge", "--policy", policy).spawn();
  await until("the merge has begun", progress);
  child.kill("SIGKILL");
  await child.output();
}

/** A key at one node, as text; several values in their order. */
async function at(node: NodeProcess, key: string): Promise<string | string[] | null> {
  const headers = { accept: "application/json" };
  const response = await fetch(`${node.url}/v1/kv/${encodeURIComponent(key)}`, { headers });
  const json = await response.json();
  if (response.status === 404) return null;
  if (response.status === 300) {
    return json.siblings.map(({ value }: { value: string }) => value).sort();
  }
  return json.counter ?? json.value ?? null;
}

Deno.test({
  name:
    "an offline log is merged into a chain, each operation once, though merge and head are killed",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: "protocol: chain" });
    await withLogs(cluster, async () => {
      const path = `${cluster.directory}/offline`;
      const client = new KvClient({ endpoints: cluster.endpoints, timeoutMs: DEADLINE_MS });
      await client.put("plan", "base");
      assertEquals((await kv(cluster, path, "fetch", "plan", "own")).code, 0);
      await offline(path, async (log) => {
        for (let count = 0; count < INCREMENTS; count++) {
          await log.increment("visits", 1n);
          await log.put("own", bytes(String(count)));
        }
        await log.put("plan", bytes("mine"));
      });
      await client.put("plan", "theirs");
      await client.increment("visits", 1_000);

      const visits = async () => Number((await client.get("visits")).text());
      const isUnderWay = async () => await visits() > 1_010;
      await killedMerge(cluster, path, "fail", isUnderWay);
      const head = await cluster.member("head");
      const resumed = kv(cluster, path, "merge", "--policy", "fail");
      await until("the merge goes on", async () => await visits() > 1_040);
      await head.kill();
      const stopped = await resumed;
      assertEquals([stopped.code, await visits()], [4, 1_000 + INCREMENTS], stopped.stderr);
      assertEquals((await client.get("own")).text(), String(INCREMENTS - 1));
      assertEquals((await client.get("plan")).text(), "theirs");

      const done = await kv(cluster, path, "merge", "--policy", "keep-both", "--json");
      const { lines, outcomes } = JSON.parse(done.stdout);
      assertEquals(outcomes, { done: 2 * INCREMENTS, kept_both: 1 });
      const copy = lines.at(-1).target;
      assertEquals((await client.get(copy)).text(), "mine");
      assertEquals((await client.get("plan")).text(), "theirs");
      assertEquals((await client.get("own")).version, INCREMENTS);
    });
  },
});

Deno.test({
  name: "an offline log is merged into a gossip cluster, with siblings, counters and sets",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: GOSSIP });
    await withLogs(cluster, async () => {
      const path = `${cluster.directory}/offline`;
      const [first] = cluster.nodes as [NodeProcess];
      const put = (key: string, body: string) =>
        fetch(`${first.url}/v1/kv/${encodeURIComponent(key)}?write=all`, { method: "PUT", body })
          .then((response) => response.json());
      await put("cart/a", "eggs");
      await put("plain", "base");
      assertEquals((await kv(cluster, path, "fetch", "cart/a", "cart/b", "plain")).code, 0);
      await offline(path, async (log) => {
        await log.put("cart/a", bytes("eggs, milk"));
        await log.put("cart/a", bytes("eggs, milk, tea"));
        await log.put("cart/b", bytes("bread"));
        await log.put("plain", bytes("mine"));
        await log.add("tags/post", bytes("new"));
        for (let count = 0; count < INCREMENTS; count++) await log.increment("hits/page", 1n);
      });
      await put("cart/a", "bacon"); // without a context: beside "eggs"
      await put("plain", "theirs");

      const hits = async () => Number(await at(first, "hits/page") ?? 0);
      await killedMerge(cluster, path, "keep-both", async () => await hits() > 10);
      // The node that the merge talks to is killed, and comes back: only it knows whether the last was done.
      const resumed = kv(cluster, path, "merge", "--policy", "keep-both", "--json");
      await until("the merge goes on", async () => await hits() > 40);
      await first.kill();
      first.start();
      let merged = await resumed;
      await cluster.whole();
      if (merged.code !== 0) {
        merged = await kv(cluster, path, "merge", "--policy", "keep-both", "--json");
      }
      assertEquals(merged.code, 0, merged.stderr);
      const { lines, stopped, waiting } = JSON.parse(merged.stdout);
      assertEquals([stopped, waiting, lines.length], [null, 0, INCREMENTS + 5]);
      const copy = lines.find(({ key }: { key: string }) => key === "plain").target;
      for (const node of cluster.nodes) {
        const sees = async (key: string, expected: string | string[]) =>
          JSON.stringify(await at(node, key)) === JSON.stringify(expected);
        await until("all is everywhere", async () =>
          await sees("hits/page", String(INCREMENTS)) &&
          await sees("cart/a", ["bacon", "eggs, milk, tea"]) && await sees("cart/b", "bread") &&
          await sees("plain", "theirs") && await sees(copy, "mine"), async () =>
          JSON.stringify(
            await Promise.all(
              ["hits/page", "cart/a", "cart/b", "plain", copy].map((key) => at(node, key)),
            ),
          ));
        const set = await (await fetch(`${node.url}/v1/sets/tags%2Fpost`)).json();
        assertEquals(set.elements.map(({ value }: { value: string }) => value), ["new"]);
      }
    });
  },
});

for (const protocol of ["vr", "hermes"]) {
  Deno.test({
    name: `an offline log is merged into a cluster of ${protocol}, by every policy`,
    ignore,
    fn: async () => {
      await using cluster = await ProcessCluster.start({ config: `protocol: ${protocol}` });
      await withLogs(cluster, async () => {
        const client = new KvClient({ endpoints: cluster.endpoints, timeoutMs: DEADLINE_MS });
        for (const policy of ["mine", "theirs", "keep-both"]) {
          const path = `${cluster.directory}/${policy}`;
          const [key, own, number] = ["key", "own", "number"].map((name) =>
            `${policy}/${name}`
          ) as [
            string,
            string,
            string,
          ];
          await client.put(key, "base");
          await client.put(number, "7");
          assertEquals((await kv(cluster, path, "fetch", key, own, number)).code, 0);
          await offline(path, async (log) => {
            await log.put(own, bytes("1"));
            await log.increment(own, 1n);
            await log.put(own, bytes("put after an increment"));
            await log.delete(own);
            await log.put(own, bytes("last"));
            await log.increment(number, 1n);
            await log.put(key, bytes("mine"));
          });
          await client.put(key, "theirs");
          await client.increment(number, 10);
          const merged = await kv(cluster, path, "merge", "--policy", policy, "--json");
          const { lines } = JSON.parse(merged.stdout);
          assertEquals(merged.code, 0, merged.stderr);
          const outcomes = lines.map(({ outcome }: { outcome: string }) => outcome);
          const last = { mine: "overwrote", theirs: "kept_theirs" }[policy] ?? "kept_both";
          assertEquals(outcomes, [...Array(6).fill("done"), last]);
          const [there, ownThere, sum] = await Promise.all(
            [key, own, number].map(async (name) => (await client.get(name)).text()),
          );
          assertEquals([there, ownThere, sum], [
            policy === "mine" ? "mine" : "theirs",
            "last",
            "18",
          ]);
        }
      });
    },
  });
}
