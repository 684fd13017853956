import { assertEquals, assertRejects } from "@std/assert";
import type { Ref } from "../../actors/ref.ts";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import type { ClientReply, ClientRequest } from "../../protocols/client_messages.ts";
import { Gateway } from "../../transport/gateway.ts";
import { NotPrimary, Unavailable, UnknownOutcome } from "../../transport/service.ts";
import { virtualNode } from "./support.ts";

const ID = { clientId: 1, requestNumber: 1 };
const COMMAND = Uint8Array.of(7);
const RESULT: ClientReply = { type: "result", opNumber: 5, result: Uint8Array.of(9) };
const NOT_PRIMARY: ClientReply = { type: "notPrimary", primary: 1 };

/** A gateway of node 0 whose client table answers as it is told, `undefined` for not at all. */
function gateway(answer: (request: ClientRequest, count: number) => ClientReply | undefined) {
  const clock = new VirtualClock();
  const { system } = virtualNode(0, clock);
  const requests: ClientRequest[] = [];
  system.spawn<ClientRequest>("table", (context) => ({
    receive: (request) => {
      requests.push(request);
      const reply = answer(request, requests.length);
      if (reply !== undefined) context.send(request.replyTo as Ref<ClientReply>, reply);
    },
  }));
  const made = new Gateway({
    system,
    clientTable: "table",
    requestMs: 5_000,
    sessionsMax: 10,
    inFlightMax: 10,
  });
  /** Lets virtual time pass until the promise is settled. */
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const settled = promise.finally(() => isSettled = true);
    settled.catch(() => {});
    while (!isSettled) {
      clock.step();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return await settled;
  };
  return { gateway: made, requests, settle };
}

Deno.test("Gateway.submit() asks again after an interruption, and returns the result", async () => {
  const { gateway: node, settle, requests } = gateway((_, count) =>
    count === 1 ? { type: "interrupted" } : RESULT
  );
  const answer = await settle(node.submit(COMMAND, { id: ID }));
  assertEquals(answer, { result: Uint8Array.of(9), opNumber: 5 });
  assertEquals(requests.length, 2);
});

Deno.test("Gateway.submit() without forwarding says who is primary if nothing was ordered", async () => {
  const { gateway: node, settle } = gateway(() => NOT_PRIMARY);
  const submitted = settle(node.submit(COMMAND, { id: ID, forward: false }));
  const error = await assertRejects(() => submitted, NotPrimary);
  assertEquals(error.primary, 1);
});

Deno.test("Gateway.submit() without forwarding forwards what it may have ordered itself", async () => {
  for (const first of [{ type: "interrupted" } as const, undefined]) {
    const { gateway: node, settle, requests } = gateway((request, count) => {
      if (count === 1) return first;
      return request.forward ? RESULT : NOT_PRIMARY;
    });
    const answer = await settle(node.submit(COMMAND, { id: ID, forward: false }));
    assertEquals(answer.opNumber, 5);
    assertEquals(requests.map(({ forward }) => forward), [false, true]);
  }
});

Deno.test("Gateway.submit() reports what may have been ordered as of unknown outcome", async () => {
  const { gateway: node, settle } = gateway((_, count) =>
    count === 1 ? { type: "interrupted" } : NOT_PRIMARY
  );
  const submitted = settle(node.submit(COMMAND, { id: ID, timeoutMs: 500 }));
  const error = await assertRejects(() => submitted, UnknownOutcome);
  assertEquals(error.id, ID);
});

Deno.test("Gateway.submit() says how long it tried in whole milliseconds", async () => {
  const { gateway: node, settle } = gateway(() => undefined);
  const unopened = settle(node.submit(COMMAND, { timeoutMs: 20.25 }));
  const { message } = await assertRejects(() => unopened, Unavailable);
  assertEquals(message, "No session was opened within 20 ms");
  const unanswered = settle(node.submit(COMMAND, { id: ID, timeoutMs: 20.25 }));
  const unknown = await assertRejects(() => unanswered, UnknownOutcome);
  assertEquals(unknown.message.split(":")[0], "No answer within 20 ms");
});
