import { assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";

const ME = refTo<JournalReply>(0, "me");

/** Asks a journal in memory, and returns its answers. */
function ask(...requests: JournalRequest[]): JournalReply[] {
  const clock = new VirtualClock();
  const environment = new VirtualEnvironment(clock, { seed: 1, name: "memory journal" });
  const system = new ActorSystem({ node: 0, environment });
  const answers: JournalReply[] = [];
  system.spawn<JournalReply>("me", () => ({ receive: (reply) => void answers.push(reply) }));
  system.spawn("journal", memoryJournal());
  for (const request of requests) system.send(refTo<JournalRequest>(0, "journal"), request);
  clock.runFor(10);
  return answers;
}

function piece(ticket: number, offset: number, op = 7, length = 100): JournalRequest {
  return { type: "snapshot-read", ticket, op, offset, length, replyTo: ME };
}

function snapshot(op: number, ticket: number, reset = false): JournalRequest[] {
  const base = Uint8Array.of(op);
  return [
    { type: "snapshot-begin", op },
    { type: "snapshot-chunk", ticket, op, bytes: Uint8Array.of(1, 2, 3), replyTo: ME },
    { type: "snapshot-chunk", ticket: ticket + 1, op, bytes: Uint8Array.of(4, 5), replyTo: ME },
    { type: "snapshot-commit", ticket: ticket + 2, op, base, retain: 0, reset, replyTo: ME },
  ];
}

Deno.test("memoryJournal() says at once that everything is durable, and has nothing when it is loaded", () => {
  const bytes = new Uint8Array(3);
  const answers = ask(
    { type: "append", ticket: 1, first: 1, entries: [bytes], replyTo: ME },
    { type: "record", ticket: 2, record: bytes, replyTo: ME },
    { type: "truncate", ticket: 3, last: 0, replyTo: ME },
    { type: "load", replyTo: ME },
  );
  assertEquals(answers, [
    { type: "durable", ticket: 1 },
    { type: "durable", ticket: 2 },
    { type: "durable", ticket: 3 },
    { type: "loaded", first: 1, entries: [] },
  ]);
});

Deno.test("memoryJournal() gives the newest snapshot away piece by piece", () => {
  const answers = ask(...snapshot(7, 1), piece(4, 0), piece(5, 3), piece(6, 5), piece(7, 1, 7, 1));
  const read = answers.slice(3).map((answer) =>
    answer.type === "snapshot-piece" ? [[...answer.bytes], answer.total, [...answer.base]] : answer
  );
  assertEquals(read, [
    [[1, 2, 3], 5, [7]],
    [[4, 5], 5, [7]],
    [[], 5, [7]],
    [[2], 5, [7]],
  ]);
});

Deno.test("memoryJournal() has no snapshot but the newest whole one", () => {
  const gone = (ticket: number) => ({ type: "snapshot-gone", ticket } as const);
  const begun = snapshot(9, 20).slice(0, 2);
  const answers = ask(
    piece(1, 0),
    ...snapshot(7, 2),
    // One that is older, and stands for nothing new.
    ...snapshot(5, 6),
    piece(9, 0, 5),
    ...begun,
    piece(21, 0, 9),
    { type: "snapshot-abandon" },
    { type: "snapshot-chunk", ticket: 22, op: 9, bytes: Uint8Array.of(1), replyTo: ME },
    piece(23, 6),
    // One from a peer, which is always the newest.
    ...snapshot(6, 30, true),
    piece(33, 0),
  );
  const refused = answers.filter(({ type }) => type !== "durable");
  assertEquals(refused, [gone(1), gone(9), gone(21), gone(22), gone(23), gone(33)]);
});
