import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../protocols/entry.ts";
import { requestsOf } from "../../protocols/entry.ts";
import type { VrMessage } from "../../protocols/vr/messages.ts";
import type { VrOptions } from "../../protocols/vr/options.ts";
import { Clients } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { chain, headOf, LoneReplica } from "./lone_replica.ts";
import { bytesOf } from "./machine.ts";

const EMPTY = { opNumber: 0, commitNumber: 0, head: headOf([]) };

/** Replica 0 as the primary of view 3, with an empty log. */
function leading(options: Partial<VrOptions> = {}): LoneReplica {
  const lone = LoneReplica.normal(0, 2, [], options);
  lone.receive({ type: "doViewChange", view: 3, lastNormalView: 2, ...EMPTY, replica: 1 });
  assert(lone.figures!.leading);
  lone.forget();
  return lone;
}

function order(text: string) {
  return { type: "order", request: bytesOf(text) } as const;
}

function prepareOk(opNumber: number, replica = 1): VrMessage {
  return { type: "prepareOk", view: 3, opNumber, replica };
}

function prepare(entry: Entry, commitNumber = 0): VrMessage {
  return { type: "prepare", view: 0, commitNumber, entry };
}

/** What the entries that a primary has sent to replica 1 hold. */
function batches(lone: LoneReplica): string[] {
  return lone.sentOf("prepare").filter(({ to }) => to === 1).map(({ entry }) =>
    requestsOf(entry).map((request) => new TextDecoder().decode(request)).join(" ")
  );
}

Deno.test("onOrder() puts what has gathered into one entry", () => {
  const lone = leading();
  lone.receive(order("a"), order("b"), order("c"));
  assertEquals(batches(lone).join(" "), "a b c");
  assert(batches(lone).length < 3);
});

Deno.test("onSeal() keeps an entry within its bounds, but for a request that is larger by itself", () => {
  const lone = leading({ pipeline: 100, requestsMax: 3, entryBytesMax: 10 });
  const requests = ["1234567890abc", "12345", "67890", "x", "a", "b", "c", "d"];
  lone.receive(...requests.map(order));
  lone.receive(prepareOk(batches(lone).length));
  for (const batch of batches(lone)) {
    const parts = batch.split(" ");
    assert(parts.length <= 3, batch);
    assert(parts.length === 1 || parts.join("").length <= 10, batch);
  }
  assertEquals(batches(lone).join(" "), requests.join(" "));
});

Deno.test("onSeal() gathers as many requests as are under way, while any are", () => {
  const lone = leading({ pipeline: 10 });
  lone.receive(order("a"));
  lone.receive(order("b"));
  lone.receive(order("c"));
  assertEquals(batches(lone), ["a", "b"]);
  lone.receive(order("d"));
  assertEquals(batches(lone), ["a", "b", "c d"]);
  lone.receive(order("e"));
  assertEquals(batches(lone).length, 3);
  lone.receive(prepareOk(2));
  assertEquals(batches(lone).length, 3);
  lone.receive(prepareOk(3));
  assertEquals(batches(lone), ["a", "b", "c d", "e"]);
});

Deno.test("onSeal() has no more entries under way than the pipeline holds", () => {
  const lone = leading({ pipeline: 2, requestsMax: 1 });
  lone.receive(...["a", "b", "c", "d", "e"].map(order));
  assertEquals(batches(lone), ["a", "b"]);
  lone.receive(prepareOk(1));
  assertEquals(batches(lone), ["a", "b", "c"]);
  lone.receive(prepareOk(3));
  assertEquals(batches(lone), ["a", "b", "c", "d", "e"]);
});

Deno.test("onSeal() prepares nothing at a primary that has abdicated: it would be a sign of life", () => {
  const lone = leading();
  lone.receive({ type: "stalled", reason: "no space left" });
  lone.run(200);
  lone.receive(order("a"));
  lone.run(200);
  assertEquals(batches(lone), []);
  lone.receive({ type: "resumed" });
  lone.run(200);
  assertEquals(batches(lone), ["a"]);
});

Deno.test("onPrepareOk() commits what a quorum holds durably, and everything before it", () => {
  const five = LoneReplica.normal(0, 4, [], { replicaCount: 5, requestsMax: 1, pipeline: 10 });
  for (const replica of [1, 2]) {
    five.receive({ type: "doViewChange", view: 5, lastNormalView: 4, ...EMPTY, replica });
  }
  assert(five.figures!.leading);
  five.receive(...["a", "b", "c"].map(order));
  const ok = (opNumber: number, replica: number, view = 5) =>
    five.receive({ type: "prepareOk", view, opNumber, replica });
  const executed = () =>
    five.told.flatMap((event) => event.type === "execute" ? [event.opNumber] : []);
  ok(3, 1);
  assertEquals(executed(), []);
  ok(3, 1);
  ok(2, 3, 4);
  assertEquals(executed(), [], "one replica twice is one, and an earlier view is none");
  ok(2, 4);
  assertEquals(executed(), [1, 2]);
  ok(3, 2);
  assertEquals(executed(), [1, 2, 3]);
});

Deno.test("onPrepareOk() does not count the primary's own copy before it is durable", () => {
  const lone = leading();
  lone.disk.holdNext("sync");
  lone.receive(order("a"));
  lone.receive(prepareOk(1));
  assertEquals(lone.told.filter(({ type }) => type === "execute"), []);
  lone.disk.release();
  lone.run(5);
  assertEquals(lone.told.filter(({ type }) => type === "execute").length, 1);
});

Deno.test("onPrepare() acknowledges an entry when it is durable and not before", () => {
  const lone = LoneReplica.normal(1, 0);
  lone.forget();
  lone.disk.holdNext("sync");
  lone.receive(...chain([0, 0]).map((entry) => prepare(entry)));
  assertEquals(lone.sentOf("prepareOk").filter(({ opNumber }) => opNumber > 0), []);
  lone.disk.release();
  lone.run(5);
  assertEquals(lone.sentOf("prepareOk").at(-1)!.opNumber, 2);
});

Deno.test("onPrepare() acknowledges an entry again that comes again (E12)", () => {
  const lone = LoneReplica.normal(1, 0, chain([0, 0]));
  lone.forget();
  lone.receive(prepare(chain([0])[0]!));
  assertEquals(lone.sentOf("prepareOk").map(({ to, opNumber }) => [to, opNumber]), [[0, 2]]);
});

Deno.test("onPrepare() asks for what is missing, appends it and acknowledges all (E12)", () => {
  const log = chain([0, 0, 0]);
  const lone = LoneReplica.normal(1, 0);
  lone.forget();
  lone.receive(prepare(log[2]!));
  assertEquals(lone.sentOf("getState").map(({ to, after }) => [to, after]), [[0, 0]]);
  const state = { view: 0, after: 0, opNumber: 3, head: headOf(log), commitNumber: 1 };
  lone.receive({ type: "newState", ...state, entries: log.slice(0, 2), replica: 0 });
  assertEquals(lone.sentOf("getState").map(({ after }) => after), [0, 2]);
  lone.receive({ type: "newState", ...state, after: 2, entries: log.slice(2), replica: 0 });
  assertEquals(lone.sentOf("prepareOk").at(-1)!.opNumber, 3);
  assertEquals(lone.told.filter(({ type }) => type === "execute").length, 1);
});

Deno.test("onPrepare() takes no more entries than the disk does, until it takes them again", () => {
  const log = chain([0, 0, 0]);
  const lone = LoneReplica.normal(1, 0);
  lone.receive(prepare(log[0]!), { type: "stalled", reason: "no space left" });
  lone.receive(prepare(log[1]!), prepare(log[2]!));
  const commit: VrMessage = {
    type: "commit",
    view: 0,
    commitNumber: 0,
    opNumber: 3,
    replica: 0,
  };
  lone.receive(commit);
  lone.run(100);
  assertEquals(lone.figures!.opNumber, 1);
  assertEquals(lone.sentOf("getState"), []);
  lone.receive({ type: "resumed" }, commit);
  assertEquals(lone.sentOf("getState").map(({ after }) => after), [1]);
});

Deno.test("onCommit() never lowers the commit-number, nor raises it above the log's end (E8)", () => {
  const lone = LoneReplica.normal(1, 0, chain([0, 0]));
  const commit = (commitNumber: number, opNumber: number) =>
    lone.receive({ type: "commit", view: 0, commitNumber, opNumber, replica: 0 });
  const executed = () =>
    lone.told.flatMap((event) => event.type === "execute" ? [event.opNumber] : []);
  commit(1, 2);
  commit(0, 2);
  assertEquals(executed(), [1]);
  commit(7, 7);
  assertEquals(executed(), [1, 2]);
  lone.run(60);
  assertEquals(lone.figures!.commitNumber, 2);
});

Deno.test("onCommit() of a view that is over is answered by how the present one stands", () => {
  const lone = leading();
  lone.receive({ type: "commit", view: 2, commitNumber: 0, opNumber: 0, replica: 2 });
  assertEquals(lone.sentOf("startView").map(({ to, view }) => [to, view]), [[2, 3]]);
});

Deno.test("Time in the log never goes back, whatever the primary's clock does", () => {
  const future = 4_000_000_000_000;
  const log = chain([0], { time: future });
  const lone = LoneReplica.normal(0, 2, log);
  lone.receive({ type: "doViewChange", view: 3, lastNormalView: 2, ...EMPTY, replica: 1 });
  lone.receive(order("a"));
  assertEquals(lone.sentOf("prepare").at(-1)!.entry.time, future);
});

Deno.test("Lost messages of normal operation are made up for without a view change", () => {
  const cluster = Cluster.formed();
  const clients = new Clients(cluster);
  const clientId = clients.session();
  const losses = [["prepare"], ["prepareOk"], ["prepare", "getState"], ["prepare", "newState"]];
  for (const [index, types] of losses.entries()) {
    const pass = cluster.drop(...types as VrMessage["type"][]);
    const attempt = clients.submit(0, { clientId, requestNumber: index + 1 }, types.join());
    cluster.run(120);
    pass();
    cluster.until(() => attempt.replies.length > 0, 1_500, `an answer after lost ${types}`);
  }
  cluster.untilConverged();
  assertEquals(cluster.primary!.replica!.view, 0);
});

for (const K of [1, 2, 3, 4, 5, 7]) {
  Deno.test(`A group of ${K} executes everything once and in the same order at all replicas`, () => {
    const cluster = Cluster.formed({ replicaCount: K });
    const clients = new Clients(cluster);
    clients.executeMany(5, "a");
    clients.executeMany(5, "b");
    cluster.untilConverged();
    const expected = ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "b5"];
    for (const { machine } of cluster.nodes) {
      assertEquals(machine.applied.map(({ command }) => command), expected);
    }
  });
}
