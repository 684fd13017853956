/**
 * What becomes of partitions and laggards: the scenarios of TigerBeetle's replica tests that apply to us
 * (reference/vr.md, 3.5), by their names. Not there: `eviction session_too_low`, since ids of our sessions
 * are never used again, and `eviction release`, since we have no upgrades from one release to the next.
 */
import { assert, assertEquals } from "@std/assert";
import { CLIENT_NODE } from "../../sim/client_pool.ts";
import { Director } from "./traces/director.ts";

const BACKUP = 2;

/** How one node is cut off from all others. */
const ISOLATIONS = {
  "symmetric": (director: Director, index: number) => director.isolate(index),
  "send-only": (director: Director, index: number) => director.cut(director.others(index), [index]),
  "receive-only": (director: Director, index: number) =>
    director.cut([index], director.others(index)),
};

for (const [kind, isolate] of Object.entries(ISOLATIONS)) {
  Deno.test(`partitions: isolate backup, ${kind}: nobody misses it, and it catches up`, () => {
    const director = new Director();
    isolate(director, BACKUP);
    for (const value of ["1", "2", "3"]) {
      director.write("A", "k", value, 0);
      director.run(1_000);
    }
    // One that hears nothing must not drag the others out of their view (E15).
    assertEquals([director.primary, director.replica(0).view], [0, 0]);
    director.end();
  });

  for (const nodes of [3, 5]) {
    const who = nodes === 3 ? "isolate primary" : "primary-all";
    Deno.test(`partitions: ${who}, ${kind}: it is replaced`, () => {
      const director = new Director({ replicaCount: nodes });
      director.write("A", "k", "1", 0);
      isolate(director, 0);
      // A primary that is heard but hears nobody falls silent, so that it can be replaced (E16).
      const next = director.untilReplaced(0);
      director.write("A", "k", "2", next);
      director.end();
    });
  }
}

Deno.test("partitions: client-primary, symmetric: reads go on at the backups, writes are not lost", () => {
  const director = new Director();
  director.write("A", "k", "1", 0);
  director.run(100);
  director.cut([CLIENT_NODE], [0]);
  director.cut([0], [CLIENT_NODE]);
  assertEquals(director.read("A", "k", 1), "1");
  const before = director.clients.repliesTo("A").length;
  director.ask("A", "k", "2", 1);
  director.run(500);
  // It was passed on and executed; only the answer cannot come through.
  assert(!director.isAnswered("A", before));
  const { length } = director.world.oracle;
  director.heal();
  director.insist("A", before);
  director.acknowledged.set("k", "2");
  assertEquals(director.world.oracle.length, length, "it is executed once");
  director.end();
});

Deno.test("partitions: client-primary, drop requests: backups pass them on", () => {
  const director = new Director();
  director.cut([CLIENT_NODE], [0]);
  director.write("A", "k", "1", 0);
  director.end();
});

Deno.test("partitions: client-primary, drop replies: the answer is the same when it comes", () => {
  const director = new Director();
  director.cut([0], [CLIENT_NODE]);
  const before = director.clients.repliesTo("A").length;
  director.ask("A", "k", "1", 0);
  director.run(100);
  const executedAt = director.world.oracle.length;
  assert(!director.isAnswered("A", before));
  director.heal();
  director.insist("A", before);
  const reply = director.clients.repliesTo("A").at(-1)!;
  assert(reply.type === "result");
  assertEquals(reply.opNumber, executedAt);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("partitions: flexible quorum: of four, three go on without the fourth, and two halves do not", () => {
  const director = new Director({ replicaCount: 4 });
  director.isolate(3);
  director.write("A", "k", "1", 0);
  director.heal();
  director.until(() => director.isConverged);
  director.cut([0, 1], [2, 3]);
  director.cut([2, 3], [0, 1]);
  const before = director.clients.repliesTo("A").length;
  director.ask("A", "k", "2", 0);
  director.run(5_000);
  assert(!director.isAnswered("A", before));
  director.heal();
  director.insist("A", before);
  director.acknowledged.set("k", "2");
  director.end();
});

Deno.test("primary without clock sync: time in the log never goes back, whatever its clock does", () => {
  const director = new Director();
  const { wallClock } = director.world.node(0);
  for (const ms of [60_000, -120_000, 5, -5]) {
    wallClock.jump(ms);
    // The oracle checks the time of each entry.
    director.write("A", "k", `${ms}`, 0);
  }
  director.world.node(0).crash("lose");
  director.untilReplaced(0);
  director.write("A", "k", "later");
  director.end();
});

Deno.test("sync after partition: however much the others compacted away, one that comes back gets it", () => {
  const director = new Director({ snapshotLogBytes: 300, retainEntries: 0 });
  director.isolate(BACKUP);
  for (let number = 0; number < 30; number++) director.write("A", `${number % 4}`, `${number}`, 0);
  const { opNumber } = director.replica(BACKUP);
  assert(opNumber < 5, `it has ${opNumber} entries`);
  director.end();
});

Deno.test("new primary lagging behind checkpoint forfeits: it is no primary before it has everything", () => {
  const director = new Director({ snapshotLogBytes: 300, retainEntries: 0 });
  // Replica 1 is the primary of view 1, and misses more than the log of replica 2 can give it.
  director.isolate(1);
  for (let number = 0; number < 10; number++) director.write("A", `${number % 4}`, `${number}`, 0);
  director.run(100);
  director.world.node(0).crash("keep");
  director.heal();
  const next = director.untilReplaced(0);
  assertEquals(director.replica(next).commitNumber >= 10, true);
  for (const [key, value] of director.acknowledged) {
    assertEquals(director.read("A", key, next), value);
  }
  director.end();
});

Deno.test("ack of an already committed prepare: it is acknowledged again, and changes nothing", () => {
  const director = new Director();
  const late = director.hold(["prepare"], ({ to }) => to === BACKUP);
  director.write("A", "k", "1", 0);
  director.until(() => director.isConverged);
  const acks: number[] = [];
  director.world.network.filter(({ from, type }) => {
    if (type === "prepareOk") acks.push(from);
    return undefined;
  });
  const { length } = director.world.oracle;
  late.release();
  director.run(5);
  assertEquals(acks, [BACKUP]);
  assertEquals(director.replica(BACKUP).opNumber, length);
  director.end();
});

Deno.test("duel of the primaries: two that each think they lead do not both commit", () => {
  const director = new Director({}, ["A", "B"]);
  director.isolate(0);
  director.ask("B", "k", "of view 0", 0);
  director.untilReplaced(0);
  // Both lead now: one in view 0, which it does not know to be over, one in view 1.
  assert(director.replica(0).leading && director.replica(1).leading);
  director.write("A", "k", "of view 1", 1);
  const asked = director.clients.repliesTo("B").length;
  // The partition moves: now the primary of view 1 is alone, and 0 and 2 have to agree.
  director.heal();
  director.isolate(1);
  director.ask("A", "k", "of view 1, alone", 1);
  director.until(() => director.primary !== undefined && director.primary !== 1);
  assertEquals(director.read("B", "k", director.primary!), "of view 1", "as it was acknowledged");
  assert(!director.clients.repliesTo("B").slice(0, asked).some(({ type }) => type === "result"));
  director.heal();
  director.insist("A");
  director.acknowledged.set("k", "of view 1, alone");
  director.end();
});

Deno.test("nack of older view: an entry of an abandoned view does not come back", () => {
  const director = new Director({}, ["A", "B"]);
  director.isolate(0);
  director.ask("B", "k", "abandoned", 0);
  director.run(20);
  director.world.node(0).crash("keep");
  director.heal();
  director.until(() => (director.primary ?? 0) !== 0);
  director.write("A", "k", "kept");
  // It comes back with its old entry at the op-number of the new one, and votes with that.
  director.isolate(2);
  director.world.node(0).start();
  director.until(() => director.world.node(0).isNormal);
  assertEquals(director.read("A", "k", 0), "kept");
  director.heal();
  director.end();
});

Deno.test("partitioned replica with higher view cannot lock out client", () => {
  const director = new Director();
  director.write("A", "k", "1", 0);
  director.until(() => director.isConverged);
  // It loses its disk and, as it may have forgotten promises, comes back two views on: but is cut off then.
  const views = director.drop(["startViewChange", "doViewChange"], ({ from }) => from === BACKUP);
  director.world.node(BACKUP).wipe();
  director.world.node(BACKUP).start();
  director.until(() => director.world.node(BACKUP).replica?.view === 2);
  director.isolate(BACKUP);
  views();
  for (const value of ["2", "3", "4"]) {
    director.write("A", "k", value, BACKUP);
    director.run(1_000);
  }
  assertEquals(director.replica(0).view, 0);
  director.end();
});

Deno.test("eviction no_session: a client whose session was evicted is told so, and executes nothing more", () => {
  const director = new Director({}, []);
  director.clients.open("A", { sessionsMax: 1 });
  director.clients.open("B", { sessionsMax: 1 });
  const { length } = director.world.oracle;
  director.ask("A", "k", "never", 0);
  director.run(50);
  assertEquals(director.clients.repliesTo("A").at(-1)?.type, "noSession");
  assert(director.world.oracle.length <= length + 1);
  assertEquals(director.read("B", "k", 1), null);
});
