import { assertEquals } from "@std/assert";
import { GossipStore } from "../../../protocols/gossip/store.ts";
import { wrongState } from "../../../sim/gossip/state_check.ts";
import { clockOf, delta, dot, element, encoded, plain, stamped, tableOf } from "./events.ts";

const CLOSE = { byBytes: true };

Deno.test("EventTable finds two contents under one dot, and the same twice is none", () => {
  const table = tableOf(delta("siblings/0", dot(1, 1), plain("a")));
  assertEquals(table.add(encoded(delta("siblings/0", dot(1, 1), plain("a")))), undefined);
  assertEquals(
    table.add(encoded(delta("siblings/1", dot(1, 1), plain("b")))),
    "event 1 of node 1 (1) has two contents: of siblings/0 and siblings/1",
  );
  // The same, asked for by somebody else.
  const asked = encoded(delta("siblings/0", dot(1, 1), plain("a")), { client: 1, number: 1 });
  assertEquals(table.add(asked)?.includes("two contents"), true);
});

Deno.test("EventTable.living() takes what is superseded by known events only", () => {
  const table = tableOf(
    delta("set/0", dot(1, 1), element("a")),
    delta("set/0", dot(2, 1), null, dot(1, 1)),
    delta("set/0", dot(3, 1), element("a")),
  );
  const living = (...dots: Parameters<typeof clockOf>) =>
    table.living("set/0", clockOf(...dots)).map((event) => event.delta.dot.replica % 10);
  assertEquals(living(dot(1, 1)).length, 1);
  assertEquals(living(dot(1, 1), dot(2, 1)), []);
  assertEquals(living(dot(1, 1), dot(2, 1), dot(3, 1)).length, 1);
});

Deno.test("EventTable.living() has one of the last writes, the greater dot of a tie, and no tombstone", () => {
  const [early, late, tie, gone] = [
    delta("lww/0", dot(1, 1), stamped(5, "early")),
    delta("lww/0", dot(1, 2), stamped(9, "late"), dot(1, 1)),
    delta("lww/0", dot(2, 1), stamped(9, "tie")),
    delta("lww/0", dot(3, 1), stamped(10, null)),
  ];
  const table = tableOf(early, late, tie, gone);
  const living = (...dots: Parameters<typeof clockOf>) =>
    table.living("lww/0", clockOf(...dots)).map((event) => event.delta.dot);
  assertEquals(living(early.dot, late.dot), [late.dot]);
  assertEquals(living(early.dot, late.dot, tie.dot), [tie.dot]);
  assertEquals(living(early.dot, gone.dot), []);
});

Deno.test("wrongState() passes a store that took in the same events in any order", () => {
  const events = [
    delta("siblings/0", dot(1, 1), plain("a")),
    delta("siblings/0", dot(2, 1), plain("b"), dot(1, 1)),
    delta("siblings/0", dot(3, 1), plain("c")),
    delta("lww/0", dot(1, 2), stamped(4, "v")),
    delta("lww/0", dot(2, 2), stamped(7, null)),
  ];
  const store = new GossipStore(dot(9, 1).replica);
  for (const event of events.toReversed()) {
    store.apply(event);
    assertEquals(wrongState(store, tableOf(...events), CLOSE), undefined);
  }
});

Deno.test("wrongState() finds what is lost, what is back, and what is other than it was", () => {
  const first = delta("siblings/0", dot(1, 1), plain("a"));
  const second = delta("siblings/0", dot(2, 1), plain("b"), dot(1, 1));
  const gone = delta("siblings/0", dot(3, 1), null, dot(2, 1));
  const store = (...deltas: (typeof first)[]) => {
    const made = new GossipStore(dot(9, 1).replica);
    for (const each of deltas) made.apply(each);
    return made;
  };
  // It has the dots of all, and another idea of what they were.
  const merely = delta("siblings/0", dot(2, 1), plain("b"));
  assertEquals(
    wrongState(store(first, merely), tableOf(first, second), CLOSE),
    "shows event 1 of node 1 (1), event 1 of node 2 (1) of siblings/0, where event 1 of node 2 (1) is due",
  );
  const lazy = delta("siblings/0", dot(3, 1), null);
  assertEquals(
    wrongState(store(first, second, lazy), tableOf(first, second, gone), CLOSE)?.endsWith(
      "where nothing is due",
    ),
    true,
  );
  const other = delta("siblings/0", dot(1, 1), plain("x"));
  const wrong = wrongState(store(other), tableOf(first), CLOSE);
  assertEquals(wrong, "shows other content of siblings/0 than event 1 of node 1 (1) has");
  assertEquals(wrongState(store(other), tableOf(first), { byBytes: false }), undefined);
});

Deno.test("wrongState() says nothing of events that are not durable anywhere yet", () => {
  const store = new GossipStore(dot(9, 1).replica);
  store.apply(delta("siblings/0", dot(1, 1), plain("a")));
  assertEquals(wrongState(store, tableOf(), CLOSE), undefined);
});
