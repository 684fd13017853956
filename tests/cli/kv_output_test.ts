import { assertEquals } from "@std/assert";
import { clip, formatJson, formatTable, plain, quote, quoteBytes } from "../../cli/output.ts";
import { suggestion } from "../../cli/kv/suggest.ts";

Deno.test("formatTable() aligns columns by characters and leaves no space at line ends", () => {
  const columns = [{ title: "NAME" }, { title: "N", align: "right" }, { title: "X" }] as const;
  assertEquals(
    formatTable(columns, [["ü☃", "12", ""], ["longer", "3", "y"]]),
    "NAME     N  X\n" +
      "ü☃      12\n" +
      "longer   3  y\n",
  );
  assertEquals(formatTable(columns, []), "NAME  N  X\n");
});

Deno.test("quote() lets nothing through that moves the cursor or turns the text around", () => {
  assertEquals(quote('a"b\\c\n\x1b[2J\x7f\x9b'), String.raw`"a\"b\\c\n\u001b[2J\u007f\u009b"`);
  assertEquals(quote("\u202eabc\u2028"), String.raw`"\u202eabc\u2028"`);
  assertEquals(JSON.parse(quote("\u202e\x9b\ud800")), "\u202e\x9b\ud800");
});

Deno.test("plain() quotes only what needs it", () => {
  for (const text of ["abc", "two words", "grüße", "{}"]) assertEquals(plain(text), text);
  for (const text of ["", " a", "a ", "a\tb", 'a"b']) assertEquals(plain(text), quote(text));
});

Deno.test("quoteBytes() shows bytes that are no text in hexadecimal", () => {
  assertEquals(quoteBytes(new TextEncoder().encode("grüße")), '"grüße"');
  assertEquals(quoteBytes(new Uint8Array([0xff, 0x00])), "0xff00");
  assertEquals(quoteBytes(new Uint8Array()), '""');
});

Deno.test("clip() counts characters, not code units", () => {
  assertEquals(clip("😀😀😀", 3), "😀😀😀");
  assertEquals(clip("😀😀😀😀", 3), "😀😀…");
});

Deno.test("formatJson() writes integers of any size", () => {
  assertEquals(formatJson({ n: 2n ** 64n }), '{"n":"18446744073709551616"}\n');
});

Deno.test("suggestion() finds the nearest word, or none", () => {
  const words = ["get", "put", "status", "watch-status", "completion"];
  const cases: readonly (readonly [string, string])[] = [
    ["gte", "get"],
    ["GET", "get"],
    ["statsu", "status"],
    ["comp", "completion"],
    ["watch", "watch-status"],
  ];
  for (const [word, near] of cases) {
    assertEquals(suggestion(word, words), `; did you mean "${near}"?`);
  }
  for (const word of ["x", "delete", "frobnicate", ""]) assertEquals(suggestion(word, words), "");
  assertEquals(suggestion("pt", words, "--"), '; did you mean "--put"?');
});
