import { assert, assertEquals } from "@std/assert";
import { GENESIS, requestsOf } from "../../protocols/entry.ts";
import { LoneReplica } from "./lone_replica.ts";

/** Clients enough for an entry to wait for them. */
const MANY = 20;

/** The primary of view 3, in which nothing was prepared yet. */
function leading(): LoneReplica {
  const lone = LoneReplica.normal(0, 2, [], { heartbeatMs: 1_000 });
  lone.receive({
    type: "doViewChange",
    view: 3,
    lastNormalView: 2,
    opNumber: 0,
    commitNumber: 0,
    head: GENESIS,
    replica: 1,
  });
  assert(lone.figures!.leading);
  lone.forget();
  return lone;
}

/** Orders so many requests; takes a millisecond. */
function order(lone: LoneReplica, requests: number): void {
  const request = new TextEncoder().encode("request");
  for (let count = 0; count < requests; count++) lone.post({ type: "order", request });
  lone.run(1);
}

/** Has a backup acknowledge everything up to an entry; takes a millisecond. */
function commit(lone: LoneReplica, opNumber: number): void {
  lone.post({ type: "prepareOk", view: 3, opNumber, replica: 1 });
  lone.run(1);
}

/** How many requests each entry holds that was sent to replica 1. */
function sizes(lone: LoneReplica): number[] {
  return lone.sentOf("prepare").filter(({ to }) => to === 1).map(({ entry }) =>
    requestsOf(entry).length
  );
}

Deno.test("isBatchDue() waits under load for those who were just answered, or nearly all of them", () => {
  const lone = leading();
  order(lone, MANY);
  commit(lone, 1);
  order(lone, 1);
  order(lone, MANY - 4);
  assertEquals(sizes(lone), [MANY]);
  order(lone, 1);
  assertEquals(sizes(lone), [MANY, MANY - 2]);
});

Deno.test("isBatchDue() counts those who were waiting when others were answered", () => {
  const lone = leading();
  order(lone, MANY);
  order(lone, MANY / 2);
  commit(lone, 1);
  order(lone, MANY / 2);
  assertEquals(sizes(lone), [MANY]);
  order(lone, MANY / 2);
  assertEquals(sizes(lone), [MANY, MANY * 1.5]);
});

Deno.test("isBatchDue() waits for nobody longer than 5 ms after an entry was committed", () => {
  const lone = leading();
  order(lone, MANY);
  commit(lone, 1);
  order(lone, 2);
  lone.run(2);
  assertEquals(sizes(lone), [MANY]);
  lone.run(2);
  assertEquals(sizes(lone), [MANY, 2]);
});

Deno.test("isBatchDue() waits for nobody who comes later than that", () => {
  const lone = leading();
  order(lone, MANY);
  commit(lone, 1);
  lone.run(10);
  order(lone, 1);
  assertEquals(sizes(lone), [MANY, 1]);
});

Deno.test("isBatchDue() waits for nobody while there are few clients", () => {
  const lone = leading();
  order(lone, 7);
  commit(lone, 1);
  order(lone, 1);
  assertEquals(sizes(lone), [7, 1]);
});
