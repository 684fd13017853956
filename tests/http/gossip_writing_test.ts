import { assert, assertEquals } from "@std/assert";
import {
  CounterOverflow,
  InputTooLarge,
  KeyFull,
  MergeFailed,
  TokenError,
  WrongOperation,
} from "../../protocols/gossip/errors.ts";
import { type ProblemCode, PROBLEMS } from "../../transport/http/problems.ts";
import { gossipWorld, WRITTEN } from "./gossip_support.ts";
import { headersOf, problem } from "./support.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("PUT to a gossip cluster stores the body in the place of what its context has seen", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { ...WRITTEN, context: "next", session: "s1" };
  const response = await ask("PUT /v1/kv/cart?write=quorum&timeout=250ms", {
    body: "eggs",
    headers: {
      "troupe-context": "before",
      "troupe-session": "new",
      "client-id": "77",
      "request-number": "3",
    },
  });
  assertEquals(response.status, 200);
  assertEquals(headersOf(response, "troupe-context", "troupe-session", "troupe-node"), [
    "next",
    "s1",
    "0",
  ]);
  assertEquals(await response.json(), {
    key: "cart",
    acknowledged: [0, 1],
    siblings: 1,
    repeated: false,
    context: "next",
  });
  const { operation, ...asked } = gossip.last("write");
  assertEquals(operation.type, "put");
  if (operation.type === "put") {
    assertEquals([decode(operation.value), operation.context], ["eggs", "before"]);
  }
  assertEquals([asked.key, asked.level, asked.timeoutMs], ["cart", "quorum", 250]);
  assertEquals(asked.requester, { client: 77, number: 3 });
  assertEquals(asked.session?.token, "");
});

Deno.test("A write that fewer members have than were wanted is 202 with those that have it", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = {
    ...WRITTEN,
    type: "insufficientWrite",
    acknowledged: [0],
    needed: 3,
    siblings: 2,
    isRepeat: true,
  };
  const response = await ask("PUT /v1/kv/k?write=all", { body: "x" });
  assertEquals(response.status, 202);
  assertEquals(await response.json(), {
    key: "k",
    acknowledged: [0],
    needed: 3,
    siblings: 2,
    repeated: true,
    context: "seen",
  });
});

Deno.test("DELETE and POST of a gossip cluster delete and count", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { ...WRITTEN, context: "" };
  const response = await ask("DELETE /v1/kv/k", { headers: { "troupe-context": "seen" } });
  assertEquals(response.headers.get("troupe-context"), null);
  assertEquals(gossip.last("write").operation, { type: "delete", context: "seen" });
  assertEquals(gossip.last("write").session, null);
  assertEquals(gossip.last("write").requester, null);
  await ask("DELETE /v1/kv/k");
  assertEquals(gossip.last("write").operation, { type: "delete", context: null });
  await ask("POST /v1/kv/hits?increment=-5&write=local");
  assertEquals(gossip.last("write").operation, { type: "increment", by: -5n });
  assertEquals(gossip.last("write").level, "local");
});

Deno.test("PUT and DELETE of a set add and remove the element of the address, or of the body", async () => {
  const { ask, gossip } = gossipWorld();
  const asked = () => {
    const { operation } = gossip.last("write");
    return "element" in operation && [operation.type, decode(operation.element)];
  };
  await ask("PUT /v1/sets/tags", { body: "red" });
  assertEquals(asked(), ["add", "red"]);
  await ask("PUT /v1/sets/tags?element=light+blue");
  assertEquals(asked(), ["add", "light blue"]);
  await ask("DELETE /v1/sets/tags?element-base64=Pj4+");
  assertEquals(asked(), ["remove", ">>>"]);
});

for (
  const [line, code] of [
    ["DELETE /v1/sets/tags", "bad_request"],
    ["DELETE /v1/sets/tags?element=a&element-base64=YQ==", "bad_request"],
    ["PUT /v1/sets/tags?element-base64=!", "bad_request"],
    ["POST /v1/kv/hits", "bad_request"],
    ["POST /v1/kv/hits?increment=9223372036854775808", "bad_request"],
    ["PUT /v1/kv/k?read=one", "bad_request"],
    ["PUT /v1/kv/k?if-value=x", "unsupported"],
    ["DELETE /v1/kv/k?if-value-base64=eA==", "unsupported"],
  ] as const
) {
  Deno.test(`${line} of a gossip cluster is refused, and asks nobody`, async () => {
    const { ask, gossip } = gossipWorld();
    await problem(await ask(line), code);
    assertEquals(gossip.asked, []);
  });
}

Deno.test("A conditional write of a gossip cluster is refused, and asks nobody", async () => {
  const { ask, gossip } = gossipWorld();
  for (const name of ["if-match", "if-none-match"]) {
    for (const line of ["PUT /v1/kv/k", "DELETE /v1/kv/k", "POST /v1/kv/k?increment=1"]) {
      await problem(await ask(line, { headers: { [name]: "*" } }), "unsupported");
    }
  }
  assertEquals(gossip.asked, []);
});

Deno.test("A write whose fate is not known is said to be that, with its ids if it had some", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { type: "unknown" };
  const anonymous = await problem(await ask("PUT /v1/kv/k", { body: "" }), "outcome_unknown");
  assertEquals([anonymous.outcome, "clientId" in anonymous], ["unknown", false]);
  const headers = { "client-id": "5", "request-number": "6" };
  const { clientId, requestNumber } = await problem(
    await ask("PUT /v1/kv/k", { body: "", headers }),
    "outcome_unknown",
  );
  assertEquals([clientId, requestNumber], [5, 6]);
});

for (
  const code of ["wrong_operation", "too_many_siblings", "set_full", "counter_overflow"] as const
) {
  Deno.test(`A write is refused by ${code}`, async () => {
    const { ask, gossip } = gossipWorld();
    gossip.reply = { type: "refused", code, message: "Cannot" };
    assertEquals((await problem(await ask("PUT /v1/kv/k", { body: "" }), code)).status, 409);
  });
}

Deno.test("Every code that gossip can refuse with is one of the problems", async () => {
  const { ask, gossip } = gossipWorld();
  const refusals = [
    new WrongOperation("add", "lww"),
    new KeyFull("too_many_siblings", "siblings", 1),
    new KeyFull("set_full", "elements", 1),
    new KeyFull("key_too_large", "bytes", 1),
    new InputTooLarge("value", 2, 1),
    new CounterOverflow(1n),
    new MergeFailed("it throws"),
    new TokenError("token_damaged", "it is"),
    new TokenError("token_foreign", "it is"),
    new TokenError("token_too_large", "it is"),
    { code: "not_removable", message: "Cannot" },
  ];
  for (const { code, message } of refusals) {
    gossip.reply = { type: "refused", code, message };
    assert(Object.hasOwn(PROBLEMS, code), code);
    const response = await ask("PUT /v1/kv/k", { body: "" });
    const { detail } = await problem(response, code as ProblemCode);
    assertEquals(detail, message);
  }
});

Deno.test("A write that a later one of its client has followed is refused as in an ordered cluster", async () => {
  const { ask, gossip } = gossipWorld();
  gossip.reply = { type: "refused", code: "superseded", message: "Cannot" };
  await problem(await ask("PUT /v1/kv/k", { body: "" }), "request_superseded");
});

Deno.test("The members of a gossip cluster are listed, removed, and leave", async () => {
  const { ask, gossip, service } = gossipWorld();
  const member = {
    node: 1,
    incarnation: 9,
    isLiving: true,
    lacks: 0,
    ahead: 0,
    syncedMsAgo: 12,
    hints: 0,
    hintsBytes: 0,
    isHoldingCut: false,
  };
  service.says = { gossip: { members: [member], closed: 2 } as never };
  assertEquals(await (await ask("GET /v1/admin/members")).json(), {
    members: [{ ...member, http: "http://127.0.0.1:7101", address: "127.0.0.1:7201" }],
    closed: 2,
  });
  gossip.reply = { type: "removed", node: 2 };
  assertEquals(await (await ask("POST /v1/admin/remove?node=2")).json(), { removed: 2 });
  assertEquals(gossip.last("remove"), { type: "remove", node: 2 });
  gossip.reply = { type: "left", missing: [1] };
  assertEquals(await (await ask("POST /v1/admin/leave?timeout=3s")).json(), {
    left: 0,
    missing: [1],
  });
  assertEquals(gossip.last("leave"), { type: "leave", timeoutMs: 3_000 });
  await problem(await ask("POST /v1/admin/remove"), "bad_request");
  assertEquals(gossip.asked.length, 2);
  gossip.reply = { type: "refused", code: "not_removable", message: "Cannot" };
  await problem(await ask("POST /v1/admin/remove?node=0"), "not_removable");
});
