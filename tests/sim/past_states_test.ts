import { assertEquals } from "@std/assert";
import { encodeCommand, encodeQuery } from "../../protocols/kv/commands.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { PastStates } from "../../sim/past_states.ts";

const QUERY = encodeQuery({ type: "get", key: "n" });
const INCREMENT = encodeCommand({ type: "increment", key: "n", delta: 1n });

Deno.test("PastStates.answer() knows the state after any entry, forwards and back", () => {
  const past = new PastStates(new KvStore());
  const store = new KvStore();
  const expected = [store.query(QUERY)];
  // Entries with an odd number of commands, and some without any.
  for (let op = 1; op <= 60; op++) {
    for (let count = op % 4; count > 0; count--) {
      past.push({ op, time: 0, command: INCREMENT });
      store.apply(INCREMENT);
    }
    expected.push(store.query(QUERY));
  }
  for (const op of [60, 0, 59, 1, 17, 16, 15, 33, 60, 2]) {
    assertEquals(past.answer(op, QUERY), expected[op], `after ${op}`);
  }
});

Deno.test("PastStates.answer() goes on as the history does", () => {
  const past = new PastStates(new KvStore());
  const store = new KvStore();
  for (let op = 1; op <= 40; op++) {
    past.push({ op, time: 0, command: INCREMENT });
    store.apply(INCREMENT);
    assertEquals(past.answer(op, QUERY), store.query(QUERY));
  }
});
