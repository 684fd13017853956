import { assert, assertEquals } from "@std/assert";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import { MasterCluster } from "./cluster.ts";

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
