// The document behind JSON state machines: changed in place, and changed back when a change fails.
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { JsonDocument } from "../../protocols/json_document.ts";
import { JSON_DEPTH_MAX, NotJson } from "../../protocols/json_value.ts";
import { Random } from "../kv/helpers.ts";

// deno-lint-ignore no-explicit-any -- a document has whatever shape
type Any = any;

function documentOf(root: unknown): { document: JsonDocument; view: Any } {
  const document = new JsonDocument(root);
  return { document, view: document.view };
}

/** Makes a change that fails after it was made. */
function changeAndFail(document: JsonDocument, work: () => void): void {
  const failure = new Error("after the change");
  const thrown = assertThrows(() =>
    document.change(() => {
      work();
      throw failure;
    })
  );
  assertStrictEquals(thrown, failure);
}

const NAMES = ["a", "b", "c", "7", "__proto__", "constructor"];

function randomValue(random: Random, depth: number): unknown {
  const kind = random.below(depth > 3 ? 4 : 7);
  if (kind >= 4) {
    const items = Array.from({ length: random.below(4) }, () => randomValue(random, depth + 1));
    if (kind === 4) return items;
    return Object.fromEntries(items.map((item) => [random.of(NAMES), item]));
  }
  return [null, true, random.below(100), `text ${random.below(100)}`][kind];
}

/** One random change somewhere within `node`; the same for a view and for a plain object. */
function randomChange(random: Random, node: Any, deletes: boolean): void {
  const inner = Object.keys(node).filter((name) => typeof node[name] === "object" && node[name]);
  if (inner.length > 0 && random.below(3) > 0) {
    randomChange(random, node[random.of(inner)], deletes);
  } else if (Array.isArray(node)) {
    randomArrayChange(random, node);
  } else if (deletes && random.below(3) === 0) {
    delete node[random.of(NAMES)];
  } else {
    // Defined rather than assigned, as "__proto__" has to be on a plain object.
    const value = randomValue(random, 1);
    const name = random.of(NAMES.filter((name) => name !== "__proto__"));
    node[name] = value;
  }
}

function randomArrayChange(random: Random, items: Any[]): void {
  const value = randomValue(random, 1);
  const at = random.below(items.length + 1);
  switch (random.below(8)) {
    case 0:
      return void items.push(value, structuredClone(value));
    case 1:
      return void items.pop();
    case 2:
      return void items.shift();
    case 3:
      return void items.unshift(value, structuredClone(value));
    case 4:
      return void items.splice(at, random.below(3), value);
    case 5:
      return void items.reverse();
    case 6:
      return void (items.length = at);
    default:
      items[at] = value;
  }
}

function rootOf(random: Random): Record<string, unknown> {
  return { a: randomValue(random, 0), b: randomValue(random, 0), c: [1, { d: 2 }, [3]] };
}

Deno.test("JsonDocument changes as a plain object does", () => {
  for (let seed = 1; seed <= 2_000; seed++) {
    const root = rootOf(new Random(seed));
    const plain = structuredClone(root);
    const { document, view } = documentOf(root);
    const [left, right] = [new Random(seed + 7), new Random(seed + 7)];
    for (let step = 0; step < 10; step++) {
      document.change(() => randomChange(left, view, true));
      randomChange(right, plain, true);
      assertEquals(document.toText(), JSON.stringify(plain), `seed ${seed}`);
    }
  }
});

Deno.test("JsonDocument.change() undoes everything when the work fails", () => {
  for (let seed = 1; seed <= 2_000; seed++) {
    const random = new Random(seed);
    const { document, view } = documentOf(rootOf(random));
    const before = document.toText();
    changeAndFail(document, () => {
      for (let step = 0; step < 10; step++) randomChange(random, view, false);
    });
    assertEquals(document.toText(), before, `seed ${seed}`);
  }
});

Deno.test("JsonDocument.change() undoes deletions too, though not their place", () => {
  for (let seed = 1; seed <= 2_000; seed++) {
    const random = new Random(seed);
    const { document, view } = documentOf(rootOf(random));
    const before = JSON.parse(document.toText());
    changeAndFail(document, () => {
      for (let step = 0; step < 10; step++) randomChange(random, view, true);
    });
    assertEquals(JSON.parse(document.toText()), before, `seed ${seed}`);
  }
});

Deno.test("JsonDocument.change() returns what the work returns and keeps the change", () => {
  const { document, view } = documentOf({ count: 1 });
  assertEquals(document.change(() => ++view.count), 2);
  changeAndFail(document, () => view.count = 9);
  assertEquals(document.toText(), '{"count":2}');
});

Deno.test("JsonDocument.change() undoes the removal of very many items", () => {
  const { document, view } = documentOf({ items: Array.from({ length: 200_000 }, (_, i) => i) });
  const before = document.toText();
  changeAndFail(document, () => view.items.length = 0);
  assert(document.toText() === before);
});

Deno.test("JsonDocument.view shows own members only, whatever the name", () => {
  const { document, view } = documentOf({ accounts: {} });
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assertEquals(view.accounts[name], undefined);
    assert(!(name in view.accounts));
    document.change(() => view.accounts[name] = { balance: 1 });
    assert(name in view.accounts);
    assertEquals(view.accounts[name].balance, 1);
  }
  assertEquals(({} as Any).balance, undefined, "nothing inherited was touched");
  const text = document.toText();
  assertEquals(new JsonDocument(JSON.parse(text)).toText(), text);
  assertEquals(Object.keys(view.accounts).length, 4);
});

Deno.test("JsonDocument.view shows one object as one, in every way to get at it", () => {
  const { document, view } = documentOf({ list: [{ id: 1 }, { id: 2 }] });
  const [first] = view.list;
  assertStrictEquals(first, view.list[0]);
  assertStrictEquals(first, view.list.find((item: Any) => item.id === 1));
  assertStrictEquals(first, Object.getOwnPropertyDescriptor(view.list, 0)!.value);
  assertEquals(view.list.indexOf(first), 0);
  assertEquals(JSON.stringify(view), document.toText());
  assertEquals({ ...view.list[1] }, { id: 2 });
});

Deno.test("JsonDocument copies what is assigned, so that no two places are one", () => {
  const { document, view } = documentOf({ a: { n: 1 } });
  const given = { n: 5 };
  document.change(() => {
    view.b = view.a;
    view.c = given;
    view.b.n = 2;
    given.n = 6;
  });
  assertEquals(document.toText(), '{"a":{"n":1},"b":{"n":2},"c":{"n":5}}');
});

Deno.test("JsonDocument refuses what JSON cannot express, and changes nothing", () => {
  const { document, view } = documentOf({ a: { b: [1, 2] } });
  const before = document.toText();
  const cyclic: Any = {};
  cyclic.self = cyclic;
  const works: (() => unknown)[] = [
    () => view.x = undefined,
    () => view.x = NaN,
    () => view.a.b[0] = Infinity,
    () => view.x = 1n,
    () => view.x = () => 1,
    () => view.x = Symbol("s"),
    () => view.x = new Date(0),
    () => view.x = new Map(),
    () => view.x = { deep: [{ down: undefined }] },
    () => view.x = [1, , 3],
    () => view.x = Object.create(null),
    () => view.x = cyclic,
    () => view[Symbol("s")] = 1,
    () => view.a.b.name = 1,
    () => view.a.b[-1] = 1,
    () => view.a.b["01"] = 1,
    () => view.a.b[2 ** 32 - 1] = 1,
    () => view.a.b[10] = 1,
    () => view.a.b.length = 10,
    () => view.a.b.length = "2",
    () => delete view.a.b[0],
    () => Object.defineProperty(view, "x", { get: () => 1 }),
    () => Object.setPrototypeOf(view.a, { x: 1 }),
    () => Object.freeze(view.a),
  ];
  for (const work of works) {
    assertThrows(() => document.change(work), NotJson, "is not JSON");
    assertEquals(document.toText(), before, String(work));
  }
});

Deno.test("JsonDocument says where a value is not JSON", () => {
  const { document, view } = documentOf({});
  const work = () => view.x = { deep: [{ down: undefined }] };
  assertThrows(() => document.change(work), NotJson, 'Value at "deep.0.down" is not JSON');
});

Deno.test("JsonDocument turns negative zero, which JSON does not know, into zero", () => {
  const { document, view } = documentOf({ a: -0 });
  document.change(() => view.b = { c: -0 });
  assert(Object.is(view.a, 0) && Object.is(view.b.c, 0));
});

Deno.test("JsonDocument bounds the depth of a document that grows step by step", () => {
  const { document, view } = documentOf({});
  let node = view;
  for (let depth = 1; depth < JSON_DEPTH_MAX; depth++) {
    document.change(() => node.child = {});
    node = node.child;
  }
  assertThrows(() => document.change(() => node.child = {}), NotJson, "levels deep");
  document.change(() => node.child = "leaf");
  assertThrows(() => document.change(() => view.again = { all: view }), NotJson, "levels deep");
});

Deno.test("JsonDocument.view can be changed only within a change", () => {
  const { document, view } = documentOf({ a: [1] });
  for (const work of [() => view.a.push(2), () => view.b = 1, () => delete view.a]) {
    assertEquals(assertThrows(work, TroupeError).code, "state_read_only");
  }
  assertEquals(document.toText(), '{"a":[1]}');
});

Deno.test("JsonDocument is an object or an array", () => {
  for (const root of [undefined, null, 1, "text", new Date(0)]) {
    assertThrows(() => new JsonDocument(root), NotJson);
  }
  const { document, view } = documentOf([1]);
  document.change(() => view.push(2));
  assertEquals(document.toText(), "[1,2]");
});
