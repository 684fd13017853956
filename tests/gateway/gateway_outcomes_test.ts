import { assert, assertEquals } from "@std/assert";
import type { ClientReply } from "../../protocols/client_messages.ts";
import { bytesOf } from "../vr/machine.ts";
import { FakeGroup, GatewayWorld, result } from "./support.ts";

const ID = { clientId: 7, requestNumber: 3 };
/** Answers that say that nothing was ordered. */
const HARMLESS: ClientReply[] = [
  { type: "unavailable", why: "No primary is known" },
  { type: "notPrimary", primary: 1 },
];

Deno.test("Gateway.submit() says unavailable only if no attempt can have had an effect", async () => {
  for (const reply of HARMLESS) {
    const world = new GatewayWorld(() => reply);
    assertEquals(await world.submit("a", { id: ID, timeoutMs: 300 }), "unavailable");
    assert(world.asked.length > 5, "it was tried again and again");
    assertEquals(world.clock.now, 300);
  }
});

Deno.test("Gateway.submit() says unknown once any attempt may have had an effect", async () => {
  for (const bad of [undefined, { type: "interrupted" } as const]) {
    for (const reply of [...HARMLESS, { type: "overloaded", what: "x" } as const]) {
      const world = new GatewayWorld((_, count) =>
        count === 2 ? bad : count < 2 ? HARMLESS[0] : reply
      );
      assertEquals(await world.submit("a", { id: ID, timeoutMs: 1_800 }), "outcome_unknown");
    }
  }
});

Deno.test("Gateway.submit() sends the same ids at every attempt, and returns the answer to any", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked, count) => {
    const reply = group.execute(asked);
    return count === 1 ? undefined : count === 2 ? { type: "interrupted" } : reply;
  });
  assertEquals(await world.submit("a", { id: ID }), "a");
  assertEquals(world.commands, ["7/3 a", "7/3 a", "7/3 a"]);
  assertEquals(group.executed, ["a"]);
});

Deno.test("Gateway.submit() says what is definite at once", async () => {
  const table: [ClientReply, string][] = [
    [{ type: "noSession" }, "no_session"],
    [{ type: "superseded", newest: 9 }, "request_superseded"],
    [{ type: "overloaded", what: "too much" }, "overloaded"],
  ];
  for (const [reply, code] of table) {
    const world = new GatewayWorld(() => reply);
    assertEquals(await world.submit("a", { id: ID }), code);
    assertEquals(world.asked.length, 1);
  }
  const world = new GatewayWorld(() => HARMLESS[1]);
  assertEquals(await world.submit("a", { id: ID, forward: false }), "not_primary");
});

Deno.test("Gateway.submit() asks anew as soon as another node leads", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked, count) => count === 1 ? undefined : group.execute(asked));
  world.role(1);
  const submitted = world.gateway.submit(bytesOf("a"), { id: ID });
  await world.run(100);
  assertEquals(world.asked.length, 1);
  world.role(2);
  assertEquals(await world.settle(submitted), "a");
  assert(world.clock.now < 200, `${world.clock.now}`);
});

Deno.test("Gateway.submit() waits for its own table as long as this node leads", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked, count) => count < 3 ? undefined : group.execute(asked));
  world.role(0);
  assertEquals(await world.submit("a", { id: ID }), "a");
  assertEquals(world.asked.map(({ at }) => Math.round(at / 100)), [0, 10, 21]);
});

Deno.test("Gateway.submit() survives a client table that is crashed, starting or full", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked, count) => count === 1 ? undefined : group.execute(asked));
  const submitted = world.gateway.submit(bytesOf("a"), { id: ID });
  await world.run(10);
  world.system.crash("table");
  assertEquals(await world.settle(submitted), "a");
  assert(world.clock.now < 300, "the crash itself was a reason to ask again");
  world.system.stop(world.system.named("table"));
  assertEquals(await world.submit("b", { id: ID, timeoutMs: 200 }), "outcome_unknown");
});

Deno.test("Gateway.query() is unavailable at worst, whatever became of its attempts", async () => {
  const query = (world: GatewayWorld, timeoutMs = 2_500) =>
    world.settle(world.gateway.query(new Uint8Array(), { timeoutMs }));
  assertEquals(await query(new GatewayWorld(() => undefined)), "unavailable");
  const interrupted = new GatewayWorld(() => ({ type: "interrupted" }));
  assertEquals(await query(interrupted, 100), "unavailable");
  assertEquals(interrupted.asked.map(({ at }) => at), [0, 25, 50, 75]);
  assertEquals(await query(new GatewayWorld(() => HARMLESS[0])), "unavailable");
  const late = new GatewayWorld((_, count) => count < 4 ? HARMLESS[0] : result("x"));
  assertEquals(await query(late), "x");
  const overloaded = new GatewayWorld(() => ({ type: "overloaded", what: "too much" }));
  assertEquals(await query(overloaded), "overloaded");
});

Deno.test("Gateway.query() goes through the log if the state machine answers no queries", async () => {
  const group = new FakeGroup();
  const world = new GatewayWorld((asked) =>
    asked.message.type === "query" ? { type: "noQueries" } : group.execute(asked)
  );
  const query = new TextEncoder().encode("how many");
  assertEquals(await world.settle(world.gateway.query(query)), "how many");
  assertEquals(world.commands, ["1/1 how many"]);
});

Deno.test("Gateway.query() asks for what it was asked for", async () => {
  const world = new GatewayWorld(() => result("x"));
  await world.settle(world.gateway.query(new Uint8Array()));
  await world.settle(
    world.gateway.query(new Uint8Array(), { consistency: "stale", forward: false }),
  );
  const asked = world.asked.map(({ message }) =>
    message.type === "query" && [message.consistency, message.forward]
  );
  assertEquals(asked, [["linearizable", true], ["stale", false]]);
});

Deno.test("Gateway asks anew when roles change where it orders itself, if another node answers", async () => {
  const answers: (ClientReply | undefined)[] = [undefined, result("done")];
  const world = new GatewayWorld((_, count) => answers[count - 1], { isAnsweredElsewhere: true });
  world.role(0);
  const submitted = world.gateway.submit(bytesOf("a"), { id: ID });
  await world.run(100);
  assertEquals(world.asked.length, 1);
  world.role(0);
  assertEquals(await world.settle(submitted), "done");
  assertEquals(world.clock.now < 1_000, true, "it did not wait for the end of the attempt");
});

Deno.test("Gateway does not mind the roles of client tables that it does not ask", async () => {
  const world = new GatewayWorld((_, count) => count === 1 ? undefined : result("done"));
  world.role(1);
  const submitted = world.gateway.submit(bytesOf("a"), { id: ID });
  await world.run(100);
  const detail = { view: 2, primary: 2 };
  const actor = "volume-1/client-table";
  world.system.events.publish({ type: "published", actor, topic: "role", detail });
  await world.run(100);
  assertEquals(world.asked.length, 1);
  world.role(2);
  assertEquals(await world.settle(submitted), "done");
});
