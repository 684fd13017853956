import { assert, assertEquals } from "@std/assert";
import { decode } from "../../actors/schema.ts";
import type { VrMessage } from "../../protocols/vr/messages.ts";
import { durableRecord } from "../../protocols/vr/record.ts";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { BIRTHS, chain, headOf, LoneReplica } from "./lone_replica.ts";

const LOG = chain([0, 1, 3]);

/** Replica 0 on an empty disk, in a group of three that does not know it. */
function amnesiac(): LoneReplica {
  const lone = new LoneReplica(0, undefined);
  lone.run(20);
  const births = BIRTHS.slice(0, 3);
  lone.receive({ type: "probed", round: 0, birth: 12, formatted: true, births, replica: 1 });
  return lone;
}

function nonceOf(lone: LoneReplica): number {
  return lone.sentOf("recovery").at(-1)!.nonce;
}

function response(lone: LoneReplica, view: number, replica: number): VrMessage {
  return { type: "recoveryResponse", view, nonce: nonceOf(lone), replica };
}

/** The log of a view, all at once. */
function state(view: number, replica: number, after = 0): VrMessage {
  const entries = LOG.slice(after);
  return {
    type: "newState",
    view,
    after,
    entries,
    opNumber: 3,
    head: headOf(LOG),
    commitNumber: 2,
    replica,
  };
}

Deno.test("onRecoveryResponse() takes the log from the primary of the latest view, and from no one else (E9)", () => {
  const lone = amnesiac();
  lone.receive(response(lone, 3, 2));
  assertEquals(lone.sentOf("getState"), [], "one answer is not enough");
  // View 5 is that of replica 2, whose answer came before it was: so it has to be asked again.
  lone.receive(response(lone, 5, 1));
  assertEquals(lone.sentOf("getState"), []);
  const old = nonceOf(lone);
  lone.run(600);
  assert(nonceOf(lone) !== old);
  lone.receive({ type: "recoveryResponse", view: 5, nonce: old, replica: 2 });
  lone.receive(response(lone, 5, 1));
  assertEquals(lone.sentOf("getState"), [], "an answer to an earlier question does not count");
  lone.receive(response(lone, 5, 2));
  assertEquals(lone.sentOf("getState").map(({ to, view }) => [to, view]), [[2, 5]]);
});

Deno.test("finishRecovery() takes part no earlier than two views on if the disk was lost (E1)", () => {
  const lone = amnesiac();
  lone.receive(response(lone, 4, 1), response(lone, 3, 2));
  lone.forget();
  lone.receive({ type: "startViewChange", view: 5, replica: 1 });
  assertEquals(lone.sent, []);
  lone.receive(state(4, 1));
  assertEquals(lone.sentOf("startViewChange").map(({ view }) => view), [6, 6]);
  lone.receive({ type: "startViewChange", view: 5, replica: 1 });
  lone.receive({ type: "startViewChange", view: 6, replica: 1 });
  const [vote] = lone.sentOf("doViewChange");
  assertEquals(vote, undefined, "it is the primary of view 6 itself");
  const { record, entries } = lone.load();
  const { view, lastNormalView, formatted, recovering, births, birth } = decode(
    durableRecord,
    record!,
  );
  assertEquals({ view, lastNormalView, formatted, recovering }, {
    view: 6,
    lastNormalView: 4,
    formatted: true,
    recovering: false,
  });
  assertEquals(births, [birth, 12, 13], "the next one to lose its disk is not taken for a founder");
  assertEquals(entries.length, 3);
});

Deno.test("finishRecovery() is normal at once if only the log was damaged", () => {
  const lone = LoneReplica.normal(0, 4, LOG);
  lone.damageAfter(1);
  lone.run(20);
  lone.forget();
  lone.run(600);
  lone.receive(response(lone, 4, 1), response(lone, 4, 2));
  lone.receive(state(4, 1, 0));
  assertEquals(lone.figures!.status, "normal");
  assertEquals([lone.figures!.view, lone.figures!.durableOp], [4, 3]);
  const { to, opNumber } = lone.sentOf("prepareOk").at(-1)!;
  assertEquals([to, opNumber], [1, 3]);
  lone.crash();
  lone.run(20);
  assertEquals(lone.figures!.status, "normal");
});

Deno.test("finishRecovery() keeps a promise to a later view than the one whose log it takes", () => {
  const lone = LoneReplica.normal(0, 4, LOG);
  lone.receive({ type: "startViewChange", view: 8, replica: 2 });
  lone.damageAfter(2);
  lone.run(20);
  lone.receive(response(lone, 4, 1), response(lone, 4, 2));
  lone.receive(state(4, 1, 0));
  assertEquals(lone.figures!.status, "view-change");
  assertEquals([lone.figures!.view, lone.figures!.lastNormalView], [8, 4]);
});

Deno.test("beginRecovery() begins anew after a crash, until the log is whole and durable", () => {
  for (let operations = 0; operations < 30; operations++) {
    const lone = LoneReplica.normal(0, 4, LOG);
    lone.damageAfter(1);
    lone.run(20);
    lone.disk.stopAfter(operations);
    lone.receive(response(lone, 4, 1), response(lone, 4, 2));
    lone.receive(state(4, 1, 0));
    lone.run(50);
    const isNormal = lone.figures!.status === "normal";
    lone.crash();
    lone.run(20);
    if (isNormal) assertEquals(lone.figures!.status, "normal");
    if (lone.figures!.status === "normal") assertEquals(lone.figures!.opNumber, 3);
    else assertEquals(lone.figures!.status, "recovering");
  }
});

Deno.test("onLoaded() goes on from the snapshot that an interrupted recovery has brought", () => {
  const record = { formatted: false, births: [] };
  const lone = new LoneReplica(0, { record, snapshot: LOG[1]!, view: 0 });
  lone.run(20);
  const births = [99, 12, 13];
  lone.receive({ type: "probed", round: 0, birth: 12, formatted: true, births, replica: 1 });
  lone.receive(response(lone, 4, 1), response(lone, 4, 2));
  assertEquals(lone.sentOf("getState").map(({ after }) => after), [2]);
  lone.receive(state(4, 1, 2));
  assertEquals(lone.figures!.status, "view-change");
  lone.crash();
  lone.run(20);
  assertEquals([lone.figures!.view, lone.figures!.opNumber], [6, 3]);
});

for (const K of [2, 3, 4, 5, 7]) {
  Deno.test(`Each of ${K} replicas in turn may lose its disk`, () => {
    const cluster = Cluster.formed({ replicaCount: K, snapshotLogBytes: 2_000 });
    const checker = new Checker(cluster);
    const clients = new Clients(cluster);
    const clientId = clients.session();
    let written = 0;
    const write = (count: number) => {
      for (; count > 0; count--) {
        clients.execute({ clientId, requestNumber: ++written }, `a${written}`);
      }
    };
    write(5);
    for (let index = 0; index < K; index++) {
      cluster.wipe(index);
      if (K > 2) write(20);
      cluster.start(index);
      cluster.untilConverged();
      checker.check();
    }
    write(5);
    assertEquals(checker.violations, []);
    assertEquals(clients.read(0), written);
  });

  Deno.test(`Each of ${K} replicas in turn may find its log damaged in the middle`, () => {
    const cluster = Cluster.formed({ replicaCount: K });
    const checker = new Checker(cluster);
    const clients = new Clients(cluster);
    clients.executeMany(20, "a");
    for (let index = 0; index < K; index++) {
      cluster.crash(index);
      const { disk } = cluster.node(index);
      const name = disk.files.findLast((file) => file.startsWith("log-"))!;
      const contents = disk.contents(name)!;
      contents[contents.length >> 1]! ^= 0x40;
      disk.plant(name, contents);
      cluster.start(index);
      cluster.untilConverged();
      clients.executeMany(5, `b${index}.`);
      cluster.untilConverged();
      checker.check();
    }
    const damaged = cluster.log.filter(({ text }) => text.includes("the journal is damaged"));
    assertEquals(damaged.length, K);
    assertEquals(checker.violations, []);
    // What was repaired stays so.
    for (const { index } of cluster.nodes) cluster.crash(index);
    cluster.startAll();
    cluster.untilConverged();
    assertEquals(clients.read(K - 1), 20 + 5 * K);
  });
}

Deno.test("A replica that has lost its disk does not act against a vote that is still on its way", () => {
  for (const K of [3, 4, 5]) {
    const cluster = Cluster.formed({ replicaCount: K });
    const checker = new Checker(cluster);
    const clients = new Clients(cluster);
    const clientId = clients.executeMany(2, "a");
    const forgetful = K - 1;
    // It gives its log for view 1, as if others had left for it whom nobody else has heard of.
    const held: VrMessage[] = [];
    const release = cluster.onMessage((message, from) => {
      const isVote = message.type === "startViewChange" || message.type === "doViewChange";
      if (!isVote || from !== forgetful || message.view !== 1) return undefined;
      held.push(message);
      return { copies: 0 };
    });
    for (const replica of [0, 1, 2]) {
      cluster.deliver(forgetful, { type: "startViewChange", view: 1, replica });
    }
    cluster.run(20);
    assert(held.some(({ type }) => type === "doViewChange"));
    cluster.wipe(forgetful);
    cluster.start(forgetful);
    cluster.run(30);
    clients.submit(0, { clientId, requestNumber: 3 }, "o");
    cluster.run(30);
    release();
    for (const message of held) cluster.deliver(1, message);
    cluster.untilConverged();
    checker.check();
    assertEquals(checker.violations, []);
    assertEquals(clients.execute({ clientId, requestNumber: 3 }, "o"), 3);
  }
});
