import { assert, assertEquals } from "@std/assert";
import { MASTER } from "../../protocols/master/names.ts";
import { MasterCluster } from "./cluster.ts";
import { MasterClient } from "./master_client.ts";

Deno.test("member() enters its node and gives the replicas their place and a lease", () => {
  const cluster = MasterCluster.formed();
  for (const { index, replica } of cluster.nodes) {
    assertEquals(replica.volume?.epoch, 1);
    assertEquals(
      replica.volume?.members,
      [0, 1, 2].map((node) => ({
        node,
        birth: 1_000 * (node + 1),
      })),
    );
    assert(replica.mayServe(index, cluster.now(index)));
    const kinds = replica.told.map(({ event }) => event.type);
    assert(kinds.indexOf("assigned") < kinds.indexOf("lease"), "first the place, then the lease");
  }
  // And renews it for as long as nothing happens.
  for (let round = 0; round < 20; round++) {
    cluster.run(100);
    for (const { index, replica } of cluster.nodes) {
      assert(replica.mayServe(index, cluster.now(index)));
    }
  }
  assertEquals(cluster.decided.volumes[0]!.epoch, 1);
  assertEquals(cluster.failures, []);
});

Deno.test("member() counts a lease from when it asked for it", () => {
  const cluster = MasterCluster.formed({ latencyMs: () => 60, membership: { leaseMs: 500 } });
  const from = cluster.clock.now;
  cluster.run(2_000);
  let backups = 0;
  for (const { index, replica } of cluster.nodes) {
    for (const { at, event } of replica.told) {
      if (event.type !== "lease" || at < from) continue;
      // To the primary and back; for the primary itself, to a backup and back.
      assert(event.until - at <= 500 - 2 * 60, `node ${index}: ${event.until - at} ms are left`);
      backups++;
    }
  }
  assert(backups > 50);
});

Deno.test("member() lets the lease run out while the master cannot be asked", () => {
  const cluster = MasterCluster.formed();
  cluster.run(500);
  for (const index of [0, 1, 2]) cluster.isolate(index);
  cluster.run(501);
  for (const { index, replica } of cluster.nodes) {
    assert(!replica.mayServe(index, cluster.now(index)));
  }
  cluster.network.healAll();
  const isServing = () =>
    cluster.nodes.every(({ index, replica }) => replica.mayServe(index, cluster.now(index)));
  cluster.until(isServing, 5_000, "serving again");
  assertEquals(cluster.order(), [0, 1, 2]);
});

Deno.test("member() tells the others at once what it has brought about", () => {
  // Beats are so rare that nobody learns anything by one.
  const membership = { heartbeatMs: 2_000, leaseMs: 6_000 };
  const cluster = MasterCluster.formed({ membership, latencyMs: () => 1 });
  cluster.run(2_500 - cluster.clock.now % 2_000);
  cluster.tell(0, { type: "stalled", volume: 0, isStalled: true });
  cluster.until(() => cluster.decided.nodes[0]!.expelling !== null, 100);
  const { version } = cluster.decided;
  cluster.run(5);
  for (const { membership } of cluster.nodes) {
    assertEquals(membership!.configuration!.version, version);
  }
});

Deno.test("member() polls at once if others know more", () => {
  const membership = { heartbeatMs: 2_000, leaseMs: 6_000 };
  const cluster = MasterCluster.formed({ membership, latencyMs: () => 1 });
  cluster.run(2_500 - cluster.clock.now % 2_000);
  // Of the node's own replica, of another member; each of something that an operator has changed.
  const hints = [
    { type: "outdated", volume: 0, epoch: 9 },
    { type: "alive", node: 1, version: 99, isCutOff: false },
  ] as const;
  for (const [index, hint] of hints.entries()) {
    const client = new MasterClient(cluster, 1);
    client.submit(index === 0 ? { type: "remove", node: 0 } : { type: "add", node: 0 });
    cluster.run(10);
    const { version } = cluster.decided;
    assert(cluster.node(2).membership!.configuration!.version < version);
    cluster.tell(2, hint);
    // As long as it may take until the node's own replica of the master has executed what was decided.
    cluster.run(60);
    assertEquals(cluster.node(2).membership!.configuration!.version, version);
  }
});

Deno.test("member() installs no older configuration", () => {
  const cluster = MasterCluster.formed();
  const old = cluster.decided;
  cluster.run(100);
  cluster.crash(1);
  cluster.until(() => cluster.order().length === 2, 5_000);
  cluster.run(100);
  const { replica } = cluster.node(0);
  const { length } = replica.told;
  cluster.tell(0, { type: "configured", node: 2, configuration: old });
  cluster.run(0.001);
  assertEquals(cluster.node(0).membership!.configuration, cluster.decided);
  const events = replica.told.slice(length).map(({ event }) => event.type);
  assertEquals(events.filter((type) => type === "assigned"), []);
});

Deno.test("member() repeats what is lost on the way", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  const backup = [0, 1, 2].find((index) => index !== cluster.primary)!;
  const undo = cluster.network.intercept(({ from, to }) =>
    from === backup && to.name === MASTER.clientTable ? { copies: 0 } : undefined
  );
  cluster.tell(backup, { type: "stalled", volume: 0, isStalled: true });
  cluster.run(400);
  assertEquals(cluster.decided.nodes[backup]!.suspects, []);
  undo();
  cluster.run(150);
  assertEquals(cluster.decided.nodes[backup]!.suspects, [backup]);
});

Deno.test("member() opens another session if its own was evicted", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  new MasterClient(cluster, 0).evictAll();
  cluster.run(20);
  cluster.tell(1, { type: "stalled", volume: 0, isStalled: true });
  cluster.run(100);
  assertEquals(cluster.decided.nodes[1]!.suspects, [1]);
  assertEquals(cluster.failures, []);
});

Deno.test("member() passes on what replicas say when a node is removed, and added", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  const client = new MasterClient(cluster, 1);
  assertEquals(client.submit({ type: "remove", node: 0 }), "done");
  cluster.until(() => cluster.order().length === 2, 1_000, "the removal");
  assertEquals(cluster.order(), [1, 2]);
  assertEquals(cluster.violations, []);
  assertEquals(client.submit({ type: "add", node: 0 }), "done");
  cluster.until(() => cluster.order().length === 3, 1_000, "the return");
  assertEquals(cluster.order(), [1, 2, 0]);
  assertEquals(client.submit({ type: "rebalance" }), "done");
  cluster.until(() => cluster.order().join() === "0,1,2", 2_000, "the old order");
  assertEquals(cluster.failures, []);
});

Deno.test("member() serves many volumes", () => {
  const placement = { volumes: 16, length: 3 };
  const cluster = MasterCluster.formed({ nodeCount: 5, placement });
  cluster.run(300);
  cluster.crash(2);
  const isGone = () =>
    cluster.decided.volumes.every((_, volume) => {
      const order = cluster.order(volume);
      return order.length === 3 && !order.includes(2);
    });
  cluster.until(isGone, 5_000, "all volumes on three of the others");
  assertEquals(cluster.violations, []);
  cluster.start(2);
  cluster.run(1_000);
  new MasterClient(cluster, 1).submit({ type: "rebalance" });
  const isBack = () => cluster.decided.volumes.some((_, volume) => cluster.order(volume)[0] === 2);
  cluster.until(isBack, 5_000, "its heads");
  cluster.run(2_000);
  const { volumes } = cluster.decided;
  assert(
    volumes.every(({ members, joining, leaving }) =>
      members.length === 3 && joining === null && leaving === null
    ),
  );
  assertEquals(cluster.violations, []);
});
