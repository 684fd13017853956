import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeCluster } from "./fake_cluster.ts";
import { interrupt, kv } from "./fake_io.ts";

Deno.test("kv status shows every node in one table and names the unreachable ones", async () => {
  const cluster = new FakeCluster({ primary: 1 });
  cluster.down.add(2);
  const { code, stdout } = await kv(cluster, ["status"]);
  assertEquals(code, 0);
  const [head, first, second, third, blank, reason] = stdout.split("\n");
  const cells = (line?: string) => line!.trim().split(/ {2,}/);
  assertEquals(cells(head), [
    ...["NODE", "PID", "PROTOCOL", "ROLE", "STATUS", "VIEW", "OP", "COMMIT"],
    ...["PRIMARY", "SUSPECTS", "RESTARTS", "ENDPOINT"],
  ]);
  assertEquals(cells(first), [
    ...["0", "4000", "vr", "backup", "normal", "3", "12", "11", "1", "2", "0"],
    cluster.endpoints[0]!,
  ]);
  assertEquals(cells(second), [
    ...["1", "4001", "vr", "primary", "normal", "3", "12", "12", "1", "2", "2"],
    cluster.endpoints[1]!,
  ]);
  assertEquals(cells(third).slice(0, 5), ["2", "-", "-", "-", "unreachable"]);
  assertEquals(blank, "");
  assertStringIncludes(reason!, `${cluster.endpoints[2]} cannot be asked: Connection refused`);
});

Deno.test("kv status finds the whole cluster from one endpoint", async () => {
  const cluster = new FakeCluster();
  const { stdout } = await kv(cluster, ["status", "--endpoints", cluster.endpoints[2]!]);
  assertEquals(stdout.trimEnd().split("\n").length, 4);
});

Deno.test("kv status --json has all that the nodes say", async () => {
  const cluster = new FakeCluster();
  cluster.down.add(0);
  const { nodes, unreachable } = JSON.parse((await kv(cluster, ["status", "--json"])).stdout);
  assertEquals(nodes.map(({ node }: { node: number }) => node), [1, 2]);
  assertEquals(nodes[0].actors[1].name, "replica");
  assertEquals(nodes[0].endpoint, cluster.endpoints[1]);
  assertEquals([unreachable.length, unreachable[0].node], [1, 0]);
  assertStringIncludes(unreachable[0].reason, "Connection refused");
});

Deno.test("kv status --node shows one node", async () => {
  const cluster = new FakeCluster();
  const { stdout } = await kv(cluster, ["status", "--node", "1"]);
  assertEquals(stdout.trimEnd().split("\n").length, 2);
  assertStringIncludes(stdout, "4001");
  assertEquals((await kv(cluster, ["status", "--node", "9"])).code, 5);
  cluster.down.add(1);
  assertEquals((await kv(cluster, ["status", "--node", "1"])).code, 5);
});

Deno.test("kv status exits with 5 if no node answers", async () => {
  const cluster = new FakeCluster();
  cluster.down.add(0).add(1).add(2);
  const { code, stdout } = await kv(cluster, ["status"]);
  assertEquals(code, 5);
  assertEquals(stdout.match(/unreachable/g)!.length, 3);
});

Deno.test("kv watch-status prints a line each time", async () => {
  const cluster = new FakeCluster({ nodes: 2 });
  cluster.down.add(1);
  const args = ["watch-status", "--interval", "1ms", "--count", "2"];
  const { code, stdout } = await kv(cluster, args);
  const line = "03:04:05 0: primary normal view 3 op 12 commit 12 suspects 1 | 1: unreachable\n";
  assertEquals([code, stdout], [0, line + line]);
});

Deno.test("kv watch-status redraws a terminal until interrupted", async () => {
  const cluster = new FakeCluster();
  const controller = new AbortController();
  let frames = 0;
  const { code, stdout } = await kv(cluster, ["watch-status", "--interval", "1ms"], {
    stdoutIsTerminal: true,
    controller,
    onOutput(text) {
      assertEquals(text.startsWith("\x1b[H\x1b[J03:04:05\n\nNODE"), true);
      if (++frames === 3) interrupt(controller);
    },
  });
  assertEquals(code, 130);
  assertEquals(stdout.split("\x1b[J").length, 4);
});

Deno.test("kv watch-status --json prints a document a line", async () => {
  const args = ["watch-status", "--interval=1ms", "--count=2", "--json"];
  const { stdout } = await kv(new FakeCluster(), args);
  const documents = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(documents.map(({ nodes }) => nodes.length), [3, 3]);
  assertEquals(documents[0].time, new Date(2026, 0, 2, 3, 4, 5).toISOString());
});

Deno.test("kv crash and kv admin crash crash an actor of the node named", async () => {
  const cluster = new FakeCluster();
  const short = await kv(cluster, ["crash", "replica", "--node", "2"]);
  assertEquals([short.code, short.stdout], [0, "crashed replica on node 2\n"]);
  const long = await kv(cluster, ["admin", "crash", "replica", "--node=0", "--json"]);
  assertEquals(JSON.parse(long.stdout), { node: 0, actor: "replica", crashed: true });
  assertEquals(cluster.crashed, ["2/replica", "0/replica"]);
  const nobody = await kv(cluster, ["crash", "nobody", "--node", "0"]);
  assertEquals([nobody.code, nobody.stderr], [1, "kv: No such actor: nobody\n"]);
  const nowhere = await kv(cluster, ["crash", "replica"]);
  assertEquals(nowhere.code, 2);
  assertStringIncludes(nowhere.stderr, "--node is missing");
});

Deno.test("kv admin actors lists the actors of every node that answers", async () => {
  const cluster = new FakeCluster();
  cluster.down.add(2);
  const { code, stdout, stderr } = await kv(cluster, ["admin", "actors"]);
  assertEquals(code, 0);
  assertEquals(
    stdout.split("\n").slice(0, 3),
    [
      "NODE  ACTOR    STATE    INCARNATION  MAILBOX  HIGHEST  PROCESSED  RESTARTS",
      "   0  journal  running            1        0        5        100         0",
      "   0  replica  running            1        0        5        100         0",
    ],
  );
  assertStringIncludes(stderr, "Connection refused");
  const one = await kv(cluster, ["admin", "actors", "--node", "1", "--json"]);
  assertEquals(JSON.parse(one.stdout).map(({ node }: { node: number }) => node), [1]);
  assertEquals((await kv(cluster, ["admin", "actors", "--node", "2"])).code, 5);
});

Deno.test("kv admin ready shows the checks, and exits with 5 if one fails", async () => {
  const cluster = new FakeCluster({ primary: 1 });
  const ready = await kv(cluster, ["admin", "ready", "--node", "1"]);
  assertEquals([ready.code, ready.stdout], [0, "[+]journal ok\nready\n"]);
  const lagging = await kv(cluster, ["admin", "ready", "--node", "0"]);
  assertEquals([lagging.code, lagging.stdout], [5, "[-]journal failed: lagging\nnot ready\n"]);
});

Deno.test("kv admin metrics prints a node's figures", async () => {
  const { stdout } = await kv(new FakeCluster(), ["admin", "metrics", "--node", "1"]);
  assertEquals(stdout, "troupe_node 1\n");
});
