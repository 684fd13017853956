import { assert, assertEquals } from "@std/assert";
import { bytes, JournalWorld, text } from "./support.ts";

Deno.test("journal() loads nothing from a fresh disk", () => {
  const loaded = new JournalWorld().load();
  assertEquals(loaded, { type: "loaded", first: 1, entries: [] });
});

Deno.test("journal() keeps entries, the record and the snapshot over a loss of power", () => {
  const world = new JournalWorld();
  const tickets = [world.append(1, "a", "b"), world.append(3, "c"), world.record("view 1")];
  tickets.push(world.append(4, "d"), world.record("view 2"));
  world.settle();
  assertEquals(world.durable, tickets);
  world.crash();
  assertEquals(world.loadLog(), "1: a b c d");
  assertEquals(text(world.load().record), "view 2");
  assertEquals(world.load().damage, undefined);
});

Deno.test("journal() writes all that gathers during a sync at once and syncs it once", () => {
  const world = new JournalWorld();
  world.append(1, "first");
  world.settle();
  world.disk.holdNext("sync");
  world.append(2, "held");
  world.settle();
  const writes = world.disk.count("write");
  const syncs = world.disk.count("sync");
  const tickets = Array.from({ length: 20 }, (_, index) => world.append(3 + index, `e${index}`));
  world.settle();
  assertEquals(world.disk.count("write"), writes);
  world.disk.release();
  world.settle();
  assertEquals(world.disk.count("write"), writes + 1);
  assertEquals(world.disk.count("sync"), syncs + 2, "the held one, and one for the rest");
  assertEquals(world.durable.slice(-20), tickets);
});

Deno.test("journal() writes a record only after the entries before it are durable", () => {
  const world = new JournalWorld();
  world.record("old");
  world.settle();
  world.disk.holdNext("sync");
  world.append(1, "a");
  world.record("claims a");
  world.append(2, "b");
  world.settle();
  assertEquals(world.durable.length, 1);
  world.crash();
  assertEquals(text(world.load().record), "old");
});

Deno.test("journal() lets what comes last count, also after a restart", () => {
  const world = new JournalWorld();
  world.append(1, "a", "b", "c", "d");
  world.append(3, "C");
  world.settle();
  assertEquals(world.loadLog(), "1: a b C");
  world.truncate(1);
  world.append(2, "B", "CC");
  world.settle();
  world.crash();
  assertEquals(world.loadLog(), "1: a B CC");
  world.truncate(0);
  world.settle();
  world.crash();
  assertEquals(world.loadLog(), "1: ");
  world.append(1, "again");
  world.settle();
  world.crash();
  assertEquals(world.loadLog(), "1: again");
});

Deno.test("journal() cuts the same way whatever segment the entries are in", () => {
  const world = new JournalWorld({ segmentBytes: 100 });
  for (let op = 1; op <= 12; op++) {
    world.append(op, `entry-${op}`);
    world.settle();
  }
  const segments = world.disk.files.filter((name) => name.startsWith("log-"));
  assert(segments.length >= 5, segments.join());
  world.truncate(4);
  world.append(5, "five");
  world.settle();
  world.crash();
  assertEquals(world.loadLog(), "1: entry-1 entry-2 entry-3 entry-4 five");
});

Deno.test("journal() fails rather than leave a gap in the log", () => {
  const world = new JournalWorld();
  world.append(1, "a");
  world.settle();
  world.append(3, "c");
  world.settle();
  assert(world.events.some((event) => event.type === "failed" && event.actor === "journal"));
  world.clock.runFor(5_000);
  assertEquals(world.loadLog(), "1: a");
});

Deno.test("journal() loads again while it runs, in the order of the requests", () => {
  const world = new JournalWorld();
  assertEquals(world.loadLog(), "1: ");
  world.append(1, "a");
  world.send({ type: "load", replyTo: world.client });
  world.append(2, "b");
  world.settle();
  assertEquals(world.story, ["loaded", "durable", "loaded", "durable"]);
  const loaded = world.replies[2]!;
  assert(loaded.type === "loaded");
  assertEquals(loaded.entries.map(text), ["a"]);
  assertEquals(world.loadLog(), "1: a b");
});

Deno.test("journal() starts from the disk after a crash of its own, and cuts what was under way", () => {
  const world = new JournalWorld();
  world.append(1, "a");
  world.settle();
  world.disk.holdNext("sync");
  world.append(2, "b");
  world.settle();
  world.system.crash("journal");
  world.clock.runFor(5_000);
  world.disk.release();
  assertEquals(world.loadLog(), "1: a");
  world.append(2, "B");
  world.settle();
  world.crash();
  assertEquals(world.loadLog(), "1: a B");
});

Deno.test("journal() never takes for durable what a failed sync left behind", () => {
  const world = new JournalWorld();
  world.append(1, "a");
  world.settle();
  world.disk.failNext("sync", new Error("input/output error"));
  world.append(2, "b");
  world.clock.runFor(5_000);
  assertEquals(world.durable.length, 1);
  assert(world.events.some((event) => event.type === "restarted" && event.actor === "journal"));
  assertEquals(world.loadLog(), "1: a");
});

Deno.test("journal() makes durable what a process that was killed has left unsynced", () => {
  const world = new JournalWorld();
  world.append(1, "a");
  world.settle();
  world.disk.holdNext("sync");
  world.append(2, "b");
  world.settle();
  world.disk.kill();
  world.boot();
  assertEquals(world.loadLog(), "1: a b");
  world.crash();
  assertEquals(world.loadLog(), "1: a b");
});

Deno.test("journal() publishes what the disk has done", () => {
  const world = new JournalWorld();
  world.append(1, "a");
  world.settle();
  world.clock.runFor(2_000);
  world.append(2, "b");
  world.settle();
  const last = world.figures.at(-1)!;
  assertEquals(last.state, "ready");
  assertEquals(last.damaged, false);
  assertEquals(last.syncs, world.disk.count("sync") + world.disk.count("syncDirectory"));
  assert(last.bytesWritten >= 2 * bytes("a").length);
});
