import { assert, assertEquals } from "@std/assert";
import { FakeGroup, GatewayWorld } from "./support.ts";

Deno.test("Gateway.submit() uses one session after the other, and the same again when it is idle", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked) => group.execute(asked));
  assertEquals(await world.submit("a"), "a");
  assertEquals(await world.submit("b"), "b");
  const both = [world.submit("c"), world.submit("d")];
  assertEquals(await Promise.all(both), ["c", "d"]);
  assertEquals(world.commands, ["1/1 a", "1/2 b", "1/3 c", "2/1 d"]);
});

Deno.test("Gateway.submit() replaces its own session when it was evicted, and executes once", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked) => group.execute(asked));
  await world.submit("a");
  group.evicted.add(1);
  assertEquals(await world.submit("b"), "b");
  assertEquals(group.executed, ["a", "b"]);
  assertEquals(world.commands, ["1/1 a", "1/2 b", "2/1 b"]);
});

Deno.test("Gateway.submit() never executes twice what an evicted session may have executed", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked, count) => {
    if (count < 3) return group.execute(asked);
    // Executed, but the answer is lost, and then the session is evicted.
    const reply = group.execute(asked);
    group.evicted.add(1);
    return count === 3 ? undefined : reply;
  });
  await world.submit("a");
  assertEquals(await world.submit("b"), "outcome_unknown");
  assertEquals(group.executed, ["a", "b"]);
});

Deno.test("Gateway.submit() keeps away from a session whose last outcome is unknown", async () => {
  const group = new FakeGroup();
  let isSilent = false;
  const world = new GatewayWorld((asked) => isSilent ? undefined : group.execute(asked));
  await world.submit("a");
  isSilent = true;
  assertEquals(await world.submit("b", { timeoutMs: 1_500 }), "outcome_unknown");
  isSilent = false;
  assertEquals(await world.submit("c"), "c");
  // So the ids that the client was told can still be used to find out.
  const id = { clientId: 1, requestNumber: 2 };
  assertEquals(await world.submit("b", { id }), "b");
  assertEquals(world.commands.filter((each) => each.endsWith("c")), ["2/1 c"]);
});

Deno.test("Gateway.submit() takes no longer than it may, the opening of a session included", async () => {
  const world = new GatewayWorld(() => undefined);
  assertEquals(await world.submit("a", { timeoutMs: 700 }), "unavailable");
  assertEquals(world.clock.now, 700);
});

Deno.test("Gateway.submit() says that it is overloaded when as many are under way as may be", async () => {
  const world = new GatewayWorld(() => undefined, { inFlightMax: 2 });
  const both = [world.submit("a"), world.submit("b")];
  assertEquals(await world.submit("c"), "overloaded");
  assertEquals(await Promise.all(both), ["unavailable", "unavailable"]);
  const group = new FakeGroup();
  const later = new GatewayWorld((asked) => group.execute(asked), { inFlightMax: 2 });
  for (const text of ["a", "b", "c"]) assertEquals(await later.submit(text), text);
});

Deno.test("Gateway.submit() is unavailable, not without a session, when sessions are evicted at once", async () => {
  const group = new FakeGroup();
  for (let clientId = 1; clientId < 10; clientId++) group.evicted.add(clientId);
  const world = new GatewayWorld((asked) => group.execute(asked), { inFlightMax: 2 });
  for (const text of ["a", "b", "c"]) assertEquals(await world.submit(text), "unavailable");
  assertEquals(group.executed, []);
});

Deno.test("Gateway.openSession() repeats its question under the same nonce", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked, count) =>
    count === 1 ? undefined : count === 2 ? { type: "interrupted" } : group.execute(asked)
  );
  let clientId = 0;
  world.gateway.openSession().then((opened) => clientId = opened);
  await world.run(5_000, () => clientId !== 0);
  assertEquals(clientId, 1);
  const nonces = world.asked.map(({ request }) =>
    request?.type === "open-session" && request.nonce
  );
  assertEquals(nonces.length, 3);
  assertEquals(new Set(nonces).size, 1);
  assert(nonces[0] !== false);
});
