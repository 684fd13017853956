// The tree against a plain sorted list, and its frozen versions against copies of that list.
import { assert, assertEquals } from "@std/assert";
import { CowTree, type TreeVersion } from "../../protocols/cow_tree.ts";
import type { KeyRange } from "../../protocols/key_range.ts";
import { Random } from "./helpers.ts";

const EVERYTHING: KeyRange = { from: "", until: undefined };

function contents(tree: TreeVersion<number>): [string, number][] {
  const list: [string, number][] = [];
  tree.ascend(EVERYTHING, (key, value) => {
    list.push([key, value]);
    return true;
  });
  return list;
}

function sorted(model: ReadonlyMap<string, number>): [string, number][] {
  return [...model].sort(([left], [right]) => left < right ? -1 : 1);
}

function keyOf(index: number): string {
  return index.toString(36);
}

/** Grows, then shrinks, so that nodes are split, joined and evened out. */
function churn(
  random: Random,
  tree: CowTree<number>,
  model: Map<string, number>,
  steps: number,
  deletesOfTen: number,
): void {
  for (let step = 0; step < steps; step++) {
    const key = keyOf(random.below(5_000));
    if (random.below(10) < deletesOfTen) {
      assertEquals(tree.delete(key), model.delete(key));
    } else {
      tree.set(key, step);
      model.set(key, step);
    }
  }
}

Deno.test("CowTree holds what a map holds, in order, through growth and shrinking", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const random = new Random(seed);
    const tree = new CowTree<number>();
    const model = new Map<string, number>();
    for (const deletesOfTen of [1, 9, 3, 10]) {
      churn(random, tree, model, 12_000, deletesOfTen);
      assertEquals(contents(tree), sorted(model));
      assertEquals(tree.size, model.size);
      for (let index = 0; index < 5_000; index += 7) {
        assertEquals(tree.get(keyOf(index)), model.get(keyOf(index)));
      }
    }
    for (const key of model.keys()) assert(tree.delete(key));
    assertEquals([tree.size, contents(tree)], [0, []]);
  }
});

Deno.test("CowTree.freeze() keeps versions that later changes do not touch", () => {
  const random = new Random(6);
  const tree = new CowTree<number>();
  const model = new Map<string, number>();
  const versions: [TreeVersion<number>, [string, number][]][] = [];
  for (let round = 0; round < 30; round++) {
    churn(random, tree, model, 1_000, random.below(11));
    versions.push([tree.freeze(), sorted(model)]);
  }
  churn(random, tree, model, 20_000, 5);
  for (const [version, expected] of versions) {
    assertEquals(contents(version), expected);
    assertEquals(version.size, expected.length);
    assertEquals([...version.leaves()].flatMap((leaf) => leaf.keys), expected.map(([key]) => key));
  }
  assertEquals(contents(tree), sorted(model));
});

Deno.test("CowTree.freeze() shares what does not change", () => {
  const tree = new CowTree<number>();
  for (let index = 0; index < 10_000; index++) tree.set(keyOf(index), index);
  const before = new Set(tree.freeze().leaves());
  tree.set(keyOf(5), -1);
  const after = [...tree.leaves()];
  assertEquals(after.filter((leaf) => !before.has(leaf)).length, 1);
});

Deno.test("CowTree.set() fills leaves well when keys come in order", () => {
  const tree = new CowTree<number>();
  for (let index = 0; index < 10_000; index++) tree.set(String(index).padStart(6, "0"), index);
  const leaves = [...tree.leaves()].length;
  assert(leaves <= 10_000 / 56 + 1, `${leaves} leaves`);
});

Deno.test("CowTree.delete() joins leaves that become too small", () => {
  const tree = new CowTree<number>();
  for (let index = 0; index < 10_000; index++) tree.set(keyOf(index), index);
  for (let index = 0; index < 10_000; index++) if (index % 100 !== 0) tree.delete(keyOf(index));
  const leaves = [...tree.leaves()];
  assert(leaves.every((leaf) => leaf.width >= 8), `${leaves.map((leaf) => leaf.width)}`);
});

Deno.test("CowTree.delete() evens out two leaves that are too much for one", () => {
  const tree = new CowTree<number>();
  const key = (index: number) => String(index).padStart(6, "0");
  for (let index = 0; index < 1_000; index += 2) tree.set(key(index), index);
  const [first, second] = [...tree.leaves()];
  for (let odd = Number(second!.keys[0]) + 1; second!.width < 64; odd += 2) {
    tree.set(key(odd), odd);
  }
  for (const doomed of first!.keys.slice(7)) tree.delete(doomed);
  assertEquals([...tree.leaves()].slice(0, 2).map((leaf) => leaf.width), [35, 36]);
});

Deno.test("CowTree scans and counts any range, either way", () => {
  const random = new Random(7);
  const tree = new CowTree<number>();
  const model = new Map<string, number>();
  churn(random, tree, model, 8_000, 3);
  const all = sorted(model).map(([key]) => key);
  for (let round = 0; round < 1_000; round++) {
    const until = random.below(5) === 0 ? undefined : keyOf(random.below(5_000));
    const range = { from: random.below(5) === 0 ? "" : keyOf(random.below(5_000)), until };
    const expected = all.filter((key) => key >= range.from && (!until || key < until));
    assertEquals(tree.count(range), expected.length);
    const limit = 1 + random.below(100);
    const up: string[] = [];
    tree.ascend(range, (key) => up.push(key) < limit);
    assertEquals(up, expected.slice(0, limit));
    const down: string[] = [];
    tree.descend(range, (key) => down.push(key) < limit);
    assertEquals(down, expected.reverse().slice(0, limit));
  }
});

Deno.test("CowTree.set() finds its key, whatever became of its leaf since the key was read", () => {
  const nameOf = (index: number) => String(index).padStart(4, "0");
  for (let read = 0; read < 200; read += 10) {
    const tree = new CowTree<number>();
    for (let index = 0; index < 200; index++) tree.set(nameOf(index), index);
    // Leaves that get too small are joined with their neighbours.
    for (let index = 199; index >= 0; index--) {
      if (index === read) continue;
      tree.get(nameOf(read));
      tree.delete(nameOf(index));
      tree.set(nameOf(read), -index);
      // By a walk: to read it again would look for its leaf anew.
      const found = contents(tree).find(([key]) => key === nameOf(read));
      assertEquals(found, [nameOf(read), -index]);
    }
  }
});
