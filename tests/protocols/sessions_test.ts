import { assertEquals } from "@std/assert";
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
