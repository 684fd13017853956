import { assert, assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { InFlight } from "../../protocols/in_flight.ts";
import type { Request } from "../../protocols/request.ts";

const waiter = (name: string) => refTo(0, name);
const NO_BYTES = new Uint8Array();

function command(clientId: number, requestNumber: number): Request {
  return { type: "command", clientId, requestNumber, command: NO_BYTES };
}

function opening(nonce: number): Request {
  return { type: "open-session", nonce, sessionsMax: 10 };
}

function names(waiters: readonly { readonly name: string }[]): string[] {
  return waiters.map(({ name }) => name);
}

Deno.test("InFlight.attach() tells whether the request is under way, and adds to those who wait", () => {
  const inFlight = new InFlight();
  for (const request of [command(1, 1), opening(1)]) {
    assert(!inFlight.attach(request, waiter("a")));
    assert(inFlight.attach(request, waiter("b")));
  }
  assert(!inFlight.attach(command(1, 2), waiter("c")));
  assert(!inFlight.attach(command(2, 1), waiter("d")));
  assertEquals(inFlight.count, 4);
  assertEquals(names(inFlight.take(command(1, 1))), ["a", "b"]);
  assertEquals(names(inFlight.take(opening(1))), ["a", "b"]);
  assertEquals(names(inFlight.take(command(1, 2))), ["c"]);
  assertEquals(inFlight.count, 1);
});

Deno.test("InFlight.take() of what is not under way is of nobody", () => {
  const inFlight = new InFlight();
  inFlight.attach(command(1, 1), waiter("a"));
  for (const request of [command(1, 2), command(2, 1), opening(1)]) {
    assertEquals(inFlight.take(request), []);
  }
  assertEquals(names(inFlight.take(command(1, 1))), ["a"]);
  assertEquals(inFlight.take(command(1, 1)), []);
  assertEquals(inFlight.count, 0);
});

Deno.test("InFlight.attach() without a waiter marks what a new primary has inherited", () => {
  const inFlight = new InFlight();
  inFlight.attach(command(1, 1));
  assert(inFlight.attach(command(1, 1), waiter("a")));
  assertEquals(names(inFlight.take(command(1, 1))), ["a"]);
});

Deno.test("InFlight.takeAll() ends everything", () => {
  const inFlight = new InFlight();
  inFlight.attach(command(1, 1), waiter("a"));
  inFlight.attach(command(1, 2), waiter("b"));
  inFlight.attach(opening(1), waiter("c"));
  inFlight.attach(command(2, 1));
  assertEquals(names(inFlight.takeAll()).sort(), ["a", "b", "c"]);
  assertEquals(inFlight.count, 0);
  assert(!inFlight.attach(command(1, 1), waiter("d")));
});

Deno.test("InFlight.take() leaves out who is answered elsewhere; what comes to nothing is told to all", () => {
  const inFlight = new InFlight();
  for (const request of [command(1, 1), opening(1)]) {
    assert(!inFlight.attach(request, waiter("first"), true));
    // Who comes later waits here.
    assert(inFlight.attach(request, waiter("second"), true));
  }
  assertEquals(names(inFlight.take(command(1, 1))), ["second"]);
  assertEquals(names(inFlight.drop(opening(1))), ["second", "first"]);
  assertEquals(inFlight.drop(opening(1)), []);
  inFlight.attach(command(2, 1), waiter("a"), true);
  inFlight.attach(opening(2), waiter("b"), true);
  assertEquals(names(inFlight.takeAll()).sort(), ["a", "b"]);
  assertEquals(inFlight.count, 0);
});
