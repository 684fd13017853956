import { assertEquals } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { TransientMap, TransientSet } from "../../actors/transient.ts";

Deno.test("TransientMap does what a map does, in its order, however often its entries have moved", () => {
  const random = randomStream(7, "transient map");
  for (const span of [1, 10, 1_000]) {
    const map = new TransientMap<number, number>();
    const model = new Map<number, number>();
    for (let step = 0; step < 20_000; step++) {
      const key = randomInteger(random, span);
      switch (randomInteger(random, 5)) {
        case 0:
        case 1:
          map.set(key, step);
          model.set(key, step);
          break;
        case 2:
        case 3:
          assertEquals(map.delete(key), model.delete(key));
          break;
        case 4:
          assertEquals([map.get(key), map.has(key)], [model.get(key), model.has(key)]);
          break;
      }
      assertEquals(map.size, model.size);
      if (step % 1_000 > 0) continue;
      assertEquals([...map], [...model]);
      assertEquals([[...map.keys()], [...map.values()]], [[...model.keys()], [...model.values()]]);
    }
    map.clear();
    assertEquals([map.size, [...map]], [0, []]);
  }
});

Deno.test("TransientMap is iterated over as a map is, whatever is added and deleted meanwhile", () => {
  const map = new TransientMap<number, number>();
  const model = new Map<number, number>();
  for (let round = 0; round < 1_000; round++) {
    const seen = [map, model].map((each) => {
      for (const key of [1, 2, 3, 4]) each.set(key, round);
      const keys = [];
      for (const [key, value] of each) {
        keys.push(key);
        if (value < round) break;
        each.delete(key);
        each.delete(key + 1);
        if (key < 10) each.set(key + 10, round);
      }
      return keys;
    });
    assertEquals(seen[0], seen[1]);
    assertEquals([...map], [...model]);
  }
});

Deno.test("TransientMap's iterators tell what is there when they are used, though entries have moved since", () => {
  const map = new TransientMap<number, string>();
  map.set(0, "first");
  const [keys, values] = [map.keys(), map.values()];
  for (let key = 1; key < 1_000; key++) {
    map.set(key, "passing");
    map.delete(key);
  }
  map.set(1_000, "last");
  assertEquals([[...keys], [...values]], [[0, 1_000], ["first", "last"]]);
});

Deno.test("TransientSet does what a set does, in its order", () => {
  const random = randomStream(7, "transient set");
  const set = new TransientSet<number>();
  const model = new Set<number>();
  for (let step = 0; step < 20_000; step++) {
    const item = randomInteger(random, 50);
    if (randomInteger(random, 2) === 0) {
      set.add(item);
      model.add(item);
    } else {
      assertEquals(set.delete(item), model.delete(item));
    }
    assertEquals([set.size, set.has(item)], [model.size, model.has(item)]);
    if (step % 500 === 0) assertEquals([...set], [...model]);
  }
  set.clear();
  assertEquals([set.size, [...set]], [0, []]);
});
