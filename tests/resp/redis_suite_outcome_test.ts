import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { isNamedBy, outcomeOf } from "./redis_suite/outcome.ts";

const OUTPUT = `Cleanup: may take some time... OK
Starting test server at port 21079
[ready]: 31663
Testing unit/type/string
[ok]: SET and GET an item (5 ms)
[skip]: LCS basic
[ignore]: GETDEL propagate as DEL command to replica: Tag: needs:repl denied
[err]: MGET in tests/unit/type/string.tcl
Expected 'BAR' to be equal to 'FOO'
[ok]: INCR (12 ms) (7 ms)
[1/1 done]: unit/type/string (1 seconds)

                   The End

!!! WARNING The following tests failed:

*** [err]: MGET in tests/unit/type/string.tcl
Expected 'BAR' to be equal to 'FOO'
`;

Deno.test("outcomeOf() tells what passed, was skipped and failed", () => {
  const { passed, skipped, ignored, failed } = outcomeOf(OUTPUT, false);
  assertEquals(passed, ["SET and GET an item", "INCR (12 ms)"]);
  assertEquals(skipped, ["LCS basic"]);
  assertEquals(ignored, [
    "GETDEL propagate as DEL command to replica: Tag: needs:repl denied",
  ]);
  assertEquals(failed, [
    "MGET in tests/unit/type/string.tcl\nExpected 'BAR' to be equal to 'FOO'",
  ]);
});

Deno.test("outcomeOf() takes a suite that broke off for a failure", () => {
  const exception = "[ok]: SET (5 ms)\n[exception]: Executing test client: connection refused.\n";
  assertEquals(outcomeOf(exception, false).failed.length, 1);
  const timeout = "[TIMEOUT]: clients state report follows.\nsock1 => (IN PROGRESS) SET\n";
  assertStringIncludes(outcomeOf(timeout, false).failed[0]!, "IN PROGRESS");
  assertStringIncludes(outcomeOf("couldn't open file", false).failed[0]!, "couldn't open file");
});

Deno.test("isNamedBy() reads names and regular expressions", () => {
  assert(isNamedBy("/^LCS ", "LCS basic") && isNamedBy("LCS basic", "LCS basic"));
  assert(!isNamedBy("LCS", "LCS basic") && !isNamedBy("/^CS", "LCS basic"));
});
