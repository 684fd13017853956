import { assertEquals } from "@std/assert";
import { Arena } from "../../actors/arena.ts";

Deno.test("Arena.allocate() never gives the same byte twice", () => {
  const arena = new Arena(64);
  const pieces = Array.from({ length: 50 }, (_, index) => {
    const bytes = arena.allocate(index % 20);
    assertEquals(bytes, new Uint8Array(index % 20));
    return bytes.fill(index);
  });
  for (const [index, bytes] of pieces.entries()) {
    assertEquals(bytes, new Uint8Array(index % 20).fill(index));
  }
});

Deno.test("Arena.allocate() cuts from one chunk until it is used up; what is long stands alone", () => {
  const arena = new Arena(64);
  const [first, second, long] = [arena.allocate(16), arena.allocate(10), arena.allocate(17)];
  assertEquals(first.buffer === second.buffer, true);
  assertEquals(second.byteOffset, 16);
  assertEquals([long.buffer === first.buffer, long.buffer.byteLength], [false, 17]);
  for (let index = 0; index < 4; index++) arena.allocate(9);
  assertEquals(arena.allocate(9).buffer === first.buffer, false);
});
