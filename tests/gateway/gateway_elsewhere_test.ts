import { assert, assertEquals } from "@std/assert";
import type { ClientReply } from "../../protocols/client_messages.ts";
import { GatewayWorld, result } from "./support.ts";

const ID = { clientId: 7, requestNumber: 3 };
const ELSEWHERE: ClientReply = { type: "notResponsible", servers: [1, 2] };

Deno.test("Gateway.submit() refuses what this node does not replicate, if it is not to be passed on", async () => {
  const world = new GatewayWorld(() => ELSEWHERE);
  assertEquals(await world.submit("a", { id: ID, forward: false }), "not_responsible");
  assertEquals(world.asked.length, 1);
});

Deno.test("Gateway.submit() tries again while nobody replicates it, or takes what is passed on", async () => {
  for (const servers of [[], [1]]) {
    const world = new GatewayWorld((_, count) =>
      count < 3 ? { type: "notResponsible", servers } : result("a")
    );
    assertEquals(await world.submit("a", { id: ID }), "a");
  }
  const nobody = new GatewayWorld(() => ({ type: "notResponsible", servers: [] }));
  const options = { id: ID, forward: false, timeoutMs: 300 };
  assertEquals(await nobody.submit("a", options), "unavailable");
  assert(nobody.asked.length > 5, "it was tried again and again");
});

Deno.test("Gateway.submit() never sends elsewhere what may have had an effect", async () => {
  const world = new GatewayWorld((_, count) =>
    count === 1 ? { type: "interrupted" } : count === 2 ? ELSEWHERE : result("a")
  );
  assertEquals(await world.submit("a", { id: ID, forward: false }), "a");
});

Deno.test("Gateway says at once what the protocol has not", async () => {
  const world = new GatewayWorld(() => ({ type: "unsupported", what: "Several objects" }));
  assertEquals(await world.submit("a", { id: ID }), "unsupported");
  assertEquals(world.asked.length, 1);
});
