import { assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { type PendingRead, PendingReads } from "../../protocols/pending_reads.ts";

const read = (name: string): PendingRead => ({ query: new Uint8Array(), replyTo: refTo(0, name) });

function names(reads: readonly PendingRead[]): string[] {
  return reads.map(({ replyTo }) => replyTo.name);
}

Deno.test("PendingReads.ask() asks for one index at a time, for all that have come", () => {
  const reads = new PendingReads(100);
  assertEquals(reads.ask(), undefined);
  reads.add(read("a"));
  reads.add(read("b"));
  const first = reads.ask()!;
  assertEquals(first, 101);
  // Came after the question, so its answer is none for it.
  reads.add(read("c"));
  assertEquals(reads.ask(), undefined);
  reads.index(first, 5);
  assertEquals(names(reads.takeReady(5)), ["a", "b"]);
  assertEquals(reads.ask(), 102);
  assertEquals(reads.count, 1);
});

Deno.test("PendingReads.takeReady() gives what the state has got far enough for", () => {
  const reads = new PendingReads(0);
  for (const [name, opNumber] of [["a", 7], ["b", 5], ["c", 9]] as const) {
    reads.add(read(name));
    reads.index(reads.ask()!, opNumber);
  }
  assertEquals(names(reads.takeReady(4)), []);
  assertEquals(names(reads.takeReady(7)), ["a", "b"]);
  assertEquals(names(reads.takeReady(7)), []);
  assertEquals(names(reads.takeReady(100)), ["c"]);
  assertEquals(reads.count, 0);
});

Deno.test("PendingReads.index() and refuse() of another ticket change nothing", () => {
  const reads = new PendingReads(0);
  reads.add(read("a"));
  const ticket = reads.ask()!;
  reads.index(ticket + 1, 0);
  assertEquals(reads.refuse(ticket - 1), []);
  assertEquals(names(reads.takeReady(100)), []);
  assertEquals(names(reads.refuse(ticket)), ["a"]);
  assertEquals(reads.refuse(ticket), []);
  reads.index(ticket, 0);
  assertEquals(names(reads.takeReady(100)), []);
  assertEquals(reads.count, 0);
});

Deno.test("PendingReads.refuseAll() gives up whatever waits, for an index or for the state", () => {
  const reads = new PendingReads(0);
  reads.add(read("a"));
  reads.index(reads.ask()!, 9);
  reads.add(read("b"));
  const asked = reads.ask()!;
  reads.add(read("c"));
  assertEquals(names(reads.refuseAll()), ["a", "b", "c"]);
  assertEquals(reads.count, 0);
  reads.index(asked, 1);
  assertEquals(reads.takeReady(100), []);
  reads.add(read("d"));
  assertEquals(reads.ask(), asked + 1);
});

Deno.test("PendingReads.addAlone() gives each read a ticket, and an index, of its own", () => {
  const reads = new PendingReads(100);
  const [a, b, c] = ["a", "b", "c"].map((name) => reads.addAlone(read(name)));
  assertEquals([a, b, c, reads.ticket, reads.isAnyAlone], [101, 102, 103, 103, true]);
  reads.index(b!, 5);
  reads.index(a!, 7);
  assertEquals(names(reads.takeReady(5)), ["b"]);
  assertEquals(names(reads.refuse(c!)), ["c"]);
  assertEquals([reads.refuse(c!), reads.isAnyAlone, reads.count], [[], false, 1]);
  assertEquals(names(reads.takeReady(7)), ["a"]);
});

Deno.test("PendingReads.refuseUpTo() refuses those who have asked long ago, and nobody else", () => {
  const reads = new PendingReads(0);
  const [, old] = ["a", "b", "c"].map((name) => reads.addAlone(read(name)));
  assertEquals(names(reads.refuseUpTo(old!)), ["a", "b"]);
  assertEquals([reads.count, reads.isAnyAlone], [1, true]);
  assertEquals(names(reads.refuseAll()), ["c"]);
  assertEquals([reads.count, reads.isAnyAlone], [0, false]);
});
