/**
 * Gossip clusters of real processes: every operation at every node, sessions over nodes, nodes that are killed,
 * join, leave and are removed, and a cluster that is cut in three.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { GossipClient, RequestRefused } from "../../cli/client.ts";
import type { GossipClientOptions, GossipValue } from "../../cli/client.ts";
import { CutCluster } from "./cut_cluster.ts";
import { NodeProcess } from "./node_process.ts";
import { MAY_RUN_CLUSTERS, ProcessCluster } from "./processes.ts";
import { withLogs } from "./scenarios/scenario.ts";
import { DEADLINE_MS, until } from "./until.ts";

const STRATEGIES = 'gossip: { strategies: { "cart/": siblings, "hits/": counter, "tags/": set } }';
const CONFIG = `protocol: gossip\n${STRATEGIES}`;

const ignore = !MAY_RUN_CLUSTERS;
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function clientOf(
  node: Pick<NodeProcess, "url">,
  options: GossipClientOptions = {},
): GossipClient {
  return new GossipClient({ timeoutMs: DEADLINE_MS, ...options, endpoints: [node.url] });
}

/** The texts of a key, in their order. */
function texts(value: GossipValue): string[] {
  switch (value.type) {
    case "absent":
      return [];
    case "value":
      return [decode(value.value)];
    case "siblings":
      return value.values.map(decode).sort();
    case "counter":
      return [String(value.total)];
    case "set":
      return value.elements.map(decode);
  }
}

const readAt = async (node: NodeProcess, key: string) =>
  texts((await clientOf(node).read(key)).value);

/** Waits until a key is the same at every node. */
async function everywhere(nodes: readonly NodeProcess[], key: string, expected: string[]) {
  for (const node of nodes) {
    await until(`${key} is ${expected} at node ${node.index}`, async () => {
      const found = await readAt(node, key);
      return JSON.stringify(found) === JSON.stringify(expected);
    });
  }
}

Deno.test({
  name: "a gossip cluster takes every operation at every node, and shows it at all of them",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: CONFIG });
    await withLogs(cluster, async () => {
      const { nodes } = cluster;
      for (const node of nodes) {
        const kv = clientOf(node);
        const key = `plain/${node.index}`;
        const { acknowledged } = await kv.put(key, "one", { level: "all" });
        assertEquals(acknowledged, [0, 1, 2]);
        for (const other of nodes) assertEquals(await readAt(other, key), ["one"]);
        await kv.delete(key, { level: "all" });
        for (const other of nodes) assertEquals(await readAt(other, key), []);
        await kv.increment("hits/page", 5 + node.index, { level: "quorum" });
        await kv.add("tags/post", `tag-${node.index}`, { level: "quorum" });
        await kv.add("tags/post", "gone", { level: "all" });
        await kv.remove("tags/post", "gone", { level: "all" });
      }
      await everywhere(nodes, "hits/page", ["18"]);
      await everywhere(nodes, "tags/post", ["tag-0", "tag-1", "tag-2"]);
      await assertRejects(() => clientOf(nodes[0]!).increment("plain/x"), RequestRefused);
      const [first] = nodes as [NodeProcess];
      await until(
        "no tombstone is left",
        async () => ((await first.status())?.gossip?.tombstones ?? 1) === 0,
      );
      assertEquals(await clientOf(first).size({ prefix: "plain/" }), 0);
      const keys = await Array.fromAsync(clientOf(first).scan({ limit: 1 }));
      assertEquals(keys.map(({ key }) => key), ["hits/page"]);
    });
  },
});

Deno.test({
  name: "a gossip cluster keeps values that did not know of each other, until a client decides",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: CONFIG });
    await withLogs(cluster, async () => {
      const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
      await clientOf(first).put("cart/a", "eggs", { level: "all" });
      await clientOf(second).put("cart/a", "milk", { level: "all" });
      const { value, context } = await clientOf(third).read("cart/a", { level: "quorum" });
      assertEquals(texts(value), ["eggs", "milk"]);
      const decided = await clientOf(third).put("cart/a", "eggs, milk", {
        context: context!,
        level: "all",
      });
      assertEquals(decided.siblings, 1);
      await everywhere(cluster.nodes, "cart/a", ["eggs, milk"]);
      // Whoever has not seen that adds to it again.
      await clientOf(first).put("cart/a", "bread", { context: context!, level: "all" });
      await everywhere(cluster.nodes, "cart/a", ["bread", "eggs, milk"]);
      const response = await fetch(`${first.url}/v1/kv/cart%2Fa`);
      assertEquals([response.status, (await response.json()).siblings.length], [300, 2]);
    });
  },
});

Deno.test({
  name:
    "a session of a gossip cluster sees its own writes at every node, without waiting for levels",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: CONFIG });
    await withLogs(cluster, async () => {
      let token: string | undefined;
      for (let turn = 0; turn < 60; turn++) {
        const node = cluster.nodes[turn % 3]!;
        const session = token === undefined ? {} : { token };
        const kv = clientOf(node, { session });
        if (turn > 0) {
          const { value } = await kv.read("plain/turn", { level: "local" });
          assertEquals(texts(value), [String(turn - 1)], `turn ${turn}`);
        }
        await kv.put("plain/turn", String(turn), { level: "local" });
        token = kv.sessionToken;
      }
    });
  },
});

Deno.test({
  name:
    "a gossip cluster serves while nodes are killed in turn, and each has everything when it is back",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: CONFIG });
    await withLogs(cluster, async () => {
      const { nodes } = cluster;
      let total = 0;
      for (const node of nodes) {
        const others = nodes.filter((other) => other !== node);
        await clientOf(node).put(`plain/before-${node.index}`, "x", { level: "local" });
        await node.kill();
        for (const other of others) {
          await clientOf(other).put(`plain/${node.index}-${other.index}`, "while away");
          await clientOf(other).increment("hits/away");
          total++;
        }
        const levels = await clientOf(others[0]!).put("plain/all", "x", {
          level: "all",
          timeoutMs: 1_000,
        });
        assertEquals(levels.needed, 3);
        assertEquals(levels.acknowledged, others.map(({ index }) => index));
        node.start();
        await cluster.whole();
        for (const other of others) {
          await everywhere([node], `plain/${node.index}-${other.index}`, ["while away"]);
        }
        await everywhere([node], "hits/away", [String(total)]);
        assertEquals(await readAt(node, `plain/before-${node.index}`), ["x"]);
      }
      await Promise.all(nodes.map((node) => node.kill()));
      for (const node of nodes) node.start();
      await cluster.whole();
      await everywhere(nodes, "hits/away", [String(total)]);
    });
  },
});

Deno.test({
  name: "a gossip cluster in memory copies to a node that has forgotten everything",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: `${CONFIG}\ndurability: memory` });
    await withLogs(cluster, async () => {
      const [first, second] = cluster.nodes as [NodeProcess, NodeProcess];
      await clientOf(first).put("plain/a", "kept", { level: "all" });
      await clientOf(first).increment("hits/a", 3, { level: "all" });
      await first.kill();
      first.start();
      await cluster.whole();
      await everywhere([first], "plain/a", ["kept"]);
      // Counted on under another incarnation, and not in the place of what the earlier one has counted.
      await clientOf(first).increment("hits/a", 4, { level: "all" });
      await everywhere([first, second], "hits/a", ["7"]);
    });
  },
});

Deno.test({
  name: "a node joins a gossip cluster that does not list it, serves everything, and leaves again",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: CONFIG });
    await withLogs(cluster, async () => {
      const [first] = cluster.nodes as [NodeProcess];
      await clientOf(first).put("plain/before", "x", { level: "all" });
      await using newcomer = newcomerOf(cluster);
      newcomer.start();
      await joined(cluster, newcomer, 4);
      await everywhere([newcomer], "plain/before", ["x"]);
      const { acknowledged } = await clientOf(newcomer).put("plain/new", "y", { level: "all" });
      assertEquals(acknowledged, [0, 1, 2, 9]);
      const kv = clientOf(first);
      const { members } = await kv.clusterMembers();
      assertEquals(members.map(({ node }) => node), [0, 1, 2, 9]);
      assertEquals(members.find(({ node }) => node === 9)?.http, newcomer.url);
      await clientOf(newcomer).put("plain/last", "z", { level: "local" });
      assertEquals(await kv.leave(9), []);
      await newcomer.terminate();
      await joined(cluster, undefined, 3);
      await everywhere(cluster.nodes, "plain/last", ["z"]);
      const all = await kv.put("plain/all", "x", { level: "all" });
      assertEquals(all.acknowledged, [0, 1, 2]);
    });
  },
});

Deno.test({
  name:
    "a node of a gossip cluster that will not come back is removed, and holds up nothing any more",
  ignore,
  fn: async () => {
    await using cluster = await ProcessCluster.start({ config: CONFIG });
    await withLogs(cluster, async () => {
      const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
      await clientOf(first).put("plain/a", "x", { level: "all" });
      await third.kill();
      await clientOf(first).delete("plain/a", { level: "quorum" });
      const tombstones = async () => (await first.status())?.gossip?.tombstones;
      await until("the deletion is remembered", async () => await tombstones() === 1);
      const holds = (by: NodeProcess, index: number, isToLive: boolean) =>
        until(
          `node ${by.index} holds node ${index} to ${isToLive ? "live" : "be dead"}`,
          async () => {
            const { members } = await clientOf(by).clusterMembers();
            return members.some(({ node, isLiving }) => node === index && isLiving === isToLive);
          },
        );
      // It is node 0 that is asked.
      await holds(first, 1, true);
      await assertRejects(() => clientOf(second).removeMember(1), RequestRefused, "lives");
      for (const node of [first, second]) await holds(node, 2, false);
      await clientOf(second).removeMember(2);
      await until("no tombstone is left", async () => await tombstones() === 0);
      const { acknowledged } = await clientOf(first).put("plain/b", "x", { level: "all" });
      assertEquals(acknowledged, [0, 1]);
      // It may join again, as another, and brings back nothing that was deleted.
      third.start();
      await cluster.whole();
      await everywhere(cluster.nodes, "plain/a", []);
      await everywhere(cluster.nodes, "plain/b", ["x"]);
    });
  },
});

Deno.test({
  name:
    "a gossip cluster that is cut in three takes writes at every node, and has all of them when it heals",
  ignore,
  fn: async () => {
    await using cluster = await CutCluster.start(STRATEGIES);
    const { nodes } = cluster;
    await clientOf(nodes[0]!).put("plain/same", "before", { level: "all" });
    cluster.isCut = true;
    for (const node of nodes) {
      const kv = clientOf(node);
      for (let i = 0; i < 20; i++) await kv.put(`plain/${node.index}-${i}`, "x");
      await kv.put("plain/same", `of ${node.index}`);
      await kv.put("cart/same", `of ${node.index}`);
      await kv.increment("hits/same", 10 ** node.index);
      await kv.add("tags/same", `of ${node.index}`);
      assertEquals(await readAt(node, "cart/same"), [`of ${node.index}`]);
      const alone = await kv.put("plain/alone", "x", { level: "quorum", timeoutMs: 500 });
      assertEquals([alone.acknowledged, alone.needed], [[node.index], 2]);
    }
    cluster.isCut = false;
    await cluster.converged(3 * 25 + 1);
    await everywhere(nodes, "cart/same", ["of 0", "of 1", "of 2"]);
    await everywhere(nodes, "hits/same", ["111"]);
    await everywhere(nodes, "tags/same", ["of 0", "of 1", "of 2"]);
    for (const node of nodes) assertEquals(await clientOf(node).size({ prefix: "plain/" }), 62);
    const winners = new Set(
      (await Promise.all(nodes.map((node) => readAt(node, "plain/same")))).flat(),
    );
    assertEquals(winners.size, 1);
    assert(!winners.has("before"));
  },
});

function newcomerOf(cluster: ProcessCluster): NodeProcess {
  const [peerPort, http] = [cluster.spare(0), cluster.spare(1)];
  return new NodeProcess({
    configFile: `${cluster.directory}/cluster.yaml`,
    index: 9,
    url: `http://127.0.0.1:${http}`,
    peerPort,
    directory: `${cluster.directory}/data/node-9`,
    flags: ["--address", `127.0.0.1:${peerPort}`, "--http", `127.0.0.1:${http}`],
  });
}

/** Waits until every node knows so many members, and serves. */
async function joined(
  cluster: ProcessCluster,
  newcomer: NodeProcess | undefined,
  members: number,
): Promise<void> {
  const nodes = [...cluster.nodes, ...(newcomer === undefined ? [] : [newcomer])];
  for (const node of nodes) {
    await cluster.until(`node ${node.index} knows ${members} members`, async () => {
      const gossip = (await node.status())?.gossip;
      return gossip?.state === "ready" && gossip.members.length === members;
    });
  }
}
