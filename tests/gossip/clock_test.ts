// Intervals and clocks against plain sets of numbers.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { decode, encode, SchemaError, Writer } from "../../actors/schema.ts";
import { clockSchema, NodeClock } from "../../protocols/gossip/clock.ts";
import { dotSet, hasDot, incarnationOf, nodeOf, replicaId } from "../../protocols/gossip/dot.ts";
import { dotsSchema, uniteDots } from "../../protocols/gossip/dot.ts";
import {
  countOf,
  includes,
  insert,
  insertSplits,
  intersect,
  malformation,
  subtract,
  unite,
} from "../../protocols/gossip/intervals.ts";

const A = replicaId(1, 1);
const B = replicaId(2, 0xffff_ffff);

function grow(random: RandomStream, count: number): [number[], Set<number>] {
  const intervals: number[] = [];
  const numbers = new Set<number>();
  for (let step = 0; step < count; step++) {
    const n = 1 + randomInteger(random, 40);
    const before = intervals.length;
    const splits = insertSplits(intervals, n);
    assertEquals(insert(intervals, n), !numbers.has(n));
    assertEquals(intervals.length > before, splits);
    numbers.add(n);
  }
  return [intervals, numbers];
}

function listOf(intervals: readonly number[]): number[] {
  const list: number[] = [];
  for (let n = 1; n <= 42; n++) if (includes(intervals, n)) list.push(n);
  return list;
}

const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);

Deno.test("Intervals hold what sets hold, in one form", () => {
  const random = randomStream(1, "intervals");
  for (let round = 0; round < 300; round++) {
    const [a, inA] = grow(random, randomInteger(random, 40));
    const [b, inB] = grow(random, randomInteger(random, 40));
    for (
      const [made, expected] of [
        [a, inA],
        [unite(a, b), inA.union(inB)],
        [intersect(a, b), inA.intersection(inB)],
        [subtract(a, b), inA.difference(inB)],
      ] as const
    ) {
      assertEquals(malformation(made), undefined);
      assertEquals(listOf(made), sorted(expected));
      assertEquals(countOf(made), expected.size);
    }
  }
});

Deno.test("replicaId() keeps node and incarnation apart, and refuses what is neither", () => {
  for (const [node, incarnation] of [[0, 0], [255, 0xffff_ffff], [7, 1]] as const) {
    const id = replicaId(node, incarnation);
    assertEquals([nodeOf(id), incarnationOf(id)], [node, incarnation]);
  }
  assert(replicaId(1, 0xffff_ffff) < replicaId(2, 0));
  assertThrows(() => replicaId(256, 0), RangeError);
  assertThrows(() => replicaId(0, 2 ** 32), RangeError);
  assertThrows(() => replicaId(0, 0.5), RangeError);
});

Deno.test("dotSet() orders dots and drops doubles, in memory and on the wire", () => {
  const dots = dotSet([{ replica: B, n: 1 }, { replica: A, n: 2 }, { replica: B, n: 1 }]);
  assertEquals(dots, [{ replica: A, n: 2 }, { replica: B, n: 1 }]);
  assert(hasDot(dots, { replica: B, n: 1 }) && !hasDot(dots, { replica: A, n: 1 }));
  assertEquals(uniteDots(dots, [{ replica: A, n: 1 }]).length, 3);
  const disordered = encode(dotsSchema, [...dots].reverse());
  assertEquals(decode(dotsSchema, disordered), dots);
});

Deno.test("NodeClock knows what it was given, and what another has more", () => {
  const clock = NodeClock.of([1, 2, 3, 5].map((n) => ({ replica: A, n })));
  const other = NodeClock.of([{ replica: A, n: 2 }, { replica: B, n: 1 }]);
  assertEquals([clock.top(A), clock.top(B), clock.count], [5, 0, 4]);
  assert(!clock.has({ replica: A, n: 4 }) && clock.has({ replica: A, n: 5 }));
  assertEquals([...clock.minus(other).ranges()], [
    { replica: A, from: 1, to: 1 },
    { replica: A, from: 3, to: 3 },
    { replica: A, from: 5, to: 5 },
  ]);
  assertEquals([...clock.meet(other).dots()], [{ replica: A, n: 2 }]);
  assert(!clock.dominates(other) && clock.dominatesAt(A, other));
  const joined = clock.clone();
  joined.join(other);
  assert(joined.dominates(clock) && joined.dominates(other) && !clock.has({ replica: B, n: 1 }));
  assert(joined.equals(NodeClock.of(joined.dots())));
  assert(clock.opensGap({ replica: A, n: 7 }) && !clock.opensGap({ replica: A, n: 6 }));
});

Deno.test("clockSchema gives a clock back, and refuses what is none", () => {
  const clock = NodeClock.of([1, 2, 9].flatMap((n) => [{ replica: A, n }, { replica: B, n }]));
  assert(decode(clockSchema, encode(clockSchema, clock)).equals(clock));
  assert(decode(clockSchema, encode(clockSchema, new NodeClock())).equals(new NodeClock()));
  const refuse = (rows: readonly (readonly [number, readonly number[]])[], what: string) => {
    const writer = new Writer();
    writer.u32(rows.length);
    for (const [node, set] of rows) {
      writer.u8(node);
      writer.u32(1);
      writer.u32(set.length);
      for (const n of set) writer.u53(n);
    }
    assertThrows(() => decode(clockSchema, writer.finish()), SchemaError, what);
  };
  refuse([[1, []]], "nothing of a replica");
  refuse([[1, [1]]], "no end");
  refuse([[1, [0, 1]]], "no interval");
  refuse([[1, [3, 2]]], "no interval");
  refuse([[1, [1, 2, 3, 4]]], "meet at 3");
  refuse([[1, [5, 6, 1, 2]]], "meet at 1");
  refuse([[2, [1, 1]], [1, [1, 1]]], "order");
  refuse([[1, [1, 1]], [1, [3, 3]]], "order");
});
