// A client table of a chain: the tail answers, and each read asks for an index of its own.
import { assertEquals } from "@std/assert";
import { type Ref, refTo } from "../../actors/ref.ts";
import type { ClientReply } from "../../protocols/client_messages.ts";
import { command, LoneTable, opening } from "./lone_table.ts";

const CHAINED = { tailReplies: true, objectReads: true } as const;

/** Whom a request that was ordered names, if anybody. */
function addressees(table: LoneTable): (string | undefined)[] {
  const ordered = table.asked.filter((message) => message.type === "order");
  table.asked.length = 0;
  return ordered.map(({ replyTo }) => replyTo?.name);
}

Deno.test("ClientTable of a head sends along whom to answer, and does not answer itself", () => {
  const table = LoneTable.leading(CHAINED);
  const first = table.submit(opening(1));
  assertEquals(addressees(table), ["client-1"]);
  table.execute(1, opening(1));
  assertEquals(first, []);
});

Deno.test("ClientTable answers a retry of what is under way when it executes it", () => {
  const table = LoneTable.leading(CHAINED);
  table.execute(1, opening(1));
  const request = command(1, 1, "a");
  const told = [table.submit(request), table.submit(request)];
  assertEquals(addressees(table), ["client-1"]);
  table.execute(2, request);
  assertEquals(told, [[], ["result 1@2"]]);
  assertEquals(table.submit(request), ["result 1@2"]);
});

Deno.test("ClientTable of a tail answers whom an entry names, each for its own request", () => {
  const table = new LoneTable(CHAINED);
  table.assume({ leading: false, primary: 1 });
  const told: string[][] = [];
  const owed = [1, 0, 7].map((request) => {
    const replyTo: Ref<ClientReply> = refTo(0, table.listen(told));
    return { request, replyTo };
  });
  const requests = [opening(1), opening(2)];
  table.tell({ type: "execute", opNumber: 1, time: 1, requests, owed });
  assertEquals(told, [["session 2@1"], ["session 1@1"], []]);
  // An entry that was executed before is not answered again.
  table.tell({ type: "execute", opNumber: 1, time: 1, requests, owed });
  assertEquals(told.flat().length, 2);
});

Deno.test("ClientTable that no longer leads interrupts those who are answered elsewhere, too", () => {
  const table = LoneTable.leading(CHAINED);
  const told = table.submit(command(1, 1, "a"));
  table.assume({ view: 2, leading: false, primary: 1 });
  assertEquals(told, ["interrupted"]);
});

Deno.test("ClientTable lets everybody wait on where the order goes on", () => {
  const table = LoneTable.leading(CHAINED);
  const [first, second] = [table.submit(command(1, 1, "a")), table.submit(command(1, 1, "a"))];
  const read = table.query();
  table.assume({ view: 2, continues: true });
  assertEquals([first, second, read], [[], [], []]);
  table.execute(1, opening(1));
  table.tell({ type: "read-index", ticket: table.ticket, opNumber: 1 });
  table.execute(2, command(1, 1, "a"));
  assertEquals([first, second, read], [[], ["result 1@2"], ["result 0@1"]]);
});

Deno.test("ClientTable says that there is no room for a request that its replica refuses", () => {
  const table = LoneTable.leading(CHAINED);
  const request = command(1, 1, "a");
  const told = [table.submit(request), table.submit(request)];
  table.tell({ type: "order-refused", request });
  assertEquals(told, [["overloaded"], ["overloaded"]]);
  addressees(table);
  table.submit(request);
  assertEquals(addressees(table), ["client-3"]);
});

Deno.test("ClientTable asks for an index for each read, and answers each when its own is reached", () => {
  const table = LoneTable.leading(CHAINED);
  const [a, b] = [table.query(), table.query({ ageMs: 5, versions: null })];
  const asked = table.asked.filter((message) => message.type === "find-read-index");
  assertEquals(asked.map(({ bound }) => bound), [undefined, { ageMs: 5, versions: null }]);
  table.tell({ type: "read-index", ticket: asked[1]!.ticket, opNumber: 0 });
  assertEquals([a, b], [[], ["result 0@0"]]);
  table.tell({ type: "read-index", ticket: asked[0]!.ticket, opNumber: 1 });
  assertEquals(a, []);
  table.execute(1, opening(1));
  assertEquals(a, ["result 0@1"]);
});

Deno.test("ClientTable lets no read wait for ever for its index", () => {
  const table = LoneTable.leading(CHAINED);
  const first = table.query();
  table.clock.runFor(400);
  const second = table.query();
  table.clock.runFor(200);
  assertEquals([first, second], [["unavailable"], []]);
  table.clock.runFor(500);
  assertEquals(second, ["unavailable"]);
});

Deno.test("ClientTable passes on what it has no state for, and serves what was passed on to it", () => {
  const table = new LoneTable(CHAINED);
  assertEquals([table.query(), table.query("stale")], [["unavailable"], ["unavailable"]]);
  table.assume({ leading: false, primary: 1, reader: 2, holds: false });
  table.query();
  table.query("stale");
  assertEquals(table.passedOn.map(({ to, message }) => [to, message.forward]), [
    [2, false],
    [2, false],
  ]);
  assertEquals(table.query("linearizable", false), ["notPrimary"]);
  table.assume({ leading: false, primary: 1 });
  const served = table.query("linearizable", false);
  table.tell({ type: "read-index", ticket: table.ticket, opNumber: 0 });
  assertEquals([served, table.query("stale", false)], [["result 0@0"], ["result 0@0"]]);
});

Deno.test("ClientTable of a chain that reads at the tail answers itself what may be stale", () => {
  const table = new LoneTable(CHAINED);
  table.assume({ leading: false, primary: 1, reader: 2, holds: true });
  assertEquals(table.query("stale"), ["result 0@0"]);
  table.query();
  assertEquals(table.passedOn.map(({ to }) => to), [2]);
});

Deno.test("ClientTable of a log that reads together takes a bound for no bound at all", () => {
  const table = LoneTable.leading();
  const told = table.query({ ageMs: 1_000, versions: null });
  const asked = table.asked.findLast((message) => message.type === "find-read-index");
  assertEquals([told, asked?.bound], [[], undefined]);
  table.tell({ type: "read-index", ticket: table.ticket, opNumber: 0 });
  assertEquals(told, ["result 0@0"]);
});

Deno.test("ClientTable beside the one that opens sessions adopts them, and opens none", () => {
  const table = LoneTable.leading({ ...CHAINED, adoptedSessionsMax: 2 });
  table.execute(1, command(7, 3, "a"), opening(1));
  assertEquals(table.machine.applied.length, 1);
  assertEquals(table.submit(command(7, 3, "a")), ["result 1@1"]);
  assertEquals(table.submit(command(7, 2, "b")), ["superseded by 3"]);
  const told = [table.submit(opening(2)), table.submit(opening(2))];
  table.execute(2, opening(2));
  assertEquals(told, [[], ["noSession"]]);
});
