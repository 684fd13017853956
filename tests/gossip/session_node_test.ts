/**
 * Goal: a client that carries its session token sees its own past at whatever node it asks, or is told that it cannot.
 */
import { assertEquals } from "@std/assert";
import { ALL_GUARANTEES } from "../../protocols/gossip/client_messages.ts";
import { expectReply, GossipCluster, newClient } from "./cluster.ts";
import { bytesOf } from "./support.ts";

Deno.test("a session reads its own write at another node that mail has not reached", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6, mailRetryMs: 1e6 } });
  cluster.drop("mail");
  const client = newClient();
  cluster.put(0, "k", "v", { client });
  assertEquals(cluster.get(1, "k"), "-");
  assertEquals(cluster.get(1, "k", { client }), "v");
});

Deno.test("a session never reads backwards", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6, mailRetryMs: 1e6 } });
  cluster.drop("mail");
  cluster.put(0, "k", "v");
  const client = newClient();
  assertEquals(cluster.get(0, "k", { client }), "v");
  assertEquals(cluster.get(2, "k", { client }), "v");
});

Deno.test("a session's write comes after what it has read, at another node", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6, mailRetryMs: 1e6 } });
  cluster.drop("mail");
  cluster.put(0, "k", "first", {});
  const client = newClient();
  cluster.get(0, "k", { client });
  cluster.put(2, "k", "second", { client });
  assertEquals(cluster.get(2, "k", { level: "all" }), "second");
});

Deno.test("a session that nobody reachable has seen is told so", () => {
  const cluster = GossipCluster.of(3);
  const client = newClient();
  cluster.isolate(0);
  cluster.put(0, "k", "v", { client });
  const reply = cluster.read(1, "k", { client, timeoutMs: 500 });
  assertEquals(expectReply(reply, "staleReplica").behind, 1);
  cluster.heal();
  assertEquals(cluster.get(1, "k", { client, timeoutMs: 20_000 }), "v");
});

Deno.test("a coordinator tries another member whose session is further", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6, mailRetryMs: 1e6 } });
  const client = newClient();
  cluster.cut(0, 1);
  cluster.put(0, "k", "v", { client });
  cluster.drop("repair");
  assertEquals(cluster.get(1, "k", { client, level: "one", timeoutMs: 1_000 }), "v");
});

Deno.test("a guarantee that is switched off is not waited for", () => {
  const cluster = GossipCluster.of(2);
  const client = newClient();
  cluster.isolate(0);
  cluster.put(0, "k", "v", { client });
  const guarantees = {
    readYourWrites: false,
    monotonicReads: true,
    monotonicWrites: true,
    writesFollowReads: true,
  };
  const reply = cluster.answer(cluster.ask(1, {
    type: "read",
    key: "k",
    level: "local",
    session: { token: client.session, guarantees },
    maxStalenessMs: null,
    timeoutMs: 500,
  }));
  assertEquals(expectReply(reply, "found").reading, { type: "absent" });
});

Deno.test("a bounded read is served where every living member was synced with", () => {
  const cluster = GossipCluster.of(3);
  cluster.run(3_000);
  assertEquals(cluster.get(0, "k", { maxStalenessMs: 2_500 }), "-");
});

Deno.test("a bounded read syncs with those that were not heard for too long", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6, mailRetryMs: 100 } });
  cluster.run(5_000);
  const undo = cluster.drop("mail");
  cluster.put(1, "k", "v");
  assertEquals(cluster.get(0, "k"), "-");
  assertEquals(cluster.get(0, "k", { maxStalenessMs: 50 }), "v");
  undo();
});

Deno.test("a bounded read is refused where a living member cannot be synced with", () => {
  const cluster = GossipCluster.of(3);
  cluster.run(3_000);
  cluster.drop("digest");
  cluster.run(1_000);
  const reply = cluster.read(0, "k", { maxStalenessMs: 500, timeoutMs: 300 });
  assertEquals(reply.type, "tooStale");
});

Deno.test("a scan shows the keys of a prefix in order, page by page", () => {
  const cluster = GossipCluster.of(2);
  for (const key of ["a/1", "b/1", "b/2", "b/3", "c"]) cluster.put(0, key, key);
  cluster.delete(0, "b/2");
  const scan = { type: "scan", prefix: "b/", from: "", until: null, countsOnly: false } as const;
  const rest = { session: null, maxStalenessMs: null, timeoutMs: 500 };
  const first = expectReply(cluster.answer(cluster.ask(0, { ...scan, limit: 1, ...rest })), "page");
  assertEquals(first.rows.map(({ key }) => key), ["b/1"]);
  assertEquals(first.next, "b/3");
  const from = { ...scan, from: first.next!, limit: 10, ...rest };
  const second = expectReply(cluster.answer(cluster.ask(0, from)), "page");
  assertEquals([second.rows.map(({ key }) => key), second.next], [["b/3"], null]);
  const count = { ...scan, prefix: "", countsOnly: true, limit: 0, ...rest };
  assertEquals(expectReply(cluster.answer(cluster.ask(0, count)), "size").keys, 4);
});

Deno.test("a session that has read an answer does not miss the question, whoever wrote them", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6, mailRetryMs: 1e6 } });
  const [asker, replier, reader] = [newClient(), newClient(), newClient()];
  const undo = cluster.onMessage(({ type }, from, to) =>
    type === "mail" && from === 0 && to === 2 ? { copies: 0 } : undefined
  );
  cluster.put(0, "question", "why?", { client: asker });
  cluster.run(20);
  assertEquals(cluster.get(1, "question", { client: replier }), "why?");
  cluster.put(1, "answer", "because", { client: replier });
  cluster.run(20);
  assertEquals(cluster.get(2, "question"), "-");
  assertEquals(cluster.get(2, "answer", { client: reader }), "because");
  assertEquals(cluster.get(2, "question", { client: reader }), "why?");
  undo();
});

Deno.test("a session does not see again what it has removed, although it was removed already", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6 } });
  const red = { element: bytesOf("red") };
  cluster.write(0, "set", { type: "add", ...red });
  cluster.converge();
  cluster.drop("mail");
  cluster.write(0, "set", { type: "remove", ...red });
  const client = newClient();
  cluster.write(0, "set", { type: "remove", ...red }, { client });
  assertEquals(cluster.get(1, "set", { client }), "-");
});

Deno.test("what was lost with a member is not waited for by those who never saw it", () => {
  const cluster = GossipCluster.of(3);
  const client = newClient();
  cluster.isolate(0);
  cluster.put(0, "lost", "v", { client });
  const guarantees = { ...ALL_GUARANTEES, monotonicWrites: false };
  cluster.answer(cluster.ask(1, {
    type: "write",
    key: "k",
    operation: { type: "put", value: bytesOf("w"), context: null },
    level: "local",
    requester: null,
    session: { token: client.session, guarantees },
    timeoutMs: 500,
  }));
  cluster.crash(0);
  cluster.run(10_000);
  cluster.answer(cluster.ask(1, { type: "remove", node: 0 }));
  cluster.run(10_000);
  cluster.put(1, "k", "later");
  cluster.run(60_000);
  const other = newClient();
  assertEquals(cluster.get(2, "k", { client: other }), "later");
  assertEquals(cluster.get(2, "unrelated", { client: other, level: "one" }), "-");
});

Deno.test("a token names no event of the node itself that is not durable, even one that names all", () => {
  const cluster = GossipCluster.of(2, { tuning: { intervalMs: 1e6 } });
  cluster.isolate(1);
  for (let n = 0; n < 900; n++) cluster.put(0, `k${n % 2}`, "v");
  cluster.node(0).disk.holdNext("sync");
  cluster.begin(0, "new", { type: "put", value: bytesOf("new"), context: null });
  cluster.run(10);
  const client = newClient();
  const session = { token: client.session, guarantees: ALL_GUARANTEES };
  const within = { level: "local", maxStalenessMs: null, timeoutMs: 5_000 } as const;
  const read = cluster.ask(0, { type: "read", key: "k0", session, ...within });
  cluster.run(500);
  assertEquals(read.replies, []);
  cluster.node(0).disk.release();
  expectReply(cluster.answer(read), "found");
});
