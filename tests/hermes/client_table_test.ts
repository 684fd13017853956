import { assertEquals } from "@std/assert";
import { encodeRequest } from "../../protocols/request.ts";
import { bytesOf } from "../vr/machine.ts";
import { type Attempt, show } from "../protocols/member_cluster.ts";
import { HermesCluster } from "./cluster.ts";

/** Submits a command that is not to be passed on. */
function submitHere(cluster: HermesCluster, node: number, clientId: number): Attempt {
  const command = bytesOf("x=1");
  const request = encodeRequest({ type: "command", clientId, requestNumber: 1, command });
  return cluster.ask(node, (replyTo) => ({ type: "submit", request, forward: false, replyTo }));
}

Deno.test("a client table that is not to pass a request on says where the client's home is, or who serves", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(0);
  assertEquals(cluster.answer(submitHere(cluster, 1, client)), { type: "notPrimary", primary: 0 });
  cluster.assign([0, 1]);
  cluster.settle();
  assertEquals(cluster.answer(submitHere(cluster, 2, client)), {
    type: "notResponsible",
    servers: [0, 1],
  });
  assertEquals(show(cluster.answer(submitHere(cluster, 0, client))), "ok");
});

Deno.test("a spare passes requests on to the client's home, and openings to somebody who serves", () => {
  const cluster = HermesCluster.of(3);
  cluster.assign([0, 1]);
  cluster.settle();
  const client = cluster.session(2);
  assertEquals([0, 1].includes(client % 8), true);
  const attempt = cluster.submit(2, client, 1, "x=1");
  assertEquals([show(cluster.answer(attempt)), attempt.from], ["ok", [client % 8]]);
});

Deno.test("nobody serves before the first configuration", () => {
  const cluster = new HermesCluster();
  cluster.start(0);
  cluster.run(50);
  for (const attempt of [cluster.open(0), cluster.submit(0, 8, 1, "x=1"), cluster.query(0, "x")]) {
    assertEquals(cluster.answer(attempt).type, "unavailable");
  }
});

Deno.test("who waits for a replica that starts anew is told to ask again", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(0);
  cluster.drop("ack");
  const attempts = [cluster.submit(0, client, 1, "x=1"), cluster.open(0)];
  cluster.run(20);
  assertEquals(attempts.map(({ replies }) => replies.length), [0, 0]);
  cluster.crashActor(0, "replica");
  assertEquals(attempts.map((attempt) => cluster.answer(attempt).type), [
    "interrupted",
    "interrupted",
  ]);
});

Deno.test("who waits at a node that is to leave is told to ask again, unless its command is under way", () => {
  const cluster = HermesCluster.of(3);
  const [a, b] = [cluster.session(0), cluster.session(0)];
  const undo = cluster.drop("ack");
  const begun = cluster.submit(0, a, 1, "x=1");
  cluster.run(5);
  const waiting = cluster.submit(0, b, 1, "x=2");
  cluster.run(5);
  cluster.assign([0, 1, 2], { leaving: 0 });
  undo();
  assertEquals(cluster.answer(waiting).type, "interrupted");
  assertEquals(show(cluster.answer(begun)), "ok");
  cluster.until(() => cluster.node(0).toldOf("stopped").length > 0, 1_000, "the end");
  assertEquals(show(cluster.answer(cluster.submit(0, b, 1, "x=2"))), "ok");
});

Deno.test("a request that is none is of no session", () => {
  const cluster = HermesCluster.of(1);
  const request = bytesOf("nonsense");
  const attempt = cluster.ask(
    0,
    (replyTo) => ({ type: "submit", request, forward: true, replyTo }),
  );
  assertEquals(cluster.answer(attempt), { type: "noSession" });
});
