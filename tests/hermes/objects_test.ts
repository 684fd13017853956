import { assertEquals } from "@std/assert";
import { cut } from "../../protocols/hermes/flush.ts";
import { ObjectTable, OPENING_OBJECT } from "../../protocols/hermes/objects.ts";
import { nextWrite, ORIGIN } from "../../protocols/hermes/timestamp.ts";
import { bytesOf, textOf } from "../vr/machine.ts";

/** Has an object be written, and valid; `null` removes it. */
function write(table: ObjectTable, object: string, text: string | null, isValid = true): void {
  const record = table.obtain(object);
  const state = text === null ? null : bytesOf(text);
  const ts = nextWrite(record.ts, 1);
  table.adopt(record, { object, ts, base: record.ts, isRmw: false, state, requester: null }, 1, 0);
  if (isValid) table.validate(record);
}

/** The names in each page of about so many bytes. */
function pages(table: ObjectTable, bytesMax: number): string[][] {
  const all: string[][] = [];
  let from: string | null = "";
  while (from !== null) {
    const { objects, next } = table.page(from, bytesMax);
    all.push(objects.map(({ update }) => update.object));
    from = next;
  }
  return all;
}

Deno.test("ObjectTable.page() shows every object once, in the order of their UTF-8 bytes", () => {
  const table = new ObjectTable();
  const names = ["b", "a", "\u{1f600}", "\uffee", "aa", ""];
  for (const name of names) write(table, name, "text");
  const inOrder = ["", "a", "aa", "b", "\uffee", "\u{1f600}"];
  assertEquals(pages(table, 1), inOrder.map((name) => [name]));
  assertEquals(pages(table, 1_000_000), [inOrder]);
  assertEquals(pages(table, 250), [["", "a", "aa"], ["b", "\uffee", "\u{1f600}"]]);
});

Deno.test("ObjectTable.page() goes on where it was, whatever was written in between", () => {
  const table = new ObjectTable();
  for (const name of ["a", "c", "e"]) write(table, name, "text");
  const { next } = table.page("", 150);
  assertEquals(next, "e");
  for (const name of ["b", "d", "f"]) write(table, name, "text");
  const rest = table.page(next!, 1_000).objects.map(({ update }) => update.object);
  assertEquals(rest, ["e", "f"]);
});

Deno.test("ObjectTable counts what exists, what was removed, and what is not settled", () => {
  const table = new ObjectTable();
  write(table, "a", "1");
  write(table, "b", "1");
  write(table, "b", null);
  write(table, "c", "1", false);
  table.obtain("d");
  assertEquals([table.count, table.existing, table.unsettled.size], [4, 2, 1]);
  table.release(table.get("d")!);
  table.release(table.get("b")!);
  assertEquals([table.count, table.get("d"), table.get("b")?.bytes], [3, undefined, null]);
  write(table, "b", "again");
  assertEquals([table.existing, textOf(table.get("b")!.bytes!)], [3, "again"]);
  table.clear();
  assertEquals([table.count, table.existing, table.unsettled.size], [0, 0, 0]);
});

Deno.test("ObjectTable does not count what holds client ids", () => {
  const table = new ObjectTable();
  table.obtain(OPENING_OBJECT);
  assertEquals([table.count, table.existing], [0, 0]);
  write(table, "a", "1");
  const { revision } = table;
  for (const text of ["1", "2", "3"]) write(table, OPENING_OBJECT, text);
  assertEquals([table.count, table.existing, table.revision], [1, 1, revision]);
});

Deno.test("ObjectTable keeps in order since when objects are not settled", () => {
  const table = new ObjectTable();
  for (const name of ["a", "b", "c"]) write(table, name, "1", false);
  table.invalidate(table.get("a")!, 5);
  write(table, "b", "2", false);
  assertEquals([...table.unsettled].map(({ name }) => name), ["c", "a", "b"]);
});

Deno.test("what is held of an object stays as it is when the bytes that it came in are used again", () => {
  const table = new ObjectTable();
  const state = bytesOf("text");
  const record = table.obtain("a");
  const ts = nextWrite(ORIGIN, 1);
  table.adopt(
    record,
    { object: "a", ts, base: ORIGIN, isRmw: false, state, requester: null },
    1,
    0,
  );
  state.fill(0);
  assertEquals(textOf(record.bytes!), "text");
});

Deno.test("cut() makes messages of a bounded size, in order, and loses nothing", () => {
  const ts = nextWrite(ORIGIN, 1);
  const sizes = [10, 600_000, 600_000, 5_000_000, 10, 10];
  const updates = sizes.map((size, index) => ({
    object: `${index}`,
    ts,
    base: ORIGIN,
    isRmw: false,
    state: new Uint8Array(size),
    requester: null,
  }));
  assertEquals(cut(updates).map((each) => each.map(({ object }) => object)), [
    ["0", "1"],
    ["2"],
    ["3"],
    ["4", "5"],
  ]);
  assertEquals(cut([]), []);
  const acks = Array.from({ length: 2_000 }, () => ({ object: "x".repeat(1_000), ts }));
  assertEquals(cut(acks).map(({ length }) => length).reduce((sum, length) => sum + length), 2_000);
  assertEquals(cut(acks).length, 6);
});
