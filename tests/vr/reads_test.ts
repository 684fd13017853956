import { assert, assertEquals } from "@std/assert";
import { randomStream } from "../../actors/random.ts";
import type { OrderingEvent } from "../../protocols/ordering.ts";
import { Clients, lengthOf } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { chain, headOf, LoneReplica } from "./lone_replica.ts";

const LOG = chain([0, 0, 0]);

/** Replica 0 as the primary of view 5 in a group of five, with three entries not yet committed. */
function leading(): LoneReplica {
  const lone = LoneReplica.normal(0, 4, LOG, { replicaCount: 5 });
  const log = { opNumber: 3, commitNumber: 1, head: headOf(LOG) };
  for (const replica of [1, 2]) {
    lone.receive({ type: "doViewChange", view: 5, lastNormalView: 4, ...log, replica });
  }
  assert(lone.figures!.leading);
  lone.forget();
  return lone;
}

/** What a client table was told of its reads: `ticket at op-number`, or `ticket refused`. */
function answers(told: readonly OrderingEvent[]): string[] {
  return told.flatMap((event) => {
    if (event.type === "read-index") return [`${event.ticket} at ${event.opNumber}`];
    return event.type === "read-refused" ? [`${event.ticket} refused`] : [];
  });
}

function confirm(lone: LoneReplica, round: number, replica: number, view = 5): void {
  lone.receive({ type: "confirmed", view, round, replica });
}

Deno.test("onFindReadIndex() answers once a quorum is still in the view, after the question", () => {
  const lone = leading();
  lone.receive({ type: "find-read-index", ticket: 7 });
  const { round } = lone.sentOf("confirm")[0]!;
  assertEquals(lone.sentOf("confirm").map(({ to }) => to).sort(), [1, 2, 3, 4]);
  confirm(lone, round, 1);
  confirm(lone, round, 1);
  confirm(lone, round - 1, 2);
  confirm(lone, round, 3, 4);
  assertEquals(answers(lone.told), []);
  confirm(lone, round, 4);
  // Though only the first entry is known to be committed, an earlier view may have acknowledged all.
  assertEquals(answers(lone.told), ["7 at 3"]);
});

Deno.test("onFindReadIndex() has what is asked during a round wait for the next one", () => {
  const lone = leading();
  lone.receive({ type: "find-read-index", ticket: 7 });
  const first = lone.sentOf("confirm").at(-1)!.round;
  confirm(lone, first, 1);
  lone.receive({ type: "readIndex", view: 5, ticket: 40, replica: 4 });
  confirm(lone, first, 2);
  assertEquals(answers(lone.told), ["7 at 3"]);
  assertEquals(lone.sentOf("readIndexIs"), []);
  const second = lone.sentOf("confirm").at(-1)!.round;
  assert(second !== first);
  confirm(lone, second, 1);
  confirm(lone, second, 3);
  assertEquals(
    lone.sentOf("readIndexIs").map(({ to, ticket, opNumber }) => [to, ticket, opNumber]),
    [
      [4, 40, 3],
    ],
  );
});

Deno.test("onHeartbeat() repeats the question of a round, which may have been lost", () => {
  const lone = leading();
  lone.receive({ type: "find-read-index", ticket: 7 });
  const { round } = lone.sentOf("confirm")[0]!;
  lone.forget();
  lone.run(120);
  const asked = lone.sentOf("confirm");
  assert(asked.length >= 8 && asked.every((question) => question.round === round));
});

Deno.test("onFindReadIndex() asks who confirmed the last round, and the others if they are late", () => {
  const lone = leading();
  const asked = (since: number) => lone.sentOf("confirm").slice(since).map(({ to }) => to).sort();
  lone.receive({ type: "find-read-index", ticket: 7 });
  const { round } = lone.sentOf("confirm")[0]!;
  confirm(lone, round, 4);
  confirm(lone, round, 2);
  assertEquals(answers(lone.told), ["7 at 3"]);
  const before = lone.sentOf("confirm").length;
  lone.post({ type: "find-read-index", ticket: 8 });
  lone.run(1);
  assertEquals(asked(before), [2, 4]);
  confirm(lone, round + 1, 4);
  assertEquals(asked(before), [1, 2, 2, 3, 4, 4]);
  confirm(lone, round + 1, 3);
  assertEquals(answers(lone.told), ["7 at 3", "8 at 3"]);
  // Who was late is not among the first any more.
  const later = lone.sentOf("confirm").length;
  lone.post({ type: "find-read-index", ticket: 9 });
  lone.run(1);
  assertEquals(asked(later), [3, 4]);
});

Deno.test("onReadIndex() of three needs nobody else: that a backup asks confirms the view", () => {
  const lone = LoneReplica.normal(0, 2, LOG);
  const log = { opNumber: 3, commitNumber: 0, head: headOf(LOG) };
  lone.receive({ type: "doViewChange", view: 3, lastNormalView: 2, ...log, replica: 1 });
  lone.receive({ type: "readIndex", view: 3, ticket: 9, replica: 2 });
  assertEquals(
    lone.sentOf("readIndexIs").map(({ to, ticket, opNumber }) => [to, ticket, opNumber]),
    [
      [2, 9, 3],
    ],
  );
  assertEquals(lone.sentOf("confirm"), []);
  lone.forget();
  // One that asks in a view of the past has not heard of the present one.
  lone.receive({ type: "readIndex", view: 2, ticket: 10, replica: 2 });
  assertEquals(lone.sentOf("readIndexIs"), []);
  assertEquals(lone.sentOf("startView").map(({ to }) => to), [2]);
  // And one that asks in a later view knows more than we do.
  lone.receive({ type: "readIndex", view: 4, ticket: 11, replica: 2 });
  assertEquals(lone.sentOf("readIndexIs"), []);
  lone.receive({ type: "readIndex", view: 3, ticket: 12, replica: 1 });
  assertEquals(lone.sentOf("readIndexIs"), []);
});

Deno.test("onReadIndexIs() takes an answer once, and only to what was asked last", () => {
  const lone = LoneReplica.normal(1, 0, LOG);
  lone.receive({ type: "find-read-index", ticket: 7 });
  assertEquals(lone.sentOf("readIndex").map(({ to, ticket }) => [to, ticket]), [[0, 7]]);
  lone.receive({ type: "readIndexIs", view: 0, ticket: 6, opNumber: 1 });
  lone.receive({ type: "readIndexIs", view: 0, ticket: 7, opNumber: 2 });
  lone.receive({ type: "readIndexIs", view: 0, ticket: 7, opNumber: 1 });
  assertEquals(answers(lone.told), ["7 at 2"]);
});

Deno.test("onConfirm() confirms nothing but the view that this replica is normal in", () => {
  const lone = LoneReplica.normal(1, 3, LOG);
  lone.forget();
  lone.receive({ type: "confirm", view: 0, round: 1 });
  lone.receive({ type: "confirm", view: 3, round: 2 });
  assertEquals(lone.sentOf("confirmed").map(({ to, view, round }) => [to, view, round]), [[
    0,
    3,
    2,
  ]]);
  lone.receive({ type: "startViewChange", view: 4, replica: 2 });
  lone.receive({ type: "confirm", view: 3, round: 3 });
  assertEquals(lone.sentOf("confirmed").length, 1);
  const other = LoneReplica.normal(1, 3, LOG);
  // It has heard of a later view, though it is not in it yet.
  other.receive({ type: "commit", view: 5, commitNumber: 0, opNumber: 3, replica: 2 });
  other.receive({ type: "confirm", view: 3, round: 3 });
  assertEquals(other.sentOf("confirmed"), []);
});

Deno.test("refuseReads() sends all who wait away when the view is over", () => {
  const lone = leading();
  lone.receive({ type: "find-read-index", ticket: 7 });
  lone.receive({ type: "startViewChange", view: 6, replica: 1 });
  assertEquals(answers(lone.told), ["7 refused"]);
  const backup = LoneReplica.normal(1, 0, LOG);
  backup.receive({ type: "find-read-index", ticket: 8 });
  backup.receive({ type: "commit", view: 2, commitNumber: 0, opNumber: 3, replica: 2 });
  assertEquals(answers(backup.told), ["8 refused"]);
  backup.receive({ type: "find-read-index", ticket: 9 });
  assertEquals(answers(backup.told), ["8 refused", "9 refused"]);
});

for (const K of [1, 3, 4, 5, 7]) {
  Deno.test(`A read at any of ${K} replicas returns what was acknowledged before it`, () => {
    const cluster = Cluster.formed({ replicaCount: K });
    const clients = new Clients(cluster);
    const clientId = clients.session();
    for (let written = 1; written <= 10; written++) {
      clients.execute({ clientId, requestNumber: written }, `a${written}`);
      for (const { index } of cluster.nodes) {
        assertEquals(clients.read(index), written, `read at ${index}`);
      }
    }
    cluster.run(60);
    assertEquals(cluster.primary!.replica!.opNumber, 11, "reads append nothing to the log");
  });

  Deno.test(`Reads at ${K} replicas survive the loss of half of their messages`, () => {
    const cluster = Cluster.formed({ replicaCount: K });
    const clients = new Clients(cluster);
    clients.executeMany(3, "a");
    const random = randomStream(K, "loss");
    cluster.onMessage(({ type }) => {
      const isRead = type === "confirm" || type === "confirmed";
      return isRead && random() < 0.5 ? { copies: 0 } : undefined;
    });
    for (const { index } of cluster.nodes) assertEquals(clients.read(index), 3);
  });
}

Deno.test("A primary that was deposed and does not know it answers no reads", () => {
  for (const kind of ["isolate", "mute", "deafen"] as const) {
    const cluster = Cluster.formed();
    const clients = new Clients(cluster);
    const clientId = clients.executeMany(3, "a");
    const first = cluster.primary!.index;
    cluster[kind](first);
    const early = clients.query(first);
    cluster.untilReplaced(first);
    clients.execute({ clientId, requestNumber: 4 }, "b");
    const late = clients.query(first);
    cluster.run(2_000);
    assert(early.replies.every(({ type }) => type === "unavailable"), kind);
    assert(late.replies.every(({ type }) => type === "unavailable"), kind);
    cluster.heal();
    cluster.untilConverged();
    assertEquals(clients.read(first), 4);
  }
});

Deno.test("A stale read is answered without asking anyone, and says how old it is", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  const clientId = clients.executeMany(3, "a");
  const { index } = cluster.backups[0]!;
  cluster.untilConverged();
  cluster.isolate(index);
  clients.execute({ clientId, requestNumber: 4 }, "b");
  const stale = clients.query(index, "stale");
  const fresh = clients.query(cluster.primary!.index, "stale");
  cluster.run(20);
  assertEquals(
    stale.replies.map((reply) => [lengthOf(reply), "opNumber" in reply && reply.opNumber]),
    [
      [3, 4],
    ],
  );
  assertEquals(lengthOf(fresh.replies[0]!), 4);
});

Deno.test("Reads that come together share a round", () => {
  const cluster = Cluster.formed({ replicaCount: 5 });
  const clients = new Clients(cluster);
  clients.executeMany(3, "a");
  let confirms = 0;
  cluster.onMessage(({ type }) => {
    if (type === "confirm") confirms++;
    return undefined;
  });
  const attempts = cluster.nodes.flatMap(({ index }) =>
    Array.from({ length: 50 }, () => clients.query(index))
  );
  cluster.until(() => attempts.every(({ replies }) => replies.length === 1), 1_000, "all answers");
  assert(attempts.every(({ replies }) => lengthOf(replies[0]!) === 3));
  assert(confirms < 100, `${confirms} for 250 reads`);
});
