import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { found, gossipWorld } from "./gossip_support.ts";
import { BINARY, headersOf, problem } from "./support.ts";

Deno.test("GET of a gossip cluster answers a value as its bytes, with the context to write it by", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { ...found("hello"), session: "s1", answered: [0, 2] };
  const response = await ask("GET /v1/kv/a%2Fb");
  assertEquals(response.status, 200);
  assertEquals(await response.text(), "hello");
  assertEquals(
    headersOf(response, "content-type", "troupe-context", "troupe-session", "troupe-answered"),
    ["application/octet-stream", "seen", "s1", "0,2"],
  );
  assertEquals(gossip.last("read"), {
    type: "read",
    key: "a/b",
    level: "one",
    session: null,
    maxStalenessMs: null,
    timeoutMs: 5_000,
  });
});

Deno.test("GET of a gossip cluster answers siblings by 300, as JSON with all of them", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = found("mine", "yours");
  const response = await ask("GET /v1/kv/cart");
  assertEquals(response.status, 300);
  assertEquals(response.headers.get("troupe-context"), "seen");
  assertEquals(await response.json(), {
    key: "cart",
    siblings: [
      { value: "mine", encoding: "utf8" },
      { value: "yours", encoding: "utf8" },
    ],
    context: "seen",
  });
});

for (
  const [how, line, headers] of [
    ["Accept", "GET /v1/kv/cart", { accept: "multipart/mixed" }],
    ["format", "GET /v1/kv/cart?format=multipart", {}],
  ] as const
) {
  Deno.test(`GET of a gossip cluster answers siblings as the parts of a message (${how})`, async () => {
    const { ask, gossip } = gossipWorld();
    gossip.reply = {
      ...found(),
      reading: { type: "values", values: [BINARY, new Uint8Array(0)] },
    };
    const response = await ask(line, { headers });
    assertEquals(response.status, 300);
    const type = response.headers.get("content-type")!;
    const boundary = /^multipart\/mixed; boundary="(.+)"$/.exec(type)![1]!;
    const text = new TextDecoder("latin1").decode(await response.bytes());
    const head = (bytes: number) =>
      `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`;
    const binary = String.fromCharCode(...BINARY);
    const decoded = new TextDecoder("latin1").decode(BINARY);
    assertEquals(binary.length, decoded.length);
    assertEquals(text, `${head(4)}${decoded}\r\n${head(0)}\r\n--${boundary}--\r\n`);
  });
}

Deno.test("GET of a gossip cluster answers a counter as a number, and a set as JSON", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { ...found(), context: "", reading: { type: "counter", total: -(2n ** 70n) } };
  const counter = await ask("GET /v1/kv/hits");
  assertEquals(await counter.text(), "-1180591620717411303424");
  assertEquals(counter.headers.get("troupe-context"), null);
  assertEquals(await (await ask("GET /v1/kv/hits?format=json")).json(), {
    key: "hits",
    counter: "-1180591620717411303424",
  });
  gossip.reply = { ...found(), context: "", reading: { type: "set", elements: [BINARY] } };
  const elements = [{ value: "AP/+Cg==", encoding: "base64" }];
  assertEquals(await (await ask("GET /v1/kv/tags")).json(), { key: "tags", elements });
  assertEquals(await (await ask("GET /v1/sets/tags")).json(), { key: "tags", elements });
});

Deno.test("GET of an absent key of a gossip cluster is 404 with the context to write it by", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { ...found(), reading: { type: "absent" } };
  const response = await ask("GET /v1/kv/nobody");
  assertEquals(response.headers.get("troupe-context"), "seen");
  await problem(response, "key_not_found");
  const set = await ask("GET /v1/sets/nobody");
  assertEquals(set.status, 200);
  assertEquals((await set.json()).elements, []);
});

Deno.test("GET of a set that is none is refused", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = found("text");
  await problem(await ask("GET /v1/sets/text"), "wrong_operation");
});

Deno.test("A read takes its level, its staleness, its session and its guarantees", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = found("x");
  await ask("GET /v1/kv/k?read=quorum&max_age_ms=250&timeout=1.5s", {
    headers: {
      "troupe-session": "token",
      "troupe-guarantees": "monotonic-reads, read-your-writes",
    },
  });
  assertEquals(gossip.last("read"), {
    type: "read",
    key: "k",
    level: "quorum",
    session: {
      token: "token",
      guarantees: {
        readYourWrites: true,
        monotonicReads: true,
        monotonicWrites: false,
        writesFollowReads: false,
      },
    },
    maxStalenessMs: 250,
    timeoutMs: 1_500,
  });
  for (const begin of ["new", ""]) {
    await ask("GET /v1/kv/k", { headers: { "troupe-session": begin } });
    const { session } = gossip.last("read");
    assertEquals(session?.token, "");
    assertEquals(Object.values(session!.guarantees), [true, true, true, true]);
  }
});

for (
  const [line, headers, detail] of [
    ["GET /v1/kv/k?read=some", {}, "local or one or quorum or all"],
    ["GET /v1/kv/k?consistency=stale", {}, "unknown"],
    ["GET /v1/kv/k?max_age_ms=-1", {}, "0 to 86400000"],
    ["GET /v1/kv/k?encoding=base64", {}, "JSON"],
    ["GET /v1/kv/k", { "troupe-guarantees": "monotonic-reads" }, "Troupe-Session"],
    ["GET /v1/kv/k", { "troupe-session": "new", "troupe-guarantees": "luck" }, '"luck"'],
  ] as const
) {
  Deno.test(`${line} with ${JSON.stringify(headers)} asks nobody`, async () => {
    const { ask, gossip } = gossipWorld();
    const { detail: said } = await problem(await ask(line, { headers }), "bad_request");
    assertStringIncludes(String(said), detail);
    assertEquals(gossip.asked, []);
  });
}

Deno.test("A read that too few members have answered says what is known, but is no success", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { ...found("old"), type: "insufficientRead", needed: 2 };
  const response = await ask("GET /v1/kv/k?read=quorum");
  assertEquals(response.headers.get("troupe-context"), "seen");
  const { answered, needed, item } = await problem(response, "level_not_reached");
  assertEquals({ answered, needed }, { answered: [0], needed: 2 });
  assertEquals(item, { key: "k", value: "old", encoding: "utf8", context: "seen" });
});

Deno.test("What a read is refused for has a code of its own", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { type: "staleReplica", behind: 3 };
  const stale = await ask("GET /v1/kv/k");
  assertEquals(stale.headers.get("retry-after"), "1");
  assertEquals((await problem(stale, "stale_replica")).behind, 3);
  gossip.reply = { type: "tooStale", ageMs: 900 };
  assertEquals((await problem(await ask("GET /v1/kv/k"), "too_stale")).ageMs, 900);
  gossip.reply = { type: "tooStale", ageMs: null };
  assertEquals((await problem(await ask("GET /v1/kv/k"), "too_stale")).ageMs, null);
  gossip.reply = { type: "unavailable", why: "Still joining" };
  assertEquals((await problem(await ask("GET /v1/kv/k"), "unavailable")).detail, "Still joining");
  gossip.reply = { type: "overloaded", what: "requests" };
  await problem(await ask("GET /v1/kv/k"), "overloaded");
  gossip.reply = { type: "refused", code: "token_damaged", message: "Token cannot be used: it" };
  await problem(await ask("GET /v1/kv/k"), "token_damaged");
});

Deno.test("A code that nobody knows is a defect, and is told of", async () => {
  const { ask, gossip, defects } = gossipWorld();
  gossip.reply = { type: "refused", code: "no_such_code", message: "Something else" };
  await problem(await ask("GET /v1/kv/k"), "internal_error");
  assertEquals(defects.length, 1);
});

Deno.test("GET /v1/kv of a gossip cluster lists what one replica has, page by page", async () => {
  const { ask, gossip } = gossipWorld();
  const { reading } = found("1");
  const both = found("1", "2").reading;
  gossip.reply = {
    type: "page",
    rows: [{ key: "a", reading, context: "c" }, { key: "b", reading: both, context: "d" }],
    next: "c",
    session: "s2",
  };
  const response = await ask("GET /v1/kv?prefix=&start=a&end=z&limit=2&max_age_ms=5", {
    headers: { "troupe-session": "new" },
  });
  assertEquals(response.headers.get("troupe-session"), "s2");
  const { items, more, cursor, count } = await response.json();
  assertEquals({ more, cursor, count }, { more: true, cursor: "c", count: 2 });
  assertEquals(items[0], { key: "a", value: "1", encoding: "utf8", context: "c" });
  assertEquals(items[1].siblings.length, 2);
  const asked = gossip.last("scan");
  assertEquals(
    [asked.from, asked.until, asked.limit, asked.maxStalenessMs, asked.countsOnly],
    ["a", "z", 2, 5, false],
  );
  const keys = await (await ask("GET /v1/kv?prefix=u/&keys-only&cursor=u/7")).json();
  assertEquals(keys.items, [{ key: "a" }, { key: "b" }]);
  assertEquals([gossip.last("scan").prefix, gossip.last("scan").from], ["u/", "u/7"]);
});

Deno.test("GET /v1/kv?count-only of a gossip cluster counts", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { type: "size", keys: 7, session: null };
  const response = await ask("GET /v1/kv?count-only");
  assertEquals((await response.json()).count, 7);
  assertEquals(gossip.last("scan").countsOnly, true);
});

Deno.test("A gossip cluster has none of the routes of an ordered one", async () => {
  const { ask } = gossipWorld();
  for (const line of ["POST /v1/commands", "POST /v1/queries", "POST /v1/sessions"]) {
    await problem(await ask(line), "not_found");
  }
  assertMatch(await (await ask("GET /livez")).text(), /live/);
});
