import { assertEquals, assertThrows } from "@std/assert";
import { HttpProblem } from "../../transport/http/problems.ts";
import {
  flag,
  integer,
  parseParameters,
  timeout,
  word,
} from "../../transport/http/query_string.ts";

const ALLOWED = new Set(["a", "b", "timeout"]);

function parse(query: string) {
  return parseParameters(`http://localhost/path${query}`, ALLOWED);
}

Deno.test("parseParameters() reads names and values, percent-encoding and plus signs", () => {
  assertEquals(parse(""), new Map());
  assertEquals(parse("?"), new Map());
  assertEquals(parse("?&"), new Map());
  assertEquals(parse("?a"), new Map([["a", ""]]));
  assertEquals(parse("?a=1&b=x=y"), new Map([["a", "1"], ["b", "x=y"]]));
  assertEquals(parse("?%61=x+y%2B%26%3D%C3%BC?"), new Map([["a", "x y+&=ü?"]]));
});

Deno.test("parseParameters() refuses unknown, repeated and malformed parameters", () => {
  for (const query of ["?c=1", "?a=1&a=1", "?a=%", "?a=%FF", "?%zz", "?=1", "?A=1"]) {
    const error = assertThrows(() => parse(query), HttpProblem);
    assertEquals(error.code, "bad_request");
  }
});

Deno.test("timeout() takes 1 ms to 60 s, in ms or s", () => {
  const good: [string, number][] = [
    ["1ms", 1],
    ["500ms", 500],
    ["2s", 2_000],
    ["0.5s", 500],
    ["1.5ms", 1.5],
    ["60s", 60_000],
    ["60000ms", 60_000],
  ];
  for (const [text, expected] of good) assertEquals(timeout(parse(`?timeout=${text}`)), expected);
  assertEquals(timeout(parse("?a")), undefined);
  for (
    const text of [
      ...["", "0s", "0ms", "0.5ms", "61s", "60001ms", "2", "s", "2m", "2S", "-1s", "+1s", "1e3ms"],
      ...["1 s", ".5s", "5.s", "NaNs", "Infinitys", "9".repeat(400) + "s", "%C2%B2s"],
    ]
  ) {
    const error = assertThrows(() => timeout(parse(`?timeout=${text}`)), HttpProblem);
    assertEquals(error.code, "bad_request", text);
  }
});

Deno.test("flag() is true for the bare name and for true", () => {
  assertEquals(["", "?a", "?a=", "?a=true", "?a=false"].map((query) => flag(parse(query), "a")), [
    false,
    true,
    true,
    true,
    false,
  ]);
  assertThrows(() => flag(parse("?a=1"), "a"), HttpProblem);
});

Deno.test("integer() takes integers within its bounds only", () => {
  const bounds = { min: -5, max: 1000 };
  assertEquals(integer(parse(""), "a", bounds), undefined);
  for (const value of [-5, 0, 1000]) {
    assertEquals(integer(parse(`?a=${value}`), "a", bounds), value);
  }
  for (const text of ["", "-6", "1001", "1.0", "0x1", "1e1", " 1", "١", "1".repeat(30)]) {
    const query = `?a=${encodeURIComponent(text)}`;
    assertThrows(() => integer(parse(query), "a", bounds), HttpProblem, "from -5 to 1000");
  }
});

Deno.test("word() takes one of its words only", () => {
  assertEquals(word(parse(""), "a", ["x", "y"]), undefined);
  assertEquals(word(parse("?a=y"), "a", ["x", "y"]), "y");
  assertThrows(() => word(parse("?a=z"), "a", ["x", "y"]), HttpProblem, "takes x or y");
});

Deno.test("Messages quote the beginning of a value only", () => {
  const query = `?a=${"z".repeat(5_000)}`;
  const error = assertThrows(() => word(parse(query), "a", ["x"]), HttpProblem);
  assertEquals(error.message.length < 120, true);
});
