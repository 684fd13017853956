import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { found, WRITTEN } from "../http/gossip_support.ts";
import { BINARY } from "../http/support.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { kv } from "./fake_io.ts";
import { GossipCluster } from "./gossip_cluster.ts";

const cells = (line?: string) => line!.trim().split(/ {2,}/);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("kv get reads a value of a gossip cluster, byte for byte", async () => {
  const cluster = new GossipCluster();
  cluster.gossip.reply = { ...found(), reading: { type: "values", values: [BINARY] } };
  const { code, bytes } = await kv(cluster, ["get", "a/b", "--level", "quorum"]);
  assertEquals([code, bytes], [0, BINARY]);
  assertEquals([cluster.gossip.last("read").key, cluster.gossip.last("read").level], [
    "a/b",
    "quorum",
  ]);
});

Deno.test("kv get shows siblings, says how to decide, and exits with 7", async () => {
  const cluster = new GossipCluster();
  cluster.gossip.reply = found("mine", "yours");
  const { code, stdout, stderr } = await kv(cluster, ["get", "cart"]);
  assertEquals(code, 7);
  const rows = stdout.trimEnd().split("\n").map(cells);
  assertEquals(rows, [["KEY", "KIND", "VALUE"], ["cart", "2 siblings", "mine"], ["yours"]]);
  assertStringIncludes(stderr, "--context seen");
  const json = await kv(cluster, ["get", "cart", "--json"]);
  assertEquals(json.code, 7);
  const { siblings, context } = JSON.parse(json.stdout);
  assertEquals([siblings[1], context], [{ value: "yours", encoding: "utf8" }, "seen"]);
});

Deno.test("kv get of an absent key exits with 3, with the context if JSON is wanted", async () => {
  const cluster = new GossipCluster();
  cluster.gossip.reply = { ...found(), reading: { type: "absent" } };
  assertEquals((await kv(cluster, ["get", "k"])).code, 3);
  const { code, stdout } = await kv(cluster, ["get", "k", "--json"]);
  assertEquals([code, JSON.parse(stdout)], [3, { key: "k", absent: true, context: "seen" }]);
});

Deno.test("kv put, del and incr of a gossip cluster say who has it", async () => {
  const cluster = new GossipCluster();
  const put = await kv(cluster, ["put", "k", "v", "--context", "before", "--level", "all"]);
  assertEquals([put.code, put.stdout], [0, "stored at nodes 0, 1\n"]);
  const { operation, level, requester } = cluster.gossip.last("write");
  assertEquals(operation.type === "put" && [decode(operation.value), operation.context], [
    "v",
    "before",
  ]);
  assertEquals([level, requester?.number], ["all", 1]);
  cluster.gossip.reply = { ...WRITTEN, acknowledged: [1], siblings: 3, isRepeat: true };
  const del = await kv(cluster, ["del", "k"]);
  assertEquals(del.stdout, "stored by an earlier attempt at node 1; 3 values stand side by side\n");
  assertEquals(cluster.gossip.last("write").operation, { type: "delete", context: null });
  cluster.gossip.reply = { ...WRITTEN, type: "insufficientWrite", acknowledged: [0], needed: 2 };
  const incr = await kv(cluster, [
    "incr",
    "hits",
    "-5",
    "--client-id",
    "9",
    "--request-number",
    "4",
  ]);
  assertEquals(incr.code, 8);
  assertEquals(incr.stdout, "stored at node 0, where 2 were wanted, and spreading\n");
  assertEquals(cluster.gossip.last("write").operation, { type: "increment", by: -5n });
  assertEquals(cluster.gossip.last("write").requester, { client: 9, number: 4 });
});

Deno.test("kv sadd, srem and smembers keep a set", async () => {
  const cluster = new GossipCluster();
  const asked = () => {
    const { operation } = cluster.gossip.last("write");
    return "element" in operation && [operation.type, decode(operation.element)];
  };
  assertEquals((await kv(cluster, ["sadd", "tags", "light blue"])).code, 0);
  assertEquals(asked(), ["add", "light blue"]);
  assertEquals((await kv(cluster, ["srem", "tags", "a&b=c+d"])).code, 0);
  assertEquals(asked(), ["remove", "a&b=c+d"]);
  const elements = ["a", "b"].map((each) => new TextEncoder().encode(each));
  cluster.gossip.reply = { ...found(), reading: { type: "set", elements } };
  assertEquals((await kv(cluster, ["smembers", "tags"])).stdout, "a\nb\n");
  cluster.gossip.reply = { ...found(), reading: { type: "absent" } };
  const none = await kv(cluster, ["smembers", "tags", "--json"]);
  assertEquals(JSON.parse(none.stdout), { key: "tags", elements: [] });
});

Deno.test("kv keeps a session's token in a file from command to command", async () => {
  const cluster = new GossipCluster();
  const options = { files: {} as Record<string, string> };
  cluster.gossip.reply = { ...WRITTEN, session: "s1" };
  await kv(cluster, ["put", "k", "v", "--session", "s.txt"], options);
  assertEquals(cluster.gossip.last("write").session?.token, "");
  assertEquals(options.files["s.txt"], "s1\n");
  cluster.gossip.reply = { ...found("v"), session: "s2" };
  await kv(
    cluster,
    ["get", "k", "--session", "s.txt", "--guarantees", "monotonic-reads"],
    options,
  );
  const { session } = cluster.gossip.last("read");
  assertEquals(session?.token, "s1");
  assertEquals([session?.guarantees.monotonicReads, session?.guarantees.readYourWrites], [
    true,
    false,
  ]);
  assertEquals(options.files["s.txt"], "s2\n");
});

Deno.test("kv scan and size of a gossip cluster show what one replica has", async () => {
  const cluster = new GossipCluster();
  cluster.gossip.reply = {
    type: "page",
    rows: [
      { key: "a", reading: found("1").reading, context: "" },
      { key: "b", reading: { type: "counter", total: 12n }, context: "" },
    ],
    next: null,
    session: null,
  };
  const { stdout } = await kv(cluster, ["scan", "--start", "a", "--end", "c", "--max-age-ms", "9"]);
  assertEquals(stdout.trimEnd().split("\n").slice(1).map(cells), [
    ["a", "value", "1"],
    ["b", "counter", "12"],
  ]);
  const { from, until, maxStalenessMs } = cluster.gossip.last("scan");
  assertEquals([from, until, maxStalenessMs], ["a", "c", 9]);
  const keys = await kv(cluster, ["scan", "--keys-only", "--json"]);
  assertEquals(JSON.parse(keys.stdout), [{ key: "a" }, { key: "b" }]);
  cluster.gossip.reply = { type: "size", keys: 5, session: null };
  assertEquals((await kv(cluster, ["size"])).stdout, "5\n");
});

Deno.test("kv status shows the nodes of a gossip cluster, and for whom tombstones wait", async () => {
  const cluster = new GossipCluster();
  cluster.down.add("http://127.0.0.1:7101");
  const { code, stdout } = await kv(cluster, ["status"]);
  assertEquals(code, 0);
  const [head, row] = stdout.split("\n");
  assertEquals(cells(head).slice(2, 10), [
    ...["ROLE", "MEMBERS", "EVENTS", "KEYS", "TOMBSTONES", "LACKING", "HINTS", "SHOWS"],
  ]);
  assertEquals(cells(row).slice(2, 10), ["member", "2", "12", "7", "4", "1:3", "2", "01234567"]);
  assertStringIncludes(stdout, "Tombstones wait for reports of nodes 1\n");
  const line = await kv(cluster, ["watch-status", "--count", "1"]);
  assertStringIncludes(line.stdout, "0: member events 12 keys 7 | 1: unreachable");
});

Deno.test("kv admin members, remove and leave show and change the members", async () => {
  const cluster = new GossipCluster();
  const { stdout } = await kv(cluster, ["admin", "members"]);
  const [, first, second, , closed] = stdout.split("\n");
  assertEquals(cells(first), [
    ...["0", "living", "40", "0", "0", "0 ms", "0", "-", "http://127.0.0.1:7100"],
  ]);
  assertEquals(cells(second), [
    ...["1", "away", "41", "3", "1", "never", "2", "holds", "http://127.0.0.1:7101"],
  ]);
  assertEquals(closed, "2 replicas are closed for ever");
  cluster.gossip.reply = { type: "removed", node: 5 };
  assertEquals((await kv(cluster, ["admin", "remove", "5"])).code, 0);
  assertEquals(cluster.gossip.last("remove"), { type: "remove", node: 5 });
  cluster.gossip.reply = { type: "left", missing: [2] };
  const left = await kv(cluster, ["admin", "leave", "--node", "0"]);
  assertEquals(left.stdout, "node 0 has left; nodes 2 may lack something that only it had\n");
  assertEquals((await kv(cluster, ["admin", "leave"])).code, 2);
});

for (
  const [args, message] of [
    [["cas", "k", "v", "--absent"], "cannot compare and set"],
    [["get", "k", "--consistency", "stale"], "--consistency means nothing to"],
    [["scan", "--reverse"], "--reverse means nothing to gossip"],
    [["repl"], "REPL does not speak to gossip"],
    [["get", "k", "--guarantees", "monotonic-reads"], "goes with --session"],
    [["get", "k", "--session", "s", "--guarantees", "luck"], '"luck"'],
    [["get", "k", "--level", "most"], "--level is one of"],
  ] as const
) {
  Deno.test(`kv ${args.join(" ")} is refused by a gossip cluster, and asks nobody`, async () => {
    const cluster = new GossipCluster();
    const { code, stderr } = await kv(cluster, args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
    assertEquals(cluster.gossip.asked, []);
  });
}

for (
  const args of [
    ["get", "k", "--level", "all"],
    ["put", "k", "v", "--context", "c"],
    ["size", "--session", "s"],
    ["sadd", "tags", "red"],
    ["admin", "members"],
  ]
) {
  Deno.test(`kv ${args.join(" ")} is refused by a cluster of another protocol`, async () => {
    const { code, stderr } = await kv(new FakeCluster(), args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "vr");
  });
}

Deno.test("kv put to a gossip cluster goes to another node when one does not listen", async () => {
  const cluster = new GossipCluster();
  cluster.down.add(cluster.endpoints[0]!);
  assertEquals((await kv(cluster, ["put", "k", "v"])).code, 0);
  assertEquals((await kv(cluster, ["incr", "k"])).code, 0);
});

Deno.test("kv incr is not repeated at another node when its answer is lost", async () => {
  const cluster = new GossipCluster();
  cluster.mute.add(cluster.endpoints[0]!);
  const { code, stderr } = await kv(cluster, ["incr", "hits"]);
  assertEquals(code, 6);
  assert(/--client-id \d+ --request-number 1/.test(stderr), stderr);
  assertEquals(cluster.requests.length, 1);
  // A put is: it does no harm twice.
  assertEquals((await kv(cluster, ["put", "k", "v"])).code, 0);
  const [first, second] = cluster.requests.slice(1);
  const idOf = (
    { headers }: { headers: Headers },
  ) => [headers.get("client-id"), headers.get("request-number")];
  assertEquals(idOf(second!), idOf(first!));
});

Deno.test("kv get goes to another node when one has not seen what the session has", async () => {
  const cluster = new GossipCluster();
  cluster.gossip.reply = { type: "staleReplica", behind: 2 };
  const { code, stderr } = await kv(cluster, ["get", "k", "--timeout", "300ms"]);
  assertEquals(code, 5);
  assertStringIncludes(stderr, "events are missing");
  const hosts = new Set(cluster.requests.map(({ headers }) => headers.get("host")));
  assert(cluster.requests.length >= 2, `${hosts.size}`);
});
