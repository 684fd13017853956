import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionFailed } from "../../actors/errors.ts";
import { GENESIS } from "../../protocols/entry.ts";
import { Log } from "../../protocols/log.ts";
import { chain } from "./lone_replica.ts";

const ENTRIES = chain([0, 0, 1, 1, 2]);

function logOf(count: number): Log {
  const log = new Log();
  for (const entry of ENTRIES.slice(0, count)) log.append(entry);
  return log;
}

function ops(log: Log): number[] {
  return log.after(log.baseOp, Infinity).map(({ opNumber }) => opNumber);
}

Deno.test("Log begins after nothing", () => {
  const log = new Log();
  assertEquals([log.opNumber, log.baseOp, log.bytes, log.time], [0, 0, 0, 0]);
  assertEquals(log.head, GENESIS);
  assert(log.contains(0, GENESIS));
});

Deno.test("Log.append() takes the next entry and no other", () => {
  const log = logOf(2);
  assertEquals(log.opNumber, 2);
  assertEquals(log.head, ENTRIES[1]!.checksum);
  assertThrows(() => log.append(ENTRIES[3]!), AssertionFailed);
  assertThrows(() => log.append(ENTRIES[1]!), AssertionFailed);
  assertThrows(() => log.append(chain([0, 0, 9], { label: "x" })[2]!), AssertionFailed);
  log.append(ENTRIES[2]!);
  assertEquals(ops(log), [1, 2, 3]);
});

Deno.test("Log.contains() tells exactly this log from any other", () => {
  const log = logOf(3);
  assert(log.contains(2, ENTRIES[1]!.checksum));
  assert(!log.contains(2, ENTRIES[2]!.checksum));
  assert(!log.contains(4, ENTRIES[3]!.checksum));
});

Deno.test("Log.truncate() drops what comes after, never what is before the base", () => {
  const log = logOf(5);
  log.truncate(3);
  assertEquals(ops(log), [1, 2, 3]);
  assertEquals(log.bytes, logOf(3).bytes);
  log.truncate(7);
  assertEquals(ops(log), [1, 2, 3]);
  log.compact(2);
  assertThrows(() => log.truncate(1), AssertionFailed);
  log.truncate(2);
  assertEquals([log.opNumber, log.bytes], [2, 0]);
  assertEquals(log.head, ENTRIES[1]!.checksum);
});

Deno.test("Log.compact() moves the base, and keeps what is needed of it", () => {
  const log = logOf(5);
  log.compact(3);
  assertEquals([log.baseOp, log.opNumber], [3, 5]);
  assertEquals(log.checksumAt(3), ENTRIES[2]!.checksum);
  assertEquals(log.checksumAt(2), undefined);
  assertEquals(log.get(3), undefined);
  assertEquals(log.get(4), ENTRIES[3]);
  assertEquals(log.bytes, ENTRIES[3]!.bytes.length + ENTRIES[4]!.bytes.length);
  log.compact(2);
  log.compact(9);
  log.compact(-1);
  assertEquals(log.baseOp, 3);
  log.compact(5);
  assertEquals([log.opNumber, log.time], [5, ENTRIES[4]!.time]);
});

Deno.test("Log.after() gives as many entries as fit, and one at least", () => {
  const log = logOf(5);
  const size = ENTRIES[0]!.bytes.length;
  const after = (op: number, bytesMax: number) =>
    log.after(op, bytesMax).map(({ opNumber }) => opNumber);
  assertEquals(after(0, size * 2), [1, 2]);
  assertEquals(after(1, 1), [2]);
  assertEquals(after(5, size), []);
  log.compact(2);
  assertEquals(after(1, size), []);
  assertEquals(after(2, Infinity), [3, 4, 5]);
});
