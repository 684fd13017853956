import { assertEquals } from "@std/assert";
import { RESULT_BYTES_MAX } from "../../protocols/client_messages.ts";
import type { SessionCommand } from "../../protocols/request.ts";
import { Sessions } from "../../protocols/sessions.ts";
import { bytesOf } from "../vr/machine.ts";

function request(clientId: number, requestNumber: number): SessionCommand {
  return { type: "command", clientId, requestNumber, command: new Uint8Array() };
}

Deno.test("Sessions.answerKnown() knows the newest request, and that others are older", () => {
  const sessions = new Sessions();
  const id = sessions.open(1, 10);
  assertEquals(sessions.answerKnown(request(id, 1)), undefined);
  sessions.record(request(id, 3), 7, bytesOf("x"));
  assertEquals(sessions.answerKnown(request(id, 3)), {
    type: "result",
    opNumber: 7,
    result: bytesOf("x"),
  });
  assertEquals(sessions.answerKnown(request(id, 2)), { type: "superseded", newest: 3 });
  assertEquals(sessions.answerKnown(request(id, 4)), undefined);
  assertEquals(sessions.answerKnown(request(id + 1, 1)), { type: "noSession" });
});

Deno.test("Sessions.answerKnown() has no answer for the number 0, which is no request's", () => {
  const sessions = new Sessions();
  const id = sessions.open(1, 10);
  assertEquals(sessions.answerKnown(request(id, 0)), { type: "superseded", newest: 0 });
});

Deno.test("Sessions.open() evicts those used least recently, and never uses an id again", () => {
  const sessions = new Sessions();
  const [a, b, c] = [sessions.open(1, 3), sessions.open(2, 3), sessions.open(3, 3)];
  sessions.record(request(a, 1), 4, bytesOf("a"));
  const d = sessions.open(5, 3);
  assertEquals([a, b, c, d].filter((id) => sessions.get(id) !== undefined), [a, c, d]);
  const e = sessions.open(6, 1);
  assertEquals([a, b, c, d, e].filter((id) => sessions.get(id) !== undefined), [e]);
  assertEquals(new Set([a, b, c, d, e]).size, 5);
  assertEquals(sessions.count, 1);
});

Deno.test("Sessions.restore() brings back everything, the order of eviction and the next id included", () => {
  for (const count of [0, 1, 1_023, 1_024, 1_025, 3_000]) {
    const sessions = new Sessions();
    for (let opened = 0; opened < count; opened++) sessions.open(opened, 1e9);
    for (let id = count; id > 0; id -= 3) sessions.record(request(id, id), 9, bytesOf(`${id}`));
    const rest = [bytesOf("the state"), bytesOf("machine's")];
    const chunks = [...sessions.snapshot(), ...rest];
    const restored = new Sessions();
    restored.open(1, 5);
    assertEquals(chunks.slice(restored.restore(chunks)), rest);
    assertEquals(restored.count, count);
    assertEquals(restored.snapshot(), sessions.snapshot());
    assertEquals(restored.open(1, 100), sessions.open(1, 100));
    assertEquals(restored.snapshot(), sessions.snapshot());
  }
});

Deno.test("Sessions.restore() keeps no view of the chunks", () => {
  const sessions = new Sessions();
  const id = sessions.open(1, 10);
  sessions.record(request(id, 1), 2, bytesOf("result"));
  const chunks = sessions.snapshot();
  const restored = new Sessions();
  restored.restore(chunks);
  for (const chunk of chunks) chunk.fill(0);
  assertEquals(restored.get(id)!.result, bytesOf("result"));
});

function restored(sessions: Sessions): Sessions {
  const copy = new Sessions();
  const chunks = sessions.snapshot();
  assertEquals(copy.restore(chunks), chunks.length);
  return copy;
}

Deno.test("Sessions say of a result that is too large how large it was, also after a snapshot", () => {
  const sessions = new Sessions();
  const client = sessions.open(1, 10);
  const resultBytes = RESULT_BYTES_MAX + 1;
  const reply = sessions.record(request(client, 1), 2, new Uint8Array(resultBytes));
  assertEquals(reply, { type: "resultTooLarge", opNumber: 2, resultBytes });
  assertEquals(restored(sessions).answerKnown(request(client, 1)), reply);
});

Deno.test("Sessions of a snapshot answer as before, however large their results", () => {
  const sessions = new Sessions();
  const replies = Array.from({ length: 40 }, (_, index) => {
    const client = sessions.open(index + 1, 100);
    const result = new Uint8Array(index % 2 === 0 ? 100_000 : 3).fill(index);
    return [client, sessions.record(request(client, 7), index + 1, result)] as const;
  });
  const copy = restored(sessions);
  for (const [client, reply] of replies) {
    assertEquals(copy.answerKnown(request(client, 7)), reply);
    assertEquals(copy.answerKnown(request(client, 6)), { type: "superseded", newest: 7 });
    assertEquals(copy.answerKnown(request(client, 8)), undefined);
  }
});

Deno.test("Sessions evict the one used least recently, the same at a restored replica", () => {
  const sessions = new Sessions();
  const [first, second] = [sessions.open(1, 2), sessions.open(2, 2)];
  sessions.record(request(first, 1), 3, new Uint8Array(0));
  const copy = restored(sessions);
  for (const table of [sessions, copy]) {
    assertEquals(table.open(4, 2), second + 1);
    assertEquals(table.answerKnown(request(second, 1)), { type: "noSession" });
    assertEquals(table.answerKnown(request(first, 1))?.type, "result");
  }
});

Deno.test("Sessions.answerKnown() takes a client of another log for new, unless it was evicted here", () => {
  const sessions = new Sessions({ adoptedMax: 2 });
  const isNew = (id: number) => sessions.answerKnown(request(id, 1)) === undefined;
  for (const id of [5, 9]) {
    assertEquals(isNew(id), true);
    sessions.record(request(id, 1), id, bytesOf("x"));
    assertEquals(isNew(id), false);
  }
  assertEquals(isNew(3), true);
  sessions.record(request(12, 1), 12, bytesOf("x"));
  assertEquals([sessions.count, sessions.get(5)], [2, undefined]);
  // Whatever is not greater than one that was evicted may have been evicted, too.
  assertEquals([3, 5, 6, 9, 10].map(isNew), [false, false, true, false, true]);
  assertEquals(sessions.answerKnown(request(5, 2)), { type: "noSession" });
  assertEquals(sessions.answerKnown(request(20, 0)), { type: "noSession" });
});

Deno.test("Sessions.restore() brings back who was evicted where sessions are adopted", () => {
  const sessions = new Sessions({ adoptedMax: 2 });
  for (const id of [4, 7, 8]) sessions.record(request(id, 1), id, bytesOf("x"));
  const restored = new Sessions({ adoptedMax: 2 });
  restored.restore(sessions.snapshot());
  for (const each of [sessions, restored]) {
    assertEquals(each.answerKnown(request(4, 2)), { type: "noSession" });
    assertEquals(each.answerKnown(request(5, 2)), undefined);
    each.record(request(5, 2), 9, bytesOf("x"));
    assertEquals([each.get(7), each.count], [undefined, 2]);
  }
});
