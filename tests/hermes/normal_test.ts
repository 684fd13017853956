import { assertEquals } from "@std/assert";
import { show } from "../protocols/member_cluster.ts";
import { HermesCluster } from "./cluster.ts";

Deno.test("a write at any node is read at every node, locally", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session();
  assertEquals(cluster.execute(client, 1, ["x=1", "x+2"]), ["ok", "12"]);
  assertEquals([0, 1, 2].map((node) => cluster.read(node, "x")), ["12", "12", "12"]);
  assertEquals(cluster.failures, []);
});

Deno.test("every node coordinates", () => {
  const cluster = HermesCluster.of(3);
  const clients = [0, 1, 2].map((node) => cluster.session(node));
  const attempts = clients.map((client, node) => cluster.submit(node, client, 1, `x+${node}`));
  for (const attempt of attempts) cluster.answer(attempt);
  cluster.settle();
  assertEquals([...cluster.read(0, "x")].sort(), ["0", "1", "2"]);
  assertEquals(attempts.map(({ from }) => from), [[0], [1], [2]]);
  assertEquals(cluster.nodes.map((node) => show(cluster.answer(cluster.query(node.index, "x")))), [
    cluster.read(1, "x"),
    cluster.read(1, "x"),
    cluster.read(1, "x"),
  ]);
  assertEquals(cluster.failures, []);
});
