import { assert, assertEquals, assertThrows } from "@std/assert";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import { replicaId } from "../../protocols/gossip/dot.ts";
import { KEY_CONTENT_BYTES_MAX } from "../../protocols/gossip/data.ts";
import {
  ClockDrift,
  CounterOverflow,
  InputTooLarge,
  KeyFull,
  MergeFailed,
  TokenError,
  WrongOperation,
} from "../../protocols/gossip/errors.ts";
import { type Delta, KEY_BYTES_MAX } from "../../protocols/gossip/key_state.ts";
import { lww } from "../../protocols/gossip/lww.ts";
import { type Merge, merged } from "../../protocols/gossip/merged.ts";
import { PAYLOAD_BYTES_MAX, TOTAL_MAX, TOTAL_MIN } from "../../protocols/gossip/payload.ts";
import { ELEMENTS_MAX, set } from "../../protocols/gossip/set.ts";
import { siblings, SIBLINGS_MAX } from "../../protocols/gossip/siblings.ts";
import { Strategies } from "../../protocols/gossip/strategies.ts";
import { digestOf } from "../../protocols/gossip/snapshot.ts";
import { bytesOf, Hand } from "./support.ts";

const add = (element: string) => ({ type: "add", element: bytesOf(element) }) as const;
const remove = (element: string) => ({ type: "remove", element: bytesOf(element) }) as const;
const increment = (by: bigint) => ({ type: "increment", by }) as const;

/** Brings hands to the same state. */
function meet(...hands: Hand[]): void {
  for (const to of hands) for (const from of hands) to.pull(from);
  for (const to of hands) for (const from of hands) to.pull(from);
  assertEquals(new Set(hands.map(({ store }) => digestOf(store.freeze()))).size, 1);
}

const NONE = new NodeClock();

function stamped(node: number, ms: number, value: string | null): Delta {
  const payload = {
    type: "stamped",
    stamp: { ms, counter: 0 },
    value: value === null ? null : bytesOf(value),
  } as const;
  return {
    key: "k",
    dot: { replica: replicaId(node, 1), n: 1 },
    payload,
    supersedes: [],
    after: NONE,
  };
}

Deno.test("lww keeps the write with the greatest stamp, in whatever order they come", () => {
  const [a, b, x, y] = [new Hand(1, 500), new Hand(2, 400), new Hand(3), new Hand(4)];
  const [late, early] = [a.put("k", "late").delta, b.put("k", "early").delta];
  x.take(late, early);
  y.take(early, late);
  assertEquals([x.show("k"), y.show("k")], [["late"], ["late"]]);
});

Deno.test("lww decides between equal stamps by the dot, value or removal, the same everywhere", () => {
  for (const [low, high] of [["a", "b"], ["a", null], [null, "b"]]) {
    const [x, y] = [new Hand(8), new Hand(9)];
    const deltas = [stamped(1, 5, low!), stamped(2, 5, high!)];
    x.take(...deltas);
    y.take(...deltas.toReversed());
    const expected = high === null ? [] : [high!];
    assertEquals([x.show("k"), y.show("k")], [expected, expected]);
  }
});

Deno.test("lww lets a removal beat an older value that arrives later, and not a newer one", () => {
  const x = new Hand(3);
  x.take(stamped(1, 10, null), stamped(2, 9, "older"));
  assertEquals(x.show("k"), []);
  x.take(stamped(4, 11, "newer"));
  assertEquals([x.show("k"), x.store.tombstones], [["newer"], 0]);
});

Deno.test("lww overwrites what it has seen though the own clock is behind", () => {
  const [a, b] = [new Hand(1, 9_000), new Hand(2, 10)];
  b.take(a.put("k", "from the future").delta);
  a.take(b.put("k", "now").delta);
  assertEquals([a.show("k"), b.show("k")], [["now"], ["now"]]);
});

Deno.test("lww keeps events out whose stamps are too far ahead, however they come", () => {
  const [wrong, x] = [new Hand(1, 9_000_000), new Hand(2, 1_000)];
  const { delta } = wrong.put("k", "poison");
  wrong.do("set", add("good"));
  assertThrows(() => x.take(delta), ClockDrift);
  const repair = wrong.data.repairFor(x.store.clock.clone(), 1_000);
  assert(typeof repair === "object");
  assertEquals(x.data.applyRepair(repair, x.now), 1);
  assertEquals([x.show("k"), x.show("set")], [[], ["good"]]);
  assertThrows(() => x.data.adopt(wrong.store.freeze(), x.now), ClockDrift);
  x.now = 8_999_000;
  x.pull(wrong);
  assertEquals(x.show("k"), ["poison"]);
});

Deno.test("siblings stand side by side until a put with their context", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  a.put("siblings", "one");
  b.put("siblings", "two");
  meet(a, b);
  assertEquals(a.show("siblings"), ["one", "two"]);
  b.put("siblings", "both", b.context("siblings"));
  meet(a, b);
  assertEquals(a.show("siblings"), ["both"]);
});

Deno.test("siblings are taken away by a context and nothing else: what was not seen stays", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  const mine = a.put("siblings", "mine");
  b.put("siblings", "unseen");
  meet(a, b);
  // Put-ack: the context of the put has not seen the other's value.
  const next = b.put("siblings", "mine again", mine.context);
  assertEquals(b.show("siblings"), ["mine again", "unseen"].toSorted().reverse());
  b.delete("siblings", next.context);
  meet(a, b);
  assertEquals(a.show("siblings"), ["unseen"]);
  assertEquals(a.delete("siblings", [{ replica: 77, n: 1 }]).delta?.supersedes.length, 1);
});

Deno.test("siblings refuse a context that names an own event that is yet to come", () => {
  const a = new Hand(1);
  a.put("siblings", "one");
  const future = [{ replica: a.store.self, n: 2 }];
  assertThrows(() => a.put("siblings", "x", future), TokenError, "names event 2");
  a.put("siblings", "two");
  assertEquals(a.show("siblings"), ["one", "two"]);
});

Deno.test("siblings with the same bytes are shown once, and a delete takes all that is known", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  a.put("siblings", "same");
  b.put("siblings", "same");
  meet(a, b);
  assertEquals([a.show("siblings"), a.data.read("siblings").entries], [["same"], 2]);
  a.delete("siblings");
  assertEquals(a.delete("siblings").delta, undefined);
  meet(a, b);
  assertEquals(b.show("siblings"), []);
});

Deno.test("siblings do not explode when two clients take turns at one server (DVVSet, scenario one)", () => {
  const a = new Hand(1);
  let mine = a.put("siblings", "v0").context;
  let yours = a.put("siblings", "w0").context;
  for (let turn = 1; turn <= 50; turn++) {
    mine = a.put("siblings", `v${turn}`, mine).context;
    yours = a.put("siblings", `w${turn}`, yours).context;
  }
  assertEquals(a.show("siblings"), ["v50", "w50"]);
});

Deno.test("siblings do not explode when two servers are written in turns (DVVSet, scenario two)", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  let [seenAtA, seenAtB] = [a.context("siblings"), b.context("siblings")];
  for (let turn = 1; turn <= 50; turn++) {
    // Each writes with what it read before the other wrote.
    const [atA, atB] = [
      a.put("siblings", `v${turn}`, seenAtA),
      b.put("siblings", `w${turn}`, seenAtB),
    ];
    a.take(atB.delta);
    b.take(atA.delta);
    assertEquals(a.show("siblings").toString(), `v${turn},w${turn}`);
    [seenAtA, seenAtB] = [a.context("siblings"), b.context("siblings")];
  }
});

Deno.test("siblings: a client that writes through one node after another leaves one value", () => {
  const hands = [new Hand(1), new Hand(2), new Hand(3)];
  const written: (Delta | undefined)[] = [];
  let context = hands[0]!.context("siblings");
  for (let turn = 0; turn < 30; turn++) {
    const result = hands[turn % 3]!.put("siblings", `${turn}`, context);
    written.push(result.delta);
    context = result.context;
    // The mail is always some writes behind.
    for (const hand of hands) hand.take(...written.slice(0, -4));
    assert(context.length <= 6, `the context has ${context.length} dots`);
  }
  meet(...hands);
  assertEquals(hands[1]!.show("siblings"), ["29"]);
});

Deno.test("siblings: the context of a put remembers what its node had not seen itself", () => {
  const [a, b, c] = [new Hand(1), new Hand(2), new Hand(3)];
  const first = a.put("siblings", "1");
  const second = b.put("siblings", "2", first.context);
  const third = c.put("siblings", "3", second.context);
  assertEquals(third.context.length, 3);
  // The second, which superseded the first, is still on its way.
  c.take(first.delta);
  assertEquals(c.show("siblings"), ["3"]);
  c.take(second.delta);
  assertEquals(c.put("siblings", "4", third.context).context.length, 1);
});

Deno.test("siblings are refused beyond their number, but for a put that takes others away", () => {
  const a = new Hand(1);
  for (let at = 0; at < SIBLINGS_MAX; at++) a.put("siblings", `${at}`);
  assertThrows(() => a.put("siblings", "more"), KeyFull, `which there may be ${SIBLINGS_MAX}`);
  a.put("siblings", "instead", a.context("siblings").slice(0, 1));
  a.put("siblings", "one", a.context("siblings"));
  assertEquals(a.show("siblings"), ["one"]);
});

Deno.test("counter adds up what each replica counted, in each of its lives", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  for (let at = 0; at < 5; at++) a.do("counter", increment(3n));
  b.do("counter", increment(-20n));
  meet(a, b);
  assertEquals([a.show("counter"), b.store.entries("counter").length], [-5n, 2]);
  const reborn = new Hand(1, 1_000, replicaId(1, 2));
  reborn.pull(b);
  reborn.do("counter", increment(100n));
  meet(reborn, b);
  assertEquals(b.show("counter"), 95n);
});

Deno.test("counter counts nothing twice where an event in between has not arrived", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  const [first, , third] = [5n, 6n, 7n].map((by) =>
    a.data.perform("counter", increment(by), 1_000)
  );
  for (const written of [first, third]) b.data.receive(written!.delta!, 1_000);
  assertEquals([b.show("counter"), b.store.entries("counter").length], [18n, 2]);
  meet(a, b);
  assertEquals([b.show("counter"), b.store.entries("counter").length], [18n, 1]);
});

Deno.test("counter refuses a share beyond 64 bits, and adds up beyond it", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  a.do("counter", increment(TOTAL_MAX));
  assertThrows(() => a.do("counter", increment(1n)), CounterOverflow, "9223372036854775808");
  b.do("counter/low", increment(TOTAL_MIN));
  assertThrows(() => b.do("counter/low", increment(-1n)), CounterOverflow);
  b.do("counter", increment(TOTAL_MAX));
  meet(a, b);
  assertEquals([a.show("counter"), a.show("counter/low")], [2n * TOTAL_MAX, TOTAL_MIN]);
});

Deno.test("counter is absent once deleted, and counts from nothing again", () => {
  const a = new Hand(1);
  a.do("counter", increment(7n));
  a.delete("counter");
  assertEquals(a.show("counter"), []);
  a.do("counter", increment(1n));
  assertEquals(a.show("counter"), 1n);
});

Deno.test("set lets an addition win over a removal that has not seen it", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  for (const element of ["x", "y", "x"]) a.do("set", add(element));
  meet(a, b);
  a.do("set", remove("x"));
  b.do("set", add("x"));
  a.do("set", remove("y"));
  assertEquals(a.do("set", remove("never there")).delta, undefined);
  meet(a, b);
  assertEquals([a.show("set"), a.store.entries("set").length], [["x"], 1]);
});

Deno.test("set shows an element once though two added it, and one removal takes both", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  a.do("set", add("x"));
  b.do("set", add("x"));
  b.do("set", add("a"));
  meet(a, b);
  assertEquals(a.show("set"), ["a", "x"]);
  a.do("set", remove("x"));
  assertEquals(a.show("set"), ["a"]);
});

Deno.test("set refuses elements beyond their number, but not those that it has", () => {
  const a = new Hand(1);
  const dots = Array.from({ length: ELEMENTS_MAX }, (_, at) => ({
    dot: { replica: replicaId(5, 1), n: at + 1 },
    payload: { type: "element", element: bytesOf(`${at}`) } as const,
  }));
  const scene = { self: a.store.self, entries: dots, stamp: () => ({ ms: 1, counter: 0 }) };
  assertThrows(() => set.plan(add("more"), scene), KeyFull, `${ELEMENTS_MAX} elements`);
  assertEquals(set.plan(add("7"), scene)?.supersedes.length, 1);
});

Deno.test("a merge function that fails refuses the request, whatever it does", () => {
  const [one, two] = [bytesOf("1"), bytesOf("2")];
  const entries = [one, two].map((value, at) => ({
    dot: { replica: replicaId(5, 1), n: at + 1 },
    payload: { type: "plain", value } as const,
  }));
  const failing: Merge[] = [
    () => {
      throw new Error("defect");
    },
    () => "no bytes" as unknown as Uint8Array,
    () => new Uint8Array(PAYLOAD_BYTES_MAX + 1),
  ];
  for (const merge of failing) {
    const strategy = merged(merge);
    assertThrows(() => strategy.read(entries), MergeFailed);
    const scene = { self: replicaId(1, 1), entries, stamp: () => ({ ms: 1, counter: 0 }) };
    assertThrows(() => strategy.plan({ type: "put", value: one }, scene), MergeFailed);
    // What the function cannot merge can be replaced.
    const context = entries.map(({ dot }) => dot);
    assertEquals(strategy.plan({ type: "put", value: one, context }, scene)?.supersedes, context);
  }
});

Deno.test("merge folds what is concurrent, and a put without context loses nothing", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  a.put("merge", "5");
  b.put("merge", "9");
  assertEquals(a.show("merge"), ["5"]);
  meet(a, b);
  assertEquals([a.show("merge"), a.store.entries("merge").length], [["9"], 2]);
  a.put("merge", "3");
  assertEquals([a.show("merge"), a.store.entries("merge").length], [["9"], 1]);
  a.put("merge", "1", a.context("merge"));
  meet(a, b);
  assertEquals(b.show("merge"), ["1"]);
  b.delete("merge");
  assertEquals(b.show("merge"), []);
});

Deno.test("GossipData.perform() refuses what a strategy does not know, and changes nothing", () => {
  const a = new Hand(1);
  for (
    const [key, operation] of [
      ["k", add("x")],
      ["siblings", increment(1n)],
      ["counter", { type: "put", value: bytesOf("1") }],
      ["set", increment(1n)],
      ["merge", remove("x")],
    ] as const
  ) {
    assertThrows(() => a.do(key, operation), WrongOperation, operation.type);
  }
  assertEquals(a.store.clock.count, 0);
});

Deno.test("GossipData.perform() bounds keys, values, and all that a key holds", () => {
  const a = new Hand(1);
  assertThrows(() => a.put("é".repeat(KEY_BYTES_MAX / 2 + 1), "v"), InputTooLarge, "key of 4098");
  a.put("é".repeat(KEY_BYTES_MAX / 2), "v");
  const put = (length: number, context = a.context("none")) =>
    a.do("siblings", { type: "put", value: new Uint8Array(length), context });
  assertThrows(() => put(PAYLOAD_BYTES_MAX + 1), InputTooLarge, "value of 524289");
  put(PAYLOAD_BYTES_MAX);
  put(PAYLOAD_BYTES_MAX - 100);
  assertThrows(() => put(PAYLOAD_BYTES_MAX), KeyFull, `${KEY_CONTENT_BYTES_MAX}`);
  put(PAYLOAD_BYTES_MAX, a.context("siblings"));
  assertEquals(a.data.read("siblings").entries, 1);
});

Deno.test("Strategies chooses by the longest prefix, and describes itself", () => {
  const rules = [{ prefix: "a/", strategy: siblings }, { prefix: "a/b/", strategy: set }];
  const strategies = new Strategies(rules, lww);
  assertEquals(
    ["a/b/c", "a/b", "a/", "a", ""].map((key) => strategies.of(key).name),
    ["set", "siblings", "siblings", "lww", "lww"],
  );
  assertEquals(strategies.describe(), new Strategies(rules.toReversed(), lww).describe());
  assert(strategies.describe() !== new Strategies(rules, set).describe());
});

Deno.test("lww reads what a key held when its strategy was another, until it is overwritten", () => {
  const a = new Hand(1);
  a.store.write("k", { type: "plain", value: bytesOf("plain") }, []);
  assertEquals(a.show("k"), ["plain"]);
  a.put("k", "stamped");
  assertEquals([a.show("k"), a.store.entries("k").length], [["stamped"], 1]);
  const { delta } = a.delete("k");
  assertEquals([a.show("k"), delta?.supersedes.length], [[], 1]);
});

Deno.test("a counter that goes on after a crash counts nothing twice that its own deletion had removed", () => {
  const hand = new Hand(2);
  hand.do("counter", { type: "increment", by: 10n });
  // It had seen the deletion when it made this, and has lost that in a crash.
  hand.store.apply({
    key: "counter",
    dot: { replica: hand.store.self, n: 2 },
    payload: { type: "total", total: 1n },
    supersedes: [],
    after: new NodeClock(),
  });
  assertEquals(hand.show("counter"), 1n);
  hand.do("counter", { type: "increment", by: 1n });
  assertEquals(hand.show("counter"), 2n);
});
