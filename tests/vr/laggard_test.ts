import { assert, assertEquals } from "@std/assert";
import { GENESIS } from "../../protocols/entry.ts";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";
import { chain, headOf, LoneReplica } from "./lone_replica.ts";

/** A cluster in which one backup misses so much that the others have compacted it away. */
function lagging(options: ClusterOptions = {}) {
  const cluster = Cluster.formed({ snapshotLogBytes: 2_000, ...options });
  const checker = new Checker(cluster);
  const clients = new Clients(cluster);
  const clientId = clients.executeMany(5, "a");
  const { index } = cluster.backups[0]!;
  cluster.isolate(index);
  clients.executeMany(100, "b");
  cluster.run(200);
  assert(cluster.primary!.replica!.logBytes < 4_000, "the log was compacted");
  return { cluster, checker, clients, clientId, index };
}

function expectConverged({ cluster, checker, index }: ReturnType<typeof lagging>): void {
  cluster.untilConverged();
  checker.check();
  assertEquals(checker.violations, []);
  assertEquals(cluster.node(index).machine.applied.length, 105);
}

function expectCaughtUp(world: ReturnType<typeof lagging>): void {
  expectConverged(world);
  const { cluster, index } = world;
  assert(cluster.log.some(({ node, text }) => node === index && text.includes("state installed")));
}

Deno.test("A replica that is far behind gets a snapshot, and then the log after it", () => {
  const world = lagging();
  const { cluster, index } = world;
  cluster.heal();
  expectCaughtUp(world);
  assertEquals(cluster.primary!.replica!.view, 0, "without a view change");
  // What it got is durable, and enough to go on from.
  cluster.restart(index);
  expectCaughtUp(world);
});

Deno.test("A replica that is a little behind gets entries, and no snapshot", () => {
  const cluster = Cluster.formed({ retainEntries: 50, snapshotLogBytes: 2_000 });
  const clients = new Clients(cluster);
  const { index } = cluster.backups[0]!;
  clients.executeMany(100, "a");
  cluster.untilConverged();
  cluster.isolate(index);
  clients.executeMany(30, "b");
  cluster.heal();
  cluster.untilConverged();
  assert(!cluster.log.some(({ text }) => text.includes("state installed")));
});

Deno.test("A replica that is far behind catches up across a view change", () => {
  const world = lagging();
  const { cluster, index } = world;
  const first = cluster.primary!.index;
  cluster.heal();
  cluster.isolate(first);
  // It is needed for the quorum now, and may even have to lead.
  cluster.untilReplaced(first);
  expectCaughtUp({ ...world, cluster: healed(cluster) });
  assert(cluster.node(index).isNormal);
});

Deno.test("forfeit() leaves the view to one who need not fetch a snapshot before it can lead (E17)", () => {
  const world = lagging();
  const { cluster, checker, clients, clientId, index } = world;
  const first = cluster.primary!.index;
  assertEquals(index, first + 1, "the next primary is the one that lags behind");
  let pieces = 0;
  cluster.onMessage((message) => {
    // As if the state were too large to be sent before long.
    const isPiece = message.type === "checkpointPiece";
    if (isPiece) pieces++;
    return isPiece && cluster.clock.now < 30_000 ? { copies: 0 } : undefined;
  });
  cluster.heal();
  cluster.mute(first);
  cluster.deafen(first);
  cluster.run(2_000);
  cluster.heal();
  const leaves = cluster.log.filter(({ text }) => text.includes("leaving it to replica"));
  assert(leaves.length > 0 && leaves.every(({ node }) => node === index));
  cluster.untilReplaced(first);
  assert(cluster.primary!.index !== index);
  assertEquals(clients.execute({ clientId, requestNumber: 200 }, "c"), 106);
  assert(pieces > 0 && !cluster.node(index).isNormal);
  cluster.run(30_000);
  cluster.untilConverged();
  checker.check();
  assertEquals(checker.violations, []);
});

Deno.test("forfeit() goes on by no more than two views: one that has lost its disk stays out of those", () => {
  const log = chain(Array(9).fill(0));
  for (const winner of [3, 4]) {
    const lone = LoneReplica.normal(1, 0, [], { replicaCount: 5 });
    const vote = { type: "doViewChange", view: 1, lastNormalView: 0, opNumber: 0 } as const;
    lone.receive({ ...vote, commitNumber: 0, head: GENESIS, replica: 2 });
    lone.receive({ type: "startViewChange", view: 1, replica: 0 });
    const end = { opNumber: 9, commitNumber: 9, head: headOf(log) };
    lone.receive({ ...vote, ...end, replica: winner });
    assertEquals(lone.sentOf("getState").map(({ to }) => to), [winner]);
    const head = log[4]!.checksum;
    lone.receive({ type: "newCheckpoint", view: 1, op: 5, head, replica: winner });
    assertEquals(lone.figures!.view, winner === 3 ? 3 : 1);
    assertEquals(lone.sentOf("getCheckpoint").map(({ to }) => to), winner === 3 ? [] : [4]);
  }
});

function healed(cluster: Cluster): Cluster {
  cluster.heal();
  return cluster;
}

Deno.test("A snapshot of many pieces gets through, pieces lost and its source dying halfway", () => {
  const world = lagging({ ballast: 20, replicaCount: 5 });
  const { cluster, index } = world;
  let pieces = 0;
  const sources = new Set<number>();
  cluster.onMessage((message, from, to) => {
    if (message.type !== "checkpointPiece" || to !== index) return undefined;
    pieces++;
    sources.add(from);
    return pieces % 7 === 3 ? { copies: 0 } : undefined;
  });
  cluster.heal();
  cluster.until(() => pieces === 5, 5_000, "some pieces");
  const [source] = sources;
  cluster.crash(source!);
  expectCaughtUp(world);
  assert(pieces > 10);
  cluster.start(source!);
  cluster.untilConverged(20_000);
});

/** Delays pieces, so that a snapshot of twenty takes longer than it takes to gather log for the next. */
const slowPieces = ({ type }: { readonly type: string }) =>
  type === "checkpointPiece" ? { delayMs: 10 } : undefined;

Deno.test("A replica that is far behind catches up however much is written meanwhile", () => {
  const world = lagging({ ballast: 20 });
  const { cluster, checker, clients, index } = world;
  cluster.onMessage(slowPieces);
  cluster.heal();
  const began = cluster.clock.now;
  const installed = () =>
    cluster.log.some(({ node, text }) => node === index && text.includes("state installed"));
  let rounds = 0;
  for (; rounds < 100 && !installed(); rounds++) clients.executeMany(5, `c${rounds}.`);
  assert(installed(), `${cluster.clock.now - began} ms were not enough`);
  const fetched = cluster.log.filter(({ text }) => text.startsWith("fetching the snapshot"));
  assert(fetched.length <= 2, "it began anew no more than once");
  cluster.untilConverged();
  checker.check();
  assertEquals(checker.violations, []);
});

Deno.test("A snapshot that is fetched forever holds up the next one for some time only", () => {
  const world = lagging({ ballast: 20 });
  const { cluster, clients, index } = world;
  cluster.onMessage(({ type }, _from, to) =>
    // The first pieces come again and again.
    type === "checkpointPiece" && to === index ? { copies: 0 } : undefined
  );
  cluster.heal();
  let largest = 0;
  for (let round = 0; round < 40; round++) {
    clients.executeMany(5, `c${round}.`);
    for (const { replica } of cluster.nodes) largest = Math.max(largest, replica!.logBytes);
  }
  assert(largest < 12_000, `${largest} bytes`);
});

for (const actor of ["journal", "client-table", "replica"] as const) {
  Deno.test(`A snapshot on its way survives crashes of the ${actor} at either end`, () => {
    for (const isReceiver of [false, true]) {
      const world = lagging({ ballast: 12 });
      const { cluster, index } = world;
      let source: number | undefined;
      cluster.onMessage(({ type }, from, to) => {
        if (type === "checkpointPiece" && to === index) source = from;
        return undefined;
      });
      cluster.heal();
      cluster.until(() => source !== undefined);
      for (let round = 0; round < 10; round++) {
        cluster.run(7);
        cluster.crashActor(isReceiver ? index : source!, actor);
      }
      // A source that restarts may still have all of the log on its disk.
      expectConverged(world);
    }
  });
}

Deno.test("A replica whose log was compacted restarts from its own snapshot", () => {
  const cluster = Cluster.formed({ snapshotLogBytes: 2_000 });
  const clients = new Clients(cluster);
  const clientId = clients.executeMany(100, "a");
  for (const { index } of cluster.nodes) cluster.crash(index);
  cluster.startAll();
  cluster.untilConverged();
  assertEquals(cluster.nodes.map(({ machine }) => machine.applied.length), [100, 100, 100]);
  assert(cluster.log.some(({ text }) => text.startsWith("restored the state at")));
  // Sessions are part of it: what was executed is not executed again.
  assertEquals(clients.execute({ clientId, requestNumber: 100 }, "a100"), 100);
});

Deno.test("The log in memory and on disk stays bounded however much is written", () => {
  const cluster = Cluster.formed({ snapshotLogBytes: 4_000 });
  const clients = new Clients(cluster);
  let largest = 0;
  for (let round = 0; round < 10; round++) {
    clients.executeMany(50, `${round}.`);
    cluster.run(60);
    largest = Math.max(largest, ...cluster.nodes.map(({ replica }) => replica!.logBytes));
  }
  assert(largest < 10_000, `${largest} bytes`);
});
