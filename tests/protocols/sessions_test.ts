import { assertEquals } from "@std/assert";
import { RESULT_BYTES_MAX } from "../../protocols/client_messages.ts";
import type { SessionCommand } from "../../protocols/request.ts";
import { Sessions } from "../../protocols/sessions.ts";

function request(clientId: number, requestNumber: number): SessionCommand {
  return { type: "command", clientId, requestNumber, command: new Uint8Array(0) };
}

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
