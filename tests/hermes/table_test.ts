/**
 * The transition table of Hermes (3.2 to 3.6; 4.4 of the reference), row by row and message by message.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Update } from "../../protocols/hermes/messages.ts";
import { nextRmw, ORIGIN } from "../../protocols/hermes/timestamp.ts";
import { LoneReplica } from "./lone.ts";

/** A client whose home is node 0. */
const CLIENT = 8;
const OTHER = 16;

/** A replica with object `x` in each of the states, and what `x` is in it. */
function inState(state: "V" | "I" | "W" | "R" | "T", kind: "write" | "rmw" = "write"): LoneReplica {
  const lone = new LoneReplica();
  const first = lone.update("x", "first");
  if (state === "V") lone.settle(first);
  if (state === "I" || state === "R") lone.inv(1, first);
  if (state === "R") {
    // A read finds it invalid, and nobody validates it.
    lone.read("x");
    lone.run(400);
  }
  if (state === "W" || state === "T") lone.execute(CLIENT, 1, kind === "rmw" ? "x+own" : "x=own");
  // The same version from a greater node: the other one wins.
  if (state === "T") lone.inv(2, later(lone, "first", 2));
  lone.look();
  assertEquals(lone.state("x"), `${state} ${state === "W" ? "own" : "first"}`);
  return lone;
}

/** A write of another node that is later than what the replica holds. */
function later(lone: LoneReplica, text: string, by = 2): Update {
  const base = { ...lone.ts("x"), step: 0, stepCid: 0 };
  return lone.update("x", text, { base: { ...base, version: base.version + 4 }, by });
}

const STATES = ["V", "I", "W", "R", "T"] as const;

// Client read

Deno.test("a read of a valid object is answered; in any other state it waits", () => {
  for (const state of STATES) {
    const lone = inState(state);
    assertEquals(lone.read("x"), state === "V" ? ["first"] : []);
  }
});

Deno.test("a read that waits is answered when the object becomes valid, and not before", () => {
  const lone = inState("I");
  const replies = lone.read("x");
  lone.val(2, "x", { ...lone.ts("x"), version: 9 });
  assertEquals([lone.state("x"), replies], ["I first", []]);
  lone.val(2, "x", lone.ts("x"));
  assertEquals([lone.state("x"), replies], ["V first", ["first"]]);
});

// Client write and read-modify-write

for (const command of ["x=1", "x+1"]) {
  Deno.test(`${command} begins at a valid object: applied, INV to all, nothing told before all have it`, () => {
    const lone = inState("V");
    const before = lone.ts("x");
    lone.execute(CLIENT, 1, command);
    const text = command === "x=1" ? "1" : "first1";
    assertEquals(lone.state("x"), `W ${text}`);
    const [update] = lone.invsTo(1);
    assertEquals(update!.base, before);
    assertEquals(update!.isRmw, command === "x+1");
    assertEquals(update!.ts, lone.ts("x"));
    assertEquals(lone.look(), ["1 inv x", "2 inv x"]);
    lone.ack(1, "x", update!.ts);
    assertEquals([lone.state("x"), lone.answers, lone.look()], [`W ${text}`, [], []]);
    lone.ack(2, "x", update!.ts);
    assertEquals(lone.state("x"), `V ${text}`);
    assertEquals(lone.answers, [`${CLIENT}:1 ${command === "x=1" ? "ok" : text}`]);
    assertEquals(lone.look(), ["1 val x", "2 val x"]);
  });

  Deno.test(`${command} waits if its object is not valid, and begins when it is`, () => {
    for (const state of ["I", "W", "R", "T"] as const) {
      const lone = inState(state);
      lone.execute(OTHER, 1, command);
      assertEquals(lone.look(), []);
      assertEquals(lone.state("x"), `${state} ${state === "W" ? "own" : "first"}`);
      const held = lone.ts("x");
      const mine = lone.replica.objects.get("x")!.pending?.update.ts ?? ORIGIN;
      for (const node of [1, 2]) lone.ack(node, "x", mine);
      lone.val(1, "x", held);
      assertEquals(lone.state("x").slice(0, 1), "W");
      assertEquals(lone.replica.objects.get("x")!.pending!.command!.clientId, OTHER);
    }
  });
}

Deno.test("commands wait in the order in which they came", () => {
  const lone = new LoneReplica();
  for (const client of [8, 16, 24]) lone.execute(client, 1, `x+${client}`);
  for (let round = 0; round < 3; round++) {
    for (const node of [1, 2]) lone.ack(node, "x", lone.ts("x"));
  }
  assertEquals(lone.answers, ["8:1 8", "16:1 816", "24:1 81624"]);
});

// INV

for (const isRmw of [false, true]) {
  const what = isRmw ? "a read-modify-write" : "a write";

  Deno.test(`the INV of ${what} that is later is adopted and acknowledged, whatever the state`, () => {
    const after = { V: "I", I: "I", W: "T", R: "I", T: "T" };
    for (const state of STATES) {
      const lone = inState(state);
      const base = { ...lone.ts("x"), version: lone.ts("x").version + 4 };
      lone.inv(2, lone.update("x", "later", { base, by: 2, isRmw }));
      assertEquals(lone.state("x"), `${after[state]} later`);
      assertEquals(lone.look(), ["2 ack x"]);
      assertEquals(lone.replica.objects.get("x")!.lastWriter, 2);
      assertEquals(lone.failures, []);
    }
  });

  Deno.test(`the INV of ${what} that is known already is acknowledged again, and nothing else`, () => {
    for (const state of ["V", "I", "R"] as const) {
      const lone = new LoneReplica();
      const update = lone.update("x", "first", { isRmw });
      if (state === "V") lone.settle(update);
      else lone.inv(1, update);
      if (state === "R") {
        lone.read("x");
        lone.run(400);
      }
      lone.look();
      lone.inv(2, update);
      assertEquals([lone.state("x"), lone.look()], [`${state} first`, ["2 ack x"]]);
    }
  });
}

Deno.test("the INV of an earlier write is acknowledged, and changes nothing", () => {
  for (const state of STATES) {
    const lone = new LoneReplica();
    const early = lone.update("x", "early", { by: 1 });
    const base = { ...ORIGIN, version: 5 };
    if (state === "V") lone.settle(lone.update("x", "first", { base, by: 2 }));
    else if (state === "W" || state === "T") {
      lone.settle(lone.update("x", "base", { base, by: 2 }));
      lone.execute(CLIENT, 1, "x=own");
      if (state === "T") lone.inv(2, later(lone, "first"));
    } else {
      lone.inv(2, lone.update("x", "first", { base, by: 2 }));
      if (state === "R") {
        lone.read("x");
        lone.run(400);
      }
    }
    lone.look();
    const before = lone.state("x");
    assertEquals(before.slice(0, 1), state);
    lone.inv(1, early);
    assertEquals([lone.state("x"), lone.look()], [before, ["1 ack x"]]);
  }
});

Deno.test("the INV of an earlier read-modify-write is not acknowledged: INV comes back, and VAL after it if that is valid", () => {
  for (const state of STATES) {
    const lone = inState(state);
    const held = lone.ts("x");
    lone.inv(1, lone.update("x", "early", { isRmw: true, base: ORIGIN, by: 1 }));
    const [back] = lone.invsTo(1);
    assertEquals(back!.ts, held);
    assertEquals(lone.look(), state === "V" ? ["1 inv x", "1 val x"] : ["1 inv x"]);
    assertEquals(lone.state("x").slice(0, 1), state);
  }
});

Deno.test("a read-modify-write that is overtaken is begun anew from what overtook it, and told only once", () => {
  const lone = inState("W", "rmw");
  const first = lone.ts("x");
  const winner = lone.update("x", "won", { by: 2 });
  lone.inv(2, winner);
  assertEquals([lone.state("x"), lone.look()], ["I won", ["2 ack x"]]);
  assertEquals([lone.answers, lone.replica.counts.aborts], [[], 1]);
  // Its acknowledgements come nevertheless, and count no more.
  for (const node of [1, 2]) lone.ack(node, "x", first);
  assertEquals([lone.state("x"), lone.answers, lone.look()], ["I won", [], []]);
  lone.val(2, "x", winner.ts);
  assertEquals(lone.state("x"), "W wonown");
  assertEquals(lone.invsTo(1)[0]!.base, winner.ts);
  for (const node of [1, 2]) lone.ack(node, "x", lone.ts("x"));
  assertEquals(lone.answers, [`${CLIENT}:1 wonown`]);
});

Deno.test("a read-modify-write is executed if what overtakes it began from it: somebody else has committed it", () => {
  const lone = inState("W", "rmw");
  const mine = lone.ts("x");
  const next = lone.update("x", "own,next", { by: 2, base: mine });
  lone.inv(2, next);
  assertEquals([lone.state("x"), lone.answers], ["I own,next", []]);
  lone.val(2, "x", next.ts);
  assertEquals([lone.state("x"), lone.answers], ["V own,next", [`${CLIENT}:1 own`]]);
});

// ACK

Deno.test("an ACK for another timestamp than that of the operation does not count", () => {
  const lone = inState("V");
  const old = lone.ts("x");
  lone.execute(CLIENT, 1, "x=1");
  for (const node of [1, 2]) {
    lone.ack(node, "x", old);
    lone.ack(node, "x", { ...lone.ts("x"), cid: lone.ts("x").cid + 8 });
  }
  assertEquals([lone.state("x"), lone.answers], ["W 1", []]);
});

Deno.test("the same node's ACK counts once, and nobody's but those of live nodes", () => {
  const lone = inState("W");
  for (let time = 0; time < 3; time++) lone.ack(1, "x", lone.ts("x"));
  lone.ack(3, "x", lone.ts("x"));
  assertEquals([lone.state("x"), lone.answers], ["W own", []]);
});

Deno.test("in Trans a write is told when its own ACKs are there, without VAL; the object stays invalid (O1)", () => {
  const lone = inState("T");
  const mine = lone.replica.objects.get("x")!.pending!.update.ts;
  for (const node of [1, 2]) lone.ack(node, "x", mine);
  assertEquals([lone.state("x"), lone.look()], ["I first", []]);
  assertEquals(lone.answers, [`${CLIENT}:1 ok`]);
  assertEquals(lone.read("x"), []);
});

Deno.test("with O1 off the VAL of an overtaken write is sent, and does no harm", () => {
  const lone = new LoneReplica({ sparesValidations: false });
  lone.execute(CLIENT, 1, "x=own");
  const mine = lone.ts("x");
  lone.inv(2, lone.update("x", "first", { by: 7 }), later(lone, "first"));
  lone.look();
  for (const node of [1, 2]) lone.ack(node, "x", mine);
  assertEquals([lone.state("x"), lone.look()], ["I first", ["1 val x", "2 val x"]]);
});

// VAL

Deno.test("a VAL of the object's timestamp makes it valid, and completes an operation of that timestamp", () => {
  for (const state of ["I", "W", "R"] as const) {
    const lone = inState(state);
    lone.val(2, "x", lone.ts("x"));
    assertEquals(lone.state("x"), state === "W" ? "V own" : "V first");
    assertEquals(lone.answers, state === "W" ? [`${CLIENT}:1 ok`] : []);
    assertEquals(lone.look(), []);
  }
});

Deno.test("a VAL in Trans makes the object readable, and the older write goes on until it has its ACKs", () => {
  const lone = inState("T");
  const mine = lone.replica.objects.get("x")!.pending!.update.ts;
  lone.val(2, "x", lone.ts("x"));
  assertEquals([lone.state("x"), lone.answers], ["V+T first", []]);
  assertEquals(lone.read("x"), ["first"]);
  for (const node of [1, 2]) lone.ack(node, "x", mine);
  assertEquals([lone.state("x"), lone.answers, lone.look()], ["V first", [`${CLIENT}:1 ok`], []]);
});

Deno.test("a VAL of another timestamp is ignored", () => {
  for (const state of STATES) {
    const lone = inState(state);
    const before = lone.state("x");
    const ts = lone.ts("x");
    lone.val(1, "x", { ...ts, version: ts.version - 1 });
    lone.val(1, "x", { ...ts, version: ts.version + 1 });
    lone.val(1, "x", nextRmw(ts, 9));
    assertEquals([lone.state("x"), lone.answers], [before, []]);
  }
});

// Message loss

Deno.test("an update is sent again to those only that have not acknowledged it", () => {
  const lone = inState("W");
  const [ts] = [lone.ts("x")];
  lone.ack(1, "x", ts);
  lone.run(250);
  assertEquals([...new Set(lone.look())], ["2 inv x"]);
  assert(lone.replica.counts.resent > 0);
  lone.ack(2, "x", ts);
  assertEquals(lone.answers, [`${CLIENT}:1 ok`]);
  lone.look();
  lone.run(500);
  assertEquals(lone.look(), []);
});

Deno.test("in Trans the operation's own update is sent again, not what overtook it", () => {
  const lone = inState("T");
  const mine = lone.replica.objects.get("x")!.pending!.update.ts;
  lone.run(250);
  const again = lone.invsTo(1);
  assert(again.length > 0);
  for (const update of again) assertEquals(update.ts, mine);
});

Deno.test("an object that nobody validates is replayed for whoever waits: the same timestamp, content and request", () => {
  const lone = new LoneReplica();
  const requester = { clientId: 9, requestNumber: 4, result: new Uint8Array([7]), resultBytes: 1 };
  const update = lone.update("x", "first", { isRmw: true, requester });
  lone.inv(1, update);
  const replies = lone.read("x");
  lone.look();
  lone.run(150);
  assertEquals(lone.look(), []);
  lone.run(250);
  assertEquals(lone.state("x"), "R first");
  assertEquals(lone.invsTo(1)[0], update);
  assertEquals(lone.invsTo(2)[0], update);
  for (const node of [1, 2]) lone.ack(node, "x", update.ts);
  assertEquals([lone.state("x"), replies], ["V first", ["first"]]);
});

Deno.test("nothing stays invalid for ever, even if nobody waits for it", () => {
  const lone = inState("I");
  lone.run(1_000);
  assertEquals(lone.state("x"), "R first");
});

Deno.test("a coordinator's write of the version that it holds is above every read-modify-write of it", () => {
  const lone = inState("V");
  lone.execute(CLIENT, 1, "x=1");
  const write = lone.ts("x");
  assertNotEquals(write.version, 1);
  lone.inv(2, lone.update("x", "rmw", { base: lone.update("x", "first").ts, by: 2, isRmw: true }));
  assertEquals(lone.state("x"), "W 1");
});

Deno.test("a read-modify-write that is overtaken again and again is given up, and was not executed", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x+own");
  for (let round = 0; lone.answers.length === 0 && round < 1_100; round++) {
    const winner = lone.update("x", `${round}`, { base: { ...lone.ts("x"), step: 0 }, by: 2 });
    lone.inv(2, winner);
    lone.val(2, "x", winner.ts);
  }
  assertEquals(lone.answers, [`${CLIENT}:1 overloaded`]);
  assertEquals([lone.state("x"), lone.replica.counts.aborts], ["V 999", 1_000]);
});
