import { assertEquals } from "@std/assert";
import { formatRef, refTo } from "../../actors/ref.ts";
import { type Schema, u32 } from "../../actors/schema.ts";

Deno.test("refTo() names whichever incarnation is alive", () => {
  assertEquals(refTo(3, "replica"), { node: 3, name: "replica", incarnation: 0 });
  const schema = u32 as Schema<unknown>;
  assertEquals(refTo(3, "replica", u32), { node: 3, name: "replica", incarnation: 0, schema });
});

Deno.test("formatRef() writes node, name and incarnation", () => {
  assertEquals(formatRef({ node: 3, name: "a/b", incarnation: 7 }), "3/a/b#7");
});
