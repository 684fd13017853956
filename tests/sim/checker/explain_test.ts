import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { check } from "../../../sim/checker/check.ts";
import { explain, type Explanation } from "../../../sim/checker/explain/explanation.ts";
import { explanationPage } from "../../../sim/checker/explain/html.ts";
import { explanationText } from "../../../sim/checker/explain/text.ts";
import type { KvOperation } from "../../../sim/checker/kv/operations.ts";
import { RegisterModel } from "../../../sim/checker/kv/register_model.ts";
import { generate } from "./generate.ts";

const model = new RegisterModel();

type Times = readonly [client: number, call: number, end: number | null];

function put([client, call, end]: Times, value: string): KvOperation {
  const outcome = end === null ? "unknown" : "ok";
  return { op: "put", key: "k", args: { value }, output: {}, client, call, return: end, outcome };
}

function get([client, call, end]: Times, value: string | null): KvOperation {
  const times = { client, call, return: end, outcome: "ok" } as const;
  return { op: "get", key: "k", args: {}, output: { value }, ...times };
}

function explainAll(history: readonly KvOperation[]): Explanation<KvOperation> {
  const verdict = check(model, history);
  assert(verdict.outcome === "violation", verdict.outcome);
  return explain(model, verdict.violations[0]!, { timeMs: Infinity });
}

/** A read that sees what had been overwritten, among operations that have nothing to do with it. */
const STALE = [
  put([1, 0, 10], "a"),
  put([2, 20, 30], "b"),
  get([4, 32, 35], "b"),
  get([3, 40, 50], "a"),
  put([1, 60, 70], "c"),
];

Deno.test("explain() says of a stale read what had been acknowledged before it began", () => {
  const { reason, culprit, leftOut, isMinimal, shown } = explainAll(STALE);
  assertEquals(culprit, STALE[3]!);
  assertEquals([leftOut, isMinimal], [2, true]);
  assertEquals(shown.map(({ text }) => text), ['put "a"', 'put "b"', 'get → "a"']);
  assertEquals(
    reason,
    'Client 3 was told get → "a", but put "b" (client 2) had been acknowledged before it began: ' +
      'then the value is "b".',
  );
});

Deno.test("explain() says of a value that was never written that nothing leads to it", () => {
  const { reason, shown } = explainAll([put([1, 0, 10], "a"), get([2, 20, 30], "x")]);
  assertEquals(shown.length, 1);
  assertEquals(
    reason,
    'Client 2 was told get → "x", but no operation of the history leads to that.',
  );
});

Deno.test("explain() says of a value read too early who wrote it, and shows that", () => {
  const { reason, shown } = explainAll([get([1, 0, 10], "a"), put([2, 20, 30], "a")]);
  assertEquals(shown.length, 2);
  assertEquals(
    reason,
    'Client 1 was told get → "a", but put "a" (client 2) was called only after that.',
  );
});

Deno.test("explain() says of two swaps of one value that the other came first", () => {
  const cas = (client: number, value: string): KvOperation => ({
    op: "cas",
    key: "k",
    args: { expect: "a", value },
    output: { swapped: true },
    client,
    call: 20,
    return: 40 + client,
    outcome: "ok",
  });
  const { reason, order } = explainAll([put([1, 0, 10], "a"), cas(2, "b"), cas(3, "c")]);
  assertEquals(order.length, 2);
  assertStringIncludes(reason, "in the longest, the value is");
});

Deno.test("explanationText() draws a timeline that can be read", () => {
  assertEquals(
    explanationText(explainAll([...STALE, put([5, 5, null], "d")])),
    `Key "k": no order of these operations explains every answer.
Client 3 was told get → "a", but put "b" (client 2) had been acknowledged before it began: then the value is "b".

client 1  ├ put "a" ─┤
client 2               ├ put "b" ─┤
client 3                            ├ get → "a" ─┤✗

✗ cannot be placed.
The longest order: put "a" (client 1), put "b" (client 2).
It cannot be followed by get → "a" (client 3).
3 operations that do not matter are left out.
`,
  );
});

Deno.test("explanationText() breaks long timelines, and leaves out what is too much to draw", () => {
  const kinds = ["put", "get", "delete", "cas"] as const;
  const history = generate({ seed: 5, clients: 6, operations: 300, keys: 1, kinds, values: 3 });
  const last = history.toSorted((a, b) => a.call - b.call).at(-1)!;
  const read = get([9, last.call + 1e6, last.call + 2e6], "x");
  const wrong = [...history.map((op) => ({ ...op, key: "k" } as KvOperation)), read];
  const verdict = check(model, wrong);
  assert(verdict.outcome === "violation", verdict.outcome);
  // With no time to leave much out.
  const text = explanationText(
    explain(model, verdict.violations[0]!, { stepsMax: 100, timeMs: Infinity }),
  );
  assertMatch(text, /\d+ more operations are needed, and not drawn/);
  assertStringIncludes(text, "the limit was reached first");
  for (const line of text.split("\n").filter((each) => each.startsWith("client "))) {
    assert(line.length <= 112, `${line.length} columns`);
  }
});

Deno.test("explanationPage() is a page of its own, with a bar for each operation", () => {
  const unknown = { ...put([7, 1, null], "<b>") };
  const explanation = explainAll([unknown, get([8, 2, 3], "<b>"), get([8, 4, 5], null)]);
  const page = explanationPage("a & b", [explanation]);
  assertEquals(page.match(/<path class="bar/g)?.length, explanation.shown.length);
  assertEquals(page.match(/class="bar culprit"/g)?.length, 1);
  assertStringIncludes(page, "<title>a &amp; b</title>");
  assertStringIncludes(page, "Open to the right");
  assert(!page.includes("<b>"), "values must be escaped");
  assert(!/(?:src|href)=|<script/.test(page), "nothing may be loaded or run");
});
