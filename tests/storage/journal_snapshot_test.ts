import { assert, assertEquals } from "@std/assert";
import type { JournalReply } from "../../protocols/journal.ts";
import { JournalWorld, text } from "./support.ts";

function snapshots(world: JournalWorld): string[] {
  return world.disk.files.filter((name) => name.startsWith("snapshot-"));
}

/** Ten entries, a snapshot at 5, and every byte of it known. */
function written(): JournalWorld {
  const world = new JournalWorld({ segmentBytes: 100 });
  for (let op = 1; op <= 10; op++) {
    world.append(op, `entry-${op}`);
    world.settle();
  }
  world.snapshot(5, "state at 5", { base: "base 5" });
  world.settle();
  return world;
}

/** Reads the newest snapshot, piece by piece. */
function contents(world: JournalWorld, op: number, length = 4): string {
  let whole = "";
  for (let total = 1; whole.length < total;) {
    world.replies = [];
    world.read(op, whole.length, length);
    world.settle();
    const [piece] = world.replies as [Extract<JournalReply, { type: "snapshot-piece" }>];
    assertEquals(piece.type, "snapshot-piece");
    assertEquals(piece.offset, whole.length);
    assert(piece.bytes.length <= length);
    whole += text(piece.bytes);
    total = piece.total;
  }
  return whole;
}

Deno.test("journal() keeps a snapshot, reads it in pieces and forgets the log before it", () => {
  const world = written();
  world.crash();
  const { snapshot, first } = world.load();
  assertEquals(snapshot?.op, 5);
  assertEquals(text(snapshot?.base), "base 5");
  assertEquals(snapshot?.bytes, "state at 5".length);
  assert(first > 1 && first <= 6, `the log starts at ${first}`);
  assertEquals(contents(world, 5), "state at 5");
  assertEquals(contents(world, 5, 1_000), "state at 5");
});

Deno.test("journal() retains as many entries from before a snapshot as it is asked to", () => {
  const world = written();
  world.snapshot(10, "state at 10", { retain: 4 });
  world.settle();
  world.crash();
  const { first, entries } = world.load();
  assert(first <= 7, `the log starts at ${first}`);
  assertEquals(text(entries.at(-1)), "entry-10");
});

Deno.test("journal() forgets the whole log when a snapshot says so", () => {
  const world = written();
  world.snapshot(8, "from a peer", { reset: true });
  world.settle();
  assertEquals(world.loadLog(), "9: ");
  world.append(9, "nine of the peer");
  world.settle();
  world.crash();
  assertEquals(world.loadLog(), "9: nine of the peer");
  assertEquals(contents(world, 8), "from a peer");
});

Deno.test("journal() says that a snapshot is gone", () => {
  const world = written();
  world.replies = [];
  const tickets = [world.read(4, 0, 10), world.read(5, 11, 10), world.chunk(7, "never begun")];
  tickets.push(world.commit(7));
  world.settle();
  assertEquals(
    world.replies,
    tickets.map((ticket) => ({ type: "snapshot-gone", ticket })),
  );
});

Deno.test("journal() drops the snapshot being written for another, or when asked to", () => {
  const world = written();
  world.send({ type: "snapshot-begin", op: 7 });
  world.chunk(7, "dropped");
  const ticket = world.snapshot(8, "state at 8");
  world.send({ type: "snapshot-begin", op: 9 });
  world.chunk(9, "abandoned");
  world.send({ type: "snapshot-abandon" });
  world.settle();
  assert(world.durable.includes(ticket));
  assertEquals(snapshots(world).length, 1);
  assertEquals(contents(world, 8), "state at 8");
});

Deno.test("journal() has an empty snapshot", () => {
  const world = written();
  world.send({ type: "snapshot-begin", op: 9 });
  world.commit(9, { base: "nothing" });
  world.settle();
  world.crash();
  assertEquals(world.load().snapshot?.bytes, 0);
  assertEquals(contents(world, 9), "");
});

Deno.test("journal() removes what is left of a snapshot that was never finished", () => {
  const world = written();
  world.send({ type: "snapshot-begin", op: 9 });
  world.chunk(9, "x");
  world.settle();
  assertEquals(snapshots(world).length, 2);
  world.disk.kill();
  world.boot();
  world.load();
  assertEquals(snapshots(world).length, 1);
  assertEquals(world.load().snapshot?.op, 5);
});

Deno.test("journal() has the old snapshot or the new one after a crash at any point", () => {
  for (const reset of [false, true]) {
    const seen = new Set<number>();
    for (let operations = 0, isDone = false; !isDone; operations++) {
      const world = written();
      world.replies = [];
      world.disk.stopAfter(operations);
      const ticket = world.snapshot(9, "state at 9", { reset });
      world.settle();
      isDone = world.durable.includes(ticket);
      world.crash();
      const loaded = world.load();
      const op = loaded.snapshot!.op;
      seen.add(op);
      assertEquals(loaded.damage, undefined);
      assertEquals(contents(world, op), `state at ${op}`);
      if (isDone) assertEquals(op, 9);
      assert(loaded.first <= op + 1);
      const last = loaded.first + loaded.entries.length - 1;
      assertEquals(last, reset && op === 9 ? 9 : 10, `after ${operations} operations`);
    }
    assertEquals([...seen], [5, 9]);
  }
});

Deno.test("journal() names a damaged snapshot, for every byte of it, until there is another", () => {
  const [name] = snapshots(written());
  const { length } = written().disk.contents(name!)!;
  for (let at = 0; at < length; at++) {
    const world = written();
    const file = world.disk.contents(name!)!;
    file[at]! ^= 0x04;
    world.disk.plant(name!, file);
    world.crash();
    const { damage, snapshot, first, entries } = world.load();
    if (damage === undefined) {
      assertEquals(contents(world, 5), "state at 5", `byte ${at}`);
      continue;
    }
    assertEquals(damage, { kind: "middle", file: name!, offset: 0 });
    assertEquals([snapshot, first, entries.length], [undefined, 1, 0]);
    world.snapshot(10, "from a peer", { reset: true });
    world.settle();
    world.crash();
    assertEquals(world.load().damage, undefined);
    assert(world.disk.files.includes(`${name}.damaged`));
  }
});

Deno.test("journal() names a damaged snapshot until the log begins anew, and not again (sim seed 62000891)", () => {
  const world = written();
  const [name] = snapshots(world);
  const file = world.disk.contents(name!)!;
  file[33]! ^= 1;
  world.disk.plant(name!, file);
  world.crash();
  assertEquals(world.load().damage?.file, name);
  // Nothing has taken its place yet.
  world.record("another");
  world.settle();
  world.crash();
  assertEquals(world.load().damage?.file, name);
  world.truncate(0);
  world.append(1, "anew");
  world.settle();
  world.crash();
  const { damage, snapshot } = world.load();
  assertEquals([damage, snapshot, world.loadLog()], [undefined, undefined, "1: anew"]);
  assert(world.disk.files.includes(`${name}.damaged`));
});

Deno.test("journal() falls back to an older snapshot that the log continues", () => {
  const world = written();
  const [old] = snapshots(world);
  const oldFile = world.disk.contents(old!)!;
  world.snapshot(6, "state at 6", { retain: 6 });
  world.settle();
  const [damaged] = snapshots(world);
  const file = world.disk.contents(damaged!)!;
  file[33]! ^= 1;
  world.disk.plant(damaged!, file);
  world.disk.plant(old!, oldFile);
  world.crash();
  const { damage, snapshot, first, entries } = world.load();
  assertEquals(damage, undefined);
  assertEquals(snapshot?.op, 5);
  assertEquals(first + entries.length - 1, 10);
  assertEquals(world.log.filter(({ level }) => level === "error").length, 1);
});

Deno.test("journal() fails rather than hand out a snapshot that has rotted since it was checked", () => {
  const world = written();
  world.load();
  const [name] = snapshots(world);
  const file = world.disk.contents(name!)!;
  file[33]! ^= 1;
  world.disk.plant(name!, file);
  world.replies = [];
  world.read(5, 0, 100);
  world.settle();
  assertEquals(world.replies, []);
  world.clock.runFor(5_000);
  assertEquals(world.load().damage?.file, name);
});

Deno.test("journal() reads again what a snapshot of several pieces holds", () => {
  const world = written();
  const state = Array.from({ length: 400_000 }, (_, index) => String(index % 10)).join("");
  world.send({ type: "snapshot-begin", op: 9 });
  for (let at = 0; at < 6; at++) world.chunk(9, state);
  world.chunk(9, state.repeat(4));
  world.commit(9);
  world.settle();
  const syncs = world.disk.count("sync");
  assertEquals(contents(world, 9, 150_000), state.repeat(10));
  world.crash();
  assertEquals(contents(world, 9, 2_000_000), state.repeat(10));
  assert(syncs < 30, "synced now and then, not after every piece");
});
