// Consistent hashing: who is where, what moves when a node comes or goes, and how even the shares are.
import { assert, assertEquals } from "@std/assert";
import { balanceOf, movesOnJoin, movesOnLeave, ownersOf } from "./placement_figures.ts";
import { targetOrder } from "../../protocols/master/placement.ts";
import { clockwise } from "../../protocols/master/ring.ts";
import { ScriptedMaster } from "./scripted_master.ts";

const RING = { virtualNodes: 64 };
const VOLUMES = [8, 16, 32, 64];

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

Deno.test("clockwise() names every node once, and the same ones however they are given", () => {
  const nodes = range(7).map((node) => ({ node }));
  for (const volume of range(64)) {
    const order = clockwise(RING, volume, 64, nodes);
    assertEquals(order.map(({ node }) => node).toSorted(), range(7));
    assertEquals(clockwise(RING, volume, 64, nodes.toReversed()), order);
  }
  const firsts = new Set(range(64).map((volume) => clockwise(RING, volume, 64, nodes)[0]!.node));
  assertEquals(firsts.size, 7);
});

Deno.test("targetOrder() with a ring moves nothing but what it has to, and one replica of a volume at most", () => {
  for (const volumes of VOLUMES) {
    for (const length of [1, 2, 3]) {
      const placement = { volumes, length, ring: RING };
      for (const nodeCount of range(8).slice(length + 1)) {
        for (const going of range(nodeCount)) {
          const whole = ownersOf(placement, range(nodeCount));
          const without = ownersOf(placement, range(nodeCount).filter((node) => node !== going));
          for (const [volume, before] of whole.entries()) {
            // The others stay, in their order, and one comes behind them if one is missing.
            const stay = before.filter((node) => node !== going);
            assertEquals(without[volume]!.slice(0, stay.length), stay);
          }
        }
      }
    }
  }
});

Deno.test("targetOrder() with a ring moves no more than the share of the node that comes or goes", () => {
  for (const volumes of VOLUMES) {
    for (const nodeCount of [4, 5, 6, 7]) {
      const placement = { volumes, length: 3, ring: RING };
      for (const moves of [movesOnJoin(placement, nodeCount), movesOnLeave(placement, nodeCount)]) {
        assertEquals(moves.perVolume, 1);
        // All shares make up the whole, so the average of what moves is exactly the ideal.
        assert(Math.abs(moves.mean - moves.ideal) < 1e-9, `${moves.mean} and ${moves.ideal}`);
        const { most } = balanceOf(placement, nodeCount);
        assert(Math.abs(moves.most - most / nodeCount) < 1e-9);
      }
    }
  }
});

Deno.test("targetOrder() with a ring gives every node its share, the more evenly the more volumes there are", () => {
  for (const nodeCount of [4, 5, 6, 7]) {
    const many = balanceOf({ volumes: 64, length: 3, ring: RING }, nodeCount);
    assert(many.least > 0.85 && many.most < 1.15, `${nodeCount} nodes: ${JSON.stringify(many)}`);
    const few = balanceOf({ volumes: 8, length: 3, ring: RING }, nodeCount);
    assert(few.least > 0.25 && few.most < 1.8, `${nodeCount} nodes: ${JSON.stringify(few)}`);
  }
  assertEquals(balanceOf({ volumes: 8, length: 3, ring: RING }, 3), { least: 1, most: 1 });
});

Deno.test("targetOrder() with a ring is more even with virtual nodes than without", () => {
  for (const nodeCount of [4, 5, 6, 7]) {
    const bare = balanceOf({ volumes: 64, length: 3, ring: { virtualNodes: 1 } }, nodeCount);
    const even = balanceOf({ volumes: 64, length: 3, ring: RING }, nodeCount);
    assert(bare.most - bare.least > 4 * (even.most - even.least), `${nodeCount} nodes`);
  }
});

Deno.test("targetOrder() with a ring spreads what a node leaves behind over all others", () => {
  const placement = { volumes: 64, length: 3, ring: RING };
  const whole = ownersOf(placement, range(7));
  for (const going of range(7)) {
    const without = ownersOf(placement, range(7).filter((node) => node !== going));
    const heirs = new Set(
      without.flatMap((owners, volume) => owners.filter((node) => !whole[volume]!.includes(node))),
    );
    assertEquals(heirs.size, 6);
  }
});

Deno.test("targetOrder() with a ring keeps to the data centers, and takes a single volume round it, too", () => {
  const nodes = ["x", "y", "x", "y"].map((dataCenter, node) => ({ node, dataCenter }));
  const placement = { volumes: 16, length: 1, dataCenters: ["y", "x"], ring: RING };
  for (const volume of range(16)) {
    const [first, second, ...others] = targetOrder(placement, volume, nodes);
    assertEquals([first! % 2, second! % 2, others], [1, 0, []]);
  }
  const single = targetOrder({ volumes: 1, length: 2, ring: RING }, 0, nodes);
  assertEquals(single, clockwise(RING, 0, 1, nodes).slice(0, 2).map(({ node }) => node));
});

Deno.test("MasterMachine with a ring brings a node that comes exactly the volumes that are its", () => {
  const layout = { nodeCount: 5, volumes: 16, length: 3, topology: "clique", ring: RING } as const;
  const master = ScriptedMaster.formed(layout);
  master.submit({ type: "remove", node: 4 });
  master.settle();
  const four = ownersOf(layout, range(4));
  for (const volume of range(16)) {
    assertEquals(master.order(volume).toSorted(), four[volume]!.toSorted());
  }
  const epochs = () => master.configuration.volumes.map(({ epoch }) => epoch);
  const before = epochs();
  master.submit({ type: "add", node: 4 });
  master.submit({ type: "rebalance" });
  master.settle();
  const five = ownersOf(layout, range(5));
  for (const volume of range(16)) {
    assertEquals(master.order(volume).toSorted(), five[volume]!.toSorted());
    // It begins to join, it has joined and another one begins to leave, and that has left.
    const steps = five[volume]!.includes(4) ? 3 : 0;
    assertEquals(epochs()[volume]! - before[volume]!, steps);
  }
});
