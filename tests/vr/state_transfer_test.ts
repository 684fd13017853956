import { assert, assertEquals } from "@std/assert";
import { GENESIS } from "../../protocols/entry.ts";
import { Clients } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { chain, headOf, LoneReplica } from "./lone_replica.ts";

/** Replica 0 as the primary of view 3, with a log of three entries. */
function leading(options = {}): LoneReplica {
  const lone = LoneReplica.normal(0, 2, chain([0, 1, 2]), options);
  lone.receive({ type: "startViewChange", view: 3, replica: 1 });
  lone.receive({
    type: "doViewChange",
    view: 3,
    lastNormalView: 2,
    opNumber: 0,
    commitNumber: 0,
    head: GENESIS,
    replica: 1,
  });
  assert(lone.figures!.leading);
  return lone;
}

Deno.test("startInstall() ends by joining a view that nobody has begun", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  clients.executeMany(3, "command");
  const [backup, gone] = cluster.backups.map(({ index }) => index) as [number, number];
  const view = cluster.primary!.replica!.view + 1;
  cluster.crash(gone);
  // The last that is ever heard of it: it was trying for the next view.
  cluster.deliver(backup, { type: "exitView", view, replica: gone });
  cluster.run(3_000);
  assertEquals(clients.read(backup), 3);
});

Deno.test("startInstall() asks the next replica when one fails to deliver, and leads no more", () => {
  const lone = leading();
  lone.receive({ type: "prepareOk", view: 4, opNumber: 9, replica: 1 });
  lone.receive({ type: "newCheckpoint", view: 4, op: 9, head: GENESIS, replica: 1 });
  assertEquals(lone.sentOf("getCheckpoint").map(({ to }) => to), [1]);
  lone.receive({ type: "checkpointPiece", op: 9, offset: 0, piece: null, replica: 1 });
  lone.run(100);
  assertEquals(lone.figures!.leading, false);
  assertEquals(lone.told.findLast((event) => event.type === "role")?.leading, false);
  assertEquals(lone.sentOf("getState").filter(({ view }) => view === 4).map(({ to }) => to), [
    1,
    2,
  ]);
});

Deno.test("startInstall() repeats a question before it asks another replica", () => {
  const lone = LoneReplica.normal(2, 0);
  lone.receive({ type: "commit", view: 1, commitNumber: 0, opNumber: 0, replica: 1 });
  lone.run(250);
  lone.forget();
  lone.run(1_000);
  assertEquals(lone.sentOf("getState").slice(0, 2).map(({ to }) => to), [1, 0]);
});

Deno.test("fetchWinner() does not hold up the next view when the winner is silent", () => {
  const lone = LoneReplica.normal(1, 0);
  lone.receive({ type: "startViewChange", view: 1, replica: 2 });
  const log = chain([0, 0]);
  lone.receive({
    type: "doViewChange",
    view: 1,
    lastNormalView: 0,
    opNumber: 2,
    commitNumber: 0,
    head: headOf(log),
    replica: 2,
  });
  assert(lone.sentOf("getState").some(({ to, view }) => to === 2 && view === 1));
  lone.run(3_000);
  assert(lone.sentOf("exitView").some(({ view }) => view === 1), "it would leave view 1");
  lone.receive({ type: "exitView", view: 1, replica: 0 });
  assertEquals(lone.figures!.view, 2);
});

Deno.test("onNewState() takes no log that does not end where its sender's does", () => {
  const lone = LoneReplica.normal(2, 0);
  lone.receive({ type: "commit", view: 1, commitNumber: 0, opNumber: 1, replica: 1 });
  const [mine, other] = [chain([0]), chain([0], { label: "other" })];
  const state = { view: 1, after: 0, entries: mine, opNumber: 1, commitNumber: 0 };
  lone.receive({ type: "newState", ...state, head: headOf(other), replica: 1 });
  assertEquals(lone.figures!.view, 0);
  assertEquals(lone.sentOf("getState").map(({ to }) => to), [1, 0]);
  lone.receive({ type: "newState", ...state, head: headOf(mine), replica: 0 });
  assertEquals(lone.figures!.view, 1);
  assertEquals(lone.figures!.lastNormalView, 1);
});

Deno.test("startInstall() fetches no log of a view whose primary we are: it cannot have begun", () => {
  const log = chain([0, 1, 2]);
  const lone = LoneReplica.normal(0, 5, log);
  lone.receive({ type: "exitView", view: 6, replica: 1 });
  // What a replica gives to the primary that fetches the log that won is not the log of the view.
  const state = { view: 6, after: 0, entries: log.slice(0, 1), opNumber: 1, commitNumber: 0 };
  lone.receive({ type: "newState", ...state, head: headOf(log.slice(0, 1)), replica: 1 });
  lone.run(60);
  assertEquals(lone.figures!.status, "view-change");
  assertEquals([lone.figures!.view, lone.figures!.lastNormalView], [6, 5]);
  assertEquals(lone.figures!.opNumber, 3);
  assertEquals(lone.sentOf("getState"), []);
});
