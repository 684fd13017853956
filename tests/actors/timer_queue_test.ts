import { assertEquals, assertThrows } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { TimerQueue } from "../../actors/timer_queue.ts";

function runDue(queue: TimerQueue, now: number): void {
  for (let run = queue.takeDue(now); run; run = queue.takeDue(now)) run();
}

Deno.test("TimerQueue.takeDue() yields timers by time, and in the order of their setting at one time", () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  for (const [at, name] of [[5, "a"], [3, "b"], [5, "c"], [3, "d"], [4, "e"]] as const) {
    queue.add(at, () => fired.push(name));
  }
  assertEquals(queue.nextAt, 3);
  runDue(queue, 4);
  assertEquals(fired, ["b", "d", "e"]);
  runDue(queue, 5);
  assertEquals(fired, ["b", "d", "e", "a", "c"]);
  assertEquals(queue.nextAt, undefined);
});

Deno.test("TimerQueue.takeDue() yields nothing before its time", () => {
  const queue = new TimerQueue();
  queue.add(10, () => {});
  assertEquals(queue.takeDue(9.999), undefined);
  assertEquals(queue.length, 1);
});

Deno.test("TimerQueue.add() returns a cancel that may be called again, and after firing", () => {
  const queue = new TimerQueue();
  const cancelled = queue.add(1, () => {});
  const fired = queue.add(1, () => {});
  queue.add(2, () => {});
  cancelled();
  cancelled();
  assertEquals(queue.length, 2);
  queue.takeDue(1)!();
  fired();
  assertEquals(queue.length, 1);
  assertEquals(queue.nextAt, 2);
});

Deno.test("TimerQueue.add() refuses a time that is not a number, which would break its order", () => {
  const queue = new TimerQueue();
  assertThrows(() => queue.add(NaN, () => {}), RangeError, "NaN");
  assertEquals(queue.length, 0);
});

Deno.test("TimerQueue fires what is not cancelled in order, through many cancellations", () => {
  const random = randomStream(3, "timers");
  const queue = new TimerQueue();
  const fired: number[] = [];
  const cancels = new Map<number, () => void>();
  const dueAt = new Map<number, number>();
  for (let id = 0; id < 2_000; id++) {
    const at = randomInteger(random, 50);
    dueAt.set(id, at);
    cancels.set(id, queue.add(at, () => fired.push(id)));
    // Often enough that cancelled timers become the majority.
    for (let left = randomInteger(random, 6); left > 0; left--) {
      const victim = randomInteger(random, id + 1);
      cancels.get(victim)!();
      dueAt.delete(victim);
    }
  }
  assertEquals(queue.length, dueAt.size);
  for (let now = 0; now < 50; now++) runDue(queue, now);
  const expected = [...dueAt].sort(([a, atA], [b, atB]) => atA - atB || a - b).map(([id]) => id);
  assertEquals(fired, expected);
  assertEquals(queue.length, 0);
});

Deno.test("TimerQueue.add() may be called while a timer fires", () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  queue.add(1, () => {
    fired.push("first");
    queue.add(1, () => fired.push("second"));
  });
  runDue(queue, 1);
  assertEquals(fired, ["first", "second"]);
});
