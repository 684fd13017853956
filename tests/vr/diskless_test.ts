/** Groups that keep nothing on disks (reference/vr.md, erratum E1, fix B). */
import { assert, assertEquals } from "@std/assert";
import type { PlainMessage, VrMessage } from "../../protocols/vr/messages.ts";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { ACTORS, Cluster, type ClusterOptions } from "./cluster.ts";

function formed(options: ClusterOptions = {}): Cluster {
  return Cluster.formed({ ...options, durability: "memory" });
}

/** A message as it comes from a replica that knows of these lives. */
function stamped(
  message: PlainMessage & { replica: number },
  vector: readonly number[],
): VrMessage {
  return { type: "stamped", vector: [...vector], message, replica: message.replica };
}

for (const K of [3, 4, 5, 7]) {
  Deno.test(`Each of ${K} replicas without disks in turn may crash, and recovers from the others`, () => {
    const cluster = formed({ replicaCount: K, snapshotLogBytes: 2_000 });
    const checker = new Checker(cluster);
    const clients = new Clients(cluster);
    clients.executeMany(20, "a");
    for (let index = 0; index < K; index++) {
      cluster.crash(index);
      clients.executeMany(20, `b${index}.`);
      cluster.start(index);
      cluster.untilConverged();
      checker.check();
    }
    assertEquals(checker.violations, []);
    assertEquals(clients.read(0), 20 + 20 * K);
    assertEquals(
      cluster.nodes.map(({ disk }) => disk.total),
      Array(K).fill(0),
      "disks are not used",
    );
  });
}

for (const K of [5, 7]) {
  Deno.test(`As many of ${K} replicas without disks as may fail crash together`, () => {
    const f = (K - 1) / 2;
    const cluster = formed({ replicaCount: K });
    const checker = new Checker(cluster);
    const clients = new Clients(cluster);
    clients.executeMany(20, "a");
    for (let round = 0; round < K; round++) {
      const some = Array.from({ length: f }, (_, place) => (round + place) % K);
      for (const index of some) cluster.crash(index);
      clients.executeMany(3, `b${round}.`);
      for (const index of some) cluster.start(index);
      cluster.untilConverged();
      checker.check();
    }
    assertEquals(checker.violations, []);
    assertEquals(clients.read(0), 20 + 3 * K);
  });
}

for (const name of ACTORS) {
  Deno.test(`Without disks, a crash of the ${name} is one of the replica, which recovers`, () => {
    const cluster = formed({ snapshotLogBytes: 2_000 });
    const checker = new Checker(cluster);
    const clients = new Clients(cluster);
    clients.executeMany(20, "a");
    for (const index of [0, 1, 2, 0]) {
      cluster.crashActor(index, name);
      cluster.run(50);
      cluster.untilConverged();
      clients.executeMany(5, `b${index}`);
      checker.check();
    }
    assertEquals(checker.violations, []);
    assertEquals(cluster.failures, []);
    assertEquals(clients.read(2), 40);
  });
}

Deno.test("Two replicas without disks recover from each other, one at a time", () => {
  const cluster = formed({ replicaCount: 2 });
  const clients = new Clients(cluster);
  clients.executeMany(5, "a");
  for (const index of [0, 1, 0]) {
    cluster.restart(index);
    cluster.untilConverged();
    clients.executeMany(5, `b${index}`);
  }
  assertEquals(clients.read(1), 20);
  const warnings = cluster.log.filter(({ text }) => text.includes("survives no crash"));
  assertEquals(warnings.length, 2 + 3, "nobody promises that they always can");
});

Deno.test("E1, fix B: the trace that loses an operation, without disks", () => {
  const cluster = formed();
  const checker = new Checker(cluster);
  const clients = new Clients(cluster);
  const clientId = clients.executeMany(2, "a");
  const [old, next, third] = [0, 1, 2];
  // Everything said of the view change is held back, to be delivered at the worst moment.
  const held: { readonly message: VrMessage; readonly to: number }[] = [];
  const release = cluster.onMessage((message, _from, to, wrapped) => {
    if (message.type !== "startViewChange" && message.type !== "doViewChange") return undefined;
    held.push({ message: wrapped, to });
    return { copies: 0 };
  });
  const deliverHeld = (to: number) => {
    for (const each of held.slice()) if (each.to === to) cluster.deliver(to, each.message);
  };
  const say = { type: "startViewChange", view: 1 } as const;
  cluster.deliver(next, stamped({ ...say, replica: third }, [0, 0, 0]));
  cluster.run(20);
  cluster.restart(next);
  cluster.until(() => cluster.node(next).isNormal);
  deliverHeld(third);
  cluster.run(20);
  cluster.restart(third);
  cluster.until(() => cluster.node(third).isNormal);
  const drop = cluster.onMessage((_message, _from, to) => to === next ? { copies: 0 } : undefined);
  assertEquals(clients.execute({ clientId, requestNumber: 3 }, "o"), 3);
  drop();
  deliverHeld(next);
  cluster.run(20);
  release();
  cluster.untilConverged();
  checker.check();
  assertEquals(checker.violations, []);
  assert(checker.history.some(({ command }) => command === "o"));
  assert(held.length > 0 && old === 0);
});

/**
 * Replica 1 gathers votes for view 1 in a group of five. Replica 2 has given one, and has then crashed
 * and come back to view 0, where an operation is committed with its help.
 */
Deno.test("reconsider() counts no vote of a replica that has crashed since", () => {
  const cluster = formed({ replicaCount: 5 });
  const checker = new Checker(cluster);
  const clients = new Clients(cluster);
  const clientId = clients.executeMany(2, "a");
  const [next, forgetful, late] = [1, 2, 4];
  const votes = ["startViewChange", "doViewChange", "exitView", "startView"];
  let isOver = false;
  cluster.onMessage((message, from, to) => {
    if (isOver) return undefined;
    if (message.type === "doViewChange" && to === next) return undefined;
    if (votes.includes(message.type)) return { copies: 0 };
    // The primary of view 1 hears nothing but votes; one of the others lacks the operation.
    if (to === next || from === next) return { copies: 0 };
    const isLog = ["prepare", "commit", "newState"].includes(message.type);
    return isLog && to === late && cluster.node(forgetful).starts > 1 ? { copies: 0 } : undefined;
  });
  const leaveFor1 = (index: number, vector: readonly number[]) => {
    for (const replica of [0, 1, 2, 3].filter((other) => other !== index).slice(0, 2)) {
      const message = { type: "startViewChange", view: 1, replica } as const;
      cluster.deliver(index, stamped(message, vector));
    }
  };
  leaveFor1(next, [0, 0, 0, 0, 0]);
  leaveFor1(forgetful, [0, 0, 0, 0, 0]);
  cluster.run(20);
  cluster.restart(forgetful);
  cluster.until(() => cluster.node(forgetful).isNormal, 2_000);
  assertEquals(cluster.node(forgetful).replica!.view, 0);
  assertEquals(clients.execute({ clientId, requestNumber: 3 }, "o"), 3);
  leaveFor1(late, [0, 0, 1, 0, 0]);
  cluster.run(30);
  assertEquals(
    cluster.node(next).replica!.status,
    "view-change",
    "two votes are no quorum of five",
  );
  isOver = true;
  cluster.untilConverged();
  checker.check();
  assertEquals(checker.violations, []);
  assert(checker.history.some(({ command }) => command === "o"));
});

Deno.test("A primary without disks that comes back does not lead in the view that it led", () => {
  const cluster = formed();
  const clients = new Clients(cluster);
  clients.executeMany(3, "a");
  // Nobody has missed it yet: it comes back before the detectors are suspicious.
  cluster.restart(0);
  cluster.run(100);
  assertEquals(cluster.node(0).replica!.status, "recovering");
  cluster.untilConverged();
  assert(cluster.primary!.replica!.view > 0);
  clients.executeMany(3, "b");
});

Deno.test("begin() forms no empty group as long as anyone is left who was in one", () => {
  for (const survivor of [0, 1, 2]) {
    const cluster = formed();
    const clients = new Clients(cluster);
    clients.executeMany(3, "a");
    const lost = [0, 1, 2].filter((index) => index !== survivor);
    for (const index of lost) cluster.crash(index);
    cluster.isolate(survivor);
    cluster.startAll();
    cluster.run(5_000);
    assert(lost.every((index) => !cluster.node(index).isNormal), "nobody knows of the survivor");
    cluster.heal();
    cluster.run(5_000);
    assert(cluster.nodes.every((node) => !node.isNormal || node.index === survivor));
    assertEquals(cluster.primary?.replica?.commitNumber ?? 4, 4, "the survivor has what it had");
    // Its end is the end of the group. Whoever is left starts from nothing.
    cluster.restart(survivor);
    cluster.untilConverged();
    assertEquals(clients.read(0), 0);
    clients.executeMany(3, "b");
    assertEquals(clients.read(2), 3);
  }
});

Deno.test("recoverAgain() goes back to the beginning when all others have crashed as well", () => {
  const cluster = formed();
  const clients = new Clients(cluster);
  clients.executeMany(3, "a");
  cluster.restart(0);
  cluster.run(30);
  assertEquals(cluster.node(0).replica!.status, "recovering");
  cluster.restart(1);
  cluster.restart(2);
  cluster.untilConverged();
  assertEquals(clients.read(0), 0);
});

Deno.test("open() takes nothing from a replica that is configured for another durability", () => {
  const cluster = formed();
  cluster.deliver(1, { type: "startViewChange", view: 5, replica: 0 });
  cluster.deliver(1, { type: "startViewChange", view: 6, replica: 0 });
  cluster.run(20);
  assertEquals(cluster.node(1).replica!.view, 0);
  assertEquals(cluster.log.filter(({ text }) => text.includes("not configured for")).length, 1);
  const onDisk = Cluster.formed();
  const message = { type: "startViewChange", view: 5, replica: 0 } as const;
  onDisk.deliver(1, stamped(message, [0, 0, 0]));
  onDisk.run(20);
  assertEquals(onDisk.node(1).replica!.view, 0);
});
