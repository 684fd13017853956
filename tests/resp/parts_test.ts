import { assert, assertEquals } from "@std/assert";
import { Cursors } from "../../transport/resp/cursors.ts";
import { ReplyWriter } from "../../transport/resp/reply_writer.ts";
import { Pairs, type Reply, RespError, Simple, Verbatim } from "../../transport/resp/reply.ts";
import { Slots } from "../../transport/resp/slots.ts";
import { Window } from "../../transport/resp/window.ts";

Deno.test("Cursors.find() knows those that were used last, and forgets the others", () => {
  const cursors = new Cursors();
  const first = cursors.add("first");
  const second = cursors.add("second");
  for (let index = 0; index < 4_094; index++) cursors.add(`more ${index}`);
  assertEquals(cursors.find(first), "first");
  cursors.add("one too many");
  assertEquals([cursors.find(first), cursors.find(second)], ["first", undefined]);
  assert(Number.isSafeInteger(Number(first)) && Number(first) > 0);
});

const REPLIES: readonly (readonly [Reply, two: string, three: string])[] = [
  [null, "$-1\r\n", "_\r\n"],
  [0, ":0\r\n", ":0\r\n"],
  [-1, ":-1\r\n", ":-1\r\n"],
  [10, ":10\r\n", ":10\r\n"],
  [999_999_999_999, ":999999999999\r\n", ":999999999999\r\n"],
  [-(2n ** 63n), ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"],
  ["é", "$2\r\né\r\n", "$2\r\né\r\n"],
  [new Uint8Array(0), "$0\r\n\r\n", "$0\r\n\r\n"],
  [new Simple("OK"), "+OK\r\n", "+OK\r\n"],
  [new RespError("ERR a\r\nb é"), "-ERR a  b é\r\n", "-ERR a  b é\r\n"],
  [[], "*0\r\n", "*0\r\n"],
  [[1, ["a"]], "*2\r\n:1\r\n*1\r\n$1\r\na\r\n", "*2\r\n:1\r\n*1\r\n$1\r\na\r\n"],
  [new Pairs([["a", 1]]), "*2\r\n$1\r\na\r\n:1\r\n", "%1\r\n$1\r\na\r\n:1\r\n"],
  [new Verbatim("x"), "$1\r\nx\r\n", "=5\r\ntxt:x\r\n"],
];

Deno.test("ReplyWriter.write() writes each version of the protocol", () => {
  const writer = new ReplyWriter();
  const written = () => {
    const bytes = writer.take();
    const text = new TextDecoder().decode(bytes);
    writer.recycle(bytes);
    return text;
  };
  for (const [reply, two, three] of REPLIES) {
    writer.write(reply, 2);
    assertEquals(written(), two);
    writer.write(reply, 3);
    assertEquals(written(), three);
  }
});

Deno.test("ReplyWriter.take() gives bytes that stay as they are until they are recycled", () => {
  const writer = new ReplyWriter();
  writer.write("x".repeat(5_000), 2);
  const first = writer.take();
  const before = first.slice();
  writer.write("y".repeat(5_000), 2);
  assertEquals(first, before);
  assertEquals(writer.length, 5_009);
});

Deno.test("Slots.take() gives places in the order in which they were asked for", async () => {
  const slots = new Slots(1);
  assertEquals(slots.take(), undefined);
  const order: number[] = [];
  const waiting = [1, 2, 3].map((each) => slots.take()!.then(() => order.push(each)));
  for (const each of waiting) {
    slots.release();
    await each;
  }
  slots.release();
  assertEquals(order, [1, 2, 3]);
  assertEquals(slots.take(), undefined);
});

Deno.test("Window.admits() has no more than 64 commands under way", () => {
  const window = new Window("key");
  for (let index = 0; index < 64; index++) {
    assert(window.admits("write", [`k${index}`]));
    window.begin("write", [`k${index}`]);
  }
  assert(!window.admits("read", ["other"]) && !window.admits("none", []));
  window.end("write", ["k7"]);
  assert(window.admits("write", ["k7"]) && !window.admits("write", ["k8"]));
});

Deno.test("Window.end() forgets a key that a write named twice", () => {
  const window = new Window("key");
  window.begin("write", ["k", "k"]);
  assert(!window.admits("read", ["k"]));
  window.end("write", ["k", "k"]);
  assert(window.admits("write", ["k"]) && window.admits("all", []));
});
