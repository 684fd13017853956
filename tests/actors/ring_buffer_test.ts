import { assertEquals, assertThrows } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { RingBuffer } from "../../actors/ring_buffer.ts";

function drain<T>(buffer: RingBuffer<T>): T[] {
  const items: T[] = [];
  while (buffer.length > 0) items.push(buffer.shift()!);
  return items;
}

Deno.test("RingBuffer refuses a capacity that is not a positive integer", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new RingBuffer(capacity), RangeError, String(capacity));
  }
});

Deno.test("RingBuffer.push() refuses an item beyond the capacity, whatever the power of two", () => {
  for (const capacity of [1, 2, 3, 16, 17, 100]) {
    const buffer = new RingBuffer<number>(capacity);
    for (let item = 0; item < capacity; item++) assertEquals(buffer.push(item), true);
    assertEquals(buffer.push(-1), false);
    assertEquals(buffer.unshift(-1), false);
    assertEquals(buffer.length, capacity);
    assertEquals(drain(buffer), Array.from({ length: capacity }, (_, item) => item));
  }
});

Deno.test("RingBuffer.shift() yields undefined when it is empty", () => {
  const buffer = new RingBuffer<number>(2);
  assertEquals(buffer.shift(), undefined);
  assertEquals(buffer.length, 0);
});

Deno.test("RingBuffer.takeAt() moves the first item into the gap", () => {
  const buffer = new RingBuffer<string>(8);
  for (const item of ["a", "b", "c", "d"]) buffer.push(item);
  assertEquals(buffer.takeAt(2), "c");
  assertEquals(drain(buffer), ["b", "a", "d"]);
});

Deno.test("RingBuffer.takeAt() yields undefined out of range", () => {
  const buffer = new RingBuffer<string>(8);
  buffer.push("a");
  assertEquals(buffer.takeAt(-1), undefined);
  assertEquals(buffer.takeAt(1), undefined);
  assertEquals(buffer.length, 1);
});

Deno.test("RingBuffer does what an array does, whatever the order of the calls", () => {
  const random = randomStream(7, "ring");
  for (let round = 0; round < 50; round++) {
    const capacity = 1 + randomInteger(random, 70);
    const buffer = new RingBuffer<number>(capacity);
    const model: number[] = [];
    for (let step = 0; step < 400; step++) {
      switch (randomInteger(random, 5)) {
        case 0:
        case 1:
          assertEquals(buffer.push(step), model.length < capacity);
          if (model.length < capacity) model.push(step);
          break;
        case 2:
          assertEquals(buffer.unshift(step), model.length < capacity);
          if (model.length < capacity) model.unshift(step);
          break;
        case 3:
          assertEquals(buffer.shift(), model.shift());
          break;
        case 4: {
          const index = randomInteger(random, model.length + 1);
          const expected = model[index];
          if (index < model.length) model[index] = model[0]!;
          if (index < model.length) model.shift();
          assertEquals(buffer.takeAt(index), expected);
        }
      }
      assertEquals(buffer.length, model.length);
    }
    assertEquals(drain(buffer), model);
  }
});
