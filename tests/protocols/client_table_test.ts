import { assertEquals, assertNotEquals } from "@std/assert";
import { command, LoneTable, opening } from "./lone_table.ts";

Deno.test("ClientTable gives up a snapshot that the journal has dropped", () => {
  const table = LoneTable.leading();
  table.execute(1, opening(1));
  table.tell({ type: "take-snapshot", op: 1, base: new Uint8Array(), retain: 0 });
  const chunk = table.journal.find(({ type }) => type === "snapshot-chunk")!;
  const ticket = "ticket" in chunk ? chunk.ticket : 0;
  table.tell({ type: "snapshot-gone", ticket });
  assertEquals(table.asked.at(-1), { type: "snapshot-taken", op: 1, ok: false });
});

Deno.test("ClientTable never asks for two read indices by the same ticket, not even after a crash", () => {
  const table = LoneTable.leading();
  table.query();
  const { ticket } = table;
  table.crash();
  table.lead(2);
  table.query();
  assertNotEquals(table.ticket, ticket);
});

Deno.test("ClientTable says that there is no session only when the log says so", () => {
  // It may be a primary of the past, which has not heard of a session opened since.
  const table = LoneTable.leading();
  const request = command(7, 1, "a");
  const told = table.submit(request);
  assertEquals(told, []);
  assertEquals(table.ordered(), [request]);
  table.execute(1, request);
  assertEquals(told, ["noSession"]);
});

Deno.test("ClientTable refuses reads whose index was named in a view that is over", () => {
  const table = new LoneTable();
  table.follow(1, 1);
  const told = table.query();
  // The primary's log ended here, but nothing of it was committed, nor will be.
  table.tell({ type: "read-index", ticket: table.ticket, opNumber: 5 });
  assertEquals(told, []);
  table.follow(2, 2);
  assertEquals(told, ["unavailable"]);
});

Deno.test("ClientTable executes each request once, and answers all who asked", () => {
  const table = LoneTable.leading();
  const opened = table.submit(opening(1));
  table.execute(1, ...table.ordered());
  assertEquals(opened, ["session 1@1"]);
  const request = command(1, 1, "a");
  const told = [table.submit(request), table.submit(request)];
  const ordered = table.ordered();
  assertEquals(ordered, [request]);
  // The log may hold it twice all the same: ordered again by a new primary, say.
  table.execute(2, ...ordered, ...ordered);
  assertEquals(told, [["result 1@2"], ["result 1@2"]]);
  table.execute(3, request);
  assertEquals(table.machine.applied.length, 1);
  assertEquals(table.submit(request), ["result 1@2"]);
  assertEquals(table.ordered(), []);
});

Deno.test("ClientTable is told again what it has executed by a replica that has restarted", () => {
  const table = LoneTable.leading();
  table.execute(1, opening(1));
  table.execute(2, command(1, 1, "a"));
  table.tell({ type: "install-snapshot", op: 0 });
  table.asked.length = 0;
  table.execute(1, opening(1));
  table.execute(2, command(1, 1, "a"));
  table.execute(3, command(1, 2, "b"));
  assertEquals(table.asked, [1, 2, 3].map((opNumber) => ({ type: "executed", opNumber })));
  assertEquals(table.machine.applied.map(({ command }) => command), ["a", "b"]);
});

Deno.test("ClientTable fails rather than execute an entry out of order", () => {
  const table = LoneTable.leading();
  table.execute(1, opening(1));
  table.execute(3, command(1, 1, "a"));
  assertEquals(table.failures.length, 1);
  assertEquals(table.machine.applied.length, 0);
});

Deno.test("ClientTable interrupts all who wait when the role changes, and knows what is inherited", () => {
  const table = LoneTable.leading();
  table.execute(1, opening(1));
  const request = command(1, 1, "a");
  const told = table.submit(request);
  table.ordered();
  table.follow(2, 1);
  assertEquals(told, ["interrupted"]);
  table.lead(3, [{ opNumber: 2, requests: [request] }]);
  const again = table.submit(request);
  assertEquals(table.ordered(), [], "it is in the log");
  table.execute(2, request);
  assertEquals(again, ["result 1@2"]);
  // A view in which it is not: it has to be ordered again.
  const other = command(1, 2, "b");
  table.submit(other);
  table.follow(4, 1);
  table.lead(6);
  table.ordered();
  table.submit(other);
  assertEquals(table.ordered(), [other]);
});

Deno.test("ClientTable orders again what it has executed before its replica restarted, if there is no session", () => {
  const table = LoneTable.leading();
  const request = command(1, 1, "a");
  table.execute(1, opening(1));
  table.execute(2, request);
  table.execute(3, opening(2, 1));
  // The replica has crashed, and does not know yet what is committed.
  table.lead(2, [{ opNumber: 2, requests: [request] }]);
  table.ordered();
  const told = table.submit(request);
  assertEquals(table.ordered(), [request], "client 1 has been evicted: the log has to say so");
  table.execute(4, request);
  assertEquals(told, ["noSession"]);
});

Deno.test("ClientTable passes on to the primary once, and says so when it cannot", () => {
  const table = new LoneTable();
  assertEquals(table.submit(command(1, 1, "a")), ["unavailable"]);
  assertEquals(table.submit(command(1, 1, "a"), false), ["notPrimary"]);
  table.follow(1, 2);
  const told = table.submit(command(1, 1, "a"));
  assertEquals(told, []);
  assertEquals(table.passedOn.map(({ to, message }) => [to, message.forward]), [[2, false]]);
  assertEquals(table.submit(command(1, 1, "a"), false), ["notPrimary"]);
  assertEquals(table.query("linearizable", false), ["notPrimary"]);
});

Deno.test("ClientTable takes no more than its bounds", () => {
  const table = LoneTable.leading({ inFlightMax: 2 });
  table.execute(1, opening(1), opening(2));
  const first = table.submit(command(1, 1, "a"));
  table.submit(command(2, 1, "b"));
  assertEquals(table.submit(command(1, 2, "c")), ["overloaded"]);
  table.execute(2, command(1, 1, "a"));
  assertEquals(first, ["result 1@2"]);
  assertEquals(table.submit(command(1, 2, "c")), []);
  const reads = [table.query(), table.query()];
  assertEquals(table.query(), ["overloaded"]);
  table.tell({ type: "read-index", ticket: table.ticket, opNumber: 1 });
  assertEquals(reads[0], ["result 1@2"]);
});

Deno.test("ClientTable answers a read when its state has got as far as the index", () => {
  const table = LoneTable.leading();
  table.execute(1, opening(1));
  const early = table.query();
  const { ticket } = table;
  const later = table.query();
  table.tell({ type: "read-index", ticket, opNumber: 2 });
  assertEquals([early, later], [[], []]);
  table.execute(2, command(1, 1, "a"));
  assertEquals(early, ["result 1@2"]);
  // That came while the first was being asked about: it has a ticket of its own.
  assertEquals(later, []);
  table.tell({ type: "read-index", ticket: table.ticket, opNumber: 1 });
  assertEquals(later, ["result 1@2"]);
  assertEquals(table.query("stale"), ["result 1@2"]);
});

Deno.test("ClientTable gives a read up whose index does not come", () => {
  const table = LoneTable.leading();
  const refused = table.query();
  table.tell({ type: "read-refused", ticket: table.ticket });
  const late = table.query();
  table.clock.runFor(600);
  assertEquals([refused, late], [["unavailable"], ["unavailable"]]);
});

Deno.test("ClientTable restores a snapshot, and goes on from there", () => {
  const source = LoneTable.leading();
  source.execute(1, opening(1), opening(2));
  source.execute(2, command(1, 1, "a"), command(2, 5, "b"));
  source.tell({ type: "take-snapshot", op: 2, base: new Uint8Array(), retain: 0 });
  const written = source.journal.find((request) => request.type === "snapshot-chunk")!;
  const table = new LoneTable();
  table.tell({ type: "install-snapshot", op: 2 });
  // What comes meanwhile waits; there is nothing to answer a read from.
  table.execute(3, command(1, 2, "c"));
  assertEquals(table.query("stale"), ["unavailable"]);
  assertEquals(table.machine.applied.length, 0);
  const { bytes } = written;
  const half = bytes.length >> 1;
  const piece = { type: "snapshot-piece", ticket: 2, op: 2, base: new Uint8Array() } as const;
  const total = bytes.length;
  table.tell({ ...piece, offset: 0, bytes: bytes.subarray(0, half), total });
  table.tell({ ...piece, offset: 0, bytes: bytes.subarray(0, half), total });
  assertEquals(table.journal.map((request) => "offset" in request && request.offset), [0, half]);
  table.tell({ ...piece, offset: half, bytes: bytes.subarray(half), total });
  assertEquals(table.machine.applied.map(({ command }) => command), ["a", "b", "c"]);
  table.lead(2);
  assertEquals(table.submit(command(2, 5, "b")), ["result 2@2"]);
  assertEquals(table.submit(command(1, 2, "c")), ["result 3@3"]);
  assertEquals(table.query("stale"), ["result 3@3"]);
});

Deno.test("ClientTable takes no snapshot of another state than it was asked for", () => {
  const table = LoneTable.leading();
  table.execute(1, opening(1));
  table.tell({ type: "take-snapshot", op: 7, base: new Uint8Array(), retain: 0 });
  assertEquals(table.asked.at(-1), { type: "snapshot-taken", op: 7, ok: false });
  assertEquals(table.journal, []);
});
