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
