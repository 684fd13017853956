import { assert, assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import {
  decodeLogQueryResult,
  decodeLogResult,
  encodeLogCommand,
  encodeLogQuery,
  LogInputError,
  type LogQueryResult,
  type LogResult,
} from "../../protocols/log/commands.ts";
import { LogMachine } from "../../protocols/log/machine.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function append(log: LogMachine, record: string | Uint8Array): LogResult {
  const bytes = typeof record === "string" ? encoder.encode(record) : record;
  return decodeLogResult(log.apply(encodeLogCommand({ type: "append", record: bytes })));
}

function trim(log: LogMachine, before: number): LogResult {
  return decodeLogResult(log.apply(encodeLogCommand({ type: "trim", before })));
}

function read(log: LogMachine, from: number, limit = 100): LogQueryResult {
  return decodeLogQueryResult(log.query(encodeLogQuery({ type: "read", from, limit })));
}

function texts(result: LogQueryResult): string[] {
  assert(result.type === "records");
  return result.records.map((record) => decoder.decode(record));
}

function filled(...records: readonly string[]): LogMachine {
  const log = new LogMachine();
  for (const record of records) append(log, record);
  return log;
}

Deno.test("LogMachine numbers records from 0 without gaps", () => {
  const log = new LogMachine();
  assertEquals(append(log, "a"), { type: "appended", offset: 0 });
  assertEquals(append(log, ""), { type: "appended", offset: 1 });
  assertEquals(append(log, "c"), { type: "appended", offset: 2 });
  assertEquals(texts(read(log, 0)), ["a", "", "c"]);
});

Deno.test("LogMachine reads from an offset, no more than asked for, and nothing beyond the end", () => {
  const log = filled("a", "b", "c", "d");
  assertEquals(texts(read(log, 1, 2)), ["b", "c"]);
  assertEquals(read(log, 4), { type: "records", first: 0, next: 4, records: [] });
  assertEquals(read(log, 2 ** 50), { type: "records", first: 0, next: 4, records: [] });
});

Deno.test("LogMachine says where it begins and ends", () => {
  const latest = (log: LogMachine) =>
    decodeLogQueryResult(log.query(encodeLogQuery({ type: "latest" })));
  assertEquals(latest(new LogMachine()), { type: "latest", first: 0, next: 0 });
  assertEquals(latest(filled("a", "b")), { type: "latest", first: 0, next: 2 });
});

Deno.test("LogMachine drops what is before an offset, and says so to late readers", () => {
  const log = filled("a", "b", "c");
  assertEquals(trim(log, 2), { type: "trimmed", first: 2, next: 3 });
  assertEquals(read(log, 1), { type: "dropped", first: 2, next: 3 });
  assertEquals(texts(read(log, 2)), ["c"]);
  assertEquals(trim(log, 1), { type: "trimmed", first: 2, next: 3 });
  assertEquals(trim(log, 99), { type: "trimmed", first: 3, next: 3 });
  assertEquals(append(log, "d"), { type: "appended", offset: 3 });
  assertEquals(texts(read(log, 3)), ["d"]);
});

Deno.test("LogMachine refuses what is beyond its bounds, until room is made", () => {
  const log = new LogMachine({ recordBytesMax: 10, logBytesMax: 60 });
  assertEquals(append(log, "12345678901"), { type: "too_large", bytes: 11, limit: 10 });
  append(log, "1234567890");
  append(log, "1234567890");
  assertEquals(append(log, "1234567890"), { type: "full", bytes: 78, limit: 60 });
  assertEquals(log.next, 2);
  trim(log, 1);
  assertEquals(append(log, "1234567890"), { type: "appended", offset: 2 });
});

Deno.test("LogMachine ends an answer early rather than let it grow beyond 1 MiB", () => {
  const log = new LogMachine({ recordBytesMax: 1024 * 1024 });
  for (let index = 0; index < 5; index++) append(log, new Uint8Array(400 * 1024).fill(index));
  const result = read(log, 0);
  assert(result.type === "records");
  assertEquals(result.records.map((record) => [record.length, record[0]]), [
    [400 * 1024, 0],
    [400 * 1024, 1],
  ]);
  append(log, new Uint8Array(1024 * 1024));
  const large = read(log, 5);
  assert(large.type === "records");
  assertEquals(large.records.length, 1);
});

Deno.test("LogMachine answers bytes that are no command or no query by a result", () => {
  const log = new LogMachine();
  assertEquals(decodeLogResult(log.apply(new Uint8Array([9]))).type, "malformed");
  assertEquals(decodeLogResult(log.apply(new Uint8Array())).type, "malformed");
  assertEquals(decodeLogQueryResult(log.query(new Uint8Array([0, 1]))).type, "malformed");
  assertEquals(log.next, 0);
});

Deno.test("encodeLogQuery() refuses a limit or an offset that is none", () => {
  const unfit: readonly (readonly [number, number])[] = [[0, 0], [0, 1_001], [-1, 1], [0.5, 1]];
  for (const [from, limit] of unfit) {
    assertThrows(() => encodeLogQuery({ type: "read", from, limit }), LogInputError);
  }
});

Deno.test("LogMachine restores from its snapshot, whatever is appended or dropped while it is taken", () => {
  const log = new LogMachine({ recordBytesMax: 1024 * 1024 });
  for (let index = 0; index < 3_000; index++) {
    append(log, `record ${index} ${"x".repeat(index % 300)}`);
  }
  append(log, new Uint8Array(700_000).fill(7));
  trim(log, 10);
  const chunks: Uint8Array[] = [];
  for (const chunk of log.snapshot()) {
    chunks.push(chunk);
    append(log, "later");
    trim(log, 1_000);
  }
  const copy = new LogMachine({ recordBytesMax: 1024 * 1024 });
  append(copy, "replaced");
  copy.restore(chunks);
  assertEquals([copy.first, copy.next], [10, 3_001]);
  assertEquals(texts(read(copy, 10, 1)), [`record 10 ${"x".repeat(10)}`]);
  assertEquals(texts(read(copy, 2_999, 1)), [`record 2999 ${"x".repeat(2_999 % 300)}`]);
  assertEquals(append(copy, "next"), { type: "appended", offset: 3_001 });
  assert(chunks.every((chunk) => chunk.length <= 256 * 1024 || chunk.length < 700_010));
});

Deno.test("LogMachine.restore() refuses a torn snapshot and keeps its state", () => {
  const log = filled("a", "b");
  const [head, records] = [...log.snapshot()] as [Uint8Array, Uint8Array];
  for (const torn of [[], [head], [head, records.subarray(0, 7)], [records]]) {
    const error = assertThrows(() => log.restore(torn), TroupeError);
    assertEquals(error.code, "bad_snapshot");
  }
  assertEquals(texts(read(log, 0)), ["a", "b"]);
});

Deno.test("LogMachine restores an empty log that has dropped everything", () => {
  const log = filled("a", "b");
  trim(log, 2);
  const copy = new LogMachine();
  copy.restore(log.snapshot());
  assertEquals([copy.first, copy.next], [2, 2]);
});
