import { assert, assertEquals } from "@std/assert";
import { MasterCluster, type MasterClusterOptions } from "./cluster.ts";

Deno.test("member() has a dead node expelled, and one that comes back copied anew", () => {
  const cluster = MasterCluster.formed();
  cluster.run(200);
  cluster.crash(1);
  cluster.until(() => cluster.order().length === 2, 5_000, "the expulsion");
  assertEquals(cluster.order(), [0, 2]);
  cluster.start(1);
  cluster.until(() => cluster.order().length === 3, 5_000, "the return");
  assertEquals(cluster.order(), [0, 2, 1]);
  cluster.run(200);
  assertEquals(cluster.node(1).replica.volume?.epoch, cluster.decided.volumes[0]!.epoch);
  assertEquals(cluster.violations, []);
});

Deno.test("member() keeps the place of a node that is back before it is suspected", () => {
  const cluster = MasterCluster.formed();
  cluster.run(200);
  cluster.crash(1);
  cluster.run(100);
  cluster.start(1);
  cluster.run(3_000);
  assertEquals(cluster.order(), [0, 1, 2]);
  assertEquals(cluster.decided.volumes[0]!.epoch, 1);
  assert(cluster.node(1).replica.mayServe(1, cluster.now(1)));
});

Deno.test("member() has a node removed at once that comes back with another disk", () => {
  // Nobody need wait for a lease: it would last for longer than this test does.
  const cluster = MasterCluster.formed({ membership: { leaseMs: 60_000 } });
  cluster.run(200);
  cluster.crash(1);
  cluster.node(1).replica.birth = 77;
  cluster.start(1);
  cluster.until(() => cluster.order().length === 3 && cluster.order()[2] === 1, 2_000);
  assertEquals(cluster.decided.volumes[0]!.members[2], { node: 1, birth: 77 });
  assertEquals(cluster.violations, []);
});

/** Cuts a node off at some moment, and runs until it is expelled. */
function expelIsolated(isolated: number, options: MasterClusterOptions): MasterCluster {
  const seed = options.seed!;
  const cluster = MasterCluster.formed(options);
  cluster.run(300 + seed * 13 % 50);
  cluster.isolate(isolated);
  cluster.until(() => !cluster.order().includes(isolated), 8_000, "the expulsion");
  return cluster;
}

Deno.test("member() expels a node that is cut off only after its lease has run out", () => {
  let closest = Infinity;
  for (let seed = 1; seed <= 12; seed++) {
    const cluster = expelIsolated(seed % 3, { seed });
    assertEquals(cluster.violations, []);
    const { replica } = cluster.node(seed % 3);
    assert(replica.leaseUntil > 0);
    closest = Math.min(closest, cluster.clock.now - replica.leaseUntil);
    // It has learnt nothing, and serves nothing.
    assertEquals(replica.volume?.epoch, 1);
  }
  // It takes half a second to suspect the node, and as long to wait for its lease.
  assert(closest >= 450 && closest < 1_500, `${closest} ms`);
});

Deno.test("member() expels only after the lease of a node that hears nobody but the master", () => {
  // Its members' messages are lost, so it is suspected; but its polls are answered until the last.
  for (let seed = 1; seed <= 12; seed++) {
    const node = seed % 3;
    const cluster = MasterCluster.formed({ seed });
    cluster.run(300 + seed * 7);
    cluster.silence(node);
    let until = 0;
    cluster.until(() => {
      const { leaseUntil } = cluster.node(node).replica;
      until = Math.max(until, leaseUntil);
      return !cluster.order().includes(node);
    }, 8_000);
    assertEquals(cluster.violations, []);
    const margin = cluster.clock.now - until;
    // Close, as it was asking to the last: else nothing was tested.
    assert(margin >= 0 && margin < 200, `${margin} ms`);
  }
});

Deno.test("member() waits long enough if answers are slow", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const node = seed % 3;
    const cluster = MasterCluster.formed({ seed });
    cluster.run(300 + seed * 7);
    cluster.silence(node);
    // Whatever the node is told comes late: also leases that it asked for before.
    cluster.network.intercept(({ to }) =>
      to.node === node ? { delayMs: 50 * (seed % 5) } : undefined
    );
    cluster.until(() => !cluster.order().includes(node), 8_000);
    cluster.run(600);
    assertEquals(cluster.violations, []);
  }
});

Deno.test("member() waits long enough if clocks drift within their bound, and no less than that", () => {
  const violations = (driftBound: number) => {
    let count = 0;
    for (let seed = 1; seed <= 2; seed++) {
      const cluster = MasterCluster.formed({
        seed,
        // So that nothing else makes up for what is missing.
        latencyMs: () => 0.01,
        membership: { heartbeatMs: 10, staggerMs: 0, leaseMs: 1_000, driftBound },
        clockRates: [1.02, 0.98, 1.02],
      });
      cluster.run(50);
      cluster.silence(1);
      cluster.until(() => !cluster.order().includes(1), 8_000);
      count += cluster.violations.length;
    }
    return count;
  };
  assertEquals(violations(0.05), 0);
  assert(violations(0) > 0);
});

Deno.test("member() expels though the primary of the master dies in between", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const cluster = MasterCluster.formed({ nodeCount: 5, seed });
    cluster.run(300 + seed * 11);
    const { primary } = cluster;
    const node = [0, 1, 2, 3, 4].find((other) => other !== primary)!;
    cluster.silence(node);
    cluster.until(() => cluster.decided.nodes[node]!.expelling !== null, 5_000, "the intention");
    cluster.run(seed * 40);
    cluster.crash(primary!);
    cluster.until(() => cluster.order().length === 3, 10_000, "both expulsions");
    assertEquals(cluster.order().includes(node) || cluster.order().includes(primary!), false);
    assertEquals(cluster.violations, []);
    assertEquals(cluster.failures, []);
  }
});

Deno.test("member() has a node expelled that is heard and hears nobody", () => {
  for (const deaf of [0, 1, 2]) {
    const cluster = MasterCluster.formed({ seed: deaf + 1 });
    cluster.run(300);
    cluster.deafen(deaf);
    cluster.until(() => !cluster.order().includes(deaf), 6_000, "the expulsion");
    assertEquals(cluster.violations, []);
    cluster.network.healAll();
    cluster.until(() => cluster.order().length === 3, 6_000, "the return");
  }
});

Deno.test("member() finds the others again after all were cut off from each other", () => {
  const cluster = MasterCluster.formed();
  cluster.run(300);
  for (const index of [0, 1, 2]) cluster.isolate(index);
  cluster.run(5_000);
  cluster.network.healAll();
  cluster.run(3_000);
  assertEquals(cluster.nodes.map(({ membership }) => membership!.suspected), [[], [], []]);
  assertEquals(cluster.order().length, 3);
  for (const { index, replica } of cluster.nodes) {
    assert(replica.mayServe(index, cluster.now(index)));
  }
});

Deno.test("member() withdraws what it held against a node that it hears again", () => {
  const cluster = MasterCluster.formed();
  cluster.run(300);
  const undo = cluster.silence(1);
  cluster.until(() => cluster.decided.nodes[1]!.expelling !== null, 3_000, "the intention");
  cluster.run(200);
  undo();
  cluster.until(() => cluster.decided.nodes[1]!.expelling === null, 200, "the withdrawal");
  cluster.run(3_000);
  assertEquals(cluster.order(), [0, 1, 2]);
  assertEquals(cluster.decided.volumes[0]!.epoch, 1);
  assert(cluster.node(1).replica.mayServe(1, cluster.now(1)));
});

Deno.test("member() has its own node expelled if that can make nothing durable", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  cluster.tell(2, { type: "stalled", volume: 0, isStalled: true });
  cluster.until(() => !cluster.order().includes(2), 2_000, "the expulsion");
  assertEquals(cluster.violations, []);
  cluster.run(1_000);
  assertEquals(cluster.order(), [0, 1]);
  cluster.tell(2, { type: "stalled", volume: 0, isStalled: false });
  cluster.until(() => cluster.order().includes(2), 2_000, "the return");
});

Deno.test("member() has a deaf successor expelled", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  cluster.tell(1, { type: "deaf", volume: 0, node: 2 });
  cluster.until(() => !cluster.order().includes(2), 2_000, "the expulsion");
  assertEquals(cluster.violations, []);
  cluster.tell(1, { type: "deaf", volume: 0, node: null });
  cluster.until(() => cluster.order().includes(2), 2_000, "the return");
});
