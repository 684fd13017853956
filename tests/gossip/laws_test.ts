// The laws of a join semilattice, for states of every strategy that ran apart at random, equal stamps
// and removals among them.
import { assert, assertEquals } from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import type { Delta, Entry } from "../../protocols/gossip/key_state.ts";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import { replicaId } from "../../protocols/gossip/dot.ts";
import { snapshotChunks } from "../../protocols/gossip/snapshot.ts";
import { GossipStore, type StoreVersion } from "../../protocols/gossip/store.ts";
import type { Operation } from "../../protocols/gossip/strategy.ts";
import { bytesOf, Hand } from "./support.ts";

const KEYS = ["lww", "siblings", "counter", "set", "merge"];

function operation(random: RandomStream, key: string): Operation {
  const value = bytesOf(`${randomInteger(random, 4)}`);
  if (randomInteger(random, 4) === 0) return { type: "delete" };
  if (key === "counter") return { type: "increment", by: BigInt(randomInteger(random, 9)) };
  if (key !== "set") return { type: "put", value };
  return { type: randomInteger(random, 3) === 0 ? "remove" : "add", element: value };
}

/** Three states of the same cluster, each of which knows some of what the others do. */
function threeStates(random: RandomStream): StoreVersion[] {
  const hands = [new Hand(1), new Hand(2), new Hand(3)];
  for (let step = 0; step < 40; step++) {
    const hand = hands[randomInteger(random, 3)]!;
    const key = KEYS[randomInteger(random, KEYS.length)]!;
    // Time hardly moves, and clocks start equal: stamps of different replicas are often the same.
    hand.now += randomInteger(random, 2);
    const { delta } = hand.do(key, operation(random, key));
    for (const other of hands) if (randomInteger(random, 3) === 0) other.take(delta);
    if (randomInteger(random, 10) === 0) hands[randomInteger(random, 3)]!.pull(hand, 1);
  }
  return hands.map(({ store }) => store.freeze());
}

function join(...states: StoreVersion[]): StoreVersion {
  const store = new GossipStore(replicaId(9, 1));
  for (const state of states) store.joinAll(state);
  return store.freeze();
}

/** Everything but the index, which is in no order. */
function formOf(state: StoreVersion): string {
  const chunks = [...snapshotChunks({ ...state, index: [] })];
  return chunks.map((chunk) => chunk.toBase64()).join();
}

Deno.test("GossipStore.joinAll() is commutative, associative and idempotent, and only grows", () => {
  const random = randomStream(1, "laws");
  for (let round = 0; round < 60; round++) {
    const [a, b, c] = threeStates(random) as [StoreVersion, StoreVersion, StoreVersion];
    assertEquals(formOf(join(a, b)), formOf(join(b, a)), "commutative");
    assertEquals(formOf(join(join(a, b), c)), formOf(join(a, join(b, c))), "associative");
    assertEquals(formOf(join(a, a)), formOf(a), "idempotent");
    const all = join(a, b, c);
    assertEquals(formOf(join(all, b)), formOf(all), "what is known changes nothing");
    assert([a, b, c].every(({ clock }) => all.clock.dominates(clock)), "it only grows");
  }
});

Deno.test("GossipStore.apply() makes the same of events in any order", () => {
  const random = randomStream(2, "laws");
  for (let round = 0; round < 60; round++) {
    const hands = [new Hand(1), new Hand(2)];
    const deltas: Delta[] = [];
    for (let step = 0; step < 20; step++) {
      const [hand, other] = randomInteger(random, 2) === 0 ? hands : hands.toReversed();
      const key = KEYS[randomInteger(random, KEYS.length)]!;
      const { delta } = hand!.do(key, operation(random, key));
      if (delta === undefined) continue;
      deltas.push(delta);
      if (randomInteger(random, 2) === 0) other!.take(delta);
    }
    const shuffled = () => {
      const hand = new Hand(3);
      hand.take(...deltas.toSorted(() => random() - 0.5));
      return formOf(hand.store.freeze());
    };
    const expected = shuffled();
    for (let order = 0; order < 5; order++) assertEquals(shuffled(), expected);
  }
});

Deno.test("lww stores one of any number of events, the same of every subset joined in any way", () => {
  const random = randomStream(3, "laws");
  for (let round = 0; round < 100; round++) {
    const deltas = Array.from({ length: 6 }, (_, at): Delta => ({
      key: "k",
      dot: { replica: replicaId(1 + at, 1), n: 1 },
      payload: {
        type: "stamped",
        stamp: { ms: randomInteger(random, 2), counter: randomInteger(random, 2) },
        value: randomInteger(random, 2) === 0 ? null : bytesOf(`${at}`),
      },
      supersedes: [],
      after: new NodeClock(),
    }));
    const entryOf = (parts: Delta[][]): readonly Entry[] => {
      const store = new GossipStore(replicaId(9, 1));
      for (const part of parts) {
        const other = new GossipStore(replicaId(8, 1));
        for (const delta of part) other.apply(delta);
        store.joinAll(other.freeze());
      }
      return store.entries("k");
    };
    const whole = entryOf([deltas]);
    assertEquals(whole.length, 1);
    assertEquals(entryOf([deltas.slice(0, 3), deltas.slice(2)]), whole);
    assertEquals(entryOf([deltas.slice(4), deltas.slice(0, 5).toReversed()]), whole);
  }
});
