import { assert, assertEquals } from "@std/assert";
import { DiskError } from "../../storage/disk.ts";
import { JournalWorld, text } from "./support.ts";

function full(): DiskError {
  return new DiskError("No space left on device", true);
}

Deno.test("journal() waits out a full disk and loses nothing", () => {
  const world = new JournalWorld();
  world.append(1, "a".repeat(100));
  world.settle();
  world.disk.limit(300);
  const tickets = [world.append(2, "b".repeat(100)), world.append(3, "c".repeat(100))];
  world.settle();
  assertEquals(world.story, ["durable", "durable", "stalled"]);
  tickets.push(world.append(4, "d"), world.record("view 3"));
  world.clock.runFor(3_500);
  assertEquals(world.story, ["durable", "durable", "stalled"]);
  assertEquals(world.figures.at(-1)!.state, "stalled");
  world.disk.limit(100_000);
  world.clock.runFor(1_000);
  assertEquals(world.story.slice(3), ["durable", "durable", "resumed", "durable"]);
  assertEquals(world.durable.slice(2), tickets.slice(1));
  world.crash();
  assertEquals(world.load().entries.map((entry) => text(entry)[0]), ["a", "b", "c", "d"]);
  assertEquals(text(world.load().record), "view 3");
});

Deno.test("journal() cuts off what a full disk has taken in part", () => {
  const world = new JournalWorld();
  world.append(1, "a".repeat(100));
  world.settle();
  const [file] = world.disk.files;
  const length = world.disk.contents(file!)!.length;
  world.disk.limit(200);
  world.append(2, "b".repeat(100));
  world.settle();
  assertEquals(world.disk.contents(file!)!.length, length);
  world.crash();
  assertEquals(world.load().entries.length, 1);
  assertEquals(world.load().damage, undefined);
});

Deno.test("journal() uses what room is left rather than fill ahead", () => {
  const world = new JournalWorld({ preallocateBytes: 4_096 });
  world.disk.limit(1_000);
  const ticket = world.append(1, "a".repeat(100));
  world.settle();
  assertEquals(world.story, ["stalled"]);
  world.clock.runFor(1_000);
  assertEquals(world.durable, [ticket]);
});

Deno.test("journal() tells everyone who waits for a full disk, once", () => {
  const world = new JournalWorld();
  world.disk.limit(0);
  world.append(1, "a");
  world.settle();
  world.send({ type: "load", replyTo: { node: 0, name: "nobody", incarnation: 3 } });
  world.append(2, "b");
  world.clock.runFor(10_000);
  assertEquals(world.story, ["stalled"]);
  assertEquals(world.log.filter(({ level }) => level === "error").length, 1);
});

Deno.test("journal() waits out a disk that is full when the record or a snapshot is written", () => {
  const operations = ["write", "sync", "rename", "syncDirectory"] as const;
  for (const operation of operations) {
    const world = new JournalWorld();
    world.append(1, "a");
    world.settle();
    world.disk.failNext(operation, full());
    world.record("view 1");
    world.clock.runFor(2_000);
    world.crash();
    assertEquals(text(world.load().record), "view 1", operation);
    world.send({ type: "snapshot-begin", op: 1 });
    world.chunk(1, "state");
    world.settle();
    world.disk.failNext(operation, full());
    const ticket = world.commit(1);
    world.clock.runFor(2_000);
    assert(world.durable.includes(ticket), operation);
    world.crash();
    assertEquals(world.load().snapshot?.bytes, 5, operation);
  }
});

Deno.test("journal() does not spoil a snapshot that has its name when the disk is too full for the directory", () => {
  const world = new JournalWorld();
  world.append(1, "a");
  world.snapshot(1, "state");
  world.append(2, "b");
  world.send({ type: "snapshot-begin", op: 2 });
  world.chunk(2, "newer");
  world.settle();
  world.disk.failNext("syncDirectory", full());
  const ticket = world.commit(2);
  world.clock.runFor(2_000);
  assert(world.durable.includes(ticket));
  world.crash();
  const { snapshot, damage } = world.load();
  assertEquals([snapshot?.op, snapshot?.bytes, damage], [2, 5, undefined]);
});

Deno.test("journal() starts the log anew though the disk is too full to remove what was before", () => {
  const world = new JournalWorld();
  world.append(1, "a", "b", "c", "d", "e");
  world.snapshot(2, "older");
  world.send({ type: "snapshot-begin", op: 4 });
  world.chunk(4, "state");
  world.settle();
  world.disk.failNext("remove", full());
  const ticket = world.commit(4, { reset: true });
  world.clock.runFor(2_000);
  assert(world.durable.includes(ticket));
  assertEquals(world.loadLog(), "5: ");
  world.append(5, "f");
  world.settle();
  world.crash();
  assertEquals([world.load().snapshot?.op, world.loadLog()], [4, "5: f"]);
});

Deno.test("journal() takes a piece of a snapshot again that a full disk refused", () => {
  const world = new JournalWorld();
  world.send({ type: "snapshot-begin", op: 1 });
  world.chunk(1, "one ");
  world.settle();
  world.disk.limit(50);
  world.chunk(1, "two");
  world.settle();
  assertEquals(world.story, ["durable", "stalled"]);
  world.disk.limit(10_000);
  world.clock.runFor(1_000);
  world.commit(1);
  world.settle();
  world.crash();
  world.replies = [];
  world.read(1, 0, 4);
  world.read(1, 4, 100);
  world.settle();
  const pieces = world.replies.map((reply) => {
    return reply.type === "snapshot-piece" ? text(reply.bytes) : reply.type;
  });
  assertEquals(pieces, ["one ", "two"]);
});

Deno.test("journal() gives up for good if the disk keeps failing, with the disk's own error", () => {
  const world = new JournalWorld();
  world.load();
  for (let count = 0; count < 20; count++) {
    world.disk.failNext("list", new DiskError("Cannot list: input/output error", false));
  }
  world.system.crash("journal");
  world.clock.runFor(60_000);
  assert(world.escalated instanceof DiskError);
});
