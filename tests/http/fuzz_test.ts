/** Requests put together from pieces at random, with a fixed seed: nonsense must never end as 500. */
import { assert, assertEquals } from "@std/assert";
import { PROBLEMS } from "../../transport/http/problems.ts";
import type { GossipReply } from "../../transport/gossip_requests.ts";
import { found, gossipWorld, WRITTEN } from "./gossip_support.ts";
import { world } from "./support.ts";

const METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "QUERY"];
const PATHS = [
  ...["/", "/v1/kv", "/v1/kv/", "/v1/kv/key", "/v1/kv/%", "/v1/kv/%ff", "/v1/kv/a%2Fb//c", "//"],
  ...["/v1/sessions", "/v1/commands", "/v1/queries", "/v1/status", "/livez", "/readyz", "/metrics"],
  ...["/openapi.json", "/v1/dev/actors/replica/crash", "/v1/dev/actors/%/crash", "/*", "/v1/kv/*"],
];
const PARAMETERS = [
  ...["", "=", "&", "%", "?", "x", "redirect", "redirect=no", "timeout=1s", "timeout=-1s"],
  ...["increment=5", "increment=0x5", "if-value=a", "if-value-base64=YQ", "if-value-base64=*"],
  ...["format=json", "encoding=base64", "consistency=stale", "consistency=", "prefix=a", "start=b"],
  ...[
    "end=a",
    "limit=3",
    "limit=1e9",
    "cursor=AAAA",
    "keys-only",
    "count-only",
    "reverse",
    "%zz=1",
  ],
];
const HEADERS: [string, string][] = [
  ["if-match", "*"],
  ["if-match", '"1"'],
  ["if-match", "\xff"],
  ["if-none-match", "*"],
  ["if-none-match", 'W/"1", "2"'],
  ["client-id", "17"],
  ["client-id", "1e99"],
  ["request-number", "1"],
  ["request-number", "-0"],
  ["accept", "application/json"],
  ["content-length", "3"],
  ["content-length", "3, 3"],
];

/** Whole numbers below `bound`, the same for the same seed. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
}

const GOSSIP_PATHS = [
  ...PATHS,
  "/v1/sets/key",
  "/v1/sets/%ff",
  "/v1/admin/members",
  "/v1/admin/leave",
];
const GOSSIP_PARAMETERS = [
  ...["", "read=quorum", "read=x", "write=all", "write=", "timeout=1s", "timeout=-1s", "element=e"],
  ...["element-base64=YQ==", "element-base64=*", "max_age_ms=5", "max_age_ms=x", "increment=5"],
  ...["format=json", "format=multipart", "encoding=base64", "limit=3", "keys-only", "%zz=1"],
];
const GOSSIP_HEADERS: [string, string][] = [
  ...HEADERS,
  ["troupe-session", "new"],
  ["troupe-session", "\xff"],
  ["troupe-context", "x"],
  ["troupe-guarantees", "monotonic-reads,"],
  ["accept", "multipart/mixed"],
];
const REPLIES: readonly GossipReply[] = [
  WRITTEN,
  { ...WRITTEN, type: "insufficientWrite", needed: 3 },
  found("a", "b"),
  { ...found("a"), type: "insufficientRead", needed: 2 },
  { type: "staleReplica", behind: 1 },
  { type: "tooStale", ageMs: null },
  { type: "refused", code: "token_foreign", message: "Token cannot be used" },
  { type: "unavailable", why: "Joining" },
];

Deno.test("httpGateway() of a gossip cluster answers nonsense with 4xx and never with 500", async () => {
  const { ask, gossip, defects } = gossipWorld({ dev: true });
  const below = numbers(43);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const seen = new Set<number>();
  for (let count = 0; count < 5_000; count++) {
    gossip.reply = pick(REPLIES);
    const method = pick(METHODS);
    const query = Array.from({ length: below(3) }, () => pick(GOSSIP_PARAMETERS)).join("&");
    const headers = Object.fromEntries(
      Array.from({ length: below(3) }, () => pick(GOSSIP_HEADERS)),
    );
    const line = `${method} ${pick(GOSSIP_PATHS)}?${query}`;
    const body = method === "GET" || method === "HEAD" ? {} : { body: "abc" };
    const before = gossip.asked.length;
    const response = await ask(line, { headers, ...body });
    seen.add(response.status);
    // The coordinator answers at random, and so at times not what it was asked.
    const isMisfit = gossip.asked.length > before && response.status === 500;
    assert(isMisfit || response.status < 500 || response.status === 503 || response.status === 501);
    if (response.status >= 400 && method !== "HEAD") {
      const { code } = await response.json();
      assert(Object.hasOwn(PROBLEMS, code), line);
    } else await response.body?.cancel();
  }
  assert(defects.every((error) => String(error).includes("Coordinator answered with")));
  for (const status of [200, 202, 204, 300, 400, 404, 405, 409, 501, 503]) {
    assert(seen.has(status), `${status} never came up`);
  }
});

Deno.test("httpGateway() answers nonsense with 4xx and never with 500", async () => {
  const { ask, service, defects } = world({ dev: true });
  const below = numbers(42);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const seen = new Set<number>();
  for (let count = 0; count < 5_000; count++) {
    service.primary = pick([0, 0, 1, null]);
    const method = pick(METHODS);
    const query = Array.from({ length: below(4) }, () => pick(PARAMETERS)).join("&");
    const headers = Object.fromEntries(Array.from({ length: below(4) }, () => pick(HEADERS)));
    const line = `${method} ${pick(PATHS)}?${query}`;
    const body = method === "GET" || method === "HEAD" ? {} : { body: "abc" };
    const response = await ask(line, { headers, ...body });
    seen.add(response.status);
    assert(response.status < 500 || response.status === 503, `${line}: ${response.status}`);
    if (response.status >= 400 && method !== "HEAD") {
      const { code } = await response.json();
      assert(Object.hasOwn(PROBLEMS, code), line);
    }
  }
  assertEquals(defects, []);
  // The pieces do fit together often enough for most answers to come up.
  for (const status of [200, 201, 202, 204, 304, 307, 400, 404, 405, 412, 503]) {
    assert(seen.has(status), `${status} never came up`);
  }
});
