import { assert, assertEquals } from "@std/assert";
import { GENESIS } from "../../protocols/entry.ts";
import { VR_DEFAULTS } from "../../protocols/vr/options.ts";
import { LoneReplica } from "./lone_replica.ts";

/** Enough requests for an entry that was gathered under load. */
const MANY = 8;

/** The primary of a view in which nothing was prepared yet. */
function leading(replicaCount = 3): LoneReplica {
  const options = { replicaCount, heartbeatMs: 1_000, pipeline: 10 };
  const lone = LoneReplica.normal(0, replicaCount - 1, [], options);
  for (let replica = 1; replica < replicaCount && !lone.figures!.leading; replica++) {
    lone.receive({
      type: "doViewChange",
      view: replicaCount,
      lastNormalView: replicaCount - 1,
      opNumber: 0,
      commitNumber: 0,
      head: GENESIS,
      replica,
    });
  }
  assert(lone.figures!.leading);
  lone.forget();
  return lone;
}

/** Has an entry of so many requests prepared; takes a millisecond. */
function order(lone: LoneReplica, requests: number): void {
  const request = new TextEncoder().encode("request");
  for (let count = 0; count < requests; count++) lone.post({ type: "order", request });
  lone.run(1);
}

function acknowledge(lone: LoneReplica, replica: number, opNumber: number): void {
  lone.post({ type: "prepareOk", view: 3, opNumber, replica });
  lone.run(1);
}

/** Which entries were sent to whom: "2:1" is entry 2 to replica 1. Forgets it. */
function spread(lone: LoneReplica): string {
  const sent = lone.sentOf("prepare").map(({ entry, to }) => `${entry.opNumber}:${to}`);
  lone.forget();
  return sent.sort().join(" ");
}

Deno.test("spread() sends an entry of few requests to everybody at once", () => {
  const lone = leading();
  order(lone, MANY - 1);
  assertEquals(spread(lone), "1:1 1:2");
});

Deno.test("spread() sends an entry gathered under load to a quorum at once, to the others soon", () => {
  const lone = leading();
  order(lone, MANY);
  order(lone, MANY);
  assertEquals(spread(lone), "1:1 2:1");
  lone.run(2);
  assertEquals(spread(lone), "");
  lone.run(2);
  assertEquals(spread(lone), "1:2 2:2");
});

Deno.test("spread() prefers who is the first to acknowledge", () => {
  const lone = leading();
  order(lone, MANY);
  lone.run(6);
  acknowledge(lone, 2, 1);
  spread(lone);
  order(lone, MANY);
  assertEquals(spread(lone), "2:2");
});

Deno.test("spread() sends what was held back before what comes after it", () => {
  const lone = leading();
  order(lone, MANY);
  acknowledge(lone, 1, 1);
  spread(lone);
  // As large as an entry may be, so that it waits for no others.
  lone.post({ type: "order", request: new Uint8Array(VR_DEFAULTS.entryBytesMax) });
  lone.run(1);
  const toTheOther = lone.sentOf("prepare").filter(({ to }) => to === 2);
  assertEquals(toTheOther.map(({ entry }) => entry.opNumber), [1, 2]);
});

Deno.test("onHeartbeat() says no op-number in a COMMIT before the entry is sent", () => {
  const lone = leading();
  while (lone.sentOf("commit").length === 0) lone.run(1);
  lone.run(997);
  lone.forget();
  order(lone, MANY);
  lone.run(3);
  const toTheOther = lone.sent.filter(({ to }) => to === 2).map(({ message }) => message.type);
  assertEquals(toTheOther, ["prepare", "commit"]);
});

Deno.test("spread() sends to as many at once as a quorum of five needs", () => {
  const lone = leading(5);
  order(lone, MANY);
  assertEquals(spread(lone), "1:1 1:2");
  lone.run(5);
  assertEquals(spread(lone), "1:3 1:4");
});
