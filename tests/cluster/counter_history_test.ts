import { assertEquals, assertThrows } from "@std/assert";
import { CounterHistory } from "./counter_history.ts";

Deno.test("CounterHistory takes what a linearizable counter may answer", () => {
  const history = new CounterHistory("c");
  const first = history.increment();
  const second = history.increment();
  const read = history.read();
  history.answered(read, 2); // both were executed, and neither was answered yet
  history.incremented(second, 1);
  history.incremented(first, 2);
  assertEquals(history.acknowledged, 2);
});

Deno.test("CounterHistory throws if an increment was executed twice", () => {
  const history = new CounterHistory("c");
  const floor = history.increment();
  assertThrows(
    () => history.incremented(floor, 2),
    Error,
    "2 was seen, and 1 increments were sent",
  );
});

Deno.test("CounterHistory throws if two increments had one effect", () => {
  const history = new CounterHistory("c");
  const floors = [history.increment(), history.increment()];
  history.incremented(floors[0]!, 1);
  assertThrows(() => history.incremented(floors[1]!, 1), Error, "two increments gave 1");
});

Deno.test("CounterHistory throws if a read does not see what was seen before it", () => {
  const history = new CounterHistory("c");
  history.incremented(history.increment(), 1);
  const floor = history.read();
  assertThrows(() => history.answered(floor, 0), Error, "a read gave 0, and 1 had been seen");
});

Deno.test("CounterHistory throws if an increment that was refused is seen", () => {
  const history = new CounterHistory("c");
  history.increment();
  history.refused();
  const floor = history.read();
  assertThrows(() => history.answered(floor, 1), Error, "1 was seen, and 0 increments were sent");
});
