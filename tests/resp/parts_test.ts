import { assert, assertEquals } from "@std/assert";
import { Cursors } from "../../transport/resp/cursors.ts";
import { ReplyWriter } from "../../transport/resp/reply_writer.ts";
import { Pairs, type Reply, RespError, Simple, Verbatim } from "../../transport/resp/reply.ts";
import { Slots } from "../../transport/resp/slots.ts";
import type { Effect } from "../../transport/resp/command.ts";
import { type Demand, Window } from "../../transport/resp/window.ts";

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

function demand(effect: Effect, ...keys: string[]): Demand {
  return { effect, keys, bytes: 1 };
}

Deno.test("Window.admits() has no more than 256 commands under way", () => {
  const window = new Window("key");
  for (let index = 0; index < 256; index++) {
    assert(window.admits(demand("write", `k${index}`), undefined));
    window.begin(demand("write", `k${index}`), undefined);
  }
  assert(!window.admits(demand("read", "other"), undefined));
  assert(!window.admits(demand("none"), undefined));
  window.end(demand("write", "k7"));
  assert(window.admits(demand("write", "k7"), undefined));
  assert(!window.admits(demand("write", "k8"), undefined));
});

Deno.test("Window.admits() has no more than 8 MiB under way, unless a single command has more", () => {
  const window = new Window("key");
  const large = { effect: "write", keys: ["a"], bytes: 9 * 1024 * 1024 } as const;
  assert(window.admits(large, undefined));
  window.begin(large, undefined);
  assert(!window.admits(demand("write", "b"), undefined));
  window.end(large);
  assert(window.admits(demand("write", "b"), undefined));
});

Deno.test("Window.admits() plain writes of the same group together, in the order of the connection", () => {
  const window = new Window("connection");
  window.begin(demand("plain"), 7);
  assert(window.admits(demand("plain"), 7));
  window.begin(demand("plain"), 7);
  assert(!window.admits(demand("plain"), 8), "another group may be executed first");
  for (const effect of ["read", "write", "scan", "all"] as const) {
    assert(!window.admits(demand(effect), 7), effect);
  }
  window.end(demand("plain"));
  assert(!window.admits(demand("plain"), 8));
  window.end(demand("plain"));
  assert(window.admits(demand("plain"), 8));
});

Deno.test("Window.admits() has a plain write wait for anything else before it, in the order of the connection", () => {
  for (const effect of ["read", "write", "scan", "all"] as const) {
    const window = new Window("connection");
    window.begin(demand(effect), 7);
    assert(!window.admits(demand("plain"), 7), effect);
  }
});

Deno.test("Window.admits() has plain writes wait for one another where there are no groups", () => {
  const window = new Window("connection");
  window.begin(demand("plain"), undefined);
  assert(!window.admits(demand("plain"), undefined));
});

Deno.test("Window.end() forgets a key that a write named twice", () => {
  const window = new Window("key");
  window.begin(demand("write", "k", "k"), undefined);
  assert(!window.admits(demand("read", "k"), undefined));
  window.end(demand("write", "k", "k"));
  assert(window.admits(demand("write", "k"), undefined) && window.admits(demand("all"), undefined));
});
