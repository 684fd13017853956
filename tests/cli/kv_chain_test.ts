import { assertEquals, assertStringIncludes } from "@std/assert";
import { ChangeRefused } from "../../transport/service.ts";
import { ChainCluster, LAYOUT } from "./chain_cluster.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { kv } from "./fake_io.ts";

const cells = (line?: string) => line!.trim().split(/ {2,}/);

Deno.test("kv admin show and kv admin chain show every volume, and what is to be said of nodes", async () => {
  for (const verb of ["show", "chain"]) {
    const { code, stdout } = await kv(new ChainCluster(), ["admin", verb]);
    assertEquals(code, 0);
    const lines = stdout.split("\n");
    assertEquals(lines.slice(0, 3).map(cells), [
      ["VOLUME", "EPOCH", "ORDER", "JOINING", "LEAVING", "WRITABLE"],
      ["0", "3", "0 > 1", "-", "-", "yes"],
      ["1", "4", "1 > 0", "2", "1", "no"],
    ]);
    assertEquals(lines.slice(3).filter((line) => line !== ""), [
      "version 9",
      "node 0 suspects 1",
      "node 1 is being expelled",
      "node 2 was removed",
    ]);
  }
});

Deno.test("kv admin show --json gives what the master says", async () => {
  const { stdout } = await kv(new ChainCluster(), ["admin", "show", "--json"]);
  assertEquals(JSON.parse(stdout), LAYOUT);
});

Deno.test("kv admin add, remove and rebalance ask the master, and show what it has decided", async () => {
  const cluster = new ChainCluster();
  for (const line of ["remove 2", "add 2", "rebalance"]) {
    const { code, stdout } = await kv(cluster, ["admin", ...line.split(" ")]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "1 > 0");
  }
  assertEquals(cluster.changes, [
    { type: "remove", node: 2 },
    { type: "add", node: 2 },
    { type: "rebalance" },
  ]);
});

Deno.test("kv admin remove says why a node cannot be removed", async () => {
  const cluster = new ChainCluster();
  cluster.refusal = new ChangeRefused("last_member", "Node 0 cannot be removed: it is the last");
  const { code, stderr } = await kv(cluster, ["admin", "remove", "0"]);
  assertEquals([code, stderr], [1, "kv: Node 0 cannot be removed: it is the last\n"]);
});

Deno.test("kv admin remove refuses what is no node before it asks", async () => {
  const cluster = new ChainCluster();
  for (const args of [["remove"], ["remove", "x"], ["remove", "-1"], ["rebalance", "1"]]) {
    assertEquals((await kv(cluster, ["admin", ...args])).code, 2);
  }
  assertEquals(cluster.changes, []);
});

Deno.test("kv admin show says that there is nothing to show with another protocol", async () => {
  const cluster = new ChainCluster();
  cluster.service.admin = undefined;
  cluster.service.says = { protocol: "vr" };
  const { code, stderr } = await kv(cluster, ["admin", "show"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'The protocol "vr" has no master');
});

Deno.test("kv admin show goes on to the next node if one does not answer", async () => {
  const cluster = new ChainCluster();
  const endpoints = `http://127.0.0.1:7109,${cluster.endpoints[0]}`;
  assertEquals((await kv(cluster, ["admin", "show", "--endpoints", endpoints])).code, 0);
  const down = new FakeCluster();
  down.down.add(0).add(1).add(2);
  assertEquals((await kv(down, ["admin", "show"])).code, 5);
});

Deno.test("kv status shows the nodes of a chain, and below them who is what in each volume", async () => {
  const { code, stdout } = await kv(new ChainCluster(), ["status"]);
  assertEquals(code, 0);
  const [nodes, node, _, volumes, ...members] = stdout.trimEnd().split("\n");
  assertEquals(cells(nodes), [
    ...["NODE", "PID", "ROLE", "STATUS", "MASTER", "VERSION", "LEASE MS", "SUSPECTS"],
    ...["RESTARTS", "ENDPOINT"],
  ]);
  assertEquals(cells(node), [
    ...["0", "4711", "head 1, tail 1", "normal", "primary", "9", "440", "-", "0"],
    "http://127.0.0.1:7100",
  ]);
  assertEquals(cells(volumes), [
    ...["VOLUME", "EPOCH", "ORDER", "NODE", "ROLE", "APPLIED", "ACKED", "SENT", "EXECUTED"],
  ]);
  assertEquals(members.map(cells), [
    ["0", "3", "0 > 1", "0", "head", "12", "10", "2", "10"],
    ["1", "4", "1 > 0", "0", "tail", "12", "10", "2", "10"],
  ]);
});

Deno.test("kv watch-status prints a line about the nodes of a chain where there is no terminal", async () => {
  const { stdout } = await kv(new ChainCluster(), ["watch-status", "--count", "1"]);
  assertStringIncludes(stdout, "0: head 1, tail 1 normal version 9 applied 0 acked 0");
});

Deno.test("kv crash names actors of a part of a node", async () => {
  const cluster = new ChainCluster();
  const { code, stdout } = await kv(cluster, ["crash", "volume-0/replica", "--node", "0"]);
  assertEquals([code, stdout], [0, "crashed volume-0/replica on node 0\n"]);
  assertEquals(cluster.service.crashed, ["volume-0/replica"]);
});

Deno.test("kv get --consistency bounded passes its bounds on, and takes one at least", async () => {
  const cluster = new ChainCluster();
  await kv(cluster, ["put", "a", "1"]);
  const bounded = ["get", "a", "--consistency", "bounded"];
  assertEquals((await kv(cluster, [...bounded, "--max-age-ms", "250"])).stdout, "1");
  assertEquals(cluster.service.lastQuery?.maxAgeMs, 250);
  await kv(cluster, [...bounded, "--max-versions", "0"]);
  assertEquals(cluster.service.lastQuery?.maxVersions, 0);
  assertEquals((await kv(cluster, bounded)).code, 2);
  assertEquals((await kv(cluster, ["get", "a", "--max-age-ms", "5"])).code, 2);
});

Deno.test("kv status leaves out the members of many volumes, unless one node is asked for", async () => {
  const cluster = new ChainCluster();
  const { volumes: [volume] = [], peers: _, ...says } = cluster.service.says;
  const volumes = Array.from({ length: 9 }, (_, index) => ({ ...volume!, volume: index }));
  cluster.service.says = { ...says, volumes };
  const { stdout } = await kv(cluster, ["status", "--endpoints", `${cluster.endpoints[0]},7109`]);
  assertStringIncludes(stdout, "9 volumes: kv admin show shows who has them");
  const alone = await kv(cluster, ["status", "--node", "0"]);
  assertEquals(alone.stdout.trimEnd().split("\n").length, 2 + 1 + 1 + 9);
});
