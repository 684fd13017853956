import { assert, assertEquals } from "@std/assert";
import { Clients } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { chain, headOf, LoneReplica } from "./lone_replica.ts";

Deno.test("trust() tells the detector of a sign of life that comes right after its suspicion", () => {
  const lone = LoneReplica.normal(1, 0);
  const commit = { type: "commit", view: 0, commitNumber: 0, opNumber: 0, replica: 0 } as const;
  const heard = () => lone.observed.filter(({ type }) => type === "heard").length;
  lone.run(100);
  lone.forget();
  lone.receive(commit, commit);
  assertEquals(heard(), 1, "the second tells it nothing new");
  lone.receive({ type: "suspect", peer: 0 }, commit);
  assertEquals(heard(), 2, "or it would never be suspicious again");
});

Deno.test("onSuspicion() is forgotten when the primary is heard", () => {
  const lone = LoneReplica.normal(1, 0);
  const commit = { type: "commit", view: 0, commitNumber: 0, opNumber: 0, replica: 0 } as const;
  lone.receive({ type: "suspect", peer: 0 });
  assertEquals(lone.sentOf("exitView").map(({ to, view }) => [to, view]).sort(), [[0, 0], [2, 0]]);
  // The detector may have spoken before it was told to observe this primary: it will not trust it.
  lone.receive(commit);
  lone.forget();
  for (let round = 0; round < 20; round++) {
    lone.run(50);
    lone.receive(commit);
  }
  assertEquals(lone.sentOf("exitView"), []);
  assertEquals(lone.figures!.suspected, []);
});

Deno.test("startViewChange() reveals a view to nobody before it is durable (E1)", () => {
  const lone = LoneReplica.normal(1, 0, chain([0]));
  lone.forget();
  lone.disk.holdNext("write");
  lone.receive({ type: "startViewChange", view: 2, replica: 0 });
  lone.receive({ type: "startViewChange", view: 2, replica: 2 });
  lone.run(5_000);
  assertEquals(lone.figures!.view, 2);
  assertEquals(lone.sent, []);
  lone.disk.release();
  lone.run(5);
  assertEquals(lone.sentOf("startViewChange").map(({ view }) => view), [2, 2]);
  assertEquals(lone.sentOf("doViewChange").map(({ view, to }) => [view, to]), [[2, 2]]);
});

Deno.test("onStartView() ignores a view that begins with less than is known to be committed", () => {
  const log = chain([0, 0, 0, 0]);
  const lone = LoneReplica.normal(0, 1, log);
  // A later view lets it know that all of its log is committed.
  lone.receive(
    { type: "commit", view: 5, commitNumber: 4, opNumber: 6, replica: 2 },
    { type: "newCheckpoint", view: 5, op: 4, head: headOf(log), replica: 2 },
  );
  const start = { opNumber: 2, commitNumber: 0, head: log[1]!.checksum };
  lone.receive({ type: "startView", view: 4, ...start, replica: 1 });
  lone.run(100);
  assertEquals(lone.failures, []);
  assertEquals([lone.figures!.view, lone.figures!.commitNumber], [1, 4]);
});

Deno.test("onDoViewChange() begins no view with less than is known to be committed", () => {
  const log = chain([0, 0, 0, 0]);
  const lone = LoneReplica.normal(1, 0, log);
  lone.receive(
    { type: "commit", view: 5, commitNumber: 4, opNumber: 6, replica: 2 },
    { type: "newCheckpoint", view: 5, op: 4, head: headOf(log), replica: 2 },
  );
  const vote = { lastNormalView: 3, opNumber: 2, commitNumber: 0, head: log[1]!.checksum };
  lone.receive({ type: "doViewChange", view: 4, ...vote, replica: 2 });
  lone.receive({ type: "startViewChange", view: 4, replica: 2 });
  lone.run(100);
  assertEquals(lone.failures, []);
  assertEquals(lone.figures!.status, "view-change");
  assertEquals(lone.sentOf("startView"), []);
});

for (const K of [3, 4, 5]) {
  Deno.test(`A primary of ${K} that hears nobody is replaced, though it could still be heard`, () => {
    const cluster = Cluster.formed({ replicaCount: K });
    const clients = new Clients(cluster);
    clients.executeMany(2, "a");
    const first = cluster.primary!.index;
    cluster.deafen(first);
    cluster.until(() => cluster.backups.some((node) => node.replica!.leading), 5_000, "another");
    const next = cluster.primary!;
    assert(next.index !== first);
    assertEquals(clients.read(next.index), 2);
  });
}

Deno.test("onHeartbeat() takes up the heartbeat again when the disk takes writes again", () => {
  const lone = LoneReplica.normal(0, 2);
  lone.receive({ type: "startViewChange", view: 3, replica: 1 });
  const empty = { opNumber: 0, commitNumber: 0, head: headOf([]) };
  lone.receive({ type: "doViewChange", view: 3, lastNormalView: 2, ...empty, replica: 1 });
  assert(lone.figures!.leading);
  lone.receive({ type: "stalled", reason: "no space left" });
  lone.run(100);
  lone.forget();
  lone.run(200);
  assertEquals(lone.sentOf("commit"), []);
  lone.receive({ type: "resumed" });
  lone.run(60);
  assert(lone.sentOf("commit").length > 0);
  lone.forget();
  lone.run(300);
  assertEquals(lone.sentOf("exitView"), []);
});

Deno.test("startPatience() is not used up by as many dead primaries in a row as may be", () => {
  const cluster = Cluster.formed({ replicaCount: 7 });
  for (const index of [0, 1, 2]) cluster.crash(index);
  const start = cluster.clock.now;
  cluster.until(() => cluster.primary !== undefined, 10_000, "a primary");
  assertEquals(cluster.primary!.index, 3);
  assert(cluster.clock.now - start < 2_500, `${cluster.clock.now - start} ms`);
});

Deno.test("chooseLog() prefers the log of the latest view to a longer one of an earlier view", () => {
  for (const latest of [2, 3]) {
    const lone = LoneReplica.normal(1, 0, [], { replicaCount: 5 });
    for (const replica of [2, 3]) {
      const isLatest = replica === latest;
      const log = chain(isLatest ? [0, 4] : [0, 3, 3, 3]);
      lone.receive({
        type: "doViewChange",
        view: 6,
        lastNormalView: isLatest ? 4 : 3,
        opNumber: log.length,
        commitNumber: 0,
        head: headOf(log),
        replica,
      });
    }
    assertEquals(lone.sentOf("getState").map(({ to }) => to), [latest]);
  }
});
