import { assertEquals } from "@std/assert";
import { GossipCluster } from "./cluster.ts";

Deno.test("a gossip cluster takes a put at one node and shows it at the others", () => {
  const cluster = GossipCluster.of(3);
  assertEquals(cluster.put(0, "k", "v").type, "written");
  cluster.run(20);
  assertEquals([0, 1, 2].map((node) => cluster.get(node, "k")), ["v", "v", "v"]);
  assertEquals(cluster.failures, []);
});
