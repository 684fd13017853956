import { assertEquals, assertRejects } from "@std/assert";
import { KvClient, RequestRefused, Unavailable } from "../../cli/client.ts";

const HERE = "http://here.test:7100";
const THERE = "http://there.test:7101";
const QUICK = { backoffMinMs: 1, backoffMaxMs: 2, timeoutMs: 100 };

/** A problem document as a node answers it. */
function problem(status: number, code: string, more = {}): Response {
  return Response.json({ code, detail: `It is ${code}`, status, ...more }, { status });
}

/** A client that knows `HERE` only, and what it asked whom. */
function clientOf(answer: (origin: string) => Response) {
  const asked: string[] = [];
  const fetch = (input: string) => {
    const { origin } = new URL(input);
    asked.push(origin);
    return Promise.resolve(answer(origin));
  };
  return { asked, kv: new KvClient({ endpoints: HERE, fetch, ...QUICK }) };
}

Deno.test("KvClient asks the nodes that one names which does not have the key itself", async () => {
  const { asked, kv } = clientOf((origin) =>
    origin === HERE
      ? problem(421, "not_responsible", { nodes: [{ node: 1, http: `${THERE}/` }] })
      : new Response("value", {
        headers: { etag: '"5"', "troupe-create-revision": "5", "troupe-version": "1" },
      })
  );
  assertEquals((await kv.get("key")).text(), "value");
  assertEquals(asked, [HERE, THERE]);
  assertEquals(kv.preferredEndpoint, THERE);
});

Deno.test("KvClient knows that nothing was executed by whoever is not responsible", async () => {
  for (const nodes of [[], [null], [{ http: 7 }], "none", [{ node: 0, http: HERE }]]) {
    const { kv } = clientOf(() => problem(421, "not_responsible", { nodes }));
    const options = { id: { clientId: 1, requestNumber: 1 } };
    await assertRejects(() => kv.put("key", "value", options), Unavailable);
  }
});

Deno.test("KvClient does not repeat what the protocol has not", async () => {
  const { asked, kv } = clientOf(() => problem(501, "unsupported"));
  const options = { id: { clientId: 1, requestNumber: 1 } };
  const error = await assertRejects(() => kv.command("x", options), RequestRefused);
  assertEquals([error.code, error.status, asked], ["unsupported", 501, [HERE]]);
});
