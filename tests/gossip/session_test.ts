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
  precedingWrite,
  requiredFor,
  sealSession,
  type Session,
} from "../../protocols/gossip/session.ts";
import type { Repair } from "../../protocols/gossip/repair.ts";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { nameOf } from "./model.ts";
import { bytesOf, Hand } from "./support.ts";

const NOTHING = new NodeClock();
const BECAUSE = { type: "put", value: bytesOf("because") } as const;
const KEYS = ["siblings/a", "siblings/b", "lww", "merge"];

/** All that a hand has, but for some keys: as if mail of these had been lost. */
function repairOf(from: Hand, without: readonly string[]): Repair {
  const repair = from.data.repairFor(new NodeClock(), 1e6);
  assert(typeof repair === "object");
  const fragments = repair.fragments.filter(({ key }) => !without.includes(key));
  return { ...repair, fragments };
}

interface Client {
  token: string;
  /** Everything that came before what it did next, spelled out. */
  history: Set<string>;
}

/** Clients at random nodes, each with its token; the histories are the model. */
function runSessions(random: RandomStream): void {
  const hands = [new Hand(1), new Hand(2), new Hand(3)];
  const seal = (session: Session, hand: Hand) =>
    sealSession("c", session, stableOf(hands), hand.store);
  const clients = [0, 1, 2].map((): Client => ({
    token: seal(newSession(), hands[0]!),
    history: new Set(),
  }));
  const events = new Map<string, { readonly key: string; readonly history: Set<string> }>();
  const pick = <T>(list: readonly T[]) => list[randomInteger(random, list.length)]!;
  for (let step = 0; step < 120; step++) {
    const [hand, client, key] = [pick(hands), pick(clients), pick(KEYS)];
    const session = openSession("c", client.token);
    const access = randomInteger(random, 2) === 0 ? "read" : "write";
    if (canServe(hand, access, session)) {
      const names = new Set([...hand.store.clock.dots()].map(nameOf));
      assert(client.history.isSubsetOf(names), "the node misses what came before");
      if (access === "read") {
        for (const name of names) {
          const event = events.get(name)!;
          if (event.key !== key) continue;
          client.history = client.history.union(event.history).union(new Set([name]));
        }
        client.token = seal(afterRead(session, hand.store, key), hand);
      } else {
        const deletes = randomInteger(random, 3) === 0;
        const operation = deletes ? { type: "delete" } as const : BECAUSE;
        const { delta } = hand.do(key, operation, precedingWrite(session, stableOf(hands)));
        if (delta !== undefined) {
          const name = nameOf(delta.dot);
          events.set(name, { key, history: client.history });
          client.history = client.history.union(new Set([name]));
          client.token = seal(afterWrite(session, delta.dot), hand);
          for (const other of hands) if (randomInteger(random, 2) === 0) other.take(delta);
        }
      }
    }
    if (randomInteger(random, 5) === 0) {
      const repair = pick(hands).data.repairFor(hand.store.clock.clone(), 1);
      if (typeof repair === "object") hand.data.applyRepair(repair, hand.now);
      else if (repair === "reset") hand.pull(pick(hands));
    }
    if (randomInteger(random, 8) === 0) hand.store.prune(stableOf(hands));
    if (randomInteger(random, 40) === 0) hand.store.trimIndex(3);
  }
}

function stableOf(hands: readonly Hand[]): NodeClock {
  return hands.map(({ store }) => store.clock).reduce((left, right) => left.meet(right));
}

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

Deno.test("A session that reads an answer does not miss the question, though another wrote it", () => {
  const [a, b, z] = [new Hand(1), new Hand(2), new Hand(3)];
  const question = a.put("question", "why");
  b.take(question.delta);
  const asked = afterRead(newSession(), b.store, "question");
  const answer = b.do("siblings/answer", BECAUSE, precedingWrite(asked, NOTHING));
  z.take(answer.delta);
  const reader = afterRead(newSession(), z.store, "siblings/answer");
  assertEquals(z.show("siblings/answer"), ["because"]);
  assert(!canServe(z, "read", reader) && canServe(b, "read", reader));
  // The answer's removal comes after the question, too, and by repair as well as by mail.
  z.pull(b);
  assert(canServe(z, "read", reader));
  const c = new Hand(4);
  c.data.applyRepair(repairOf(b, ["question"]), c.now);
  assert(!canServe(c, "read", afterRead(newSession(), c.store, "siblings/answer")));
});

Deno.test("Sessions are causal: whoever serves one has all that came before what it saw", () => {
  for (let seed = 1; seed <= 40; seed++) runSessions(randomStream(seed, "sessions"));
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
