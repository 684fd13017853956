import { assert, assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import type { OrderingRequest } from "../../protocols/ordering.ts";
import { SnapshotReader } from "../../protocols/snapshot_reader.ts";
import { SnapshotWriter } from "../../protocols/snapshot_writer.ts";
import { journal } from "../../storage/journal.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";

const BASE = Uint8Array.of(1, 2, 3);

type Message = JournalReply | { readonly type: "do"; readonly run: () => void };

/** A writer and a reader in an actor of their own, on a real journal. */
class SnapshotWorld {
  readonly clock = new VirtualClock();
  /** What the replica was told. */
  readonly told: OrderingRequest[] = [];
  /** What the journal was asked, in short. */
  readonly asked: string[] = [];
  read: Uint8Array[] | undefined;
  readonly #system: ActorSystem;
  #writer: SnapshotWriter | undefined;
  #reader: SnapshotReader | undefined;
  #begin: (op: number) => void = () => {};

  constructor() {
    const environment = new VirtualEnvironment(this.clock, { seed: 1 });
    this.#system = new ActorSystem({ node: 0, environment });
    const disk = new MemoryDisk({ complete: (run) => this.clock.after(0.1, run) });
    this.#system.spawn("real", journal(disk));
    this.#system.spawn<JournalRequest>("journal", (context) => ({
      receive: (request) => {
        this.asked.push(request.type);
        context.send(refTo<JournalRequest>(0, "real"), request);
      },
    }));
    this.#system.spawn<OrderingRequest>("replica", () => ({
      receive: (message) => void this.told.push(message),
    }));
    this.#system.spawn<Message>("actor", (context) => {
      const journalRef = refTo<JournalRequest>(0, "journal");
      const writer = new SnapshotWriter(context, journalRef, refTo(0, "replica"));
      this.#writer = writer;
      this.#begin = (op) => this.#reader = new SnapshotReader(context, journalRef, op);
      return { receive: (message) => this.#receive(message) };
    });
    this.run(10);
  }

  /** Runs something within a turn of the actor. */
  do(run: () => void): void {
    this.#system.send(refTo<Message>(0, "actor"), { type: "do", run });
    this.run(0);
  }

  begin(op: number, sessions: readonly Uint8Array[], state: Iterable<Uint8Array>): void {
    const request = { type: "take-snapshot", op, base: BASE, retain: 0 } as const;
    this.do(() => this.#writer!.begin(request, sessions, state));
  }

  abandon(): void {
    this.do(() => this.#writer!.abandon());
  }

  /** Reads a snapshot whole. */
  readAll(op: number): Uint8Array[] | undefined {
    this.read = undefined;
    this.do(() => this.#begin(op));
    this.run(1_000);
    return this.read;
  }

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  #receive(message: Message): void {
    switch (message.type) {
      case "do":
        return message.run();
      case "durable":
        return this.#writer!.onDurable(message.ticket);
      case "snapshot-gone":
        return this.#writer!.onGone(message.ticket);
      case "snapshot-piece":
        if (this.#reader?.take(message)) this.read = this.#reader.chunks;
    }
  }
}

function chunk(length: number, fill: number): Uint8Array {
  return new Uint8Array(length).fill(fill);
}

function shapes(chunks: readonly Uint8Array[] | undefined): string[] | undefined {
  return chunks?.map((each) => `${each.length} x ${each[0] ?? "-"}`);
}

Deno.test("SnapshotReader reads the chunks that SnapshotWriter wrote, whatever their sizes", () => {
  const sessions = [chunk(3, 1), chunk(0, 0)];
  const states = [
    [],
    [chunk(1, 2)],
    [chunk(600_000, 3), chunk(0, 0), chunk(5, 4), chunk(2_500_000, 5), chunk(1, 6)],
    Array.from({ length: 3_000 }, (_, index) => chunk(index % 700, index % 256)),
  ];
  const world = new SnapshotWorld();
  for (const [index, state] of states.entries()) {
    const op = index + 1;
    world.begin(op, sessions, state);
    world.run(1_000);
    assertEquals(world.told.at(-1), { type: "snapshot-taken", op, ok: true });
    assertEquals(shapes(world.readAll(op)), shapes([...sessions, ...state]));
  }
});

Deno.test("SnapshotWriter takes the next piece of the state when the last one is written", () => {
  let taken = 0;
  function* state() {
    for (; taken < 20; taken++) yield chunk(256 * 1024, taken);
  }
  const world = new SnapshotWorld();
  world.begin(1, [], state());
  assert(taken <= 3, `${taken} chunks at once`);
  world.run(0.2);
  assert(taken < 20);
  world.run(1_000);
  assertEquals(taken, 20);
  assertEquals(world.told, [{ type: "snapshot-taken", op: 1, ok: true }]);
});

Deno.test("SnapshotWriter that is told to abandon says that no snapshot was taken", () => {
  const world = new SnapshotWorld();
  world.abandon();
  assertEquals(world.told, []);
  world.begin(1, [], [chunk(2_000_000, 1), chunk(2_000_000, 1)]);
  world.abandon();
  world.run(1_000);
  assertEquals(world.told, [{ type: "snapshot-taken", op: 1, ok: false }]);
  assert(!world.asked.includes("snapshot-commit"));
  assertEquals(world.readAll(1), undefined);
});

Deno.test("SnapshotWriter that begins another snapshot finishes that one", () => {
  const world = new SnapshotWorld();
  world.begin(1, [], [chunk(2_000_000, 1), chunk(2_000_000, 1)]);
  world.run(0.1);
  world.begin(2, [], [chunk(10, 2)]);
  world.run(1_000);
  assertEquals(world.told, [{ type: "snapshot-taken", op: 2, ok: true }]);
  assertEquals(shapes(world.readAll(2)), ["10 x 2"]);
});

Deno.test("SnapshotReader waits for the next one if its snapshot is gone", () => {
  const world = new SnapshotWorld();
  world.begin(1, [], [chunk(10, 1)]);
  world.run(1_000);
  assertEquals(world.readAll(7), undefined);
  assertEquals(shapes(world.readAll(1)), ["10 x 1"]);
});
