import { assertEquals } from "@std/assert";
import { homeOf, nextClientId, nonceFor, wishOf } from "../../protocols/hermes/home.ts";
import type { Update } from "../../protocols/hermes/messages.ts";
import { Sessions } from "../../protocols/hermes/sessions.ts";
import {
  cidOf,
  nextRmw,
  nextWrite,
  ORIGIN,
  type Timestamp,
} from "../../protocols/hermes/timestamp.ts";
import { bytesOf } from "../vr/machine.ts";

const CID = cidOf(1, 1, 0);
const W1 = nextWrite(ORIGIN, CID);
const R1 = nextRmw(W1, CID);
const OTHER_R1 = nextRmw(W1, cidOf(2, 1, 0));
const W2 = nextWrite(R1, CID);

function update(
  clientId: number,
  requestNumber: number,
  ts: Timestamp,
  base: Timestamp,
  object = "x",
): Update {
  const requester = { clientId, requestNumber, result: bytesOf("r"), resultBytes: 1 };
  return { object, ts, base, isRmw: ts.step > 0, state: bytesOf("s"), requester };
}

function sessionsOf(max = 10, isAdopting = false): Sessions {
  const sessions = new Sessions({ max, isAdopting, onEvicted: () => {} });
  sessions.endGathering();
  return sessions;
}
const fateOf = (sessions: Sessions, clientId: number) => sessions.recordOf(clientId)?.fate;

Deno.test("Sessions: a record is pending until its object is valid at its timestamp or a later one", () => {
  const sessions = sessionsOf();
  assertEquals(sessions.note(update(8, 1, R1, W1)), true);
  assertEquals(fateOf(sessions, 8), "pending");
  sessions.settle("x", W1);
  assertEquals(fateOf(sessions, 8), "pending");
  sessions.settle("y", W2);
  assertEquals(fateOf(sessions, 8), "pending");
  sessions.settle("x", R1);
  assertEquals([fateOf(sessions, 8), sessions.awaited], ["executed", []]);
});

Deno.test("Sessions: what comes later voids read-modify-writes that it did not begin from, once it is committed", () => {
  const sessions = sessionsOf();
  sessions.note(update(8, 1, R1, W1));
  sessions.note(update(16, 1, R1, W1));
  sessions.overtake(update(9, 1, OTHER_R1, W1));
  assertEquals([fateOf(sessions, 8), fateOf(sessions, 16)], ["disputed", "disputed"]);
  assertEquals(sessions.awaited, ["x"]);
  sessions.settle("x", W2);
  assertEquals([fateOf(sessions, 8), fateOf(sessions, 16)], ["overtaken", "overtaken"]);
  assertEquals(sessions.awaited, []);
});

Deno.test("Sessions: what comes later and began from a read-modify-write proves it committed", () => {
  const sessions = sessionsOf();
  sessions.note(update(8, 1, R1, W1));
  sessions.overtake(update(9, 1, W2, R1));
  assertEquals(fateOf(sessions, 8), "executed");
  sessions.overtake(update(10, 1, nextWrite(W2, CID), W2));
  assertEquals(fateOf(sessions, 8), "executed");
});

Deno.test("Sessions: a write that is overtaken is executed, which maybe nobody else knows, once what overtook it is valid", () => {
  const sessions = sessionsOf();
  sessions.note(update(8, 1, W1, ORIGIN));
  sessions.overtake(update(9, 1, nextWrite(ORIGIN, CID + 1), ORIGIN));
  assertEquals(fateOf(sessions, 8), "pending");
  sessions.settle("x", nextWrite(ORIGIN, CID + 1));
  assertEquals(fateOf(sessions, 8), "overwritten");
});

Deno.test("Sessions: a later attempt takes the place of one that was overtaken, not the other way round", () => {
  const sessions = sessionsOf();
  sessions.note(update(8, 1, R1, W1));
  sessions.overtake(update(9, 1, OTHER_R1, W1));
  const again = nextRmw(OTHER_R1, CID);
  assertEquals(sessions.note(update(8, 1, again, OTHER_R1)), true);
  assertEquals(sessions.note(update(8, 1, R1, W1)), false);
  assertEquals([sessions.recordOf(8)?.ts, fateOf(sessions, 8)], [again, "pending"]);
});

Deno.test("Sessions: the newest request counts, whatever its object", () => {
  const sessions = sessionsOf();
  sessions.note(update(8, 2, W1, ORIGIN, "y"));
  assertEquals(sessions.note(update(8, 1, W2, R1)), false);
  assertEquals(sessions.refuse(8, 1), { type: "superseded", newest: 2 });
  assertEquals(sessions.refuse(8, 0), { type: "superseded", newest: 2 });
  assertEquals([sessions.refuse(8, 2), sessions.refuse(8, 3)], [undefined, undefined]);
  assertEquals(sessions.awaited, ["y"]);
});

Deno.test("Sessions: who asked least recently is evicted, but never while its request is pending", () => {
  const sessions = sessionsOf(2, true);
  sessions.note(update(8, 1, W1, ORIGIN, "a"));
  sessions.note(update(16, 1, W1, ORIGIN, "b"));
  sessions.note(update(24, 1, W1, ORIGIN, "c"));
  sessions.evictSurplus();
  assertEquals([sessions.count, sessions.evicted], [3, 0]);
  sessions.settle("b", W1);
  sessions.settle("c", W1);
  sessions.note(update(8, 2, W1, ORIGIN, "d"));
  sessions.note(update(24, 2, W1, ORIGIN, "e"));
  sessions.evictSurplus();
  assertEquals([sessions.count, sessions.evicted], [2, 16]);
  assertEquals(sessions.recordOf(16), undefined);
  assertEquals(sessions.refuse(16, 2), { type: "noSession" });
});

Deno.test("Sessions: what was evicted is not taken up again, however late something of it arrives", () => {
  const sessions = sessionsOf(2, true);
  for (const client of [8, 16, 24]) {
    sessions.note(update(client, 5, W1, ORIGIN, "a"));
    sessions.settle("a", W1);
  }
  sessions.evictSurplus();
  assertEquals([sessions.evicted, sessions.isForgotten(8)], [8, true]);
  // Which of its requests was the newest nobody knows here any more: this may be one before it.
  assertEquals(sessions.note(update(8, 4, W1, ORIGIN, "b")), false);
  assertEquals(sessions.refuse(8, 6), { type: "noSession" });
  sessions.evict(24);
  assertEquals(sessions.note(update(16, 6, W1, ORIGIN, "b")), true);
  assertEquals([16, 24, 32].map((client) => sessions.isForgotten(client)), [false, true, false]);
});

Deno.test("Sessions: every eviction is told of", () => {
  const evicted: number[] = [];
  const sessions = new Sessions({
    max: 1,
    isAdopting: true,
    onEvicted: (clientId) => evicted.push(clientId),
  });
  for (const client of [8, 16, 24]) sessions.note(update(client, 1, W1, ORIGIN));
  sessions.settle("x", W1);
  sessions.evictSurplus();
  assertEquals([sessions.count, evicted], [3, []]);
  sessions.endGathering();
  assertEquals([sessions.count, evicted], [1, [8, 16]]);
  sessions.note(update(32, 1, W1, ORIGIN));
  sessions.evictSurplus();
  sessions.evict(40);
  assertEquals(evicted, [8, 16, 24, 40]);
});

Deno.test("Sessions: what is gathered is in the order in which it was used, wherever that was counted", () => {
  const source = sessionsOf();
  for (const [client, number] of [[8, 1], [16, 1], [24, 1], [8, 2]] as const) {
    source.note(update(client, number, W1, ORIGIN));
  }
  source.settle("x", W1);
  const sessions = sessionsOf(2, true);
  sessions.clear();
  // Somebody asks meanwhile: that is later than whatever is handed out.
  sessions.note(update(16, 2, W2, R1));
  for (const { record, used } of source.heldFrom(0, 1)) sessions.adopt(record, used);
  sessions.settle("x", W2);
  sessions.endGathering();
  assertEquals([8, 16, 24].map((client) => sessions.isForgotten(client)), [false, false, true]);
  sessions.note(update(32, 1, W2, R1));
  sessions.evictSurplus();
  assertEquals([8, 16, 24].map((client) => sessions.isForgotten(client)), [true, false, true]);
});

Deno.test("Sessions: a list of clients that was begun in an earlier epoch is not gone on with", () => {
  const sessions = sessionsOf();
  for (const client of [8, 24]) sessions.note(update(client, 1, W1, ORIGIN));
  const clientsFrom = (clientId: number, epoch: number) =>
    [...sessions.heldFrom(clientId, epoch)].map(({ record }) => record.clientId);
  const [first] = sessions.heldFrom(0, 1);
  assertEquals(first?.record.clientId, 8);
  sessions.note(update(32, 1, W1, ORIGIN));
  // What came in this epoch whoever joins in it has acknowledged.
  assertEquals(clientsFrom(9, 1), [24]);
  sessions.heldFrom(0, 1).next();
  sessions.note(update(40, 1, W1, ORIGIN));
  assertEquals(clientsFrom(9, 2), [24, 32, 40]);
});

Deno.test("Sessions: where sessions are adopted an unknown client is new if it cannot have been evicted", () => {
  const sessions = sessionsOf(1, true);
  assertEquals(sessions.refuse(8, 1), undefined);
  assertEquals(sessions.refuse(8, 0), { type: "noSession" });
  sessions.noteEvicted(16);
  assertEquals(sessions.refuse(16, 1), { type: "noSession" });
  assertEquals(sessions.refuse(17, 1), undefined);
  assertEquals(sessionsOf().refuse(8, 1), { type: "noSession" });
});

Deno.test("homeOf() is the node that gave out the id as long as it serves, then another one that does", () => {
  assertEquals(homeOf(9, [0, 1, 2]), 1);
  assertEquals([homeOf(9, [0, 2]), homeOf(17, [0, 2])], [2, 0]);
  assertEquals(homeOf(9, []), undefined);
});

Deno.test("nextClientId() is the next id whose home is the node", () => {
  assertEquals([nextClientId(0, 1), nextClientId(1, 1), nextClientId(8, 0)], [1, 9, 16]);
  assertEquals([0, 1, 6].map((node) => nextClientId(20, node)), [24, 25, 22]);
});

Deno.test("nonceFor() tells for which node a session is opened, and ordinary nonces do not", () => {
  for (const random of [0, 0.3, 1 - 2 ** -53]) {
    const nonces = [0, 3, 6].map((node) => nonceFor(node, random));
    assertEquals(nonces.map(wishOf), [0, 3, 6]);
    assertEquals(nonces.every(Number.isSafeInteger), true);
  }
  assertEquals([0, 8, 2 ** 52 - 1].map(wishOf), [undefined, undefined, undefined]);
});
