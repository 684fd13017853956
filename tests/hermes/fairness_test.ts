import { assert, assertEquals } from "@std/assert";
import { HermesCluster } from "./cluster.ts";

const EACH = 20;

Deno.test("nodes whose clients all write one object take turns: none waits until the others are done", () => {
  const cluster = HermesCluster.of(3);
  const nodes = [0, 1, 2];
  const clients = nodes.map((node) => Array.from({ length: EACH }, () => cluster.session(node)));
  const attempts = nodes.map((node) =>
    clients[node]!.map((client) => cluster.submit(node, client, 1, `x=${client}`))
  );
  const answered = () =>
    attempts.map((each) => each.filter(({ replies }) => replies.length > 0).length);
  const total = () => answered().reduce((sum, count) => sum + count, 0);
  cluster.until(() => total() >= 1.5 * EACH, 5_000, "half of all answers");
  const least = Math.min(...answered());
  assert(least >= EACH / 4, `of ${EACH} each, answered are ${answered()}`);
  cluster.until(() => total() === 3 * EACH, 5_000, "all answers");
  assertEquals(cluster.failures, []);
});
