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
