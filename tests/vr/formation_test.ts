import { assert, assertEquals } from "@std/assert";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { LoneReplica } from "./lone_replica.ts";

for (const K of [1, 2, 3, 4, 5, 7]) {
  Deno.test(`A group of ${K} forms once all are there, in view 0 under replica 0`, () => {
    const cluster = new Cluster({ replicaCount: K });
    for (let index = 1; index < K; index++) cluster.start(index);
    cluster.run(2_000);
    assert(cluster.nodes.every((node) => !node.isNormal));
    cluster.start(0);
    cluster.until(() => cluster.nodes.every((node) => node.isNormal), 1_000);
    assertEquals(cluster.nodes.map(({ replica }) => replica!.view), Array(K).fill(0));
    assertEquals(cluster.primary!.index, 0);
    assertEquals(new Clients(cluster).executeMany(3, "a"), 1);
  });
}

Deno.test("A replica whose disk is replaced before anyone has formed is one of the founders", () => {
  const cluster = new Cluster();
  cluster.start(0);
  cluster.start(1);
  cluster.run(500);
  cluster.wipe(1);
  cluster.start(1);
  cluster.run(500);
  cluster.start(2);
  cluster.until(() => cluster.nodes.every((node) => node.isNormal), 1_000);
  assert(!cluster.log.some(({ text }) => text.includes("does not know this disk")));
  assertEquals(cluster.primary!.replica!.view, 0);
});

Deno.test("A replica whose disk is replaced after the others have formed recovers from them", () => {
  for (const lost of [0, 1, 2]) {
    const cluster = new Cluster();
    // The last one learns nothing of the others for now, so they form without it.
    cluster.onMessage((message, _, to) =>
      to === lost && message.type === "probed" && cluster.clock.now < 500
        ? { copies: 0 }
        : undefined
    );
    cluster.startAll();
    cluster.until(() => cluster.nodes.filter((node) => node.isNormal).length === 2, 2_000);
    cluster.wipe(lost);
    new Clients(cluster).executeMany(3, "a");
    cluster.start(lost);
    cluster.untilConverged();
    assert(cluster.log.some(({ text }) => text.includes("does not know this disk")));
    assertEquals(cluster.node(lost).machine.applied.length, 3);
  }
});

Deno.test("A fresh disk is no founder to one who knows only that the others were unformed once", () => {
  const cluster = new Cluster();
  const checker = new Checker(cluster);
  const clients = new Clients(cluster);
  // Replica 2 hears early that replica 1 is unformed, and nothing of replica 0 until later; so the
  // first two form a group without it, and have commands executed.
  const pass = cluster.onMessage((message, from, to) => {
    if (message.type !== "probed" || to !== 2) return undefined;
    const isLate = cluster.clock.now > 1_000;
    return from === 1 ? (isLate ? { copies: 0 } : undefined) : isLate ? undefined : { copies: 0 };
  });
  cluster.startAll();
  cluster.until(() => cluster.node(0).isNormal && cluster.node(1).isNormal, 1_000);
  clients.executeMany(3, "a");
  cluster.wipe(0);
  cluster.cut(1, 2);
  cluster.cut(0, 1);
  cluster.run(1_000);
  cluster.start(0);
  cluster.run(1_000);
  assert(!cluster.node(0).isNormal, "replica 0 has lost its disk: it is not as good as new");
  pass();
  cluster.heal();
  cluster.untilConverged();
  checker.check();
  assertEquals(checker.violations, []);
  assertEquals(cluster.nodes.map(({ machine }) => machine.applied.length), [3, 3, 3]);
});

Deno.test("A founder leads nobody before a quorum has formed, whatever became of its disk later", () => {
  const cluster = new Cluster();
  const clients = new Clients(cluster);
  // Replicas 1 and 2 never learn in time what replica 0 learns: that all are there.
  cluster.onMessage((message, _, to) =>
    message.type === "probed" && to !== 0 && cluster.clock.now < 1_000 ? { copies: 0 } : undefined
  );
  let prepares = 0;
  cluster.onMessage(({ type }, from) => {
    if (type === "prepare" && from === 0 && cluster.clock.now < 1_000) prepares++;
    return undefined;
  });
  cluster.startAll();
  cluster.run(400);
  const attempt = clients.open(0);
  cluster.run(400);
  assertEquals(attempt.replies.map(({ type }) => type), ["unavailable"]);
  assertEquals(prepares, 0);
  cluster.wipe(0);
  cluster.run(500);
  cluster.start(0);
  cluster.untilConverged();
  clients.executeMany(3, "a");
});

Deno.test("begin() tells nobody of a disk's birth before it is durable", () => {
  const lone = new LoneReplica(1, undefined);
  lone.disk.holdNext("write");
  lone.run(50);
  lone.receive({ type: "probe", round: 1, replica: 0 });
  lone.run(200);
  assertEquals(lone.sent, []);
  lone.disk.release();
  lone.run(5);
  lone.receive({ type: "probe", round: 1, replica: 0 });
  assertEquals(lone.sentOf("probed").map(({ to, formatted }) => [to, formatted]), [[0, false]]);
});

Deno.test("onProbed() forms only when all are seen unformed twice, the second time after the first", () => {
  const lone = new LoneReplica(1, undefined);
  lone.run(20);
  const round = () => lone.sentOf("probe").at(-1)!.round;
  const answer = (replica: number, birth: number, of: number) =>
    lone.receive(
      { type: "probed", birth, round: of, formatted: false, births: [], replica } as const,
    );
  const first = round();
  answer(0, 70, first);
  answer(2, 72, first);
  const second = round();
  assert(second !== first);
  assertEquals(lone.figures?.status ?? "recovering", "recovering");
  // A disk was replaced in between: that was no second time.
  answer(0, 80, second);
  answer(2, 72, first);
  answer(2, 72, second);
  assertEquals(lone.sentOf("startViewChange"), []);
  const third = round();
  answer(0, 80, third);
  answer(2, 72, third);
  assertEquals(lone.sentOf("startViewChange").map(({ view }) => view), [0, 0]);
});
