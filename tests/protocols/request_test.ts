import { assertEquals } from "@std/assert";
import { decodeRequest, encodeRequest, type Request } from "../../protocols/request.ts";

Deno.test("decodeRequest() reads what encodeRequest() made", () => {
  const max = Number.MAX_SAFE_INTEGER;
  const requests: Request[] = [
    { type: "open-session", nonce: 0, sessionsMax: 1 },
    { type: "open-session", nonce: max, sessionsMax: 10_000 },
    { type: "command", clientId: 1, requestNumber: 1, command: new Uint8Array() },
    { type: "command", clientId: max, requestNumber: max, command: Uint8Array.of(1, 2, 3) },
  ];
  for (const request of requests) assertEquals(decodeRequest(encodeRequest(request)), request);
});

Deno.test("decodeRequest() keeps a session at least for the one that opens it", () => {
  const request = encodeRequest({ type: "open-session", nonce: 5, sessionsMax: 0 });
  assertEquals(decodeRequest(request), { type: "open-session", nonce: 5, sessionsMax: 1 });
});

Deno.test("decodeRequest() says that other bytes are no request, and never throws", () => {
  const opening = encodeRequest({ type: "open-session", nonce: 5, sessionsMax: 5 });
  for (let length = 0; length < opening.length; length++) {
    assertEquals(decodeRequest(opening.subarray(0, length)), undefined);
  }
  assertEquals(decodeRequest(Uint8Array.of(...opening, 0)), undefined);
  for (let kind = 2; kind < 256; kind++) {
    assertEquals(decodeRequest(Uint8Array.of(kind, ...opening.subarray(1))), undefined);
  }
  // Numbers beyond what a number can hold exactly.
  assertEquals(decodeRequest(new Uint8Array(17).fill(255)), undefined);
  assertEquals(decodeRequest(Uint8Array.of(1, ...new Uint8Array(20).fill(255))), undefined);
});
