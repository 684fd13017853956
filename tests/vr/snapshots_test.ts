import { assertEquals } from "@std/assert";
import { encode } from "../../actors/schema.ts";
import { type Entry, requestsOf } from "../../protocols/entry.ts";
import type { VrMessage } from "../../protocols/vr/messages.ts";
import { snapshotBase } from "../../protocols/log_wire.ts";
import { bytesOf } from "./machine.ts";
import { chain, headOf, LoneReplica } from "./lone_replica.ts";

const LOG = chain([0, 0, 0, 0, 0, 0, 0]);

/** The whole of a snapshot at an entry, in one piece, from replica 0. */
function piece(entry: Entry, replica = 0): VrMessage {
  const { opNumber: op, checksum, time } = entry;
  const bytes = bytesOf(`state at ${op}`);
  const base = encode(snapshotBase, { checksum, time });
  return {
    type: "checkpointPiece",
    op,
    offset: 0,
    piece: { bytes, total: bytes.length, base },
    replica,
  };
}

function prepare(entry: Entry, commitNumber = 0): VrMessage {
  return { type: "prepare", view: 0, commitNumber, entry };
}

/** Replica 1, normal in view 0 with two entries, which is about to receive a snapshot at entry 5. */
function fetching(options: { readonly diskMs?: number } = {}): LoneReplica {
  const lone = LoneReplica.normal(1, 0, LOG.slice(0, 2), options);
  lone.receive(
    { type: "commit", view: 0, commitNumber: 6, opNumber: 7, replica: 0 },
    { type: "newCheckpoint", view: 0, op: 5, head: LOG[4]!.checksum, replica: 0 },
  );
  assertEquals(lone.sentOf("getCheckpoint").map(({ op, to }) => ({ op, to })), [{ op: 5, to: 0 }]);
  return lone;
}

/** The op-numbers of what is on a replica's disk. */
function durable(lone: LoneReplica) {
  const { snapshot, first, entries } = lone.load();
  return { snapshot: snapshot?.op, entries: entries.map((_, index) => first + index) };
}

Deno.test("onCheckpointPiece() installs a snapshot and asks for the log after it", () => {
  const lone = fetching();
  lone.forget();
  lone.receive(piece(LOG[4]!));
  assertEquals(lone.told.filter(({ type }) => type === "install-snapshot"), [
    { type: "install-snapshot", op: 5 },
  ]);
  assertEquals(lone.sentOf("getState").map(({ after }) => after), [5]);
  lone.receive({
    type: "newState",
    view: 0,
    after: 5,
    entries: LOG.slice(5),
    opNumber: 7,
    head: headOf(LOG),
    commitNumber: 6,
    replica: 0,
  });
  assertEquals(lone.sentOf("prepareOk").at(-1)!.opNumber, 7);
  assertEquals(lone.told.filter((event) => event.type === "execute"), [
    { type: "execute", opNumber: 6, time: 6, requests: requestsOf(LOG[5]!) },
  ]);
  assertEquals(durable(lone), { snapshot: 5, entries: [6, 7] });
});

Deno.test("onCheckpointPiece() drops no entry that has come in the meantime", () => {
  const lone = fetching();
  lone.receive(...LOG.slice(2, 6).map((entry) => prepare(entry, 6)));
  lone.receive(piece(LOG[4]!));
  lone.run(60);
  assertEquals(lone.failures, []);
  assertEquals(lone.figures!.opNumber, 6);
  assertEquals(lone.figures!.commitNumber, 6);
  assertEquals(lone.figures!.durableOp, 6);
  assertEquals(durable(lone), { snapshot: undefined, entries: [1, 2, 3, 4, 5, 6] });
});

Deno.test("onCheckpointPiece() takes entries while the snapshot is on its way to the disk", () => {
  const lone = fetching({ diskMs: 4 });
  lone.post(piece(LOG[4]!));
  lone.run(24);
  for (const entry of LOG.slice(2)) lone.receive(prepare(entry, 6));
  lone.run(100);
  assertEquals(lone.failures, []);
  assertEquals(lone.figures!.durableOp, 7);
  assertEquals(lone.figures!.commitNumber, 6);
  const order = lone.told.filter(({ type }) => type !== "role").map((event) =>
    event.type === "execute" ? event.opNumber : event.type
  );
  assertEquals(order.slice(order.lastIndexOf("install-snapshot")), ["install-snapshot", 6]);
  assertEquals(durable(lone), { snapshot: 5, entries: [6, 7] });
});

Deno.test("onStartView() and a snapshot never make a log that is neither the view's nor ours (E3)", () => {
  const old = chain([0, 0, 0], { label: "old" });
  const outcomes = new Set<string>();
  for (let delayMs = 0; delayMs < 60; delayMs++) {
    const lone = LoneReplica.normal(0, 2, old, { diskMs: 4 });
    lone.receive(
      { type: "commit", view: 5, commitNumber: 5, opNumber: 5, replica: 2 },
      { type: "newCheckpoint", view: 5, op: 5, head: LOG[4]!.checksum, replica: 2 },
    );
    lone.post(piece(LOG[4]!, 2));
    lone.run(delayMs);
    const end = { opNumber: 3, commitNumber: 0, head: headOf(old) };
    lone.post({ type: "startView", view: 4, ...end, replica: 1 });
    lone.run(200);
    assertEquals(lone.failures, []);
    const { lastNormalView, opNumber } = lone.figures!;
    outcomes.add(`op ${opNumber}, last normal in ${lastNormalView}`);
  }
  assertEquals([...outcomes], ["op 3, last normal in 4", "op 5, last normal in 2"]);
});

Deno.test("A replica votes with no log while a snapshot is taking its place", () => {
  const lone = LoneReplica.normal(2, 3, LOG.slice(0, 2), { replicaCount: 5 });
  lone.receive(
    { type: "startViewChange", view: 5, replica: 0 },
    { type: "commit", view: 6, commitNumber: 5, opNumber: 5, replica: 1 },
    { type: "newCheckpoint", view: 6, op: 5, head: LOG[4]!.checksum, replica: 1 },
  );
  lone.disk.holdNext("rename");
  lone.receive(piece(LOG[4]!, 1));
  // With one more it is a quorum that has left for view 5.
  const late: VrMessage = { type: "startViewChange", view: 5, replica: 4 };
  lone.receive(late);
  assertEquals(lone.failures, []);
  assertEquals(lone.sentOf("doViewChange"), []);
  lone.disk.release();
  lone.receive(late);
  lone.receive(late);
  const [vote] = lone.sentOf("doViewChange");
  assertEquals([vote?.view, vote?.opNumber, vote?.commitNumber], [5, 5, 5]);
});

Deno.test("onCheckpointPiece() asks again when the journal has dropped what was written", () => {
  const lone = fetching({ diskMs: 4 });
  lone.run(50);
  lone.post(piece(LOG[4]!));
  // The client table, say, on behalf of a replica that has crashed meanwhile.
  lone.tellJournal({ type: "snapshot-begin", op: 2 });
  lone.run(30);
  assertEquals(lone.failures, []);
  lone.forget();
  lone.receive(
    { type: "commit", view: 0, commitNumber: 6, opNumber: 7, replica: 0 },
    { type: "newCheckpoint", view: 0, op: 5, head: LOG[4]!.checksum, replica: 0 },
  );
  lone.receive(piece(LOG[4]!));
  lone.run(100);
  assertEquals(durable(lone), { snapshot: 5, entries: [] });
  assertEquals(lone.failures, []);
});
