import { assert, assertEquals } from "@std/assert";
import {
  decodeQueryResult,
  encodeCommand,
  encodeQuery,
  type KvQuery,
  type KvQueryResult,
  type Page,
  type Scan,
} from "../../protocols/kv/commands.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { volumeOf } from "../../protocols/volumes.ts";

const encoder = new TextEncoder();

/** The same keys in one store and spread over several. */
function stores(
  keys: readonly string[],
  count: number,
  value = (key: string) => `value of ${key}`,
) {
  const whole = new KvStore();
  const shares = Array.from({ length: count }, () => new KvStore());
  for (const key of keys) {
    const command = encodeCommand({ type: "put", key, value: encoder.encode(value(key)) });
    whole.apply(command);
    shares[volumeOf(key, count)]!.apply(command);
  }
  const ask = (query: KvQuery): KvQueryResult => {
    const bytes = encodeQuery(query);
    const result = decodeQueryResult(
      whole.mergeResults(bytes, shares.map((share) => share.query(bytes))),
    );
    assert(result.type !== "unreadable");
    return result;
  };
  const askWhole = (query: KvQuery) => decodeQueryResult(whole.query(encodeQuery(query)));
  return { ask, askWhole };
}

function pageOf(result: { readonly type: string }): Page {
  assert(result.type === "page", JSON.stringify(result));
  return result as Page;
}

/** All pages of a scan, one after the other: the keys of each. */
function pagesOf(ask: (query: KvQuery) => { readonly type: string }, scan: Scan): string[][] {
  const pages: string[][] = [];
  for (let next: Scan | null = scan; next !== null;) {
    const page: Page = pageOf(ask(next));
    pages.push(page.items.map(({ key }) => key));
    next = page.cursor === null ? null : { ...scan, cursor: page.cursor };
  }
  return pages;
}

const KEYS = Array.from({ length: 57 }, (_, index) => `user:${index}`);
// Where the order of UTF-8 is not that of UTF-16.
const STRANGE = ["\u{1f600}", "\uffee", "\ue000", "zz"];

Deno.test("KvStore.mergeResults() gives the pages of a scan as one store would", () => {
  const { ask, askWhole } = stores([...KEYS, ...STRANGE], 4);
  for (const limit of [1, 7, 100]) {
    for (const reverse of [false, true]) {
      const scan: Scan = { type: "scan", limit, reverse };
      assertEquals(pagesOf(ask, scan).flat(), pagesOf(askWhole, scan).flat());
    }
  }
  const range: Scan = { type: "scan", start: "user:2", end: "user:4", limit: 5 };
  assertEquals(pagesOf(ask, range), pagesOf(askWhole, range));
});

Deno.test("KvStore.mergeResults() keeps values and metadata, or leaves the values out", () => {
  const { ask } = stores(KEYS, 3);
  const [item] = pageOf(ask({ type: "scan", prefix: "user:5", limit: 1 })).items;
  assertEquals(new TextDecoder().decode(item!.value), "value of user:5");
  assertEquals(item!.version, 1);
  const [bare] = pageOf(ask({ type: "scan", prefix: "user:5", limit: 1, keysOnly: true })).items;
  assertEquals(bare!.value, undefined);
});

Deno.test("KvStore.mergeResults() leaves nothing out where the page of one store ends early for its size", () => {
  const { ask } = stores(KEYS, 2, (key) => key.repeat(12_000));
  const pages = pagesOf(ask, { type: "scan", limit: 1_000 });
  assert(pages.length > 2, String(pages.length));
  assertEquals(pages.flat(), KEYS.toSorted());
});

Deno.test("KvStore.mergeResults() adds up counts and sizes, and the revisions", () => {
  const { ask } = stores(KEYS, 4);
  assertEquals(ask({ type: "size" }), { type: "count", revision: 57, count: 57 });
  assertEquals(ask({ type: "scan", prefix: "user:1", countOnly: true }), {
    type: "count",
    revision: 57,
    count: 11,
  });
  assertEquals(pageOf(ask({ type: "scan" })).revision, 57);
});

Deno.test("KvStore.mergeResults() passes on what all stores refuse", () => {
  const { ask } = stores(KEYS, 2);
  assertEquals(ask({ type: "scan", cursor: "nonsense" }).type, "malformed");
});
