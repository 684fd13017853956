import { assertEquals, assertStringIncludes } from "@std/assert";
import type { HermesVolumeStatus } from "../../transport/service.ts";
import { Unsupported } from "../../transport/service.ts";
import { ChainCluster, LAYOUT } from "./chain_cluster.ts";
import { kv } from "./fake_io.ts";

const cells = (line?: string) => line!.trim().split(/ {2,}/);

/** What node 0 says of a volume. */
function volume(volume: number, more: Partial<HermesVolumeStatus> = {}): HermesVolumeStatus {
  return {
    volume,
    epoch: 3,
    members: [0, 1, 2],
    role: "member",
    joining: null,
    leaving: null,
    leaseMs: 440,
    keys: 12,
    states: { valid: 10, invalid: 4, write: 3, replay: 2, trans: 1 },
    tombstones: 8,
    updates: 5,
    reads: 6,
    copied: 7,
    sessions: 1,
    ...more,
  };
}

/** A node of a Hermes cluster that serves the real HTTP gateway, reached without a network. */
function hermesCluster(...volumes: HermesVolumeStatus[]): ChainCluster {
  const cluster = new ChainCluster();
  cluster.layout = { ...LAYOUT, topology: "clique" };
  cluster.service.says = {
    ...cluster.service.says,
    protocol: "hermes",
    role: "member 1, joining 1",
    volumes,
  };
  return cluster;
}

Deno.test("kv admin show shows the members of Hermes' volumes without an order", async () => {
  const { code, stdout } = await kv(hermesCluster(), ["admin", "show"]);
  assertEquals(code, 0);
  assertEquals(stdout.split("\n").slice(0, 3).map(cells), [
    ["VOLUME", "EPOCH", "MEMBERS", "JOINING", "LEAVING", "WRITABLE"],
    ["0", "3", "0, 1", "-", "-", "yes"],
    ["1", "4", "0, 1", "2", "1", "no"],
  ]);
});

Deno.test("kv status shows how many keys of Hermes are in which state", async () => {
  const spare = volume(2, { role: "spare" });
  const joining = volume(1, { role: "joining", members: [] });
  const { code, stdout } = await kv(hermesCluster(spare, joining, volume(0)), ["status"]);
  assertEquals(code, 0);
  const [, node, , titles, ...rows] = stdout.trimEnd().split("\n");
  assertEquals(cells(node).slice(2, 7), [
    "member 1, joining 1",
    "normal",
    "primary",
    "9",
    "440",
  ]);
  assertEquals(cells(titles), [
    ...["VOLUME", "EPOCH", "MEMBERS", "NODE", "ROLE", "KEYS"],
    ...["VALID", "INVALID", "WRITE", "REPLAY", "TRANS", "TOMBSTONES"],
  ]);
  assertEquals(rows.map(cells), [
    ["0", "3", "0, 1, 2", "0", "member", "12", "10", "4", "3", "2", "1", "8"],
    ["1", "3", "-", "0", "joining, 7 copied", "12", "10", "4", "3", "2", "1", "8"],
  ]);
});

Deno.test("kv watch-status prints how many keys of Hermes there are, and are not settled", async () => {
  const { stdout } = await kv(hermesCluster(volume(0), volume(1)), [
    ...["watch-status", "--count", "1"],
  ]);
  assertStringIncludes(stdout, "member 1, joining 1 normal version 9 keys 24 unsettled 20");
});

Deno.test("kv says what the protocol has not, and exits with 1", async () => {
  const cluster = hermesCluster();
  cluster.service.failure = new Unsupported("A scan in two directions");
  const { code, stderr } = await kv(cluster, ["scan"]);
  assertEquals([code, stderr], [1, "kv: A scan in two directions\n"]);
});
