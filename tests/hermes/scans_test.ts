import { assertEquals } from "@std/assert";
import { show } from "../protocols/member_cluster.ts";
import { HermesCluster } from "./cluster.ts";

function clusterOf() {
  const cluster = HermesCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["a=1", "b=1", "c=1", "d=1", "d!"]);
  cluster.settle();
  return { cluster, client };
}

Deno.test("a scan shows what exists, in order; what opens sessions is none of it", () => {
  const { cluster } = clusterOf();
  for (const node of [0, 1, 2]) assertEquals(cluster.read(node, "*"), "a=1 b=1 c=1");
});

Deno.test("a scan waits for what is being written", () => {
  const { cluster, client } = clusterOf();
  const undo = cluster.drop("ack", "val");
  cluster.submit(0, client, 6, "b=2");
  cluster.run(5);
  const scans = [0, 1].map((node) => cluster.query(node, "*"));
  cluster.run(20);
  assertEquals(scans.map(({ replies }) => replies.length), [0, 0]);
  undo();
  assertEquals(scans.map((scan) => show(cluster.answer(scan))), ["a=1 b=2 c=1", "a=1 b=2 c=1"]);
});

Deno.test("a scan waits for what may come to exist, and for what may be gone", () => {
  const { cluster, client } = clusterOf();
  const other = cluster.session(1);
  const undo = cluster.drop("ack", "val");
  cluster.submit(0, client, 6, "a!");
  cluster.submit(1, other, 1, "d=2");
  cluster.run(5);
  const scan = cluster.query(2, "*");
  cluster.run(20);
  assertEquals(scan.replies, []);
  undo();
  assertEquals(show(cluster.answer(scan)), "b=1 c=1 d=2");
});

Deno.test("a scan ends, however often everything is written", () => {
  const cluster = HermesCluster.of(3, { latencyMs: (random) => 0.5 + random() });
  const names = [..."abcdefghijklmnopqrstuvwx"];
  const clients = names.map((_, index) => cluster.session(index % 3));
  const numbers = names.map(() => 0);
  const underWay = names.map((_, index) => next(index));
  function next(index: number) {
    const home = index % 3;
    return cluster.submit(
      home,
      clients[index]!,
      ++numbers[index]!,
      `${names[index]}=${numbers[index]}`,
    );
  }
  /** Begins the next write of an object as soon as the one before is answered. */
  function keepWriting(ms: number): void {
    for (let step = 0; step < ms * 10; step++) {
      cluster.run(0.1);
      for (const [index, attempt] of underWay.entries()) {
        if (attempt.replies.length > 0) underWay[index] = next(index);
      }
    }
  }
  keepWriting(20);
  const begun = [...numbers];
  const scan = cluster.query(2, "*");
  keepWriting(60);
  const seen = show(scan.replies[0]!).split(" ").map((each) => Number(each.split("=")[1]));
  assertEquals(seen.length, names.length);
  for (const [index, value] of seen.entries()) {
    // What was answered before the scan began is seen, or something later.
    assertEquals(value >= begun[index]! - 1 && value <= numbers[index]!, true, `${seen}, ${begun}`);
  }
});

Deno.test("a scan is refused without a lease", () => {
  const { cluster } = clusterOf();
  cluster.lease(1, cluster.clock.now);
  cluster.run(1);
  assertEquals(cluster.read(1, "*"), "unavailable");
});
