import { assert, assertEquals } from "@std/assert";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import { MasterCluster, type MasterClusterOptions } from "./cluster.ts";
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

Deno.test("member() that restarts learns everything again", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  for (const name of [MEMBERSHIP.member, `${MEMBERSHIP.member}/session`, MEMBERSHIP.detector]) {
    cluster.crashActor(1, name);
    cluster.run(1_000);
    assert(cluster.node(1).replica.mayServe(1, cluster.now(1)), name);
    assertEquals(cluster.node(1).membership!.configuration, cluster.decided);
    // And does its duties as before.
    cluster.tell(1, { type: "stalled", volume: 0, isStalled: true });
    cluster.run(100);
    assertEquals(cluster.decided.nodes[1]!.suspects, [1], name);
    cluster.tell(1, { type: "stalled", volume: 0, isStalled: false });
    cluster.run(100);
  }
  assertEquals(cluster.order(), [0, 1, 2]);
  assertEquals(cluster.node(1).replica.incarnations, 1);
});

Deno.test("member() gives a replica that restarts its place only when the master knows of it", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  const { replica } = cluster.node(2);
  const entrances = () => cluster.decided.nodes[2]!.entrances;
  const before = entrances();
  const { length } = replica.told;
  const undo = cluster.network.intercept(({ from, to }) =>
    from === 2 && to.name === MASTER.clientTable ? { copies: 0 } : undefined
  );
  // Else its own client table would be enough.
  assert(cluster.primary !== 2);
  cluster.crashActor(2, "volume-0/replica");
  cluster.run(500);
  assertEquals(replica.told.slice(length), []);
  undo();
  cluster.run(300);
  assertEquals(entrances(), before + 1);
  assert(replica.mayServe(2, cluster.now(2)));
  assertEquals(cluster.decided.volumes[0]!.epoch, 1);
});

Deno.test("member() forgets what a replica said before it restarted", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  assert(cluster.primary !== 2);
  cluster.node(2).replica.isObedient = false;
  cluster.node(0).replica.birth = 77;
  cluster.crash(0);
  cluster.start(0);
  cluster.until(() => cluster.decided.volumes[0]!.joining !== null, 5_000);
  cluster.run(100);
  const { epoch } = cluster.decided.volumes[0]!;
  // Nothing that it submits gets through until its replica has died.
  const undo = cluster.network.intercept(({ from, to }) =>
    from === 2 && to.name === MASTER.clientTable ? { copies: 0 } : undefined
  );
  cluster.tell(2, { type: "deaf", volume: 0, node: null });
  cluster.tell(2, { type: "stalled", volume: 0, isStalled: true });
  cluster.run(20);
  cluster.tell(2, { type: "extended", volume: 0, epoch });
  cluster.run(20);
  cluster.crashActor(2, "volume-0/replica");
  cluster.run(100);
  undo();
  cluster.run(500);
  // The new incarnation commits alone, and has not said anything else.
  assertEquals(cluster.order(), [1, 2]);
  assertEquals(cluster.decided.volumes[0]!.joining?.node, 0);
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

Deno.test("member() keeps everything over a restart of the whole cluster", () => {
  const cluster = MasterCluster.formed();
  cluster.run(100);
  cluster.crash(1);
  cluster.until(() => cluster.order().length === 2, 5_000);
  cluster.run(100);
  for (const index of [0, 2]) cluster.crash(index);
  for (const index of [0, 1, 2]) cluster.start(index);
  cluster.until(() => cluster.order().join() === "0,2,1", 5_000, "the return");
  cluster.run(500);
  for (const { index, replica } of cluster.nodes) {
    assert(replica.mayServe(index, cluster.now(index)));
  }
  assertEquals(cluster.failures, []);
});
