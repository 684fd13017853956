import { assert, assertEquals } from "@std/assert";
import type { Dot } from "../../../protocols/gossip/dot.ts";
import { seenEvents, type Shown, wrongReading } from "../../../sim/gossip/readings.ts";
import { bytesOf, clockOf, delta, dot, element, plain, stamped, tableOf, total } from "./events.ts";

const ABSENT: Shown = { type: "absent" };

function values(...texts: string[]): Shown {
  return { type: "values", values: texts.map(bytesOf) };
}

function elements(...texts: string[]): Shown {
  return { type: "set", elements: texts.map(bytesOf) };
}

const LWW = tableOf(
  delta("lww/0", dot(1, 1), stamped(5, "old")),
  delta("lww/0", dot(2, 1), stamped(7, "new")),
  delta("lww/0", dot(3, 1), stamped(9, null)),
);
const SIBLINGS = tableOf(
  delta("siblings/0", dot(1, 1), plain("a")),
  delta("siblings/0", dot(2, 1), plain("b")),
  delta("siblings/0", dot(3, 1), plain("c"), dot(1, 1)),
  delta("siblings/0", dot(1, 2), null, dot(3, 1)),
);

function wrong(table: typeof LWW, key: string, shown: Shown, ...due: Dot[]) {
  return wrongReading(table, key, shown, clockOf(...due));
}

Deno.test("wrongReading() of a last write: at least the greatest that is due, and only what was written", () => {
  assertEquals(wrong(LWW, "lww/0", values("new"), dot(1, 1)), undefined);
  assertEquals(wrong(LWW, "lww/0", ABSENT, dot(1, 1), dot(2, 1)), undefined);
  assert(wrong(LWW, "lww/0", values("old"), dot(2, 1))?.includes("older than event 1 of node 2"));
  // Deleted, and back.
  assert(wrong(LWW, "lww/0", values("new"), dot(3, 1))?.includes("older than event 1 of node 3"));
  assert(wrong(LWW, "lww/0", values("strange"))?.includes("nobody wrote"));
  assert(wrong(LWW, "lww/0", values("old", "new"))?.includes("2 values"));
  const onlyValue = tableOf(delta("lww/0", dot(1, 1), stamped(5, "v")));
  assert(wrong(onlyValue, "lww/0", ABSENT, dot(1, 1))?.includes("older than"));
});

Deno.test("wrongReading() of siblings: each that is due is there, or something that supersedes it", () => {
  assertEquals(wrong(SIBLINGS, "siblings/0", values("a", "b"), dot(1, 1), dot(2, 1)), undefined);
  assertEquals(wrong(SIBLINGS, "siblings/0", values("b", "c"), dot(1, 1)), undefined);
  // "c" is removed in its turn, by what leaves nothing.
  assertEquals(wrong(SIBLINGS, "siblings/0", values("b"), dot(1, 1)), undefined);
  assert(wrong(SIBLINGS, "siblings/0", values("a"), dot(2, 1))?.includes("neither shown"));
  assert(wrong(SIBLINGS, "siblings/0", values("z"))?.includes("nobody wrote"));
});

Deno.test("wrongReading() of sets: what was added is there, unless it was removed", () => {
  const table = tableOf(
    delta("set/0", dot(1, 1), element("x")),
    delta("set/0", dot(2, 1), element("y")),
    delta("set/0", dot(3, 1), null, dot(1, 1)),
  );
  assertEquals(wrong(table, "set/0", elements("y"), dot(1, 1), dot(2, 1)), undefined);
  assert(wrong(table, "set/0", elements("x"), dot(2, 1))?.includes("neither shown"));
});

Deno.test("wrongReading() of counters: not less than is due, not more than there is", () => {
  const table = tableOf(
    delta("counter/0", dot(1, 1), total(2n)),
    delta("counter/0", dot(1, 2), total(5n), dot(1, 1)),
    delta("counter/0", dot(2, 1), total(10n)),
  );
  const shown = (sum: bigint): Shown => ({ type: "counter", total: sum });
  assertEquals(wrong(table, "counter/0", shown(12n), dot(1, 1), dot(2, 1)), undefined);
  assert(wrong(table, "counter/0", shown(12n), dot(1, 2), dot(2, 1))?.includes("15 is the least"));
  assert(wrong(table, "counter/0", shown(16n))?.includes("15 is the most"));
  assert(wrong(table, "counter/0", ABSENT, dot(2, 1))?.includes("10 is the least"));
});

Deno.test("wrongReading() of merged values: the words of what is due are there", () => {
  const table = tableOf(
    delta("merge/0", dot(1, 1), plain("a b")),
    delta("merge/0", dot(2, 1), plain("c"), dot(1, 1)),
  );
  assertEquals(wrong(table, "merge/0", values("a b d"), dot(1, 1)), undefined);
  assertEquals(wrong(table, "merge/0", values("c"), dot(1, 1)), undefined);
  assert(wrong(table, "merge/0", values("a"), dot(1, 1))?.includes("neither shown"));
});

Deno.test("seenEvents() are those that only one event can have shown", () => {
  const table = tableOf(
    delta("siblings/0", dot(1, 1), plain("a")),
    delta("siblings/0", dot(2, 1), plain("twice")),
    delta("siblings/0", dot(3, 1), plain("twice")),
  );
  const seen = seenEvents(table, "siblings/0", values("a", "twice"));
  assertEquals(seen.map((event) => event.delta.dot), [dot(1, 1)]);
});
