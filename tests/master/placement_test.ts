import { assert, assertEquals } from "@std/assert";
import { type Candidate, targetOrder } from "../../protocols/master/placement.ts";

/** Nodes in these data centers, by index. */
function nodes(...dataCenters: string[]): Candidate[] {
  return dataCenters.map((dataCenter, node) => ({ node, dataCenter }));
}

const SIX = nodes("x", "y", "z", "x", "y", "z");

Deno.test("targetOrder() takes a single volume through the nodes as they are numbered", () => {
  assertEquals(targetOrder({ volumes: 1, length: 3 }, 0, nodes("", "", "", "")), [0, 1, 2]);
  assertEquals(targetOrder({ volumes: 1, length: 0 }, 0, nodes("", "", "")), [0, 1, 2]);
  assertEquals(targetOrder({ volumes: 1, length: 3 }, 0, nodes("", "").toReversed()), [0, 1]);
});

Deno.test("targetOrder() gives every node its share of many volumes, and of their heads and tails", () => {
  const placement = { volumes: 64, length: 3 };
  const candidates = nodes("", "", "", "", "", "", "");
  const orders = Array.from(
    { length: 64 },
    (_, volume) => targetOrder(placement, volume, candidates),
  );
  for (const { node } of candidates) {
    const mine = orders.filter((order) => order.includes(node));
    // 27.4 on average.
    assert(mine.length > 15 && mine.length < 40, `node ${node} is in ${mine.length} of 64`);
    assert(mine.some((order) => order[0] === node) && mine.some((order) => order[2] === node));
  }
});

Deno.test("targetOrder() spreads what a failed node leaves behind, and moves nothing else", () => {
  const placement = { volumes: 64, length: 3 };
  const before = nodes("", "", "", "", "", "", "");
  const after = before.filter(({ node }) => node !== 2);
  const heirs = new Set<number>();
  for (let volume = 0; volume < 64; volume++) {
    const old = targetOrder(placement, volume, before);
    const now = targetOrder(placement, volume, after);
    assertEquals(now.slice(0, old.includes(2) ? 2 : 3), old.filter((node) => node !== 2));
    if (old.includes(2)) heirs.add(now[2]!);
  }
  assertEquals(heirs.size, 6);
});

Deno.test("targetOrder() goes through the data centers listed, in their order", () => {
  const placement = { volumes: 1, length: 1, dataCenters: ["z", "x"] };
  assertEquals(targetOrder(placement, 0, SIX), [2, 0]);
  assertEquals(targetOrder({ ...placement, length: 2 }, 0, SIX), [2, 5, 0, 3]);
  assertEquals(targetOrder({ ...placement, length: 0 }, 0, SIX), [2, 5, 0, 3]);
});

Deno.test("targetOrder() gives each data center its own number of members", () => {
  const placement = { volumes: 1, length: 0, dataCenters: { y: 2, z: 1 } };
  assertEquals(targetOrder(placement, 0, SIX), [1, 4, 2]);
});

Deno.test("targetOrder() replaces no node by one of another data center", () => {
  const placement = { volumes: 1, length: 1, dataCenters: ["z", "x"] };
  const left = SIX.filter(({ dataCenter }) => dataCenter !== "z");
  assertEquals(targetOrder(placement, 0, left), [0]);
});

Deno.test("targetOrder() chooses data centers for each volume, if only their number is given", () => {
  const placement = { volumes: 64, length: 2, dataCenters: 2 };
  const pairs = new Set<string>();
  for (let volume = 0; volume < 64; volume++) {
    const order = targetOrder(placement, volume, SIX);
    const centers = order.map((node) => SIX[node]!.dataCenter);
    assertEquals([centers[0], centers[2]], [centers[1], centers[3]]);
    pairs.add(`${centers[0]}${centers[2]}`);
  }
  assertEquals([...pairs].sort(), ["xy", "xz", "yx", "yz", "zx", "zy"]);
});

Deno.test("targetOrder() begins in the master data center", () => {
  const master = { masterDataCenter: "y" };
  for (let volume = 0; volume < 64; volume++) {
    const chosen = targetOrder({ volumes: 64, length: 1, dataCenters: 2, ...master }, volume, SIX);
    assertEquals(SIX[chosen[0]!]!.dataCenter, "y");
    assertEquals(chosen.length, 2);
    const any = targetOrder({ volumes: 64, length: 3, ...master }, volume, SIX);
    assertEquals(any.slice(0, 2).sort(), [1, 4]);
    assertEquals(any.length, 3);
  }
});
