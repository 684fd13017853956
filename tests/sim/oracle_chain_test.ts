import { assertEquals } from "@std/assert";
import { encodeCommand, encodeQuery } from "../../protocols/kv/commands.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { Oracle } from "../../sim/oracle.ts";
import { SessionModel } from "../../sim/session_model.ts";

const encoder = new TextEncoder();
const QUERY = encodeQuery({ type: "get", key: "k" });

function put(requestNumber: number, key: string): Uint8Array {
  const command = encodeCommand({ type: "put", key, value: encoder.encode(`${requestNumber}`) });
  return encodeRequest({ type: "command", clientId: 1, requestNumber, command });
}

/** Entry 2 writes "k" at 100 ms, entry 3 another key at 200, entry 4 "k" at 300, and entry 5 at 400. */
function complaintsOf(
  opNumber: number,
  bound: { ageMs: number | null; versions: number | null },
): string[] {
  let now = 0;
  const oracle = new Oracle(() => new KvStore(), () => now, undefined, { readsByObject: true });
  const open = encodeRequest({ type: "open-session", nonce: 1, sessionsMax: 2 });
  const requests = [open, put(1, "k"), put(2, "other"), put(3, "k"), put(4, "k")];
  const store = new KvStore();
  let result = new Uint8Array();
  for (const [index, request] of requests.entries()) {
    oracle.committed(0, { type: "execute", opNumber: index + 1, time: 0, requests: [request] });
    if (index > 0) {
      const key = index === 2 ? "other" : "k";
      store.apply(encodeCommand({ type: "put", key, value: encoder.encode(`${index}`) }));
    }
    if (index + 1 === opNumber) result = store.query(QUERY).slice();
    now += 100;
  }
  const question = { client: 7, floor: 5, query: QUERY, isStale: false };
  oracle.checkRead(
    { ...question, bound: { ...bound, calledAt: 500 } },
    { type: "result", opNumber, result },
  );
  return oracle.violations.map((text) => text.replace(/^.*? ms: /, ""));
}

Deno.test("Oracle.checkRead() counts the changes of the object that a bounded read lacks", () => {
  assertEquals(complaintsOf(3, { ageMs: null, versions: 2 }), []);
  assertEquals(complaintsOf(5, { ageMs: null, versions: 0 }), []);
  assertEquals(complaintsOf(3, { ageMs: null, versions: 1 }), [
    "client 7: a read lacks 2 versions, not 1",
  ]);
});

Deno.test("Oracle.checkRead() knows since when a bounded read is out of date", () => {
  // The first change that it lacks was committed at 300 ms, and it was asked for at 500.
  assertEquals(complaintsOf(3, { ageMs: 200, versions: null }), []);
  assertEquals(complaintsOf(3, { ageMs: 150, versions: null }), [
    "client 7: a read is 200 ms old, not 150",
  ]);
});

Deno.test("SessionModel adopts a client that another log knows, and none that it has evicted", () => {
  const sessions = new SessionModel(2);
  const take = (clientId: number, requestNumber: number) => {
    const command = new Uint8Array();
    const request = { type: "command", clientId, requestNumber, command } as const;
    return sessions.take(request, 1) !== undefined;
  };
  assertEquals([take(3, 1), take(3, 1), take(5, 4), take(3, 2)], [true, false, true, true]);
  // The third evicts 5, which has executed nothing for longest.
  assertEquals([take(7, 1), sessions.has(5), take(5, 5)], [true, false, false]);
  assertEquals([take(4, 1), sessions.has(4)], [false, false], "it may have been evicted, too");
  assertEquals(sessions.has(8), true, "it cannot have been");
});
