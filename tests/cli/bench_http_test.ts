import { assertEquals, assertRejects } from "@std/assert";
import { BadResponse, ConnectionLost, ResponseReader } from "../../cli/bench/http_response.ts";
import { outcomeOf, outcomeOfError } from "../../cli/bench/outcome.ts";
import type { OperationKind } from "../../cli/bench/workload.ts";

const ENCODER = new TextEncoder();

/** A reader of a connection on which `text` arrives `step` bytes at a time, and which then ends. */
function readerOf(text: string, step: number): ResponseReader {
  const bytes = ENCODER.encode(text);
  let at = 0;
  return new ResponseReader((into) => {
    if (at >= bytes.length) return Promise.resolve(null);
    const count = Math.min(step, into.length, bytes.length - at);
    into.set(bytes.subarray(at, at + count));
    at += count;
    return Promise.resolve(count);
  });
}

/** Answers, and what must be read: status, body, keep-alive. */
const ANSWERS: readonly (readonly [string, number, string, boolean])[] = [
  ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true],
  ["HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n", 201, "", true],
  ["HTTP/1.1 204 No Content\r\n\r\n", 204, "", true],
  ["HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "", true],
  ["HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", 200, "x", false],
  ["HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end", false],
  [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, chunked \r\n0\r\nT: 1\r\n\r\n",
    200,
    "hello, chunked ",
    true,
  ],
  ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true],
  [
    `HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n${"v".repeat(40_000)}`,
    200,
    "v".repeat(40_000),
    true,
  ],
];

for (const [text, status, body, keepAlive] of ANSWERS) {
  Deno.test(`ResponseReader.next() reads ${JSON.stringify(text.slice(0, 70))}, however it arrives`, async () => {
    for (const step of [text.length, 7, 1]) {
      const response = await readerOf(text, step).next();
      assertEquals(
        [response.status, new TextDecoder().decode(response.body), response.keepAlive],
        [status, body, keepAlive],
      );
    }
  });
}

Deno.test("ResponseReader.next() reads one answer after the other", async () => {
  const one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const reader = readerOf(`${one}a${one}b`, one.length + 1);
  assertEquals([...(await reader.next()).body], [97]);
  assertEquals([...(await reader.next()).body], [98]);
});

for (
  const text of [
    "",
    "HTTP/1.1 200 OK\r\nContent-",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
  ]
) {
  Deno.test(`ResponseReader.next() says that ${JSON.stringify(text)} ended early`, async () => {
    await assertRejects(() => readerOf(text, 10).next(), ConnectionLost);
  });
}

for (
  const text of [
    "SSH-2.0-OpenSSH\r\n\r\n",
    "x".repeat(20_000),
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ]
) {
  Deno.test(`ResponseReader.next() refuses ${JSON.stringify(text.slice(0, 70))}`, async () => {
    await assertRejects(() => readerOf(text, 1_000).next(), BadResponse);
  });
}

/** Statuses and bodies, what was asked, and the outcome. */
const OUTCOMES: readonly (readonly [number, string, OperationKind, unknown])[] = [
  [201, "", "put", { kind: "ok" }],
  [404, '{"code":"key_not_found"}', "get", { kind: "miss" }],
  [404, '{"code":"not_found"}', "get", ["404 not_found", false, false]],
  [404, "nothing here", "get", ["404", false, false]],
  [503, '{"code":"overloaded"}', "put", ["503 overloaded", false, true]],
  [504, '{"code":"outcome_unknown"}', "put", ["504 outcome_unknown", true, true]],
  [500, "[]", "put", ["500", true, true]],
  [412, '{"code":"precondition_failed"}', "cas", { kind: "refused" }],
  [412, '{"code":"precondition_failed"}', "put", ["412 precondition_failed", false, false]],
  [300, '{"siblings":[]}', "get", { kind: "ok" }],
  [412, '{"code":7}', "put", ["412", false, false]],
];

for (const [status, body, asked, expected] of OUTCOMES) {
  Deno.test(`outcomeOf() understands ${status} ${body} of a ${asked}`, () => {
    const outcome = outcomeOf({ status, body: ENCODER.encode(body), keepAlive: true }, asked);
    const { kind } = outcome;
    const summary = kind === "failed" ? [outcome.code, outcome.unknown, outcome.pause] : { kind };
    assertEquals(summary, expected);
  });
}

Deno.test("outcomeOfError() knows nothing of a request that was sent, and all of one that was not", () => {
  const refused = outcomeOfError(new Deno.errors.ConnectionRefused(), { sent: false });
  assertEquals([refused.code, refused.unknown], ["connection_refused", false]);
  const lost = outcomeOfError(new Deno.errors.ConnectionReset(), { sent: true });
  assertEquals([lost.code, lost.unknown], ["connection_lost", true]);
  assertEquals(outcomeOfError(new ConnectionLost(), { sent: true }).code, "connection_lost");
});
