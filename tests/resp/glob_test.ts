import { assertEquals } from "@std/assert";
import { literalPrefix, matchesGlob } from "../../transport/resp/glob.ts";

const CASES: readonly (readonly [pattern: string, text: string, fits: boolean])[] = [
  ...[["*", "", true], ["*", "any", true], ["", "", true], ["", "a", false]] as const,
  ...[["h?llo", "hello", true], ["h?llo", "hllo", false], ["h*llo", "heeeello", true]] as const,
  ...[["h[ae]llo", "hallo", true], ["h[ae]llo", "hillo", false]] as const,
  ...[["h[^e]llo", "hbllo", true], ["h[^e]llo", "hello", false]] as const,
  ...[["h[a-c]llo", "hbllo", true], ["h[c-a]llo", "hbllo", true], ["[a-", "-", true]] as const,
  ...[["a\\*b", "a*b", true], ["a\\*b", "axb", false], ["[\\]]", "]", true]] as const,
  ...[["*a*b*c", "xxaxxbxxc", true], ["*a*b*c", "xxaxxbxx", false], ["a\\", "a\\", true]] as const,
  ...[["[abc", "b", true], ["user:*:name", "user:7:name", true], ["[]a", "a", false]] as const,
];

for (const [pattern, text, fits] of CASES) {
  Deno.test(`matchesGlob() says ${fits} of "${text}" and "${pattern}"`, () => {
    assertEquals(matchesGlob(pattern, text), fits);
  });
}

Deno.test("matchesGlob() ends soon on a pattern that makes others take for ever", () => {
  assertEquals(matchesGlob(`${"a*".repeat(50)}b`, "a".repeat(1_000)), false);
});

Deno.test("literalPrefix() is what every match begins with", () => {
  assertEquals(["user:*", "*", "abc", "a\\*", "x?y", "[ab]"].map(literalPrefix), [
    ...["user:", "", "abc", "a", "x", ""],
  ]);
});
