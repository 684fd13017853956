import { assert, assertEquals } from "@std/assert";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";

/** A formed cluster with some commands executed, and what watches it. */
function busy(options: ClusterOptions = {}) {
  const cluster = Cluster.formed(options);
  const checker = new Checker(cluster);
  const clients = new Clients(cluster);
  const clientId = clients.executeMany(5, "a");
  return { cluster, checker, clients, clientId, first: cluster.primary!.index };
}

/** All replicas end up with the same, so many commands. */
function expectAgreement({ cluster, checker }: ReturnType<typeof busy>, commands: number): void {
  cluster.untilConverged();
  checker.check();
  assertEquals(checker.violations, []);
  for (const { machine } of cluster.nodes) assertEquals(machine.applied.length, commands);
}

for (const kind of ["isolate", "mute", "deafen"] as const) {
  for (const K of [3, 4, 5]) {
    Deno.test(`A primary of ${K} is replaced by the others: ${kind}`, () => {
      const world = busy({ replicaCount: K });
      const { cluster, clients, clientId, first } = world;
      cluster[kind](first);
      const lost = clients.submit(first, { clientId, requestNumber: 6 }, "lost");
      cluster.untilReplaced(first);
      clients.execute({ clientId, requestNumber: 7 }, "b");
      assert(!lost.replies.some(({ type }) => type === "result"));
      cluster.heal();
      cluster.untilConverged();
      const kept = cluster.node(0).machine.applied.some(({ command }) => command === "lost");
      expectAgreement(world, kept ? 7 : 6);
    });
  }

  Deno.test(`A backup of 3 is not missed, and catches up: ${kind}`, () => {
    const world = busy();
    const { cluster, clients } = world;
    cluster[kind](cluster.backups[0]!.index);
    cluster.run(3_000);
    clients.executeMany(20, "b");
    assertEquals(cluster.primary!.replica!.view, 0);
    cluster.heal();
    expectAgreement(world, 25);
    assertEquals(cluster.primary!.replica!.view, 0);
  });
}

Deno.test("Nothing is acknowledged, nor lost, while there is no majority", () => {
  const world = busy({ replicaCount: 5 });
  const { cluster, clients, clientId } = world;
  for (const a of [0, 1]) for (const b of [2, 3, 4]) cluster.cut(a, b);
  for (const a of [2]) for (const b of [3, 4]) cluster.cut(a, b);
  const attempts = cluster.nodes.map(({ index }) =>
    clients.submit(index, { clientId, requestNumber: 6 }, "x")
  );
  cluster.run(5_000);
  assert(attempts.every(({ replies }) => replies.every(({ type }) => type !== "result")));
  cluster.heal();
  cluster.untilConverged();
  clients.execute({ clientId, requestNumber: 6 }, "x");
  expectAgreement(world, 6);
});

Deno.test("Two that cannot hear each other do not stop a third that hears both", () => {
  const world = busy();
  const { cluster, clients, first } = world;
  cluster.cut(first, cluster.backups[0]!.index);
  cluster.run(3_000);
  clients.executeMany(20, "b");
  cluster.heal();
  expectAgreement(world, 25);
});

Deno.test("A primary of the past that comes back from a long pause changes nothing", () => {
  const world = busy();
  const { cluster, clients, clientId, first } = world;
  cluster.isolate(first);
  cluster.untilReplaced(first);
  clients.execute({ clientId, requestNumber: 6 }, "b");
  const view = cluster.primary!.replica!.view;
  cluster.run(5_000);
  cluster.heal();
  expectAgreement(world, 6);
  assertEquals(cluster.primary!.replica!.view, view);
});

Deno.test("A full disk at the primary hands the group to another, and nothing acknowledged is lost", () => {
  const world = busy();
  const { cluster, clients, clientId, first } = world;
  const { disk } = cluster.node(first);
  disk.limit(disk.files.reduce((sum, name) => sum + disk.contents(name)!.length, 0));
  const id = { clientId, requestNumber: 6 };
  clients.submit(first, id, "b");
  cluster.untilReplaced(first);
  clients.execute(id, "b");
  clients.executeMany(20, "c");
  assertEquals(cluster.node(first).replica!.stalled === null, false);
  disk.limit(Infinity);
  expectAgreement(world, 26);
  assertEquals(cluster.node(first).replica!.stalled, null);
});

Deno.test("A full disk at a backup is waited out without a view change", () => {
  const world = busy();
  const { cluster, clients } = world;
  const { disk, index } = cluster.backups[0]!;
  disk.limit(disk.files.reduce((sum, name) => sum + disk.contents(name)!.length, 0));
  clients.executeMany(30, "b");
  cluster.run(2_000);
  assert(cluster.node(index).replica!.opNumber < cluster.primary!.replica!.opNumber);
  disk.limit(Infinity);
  expectAgreement(world, 35);
  assertEquals(cluster.primary!.replica!.view, 0);
});

Deno.test("Full disks everywhere stop the group, which goes on when there is room", () => {
  const world = busy();
  const { cluster, clients, clientId } = world;
  for (const { disk } of cluster.nodes) {
    disk.limit(disk.files.reduce((sum, name) => sum + disk.contents(name)!.length, 0));
  }
  const attempt = clients.submit(0, { clientId, requestNumber: 6 }, "b");
  cluster.run(6_000);
  assert(!attempt.replies.some(({ type }) => type === "result"));
  for (const { disk } of cluster.nodes) disk.limit(Infinity);
  cluster.untilConverged(20_000);
  clients.execute({ clientId, requestNumber: 6 }, "b");
  expectAgreement(world, 6);
});

for (const actor of ["journal", "client-table", "replica", "detector"] as const) {
  Deno.test(`Crashes of the ${actor} are recovered from, at the primary and at backups`, () => {
    const world = busy({ snapshotLogBytes: 2_000 });
    const { cluster, clients, clientId } = world;
    for (let round = 0; round < 6; round++) {
      cluster.crashActor(round % 3, actor);
      cluster.run(30);
      cluster.until(() => cluster.primary !== undefined, 5_000);
      clients.execute({ clientId, requestNumber: 6 + round }, `b${round}`);
    }
    expectAgreement(world, 11);
    // The detectors still do their work.
    cluster.crash(cluster.primary!.index);
    cluster.until(() => cluster.primary !== undefined, 5_000, "another primary");
    clients.executeMany(2, "c");
  });
}
