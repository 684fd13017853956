import { assertEquals } from "@std/assert";
import { nonceFor } from "../../protocols/hermes/home.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { HermesCluster } from "./cluster.ts";

/** Has node `at` open a session for node `wish`; returns the client id. */
function sessionFor(cluster: HermesCluster, wish: number, at: number, random = 0.5): number {
  const nonce = nonceFor(wish, random);
  const request = encodeRequest({ type: "open-session", nonce, sessionsMax: 100 });
  const opening = cluster.ask(
    at,
    (replyTo) => ({ type: "submit", request, forward: true, replyTo }),
  );
  const reply = cluster.answer(opening);
  if (reply.type !== "session") throw new Error(`no session, but ${reply.type}`);
  return reply.clientId;
}

Deno.test("a session that a node opens on behalf of another one is that one's, and works at every node", () => {
  const cluster = HermesCluster.of(3);
  const client = sessionFor(cluster, 2, 0);
  assertEquals(client % 8, 2);
  assertEquals(cluster.execute(client, 1, ["x=1", "y=2"], 1).length, 2);
  cluster.settle();
  // Node 2 has coordinated both.
  assertEquals(cluster.nodes.map(({ index }) => cluster.node(index).replica!.committed), [
    1,
    0,
    2,
  ]);
  assertEquals(cluster.failures, []);
});

Deno.test("a session opened on behalf of a node that does not serve is at home at one that does", () => {
  const cluster = HermesCluster.of(3);
  const clients = [5, 6, 5].map((wish, index) => sessionFor(cluster, wish, 1, index / 4));
  assertEquals(new Set(clients).size, 3);
  for (const client of clients) {
    assertEquals(cluster.execute(client, 1, [`k${client}=1`], 0).length, 1);
  }
  cluster.settle();
  assertEquals(cluster.failures, []);
});

Deno.test("sessions that are opened at once are opened together, and each is known to all", () => {
  const cluster = HermesCluster.of(3);
  const openings = Array.from({ length: 90 }, (_, index) => cluster.open(index % 3));
  const clients = openings.map((opening) => {
    const reply = cluster.answer(opening);
    if (reply.type !== "session") throw new Error(`no session, but ${reply.type}`);
    return reply.clientId;
  });
  assertEquals(new Set(clients).size, 90);
  // Each node has opened its own ones.
  assertEquals(clients.every((client, index) => client % 8 === index % 3), true);
  cluster.settle();
  const committed = cluster.nodes.map(({ replica }) => replica!.committed);
  assertEquals(committed.every((count) => count > 0 && count < 10), true, String(committed));
  // Also some that an attempt took which another node's has overtaken.
  assertEquals(cluster.nodes.every(({ replica }) => replica!.sessions >= 90), true);
  assertEquals(cluster.nodes.map(({ replica }) => replica!.updates), [0, 0, 0]);
  const [first, second] = [clients[3]!, clients[64]!];
  for (const client of [first, second]) {
    assertEquals(cluster.execute(client, 1, [`k${client}=1`], 2).length, 1);
  }
  assertEquals(cluster.failures, []);
});

Deno.test("sessions that are opened together are not opened where their node stops serving", () => {
  const cluster = HermesCluster.of(3);
  const openings = Array.from({ length: 40 }, () => cluster.open(0));
  cluster.assign([1, 2]);
  const replies = openings.map((opening) => cluster.answer(opening).type);
  assertEquals(replies.filter((type) => type !== "session" && type !== "interrupted"), []);
  cluster.settle();
  assertEquals(cluster.node(0).replica!.updates, 0);
  assertEquals(cluster.failures, []);
});
