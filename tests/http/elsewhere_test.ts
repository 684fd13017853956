import { assertEquals } from "@std/assert";
import { NotResponsible, Unsupported } from "../../transport/service.ts";
import { FakeService } from "./fake_service.ts";
import { problem, world } from "./support.ts";

const REQUESTS = ["GET /v1/kv/key", "PUT /v1/kv/key", "POST /v1/kv/key?increment=1", "GET /v1/kv"];

/** Node 0 of five, which is asked for what only nodes 1, 3 and 4 replicate; node 1 is not heard of. */
function elsewhere() {
  const service = new FakeService();
  service.says = {
    peers: [0, 1, 2, 3, 4].map((node) => ({
      node,
      http: `http://127.0.0.1:710${node}`,
      address: `127.0.0.1:720${node}`,
      connected: true,
      suspected: node === 1,
    })),
  };
  const fail = () => service.failure = new NotResponsible(0, [1, 3, 4]);
  const given = (line: string, parameter: string) =>
    `${line}${line.includes("?") ? "&" : "?"}${parameter}`;
  const { ask } = world({}, service);
  return {
    ...{ service, ask },
    async asked(line: string, parameter: string) {
      fail();
      return await ask(given(line, parameter));
    },
  };
}

Deno.test("?forward=false names the nodes that have what is asked for, with their addresses", async () => {
  const { asked, service } = elsewhere();
  for (const line of REQUESTS) {
    const document = await problem(await asked(line, "forward=false"), "not_responsible");
    assertEquals(document.detail, "Node 0 does not take this request; nodes that do: 1, 3, 4");
    assertEquals(
      document.nodes,
      [1, 3, 4].map((node) => ({
        node,
        http: `http://127.0.0.1:710${node}`,
      })),
    );
  }
  assertEquals([service.lastSubmit?.forward, service.lastQuery?.forward], [false, false]);
});

Deno.test("?redirect sends clients to a node that has what is asked for and is heard of", async () => {
  const { asked } = elsewhere();
  for (const parameter of ["redirect", "redirect&forward=false", "redirect=true&forward"]) {
    const response = await asked("GET /v1/kv/key", parameter);
    assertEquals(response.status, 307);
    assertEquals(
      response.headers.get("location"),
      `http://127.0.0.1:7103/v1/kv/key?${parameter}`,
    );
  }
});

Deno.test("?forward=false names the primary where there is one", async () => {
  const { ask, service } = world();
  service.primary = 1;
  for (const line of ["PUT /v1/kv/key", "POST /v1/sessions"]) {
    const document = await problem(await ask(`${line}?forward=false`), "not_responsible");
    assertEquals(document.nodes, [{ node: 1, http: "http://127.0.0.1:7101" }]);
  }
  service.primary = null;
  await problem(await ask("PUT /v1/kv/key?forward=false"), "unavailable");
});

Deno.test("?forward=true is as if nothing were said, and anything else is refused", async () => {
  const { ask, service } = world();
  service.primary = 1;
  assertEquals((await ask("PUT /v1/kv/key?forward")).status, 201);
  assertEquals((await ask("PUT /v1/kv/key?forward=true&redirect=false")).status, 200);
  await problem(await ask("PUT /v1/kv/key?forward=no"), "bad_request");
});

Deno.test("What the protocol has not is answered 501", async () => {
  const { ask, service } = world();
  for (const line of ["POST /v1/commands", "POST /v1/queries", "PUT /v1/kv/key"]) {
    service.failure = new Unsupported("A command about several keys");
    const document = await problem(await ask(line), "unsupported");
    assertEquals(document.detail, "A command about several keys");
  }
});
