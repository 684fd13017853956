import { assert, assertEquals, assertThrows } from "@std/assert";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import { replicaId } from "../../protocols/gossip/dot.ts";
import { TokenError } from "../../protocols/gossip/errors.ts";
import {
  afterRead,
  afterScan,
  afterWrite,
  newSession,
  openSession,
  requiredFor,
  sealSession,
  type Session,
} from "../../protocols/gossip/session.ts";
import { Hand } from "./support.ts";

const NOTHING = new NodeClock();

function canServe(hand: Hand, access: "read" | "write", session: Session): boolean {
  return hand.store.clock.dominates(requiredFor(access, session));
}

Deno.test("A session reads its own writes: a node that misses one cannot serve it", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  const { delta } = a.put("k", "v");
  const session = afterWrite(newSession(), delta!.dot);
  assert(canServe(a, "read", session) && !canServe(b, "read", session));
  assert(!canServe(b, "write", session), "monotonic writes");
  b.take(delta);
  assert(canServe(b, "read", session) && canServe(b, "write", session));
});

Deno.test("A session that read an absence does not read what was there before", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  b.take(a.put("siblings", "v").delta);
  const gone = a.delete("siblings");
  assertEquals(a.show("siblings"), []);
  const session = afterRead(newSession(), a.store, "siblings");
  assert(!canServe(b, "read", session), "b still shows the value");
  assert(!canServe(b, "write", session), "writes follow reads");
  b.take(gone.delta);
  assert(canServe(b, "read", session));
});

Deno.test("A session waits for the keys that it touched only, unless it read many at once", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  b.take(a.put("read", "v").delta);
  a.put("other", "v");
  assert(canServe(b, "read", afterRead(newSession(), a.store, "read")));
  assert(!canServe(b, "read", afterScan(newSession(), a.store)));
});

Deno.test("requiredFor() leaves out what is switched off", () => {
  const at = (n: number) => NodeClock.of([{ replica: 1, n }]);
  const session = { reads: at(1), writes: at(2) };
  const numbers = (clock: NodeClock) => [...clock.dots()].map(({ n }) => n);
  assertEquals(numbers(requiredFor("read", session)), [1, 2]);
  assertEquals(numbers(requiredFor("read", session, { monotonicReads: false })), [2]);
  assertEquals(numbers(requiredFor("read", session, { readYourWrites: false })), [1]);
  assertEquals(numbers(requiredFor("write", session, { monotonicWrites: false })), [1]);
  assertEquals(numbers(requiredFor("write", session, { writesFollowReads: false })), [2]);
  const others = { monotonicWrites: false, writesFollowReads: false };
  assertEquals(numbers(requiredFor("read", session, others)), [1, 2]);
});

Deno.test("A session token comes back, without what every member has", () => {
  const a = new Hand(1);
  const [one, two] = [a.put("k", "1"), a.put("j", "2")];
  let session = afterWrite(newSession(), one.delta!.dot);
  session = afterRead(afterWrite(session, two.delta!.dot), a.store, "k");
  const stable = NodeClock.of([one.delta!.dot]);
  const opened = openSession("c", sealSession("c", session, stable, a.store));
  assertEquals([opened.reads.count, [...opened.writes.dots()]], [0, [two.delta!.dot]]);
  const whole = openSession("c", sealSession("c", session, NOTHING, a.store));
  assert(whole.reads.equals(session.reads) && whole.writes.equals(session.writes));
  const foreign = sealSession("other", session, NOTHING, a.store);
  assertEquals(assertThrows(() => openSession("c", foreign), TokenError).code, "token_foreign");
});

Deno.test("A session that touched too much asks for all that its node has", () => {
  const a = new Hand(1);
  let session = newSession();
  for (let at = 0; at < 1_000; at++) {
    const { delta } = a.put(`key-${at}`, "v");
    if (at % 2 === 0) session = afterWrite(session, delta!.dot);
  }
  const opened = openSession("c", sealSession("c", session, NOTHING, a.store));
  assert(opened.reads.equals(a.store.clock) && opened.writes.equals(a.store.clock));
});

Deno.test("A session remembers all of a node whose index had to be cut short", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  b.take(a.put("siblings", "v").delta);
  a.delete("siblings");
  for (let at = 0; at < 20; at++) a.put(`key-${at}`, "v");
  a.store.trimIndex(3);
  assert(!canServe(b, "read", afterRead(newSession(), a.store, "siblings")));
  a.store.prune(a.store.clock);
  assert(canServe(b, "read", afterRead(newSession(), a.store, "siblings")), "all have it now");
});

Deno.test("A session survives the death of its node: another life is another replica", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  b.take(a.put("k", "v").delta);
  const session = afterRead(newSession(), a.store, "k");
  const reborn = new Hand(1, 1_000, replicaId(1, 2));
  assert(!canServe(reborn, "read", session));
  reborn.pull(b);
  assert(canServe(reborn, "read", session));
});
