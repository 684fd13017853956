// Scans: ranges, order, pages, and what happens when the store changes between pages.
import { assert, assertEquals } from "@std/assert";
import { PAGE_BYTES_MAX, type Scan } from "../../protocols/kv/commands.ts";
import { encodeCursor } from "../../protocols/kv/cursor.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { ask, bytesOf, keysOf, page, put, Random, run, textOf } from "./helpers.ts";

function storeOf(...keys: string[]): KvStore {
  const store = new KvStore();
  for (const key of keys) put(store, key, `value of ${key}`);
  return store;
}

/** Every key of a scan, page by page. `between` may change the store. */
function pages(store: KvStore, scan: Omit<Scan, "type">, between = () => {}): string[] {
  const keys: string[] = [];
  let result = page(store, scan);
  for (;;) {
    keys.push(...keysOf(result));
    assert(keys.length < 2_000, "a scan must end");
    if (result.cursor === null) return keys;
    between();
    result = page(store, { limit: scan.limit, cursor: result.cursor });
  }
}

function count(store: KvStore, scan: Omit<Scan, "type">): number {
  const result = ask(store, { type: "scan", countOnly: true, ...scan });
  assert(result.type === "count", JSON.stringify(result));
  return result.count;
}

Deno.test("KvStore.query() of a scan returns keys, values and metadata in order", () => {
  const store = storeOf("b", "c", "a");
  put(store, "b", "again");
  assertEquals(page(store, {}), {
    type: "page",
    revision: 4,
    items: [
      { key: "a", createRevision: 3, modRevision: 3, version: 1, value: bytesOf("value of a") },
      { key: "b", createRevision: 1, modRevision: 4, version: 2, value: bytesOf("again") },
      { key: "c", createRevision: 2, modRevision: 2, version: 1, value: bytesOf("value of c") },
    ],
    cursor: null,
  });
});

Deno.test("KvStore.query() of a scan takes a prefix, or a start and an end", () => {
  const store = storeOf("a", "a/1", "a/2", "a0", "b", "bb");
  assertEquals(keysOf(page(store, { prefix: "a/" })), ["a/1", "a/2"]);
  assertEquals(keysOf(page(store, { prefix: "" })).length, 6);
  assertEquals(keysOf(page(store, { prefix: "x" })), []);
  assertEquals(keysOf(page(store, { start: "a/2", end: "b" })), ["a/2", "a0"]);
  assertEquals(keysOf(page(store, { start: "b" })), ["b", "bb"]);
  assertEquals(keysOf(page(store, { end: "a/1" })), ["a"]);
  assertEquals(keysOf(page(store, { start: "b", end: "a" })), []);
  assertEquals(keysOf(page(store, { prefix: "a", reverse: true })), ["a0", "a/2", "a/1", "a"]);
  assertEquals(keysOf(page(store, { start: "a/2", end: "b", reverse: true })), ["a0", "a/2"]);
});

Deno.test("KvStore.query() of a scan orders keys by their UTF-8 bytes", () => {
  // In UTF-16 the elephant, two surrogates, comes before U+E000 and U+FF21.
  const ordered = ["A", "z", "é", "見", "\ue000", "Ａ", "\uffff", "🐘", "🐘a", "\u{10ffff}"];
  const store = storeOf(...[...ordered].reverse());
  assertEquals(keysOf(page(store, {})), ordered);
  assertEquals(pages(store, { limit: 1 }), ordered);
  assertEquals(pages(store, { limit: 3, reverse: true }), [...ordered].reverse());
  assertEquals(keysOf(page(store, { prefix: "🐘" })), ["🐘", "🐘a"]);
  assertEquals(keysOf(page(store, { start: "\ue000", end: "🐘" })), ["\ue000", "Ａ", "\uffff"]);
});

Deno.test("KvStore.query() of a scan of keys only leaves the values out", () => {
  const result = page(storeOf("a"), { keysOnly: true });
  const metadata = { createRevision: 1, modRevision: 1, version: 1 };
  assertEquals(result.items, [{ key: "a", ...metadata }]);
});

Deno.test("KvStore.query() of a scan that only counts counts the whole range", () => {
  const store = new KvStore();
  for (let index = 0; index < 3_000; index++) put(store, `key-${index}`, "");
  assertEquals(count(store, {}), 3_000);
  assertEquals(count(store, { prefix: "key-1" }), 1 + 10 + 100 + 1_000);
  assertEquals(count(store, { prefix: "key-1", limit: 5, reverse: true }), 1_111);
  assertEquals(count(store, { start: "key-5", end: "key-6" }), 111);
  assertEquals(count(store, { start: "key-6", end: "key-5" }), 0);
});

Deno.test("KvStore.query() of a scan gives a cursor exactly when there is more", () => {
  const store = storeOf("a", "b", "c", "d");
  assertEquals(page(store, { limit: 4 }).cursor, null);
  const first = page(store, { limit: 3 });
  assert(first.cursor !== null);
  assertEquals(keysOf(page(store, { cursor: first.cursor })), ["d"]);
  assertEquals(page(store, { limit: 2, prefix: "x" }).cursor, null);
});

Deno.test("KvStore.query() of a scan returns 100 items unless told otherwise", () => {
  const store = new KvStore();
  for (let index = 0; index < 101; index++) put(store, `${index}`, "");
  assertEquals(page(store, {}).items.length, 100);
});

Deno.test("KvStore.query() of a scan ends a page early rather than exceed its bytes", () => {
  const store = new KvStore();
  for (let index = 0; index < 5; index++) {
    run(store, { type: "put", key: `key-${index}`, value: new Uint8Array(512 * 1024) });
  }
  const first = page(store, { limit: 1000 });
  assertEquals(keysOf(first), ["key-0"]);
  assertEquals(pages(store, { limit: 1000 }).length, 5);
  const small = new KvStore();
  for (let index = 0; index < 1000; index++) {
    put(small, `${index}`.padEnd(1024, "x"), "x".repeat(300));
  }
  const full = page(small, { limit: 1000 });
  const bytes = full.items.reduce((sum, item) => sum + item.key.length + item.value!.length, 0);
  assert(full.cursor !== null && bytes < PAGE_BYTES_MAX && bytes > PAGE_BYTES_MAX * 0.95);
});

Deno.test("KvStore.query() of a scan sees exactly once what is there all the while", () => {
  for (const reverse of [false, true]) {
    const random = new Random(12);
    const store = new KvStore();
    const stable = new Set<string>();
    for (let index = 0; index < 500; index++) {
      stable.add(`key/${random.below(1_000_000)}`);
    }
    for (const key of stable) put(store, key, "stays");
    put(store, "other", "outside");
    const seen = pages(store, { prefix: "key/", limit: 7, reverse }, () => {
      for (let change = 0; change < 20; change++) {
        const key = `key/${random.below(1_000_000)}`;
        if (stable.has(key)) continue;
        if (random.below(2) === 0) put(store, key, "passes");
        else run(store, { type: "delete", key });
      }
    });
    assertEquals(new Set(seen).size, seen.length, "no key twice");
    assertEquals(seen.filter((key) => stable.has(key)).length, stable.size);
    const ordered = [...seen].sort();
    assertEquals(seen, reverse ? ordered.reverse() : ordered);
    assert(!seen.includes("other"));
  }
});

Deno.test("KvStore.query() of a scan goes on when the key of its cursor is gone", () => {
  for (const reverse of [false, true]) {
    const store = storeOf("a", "b", "c", "d", "e");
    const first = page(store, { limit: 2, reverse });
    for (const key of keysOf(first)) run(store, { type: "delete", key });
    const rest = page(store, { cursor: first.cursor! });
    assertEquals(keysOf(rest), reverse ? ["c", "b", "a"] : ["c", "d", "e"]);
  }
});

Deno.test("KvStore.query() of a scan keeps the cursor's range and direction", () => {
  const store = storeOf("a1", "a2", "a3", "b1");
  const cursor = page(store, { prefix: "a", limit: 1, reverse: true }).cursor!;
  assertEquals(keysOf(page(store, { cursor })), ["a2", "a1"]);
  assertEquals(keysOf(page(store, { cursor, prefix: "a", reverse: true })), ["a2", "a1"]);
  assertEquals(page(store, { cursor, keysOnly: true }).items[0]!.value, undefined);
});

Deno.test("KvStore.query() of a scan refuses a cursor of another scan, or none at all", () => {
  const store = storeOf("a1", "a2", "b1");
  const cursor = page(store, { prefix: "a", limit: 1 }).cursor!;
  const bounds = { prefix: "a", start: undefined, end: undefined, reverse: false };
  const cases: [Omit<Scan, "type">, RegExp][] = [
    [{ cursor, prefix: "b" }, /another range/],
    [{ cursor, start: "a" }, /another range/],
    [{ cursor, reverse: true }, /another range or direction/],
    [{ cursor: "" }, /none that a scan returned/],
    [{ cursor: "!!!" }, /none that a scan returned/],
    [{ cursor: cursor.slice(0, -4) }, /none that a scan returned/],
    [{ cursor: encodeCursor({ ...bounds, last: "b" }) }, /outside its own range/],
  ];
  for (const [scan, expected] of cases) {
    const result = ask(store, { type: "scan", ...scan });
    assert(result.type === "malformed" && expected.test(result.reason), JSON.stringify(result));
  }
});

Deno.test("KvStore.query() of a scan survives any cursor", () => {
  const store = storeOf("a1", "a2", "b1");
  const random = new Random(13);
  const cursor = page(store, { prefix: "a", limit: 1 }).cursor!;
  let refused = 0;
  for (let round = 0; round < 5_000; round++) {
    const at = random.below(cursor.length);
    const letter = String.fromCharCode(32 + random.below(96));
    const changed = cursor.slice(0, at) + letter + cursor.slice(at + 1);
    const result = ask(store, { type: "scan", cursor: changed });
    if (result.type === "malformed") refused++;
    else assert(result.type === "page");
  }
  assert(refused > 2_500, `${refused} refused`);
});

Deno.test("KvStore.query() of a scan finds values that were moved in memory", () => {
  const store = new KvStore();
  for (let round = 0; round < 20; round++) {
    for (let index = 0; index < 1_000; index++) {
      if (round === 0 || index % 10 !== 0) put(store, `${index}`, `${index}`.repeat(10));
    }
  }
  for (const item of page(store, { limit: 1000 }).items) {
    assertEquals(textOf(item.value!), item.key.repeat(10));
  }
});
