import { assertEquals } from "@std/assert";
import { BINARY, headersOf, problem, world } from "./support.ts";

/** A world with the keys a, b/1, b/2, b/3 and c, and the keys that a scan answers. */
async function stocked() {
  const w = world();
  for (const key of ["a", "b/1", "b/2", "b/3", "c"]) {
    await w.ask(`PUT /v1/kv/${key}`, { body: key });
  }
  const scan = async (query: string) => {
    const response = await w.ask(`GET /v1/kv?${query}`);
    assertEquals(response.status, 200, query);
    return await response.json();
  };
  const keys = async (query: string): Promise<string> =>
    (await scan(query)).items.map((item: { key: string }) => item.key).join(" ");
  return { ...w, scan, keys };
}

Deno.test("GET /v1/kv answers items with values, and where they come from", async () => {
  const { ask } = await stocked();
  await ask("PUT /v1/kv/b/1", { body: BINARY });
  const response = await ask("GET /v1/kv?prefix=b/&limit=2");
  assertEquals(
    headersOf(response, "content-type", "troupe-node", "troupe-op-number", "troupe-consistency"),
    ["application/json", "0", "6", "linearizable"],
  );
  const page = await response.json();
  assertEquals(typeof page.cursor, "string");
  assertEquals(page, {
    items: [
      {
        key: "b/1",
        value: "AP/+Cg==",
        encoding: "base64",
        createRevision: 2,
        modRevision: 6,
        version: 2,
      },
      {
        key: "b/2",
        value: "b/2",
        encoding: "utf8",
        createRevision: 3,
        modRevision: 3,
        version: 1,
      },
    ],
    more: true,
    cursor: page.cursor,
    count: 2,
    revision: 6,
  });
});

Deno.test("GET /v1/kv takes a prefix, or a start and an end, in either direction", async () => {
  const { keys } = await stocked();
  assertEquals(await keys(""), "a b/1 b/2 b/3 c");
  assertEquals(await keys("prefix="), "a b/1 b/2 b/3 c");
  assertEquals(await keys("prefix=b%2F"), "b/1 b/2 b/3");
  assertEquals(await keys("start=b/2"), "b/2 b/3 c");
  assertEquals(await keys("start=b/2&end=c"), "b/2 b/3");
  assertEquals(await keys("end=b/2&reverse"), "b/1 a");
  assertEquals(await keys("reverse=false&limit=1"), "a");
  assertEquals(await keys("prefix=x"), "");
});

Deno.test("GET /v1/kv goes on with the cursor until there is no more", async () => {
  const { scan } = await stocked();
  for (const direction of ["", "&reverse"]) {
    const seen: string[] = [];
    let query = `limit=2${direction}`;
    for (;;) {
      const page = await scan(query);
      seen.push(...page.items.map((item: { key: string }) => item.key));
      assertEquals(page.more, page.cursor !== null);
      if (!page.more) break;
      query = `limit=2${direction}&cursor=${encodeURIComponent(page.cursor)}`;
    }
    const expected = ["a", "b/1", "b/2", "b/3", "c"];
    assertEquals(seen, direction === "" ? expected : expected.reverse());
  }
});

Deno.test("GET /v1/kv leaves values out, counts only, or forces base64", async () => {
  const { scan } = await stocked();
  assertEquals((await scan("keys-only&limit=1")).items, [
    { key: "a", createRevision: 1, modRevision: 1, version: 1 },
  ]);
  assertEquals(await scan("count-only&prefix=b&limit=1"), {
    items: [],
    more: false,
    cursor: null,
    count: 3,
    revision: 5,
  });
  assertEquals((await scan("limit=1&encoding=base64")).items[0].value, "YQ==");
});

Deno.test("GET /v1/kv answers a hundred items unless told otherwise, at most a thousand", async () => {
  const { ask } = world();
  for (let index = 0; index < 1001; index++) await ask(`PUT /v1/kv/${index}`);
  for (const [query, count] of [["", 100], ["?limit=1000", 1000]] as const) {
    const page = await (await ask(`GET /v1/kv${query}`)).json();
    assertEquals([page.count, page.items.length, page.more], [count, count, true]);
  }
});

Deno.test("GET /v1/kv passes the consistency on", async () => {
  const { ask, service } = world();
  const response = await ask("GET /v1/kv?consistency=stale");
  assertEquals(service.lastQuery, { consistency: "stale" });
  assertEquals(response.headers.get("troupe-consistency"), "stale");
});

Deno.test("GET /v1/kv refuses what makes no sense", async () => {
  const { ask } = await stocked();
  for (
    const query of [
      ...["limit=0", "limit=1001", "limit=x", "limit=", "limit=1.5", "limit=1&limit=2"],
      ...["prefix=a&start=b", "prefix=a&end=b", "prefix=%zz", "cursor=nonsense", "cursor="],
      ...["reverse=yes", "keys-only=1", "key-only", "encoding=hex", "consistency=weak"],
    ]
  ) await problem(await ask(`GET /v1/kv?${query}`), "bad_request");
});
