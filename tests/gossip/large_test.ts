import { assert, assertEquals } from "@std/assert";
import { randomStream } from "../../actors/random.ts";
import { encode } from "../../actors/schema.ts";
import { peerMessage } from "../../protocols/gossip/messages.ts";
import { expectReply, GossipCluster } from "./cluster.ts";
import { bytesOf } from "./support.ts";

/** The largest message that a transport takes, in bytes. */
const FRAME_BYTES = 8 * 1024 * 1024;

/** Two siblings of 500 KiB, written at the same time by each of some nodes. */
function putLarge(cluster: GossipCluster, nodes: number): void {
  const value = bytesOf("x".repeat(500 * 1024));
  const attempts = Array.from({ length: nodes }, (_, node) => node).flatMap((node) =>
    [1, 2].map(() => cluster.begin(node, "siblings", { type: "put", value, context: null }))
  );
  for (const attempt of attempts) expectReply(cluster.answer(attempt), "written");
  cluster.run(5_000);
  assertEquals(cluster.replica(0).data.store.entries("siblings").length, 2 * nodes);
}

Deno.test("a key of more than a chunk goes to a newcomer", () => {
  const cluster = GossipCluster.of(5, { spares: 1 });
  putLarge(cluster, 5);
  cluster.start(5);
  cluster.run(20_000);
  assert(cluster.isReady(5));
  assertEquals(cluster.replica(5).data.store.entries("siblings").length, 10);
  assertEquals(cluster.failures, []);
});

Deno.test("a key of more than a message does not keep a member that was away from all others", () => {
  const cluster = GossipCluster.of(10, { tuning: { hintsMax: 1 } });
  cluster.isolate(9);
  putLarge(cluster, 9);
  cluster.onMessage((message) =>
    message.type === "repair" && encode(peerMessage, message).length > FRAME_BYTES
      ? { copies: 0 }
      : undefined
  );
  cluster.drop("mail");
  cluster.put(0, "small", "v");
  cluster.heal();
  cluster.run(20_000);
  cluster.converge();
  assertEquals(cluster.failures, []);
});

/** A member is away while another one writes very many events; returns whether it got the whole state after it. */
function missMany(events: number, keyOf: (counter: number) => string): boolean {
  const cluster = GossipCluster.of(2);
  cluster.isolate(1);
  cluster.drop("mail");
  const { store } = cluster.replica(0).data;
  // By hand: only what the store has matters here.
  for (let counter = 0; counter < events; counter++) {
    const key = keyOf(counter);
    const stamp = { ms: 1_700_000_000_000, counter };
    const dots = store.entries(key).map(({ dot }) => dot);
    store.write(key, { type: "stamped", stamp, value: new Uint8Array(8) }, dots);
  }
  const before = cluster.log.length;
  cluster.heal();
  cluster.run(20_000);
  assert(cluster.replica(1).data.store.clock.equals(store.clock));
  assertEquals(cluster.failures, []);
  return cluster.log.slice(before).some((line) => line.includes("has the state of"));
}

Deno.test("a member catches up on very many events of keys that were overwritten in any order: by the whole state", () => {
  const random = randomStream(1, "keys");
  assertEquals(missMany(400_000, () => `k${Math.floor(random() * 100_000)}`), true);
});

Deno.test("a member catches up on very many events of as many keys: by what it lacks", () => {
  assertEquals(missMany(70_000, (counter) => `k${counter}`), false);
});
