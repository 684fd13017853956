import { assert, assertEquals } from "@std/assert";
import { primaryOf, quorumSize, threshold } from "../../protocols/vr/quorum.ts";

Deno.test("threshold() and quorumSize() are those of the paper", () => {
  const table = [1, 2, 3, 4, 5, 6, 7].map((K) => [K, threshold(K), quorumSize(K)]);
  assertEquals(table, [
    [1, 0, 1],
    [2, 0, 2],
    [3, 1, 2],
    [4, 1, 3],
    [5, 2, 3],
    [6, 2, 4],
    [7, 3, 4],
  ]);
});

Deno.test("quorumSize() has any two quorums share a replica, and f of them missed by one", () => {
  for (let K = 1; K <= 7; K++) {
    assert(2 * quorumSize(K) > K);
    assert(quorumSize(K) + threshold(K) <= K);
  }
});

Deno.test("threshold() has f + 1 answers to a recovering replica meet every quorum without it", () => {
  // A quorum that the recovering replica was part of has quorumSize - 1 members among the others.
  for (let K = 2; K <= 7; K++) assert(quorumSize(K) - 1 + threshold(K) + 1 > K - 1);
});

Deno.test("primaryOf() goes round robin, beginning with the first replica", () => {
  assertEquals([0, 1, 2, 3, 4, 5].map((view) => primaryOf(view, 3)), [0, 1, 2, 0, 1, 2]);
});
