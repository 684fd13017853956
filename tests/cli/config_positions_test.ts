import { assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { Positions } from "../../cli/config/positions.ts";

/** Texts in which every scalar is the number of the line that it stands on. */
const NUMBERED: readonly string[] = [
  "a: 1\nb:\n  c: 3\n  d:\n    e: 5\nf: 6\n",
  "# comment\n\n---\na: 4\r\nb: 5\r\n",
  "a:\n- 2\n- 3\nb: 4\nc:\n  - 6\n  - # 7\n    d: 8\ne: 9",
  "a:\n  - b: 2\n    c: 3\n  - b: 4\n    c:\n    - 6\n    - 7\nd: 8",
  "a:\n  - - 2\n    - 3\n  - - 4\nb: 5",
  "a: [1, 1,\n  2, 2,\n\n  4]\nb: {c: 5, 'd': 5,\n  \"e\": 6, f: [6,\n  7, {g: 7}], # [comment}\n  h: 8}\ni: 9",
  '{"a": 1,\n "b": {"c":2,\n  "d": [\n4,\n5,\n6]},\n"e": 7}',
  "a b: 1\n'c: d': 2\n\"e # f\": 3\ng : 4 # trailing: comment",
  "a: &anchor 1\nb:   2\nc: 3",
];

/** Every number in a value, with the path it has. */
function leaves(value: unknown, path = ""): [string, number][] {
  if (typeof value === "number") return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item, i) => leaves(item, `${path}[${i}]`));
  return Object.entries(value as Record<string, unknown>).flatMap(([key, item]) =>
    leaves(item, path === "" ? key : `${path}.${key}`)
  );
}

for (const text of NUMBERED) {
  Deno.test(`Positions.lineOf() finds every scalar of ${JSON.stringify(text)}`, () => {
    const positions = new Positions(text);
    const expected = leaves(parse(text));
    assertEquals(expected.map(([path]) => [path, positions.lineOf(path)]), expected);
  });
}

Deno.test("Positions.lineOf() is not misled by what looks like a field inside a text", () => {
  const positions = new Positions(
    "a: |\n  b: 2\n\n  c: 3\nd: \"x\n  e: 6\n  'f': 7\"\ng: 'it''s\n h: 9'\ni: >-\n  j: 11\nk: 12",
  );
  assertEquals(["d", "g", "i", "k"].map((field) => positions.lineOf(field)), [5, 8, 10, 12]);
  assertEquals(["b", "e", "f", "h", "j"].map((field) => positions.lineOf(field)), [1, 1, 1, 1, 1]);
});

Deno.test("Positions.lineOf() names the enclosing field of what it cannot place", () => {
  const positions = new Positions("x: &x\n  y: 2\na:\n  <<: *x\n  b: 5\n");
  assertEquals(positions.lineOf("a.y"), 3);
  assertEquals(positions.lineOf("a.b.c[3].d"), 5);
  assertEquals(positions.lineOf("nothing"), 1);
});
