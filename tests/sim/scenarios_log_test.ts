/**
 * What becomes of damaged and lost disks: the scenarios of TigerBeetle's replica tests that apply to us
 * (reference/vr.md, 3.5), by their names.
 */
import { assert, assertEquals } from "@std/assert";
import { GENESIS, sealEntry } from "../../protocols/entry.ts";
import { Director } from "./traces/director.ts";

/** A group in which five writes were acknowledged and are on every disk; the last is the head. */
function written(nodes = 3): { readonly director: Director; readonly head: number } {
  const director = new Director({ replicaCount: nodes }, ["A", "B"]);
  for (const key of ["a", "b", "c", "d", "e"]) director.write("A", key, `${key}1`, 0);
  director.until(() => director.isConverged);
  return { director, head: director.replica(0).opNumber };
}

/** A node dies, entries on its disk are damaged, and it comes back. */
function damaged(director: Director, index: number, ...entries: readonly number[]): void {
  director.world.node(index).crash("keep");
  for (const entry of entries) director.damage(index, entry);
  director.world.node(index).start();
}

Deno.test("WAL corrupt right of head: what is not part of the log is not missed", () => {
  const { director } = written();
  director.world.node(2).crash("keep");
  const { onlyDisk: disk } = director.world.node(2);
  const [name, bytes] = [...disk.durable()].find(([file]) => file.startsWith("log-"))!;
  assertEquals(bytes.at(-1), 0, "the file is longer than the log in it");
  disk.flip(name, bytes.length - 1, 0xff);
  director.world.node(2).start();
  director.end();
});

Deno.test("WAL corrupt left of head: a damaged entry is repaired from the others", () => {
  const { director, head } = written();
  damaged(director, 2, head - 2);
  director.until(() => director.world.node(2).isNormal);
  assertEquals(director.replica(2).opNumber, director.replica(0).opNumber);
  director.end();
});

Deno.test("WAL corrupt root: the first entry is repaired like any other", () => {
  const { director } = written();
  // The session was opened before anything was written.
  damaged(director, 2, 1);
  director.until(() => director.world.node(2).isNormal);
  director.end();
});

Deno.test("WAL corrupt checkpoint..head: everything after the snapshot is repaired", () => {
  const director = new Director({ snapshotLogBytes: 300, retainEntries: 0 }, ["A"]);
  for (const key of ["a", "b", "c", "d", "e", "f", "g"]) director.write("A", key, key, 0);
  director.until(() => director.isConverged);
  director.world.node(2).crash("keep");
  const files = [...director.world.node(2).onlyDisk.durable()];
  assert(files.some(([name]) => name.startsWith("snapshot-")), "there is a snapshot");
  for (const [name, bytes] of files) {
    for (let at = 64; name.startsWith("log-") && at < bytes.length; at += 97) {
      director.world.node(2).onlyDisk.flip(name, at);
    }
  }
  director.world.node(2).start();
  director.until(() => director.world.node(2).isNormal);
  director.end();
});

Deno.test("WAL torn prepare: an entry that the power failure tore was never acknowledged", () => {
  const { director } = written();
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = director.clients.repliesTo("A").length;
    director.ask("A", "t", `${attempt}`, director.primary!);
    // The request takes 1 ms, PREPARE another, and the write has begun but is not synced.
    director.run(2.02);
    director.world.node(2).crash("tear");
    director.world.node(2).start();
    director.insist("A", before);
    director.acknowledged.set("t", `${attempt}`);
    director.until(() => director.isConverged);
  }
  director.end();
});

Deno.test("recovering_head with outdated View: what was said of an earlier view is not gone by", () => {
  const { director, head } = written(5);
  const held = director.hold(["recoveryResponse"], ({ to }) => to === 4);
  damaged(director, 4, head);
  director.until(() => held.messages.length >= 3);
  director.world.node(0).crash("keep");
  director.untilReplaced(0);
  director.write("A", "later", "1");
  const old = [...held.messages];
  held.release();
  for (const sent of old) director.world.network.deliver(sent);
  director.until(() => director.world.node(4).isNormal);
  assertEquals(director.replica(4).view, director.replica(director.primary!).view);
  director.end();
});

Deno.test("idle cluster recovering head: it takes no request to repair a log", () => {
  const { director, head } = written();
  damaged(director, 2, head);
  director.until(() => director.isConverged);
  assertEquals(director.replica(2).opNumber, director.replica(0).opNumber);
  director.end();
});

Deno.test("reformat: a replica on an empty disk gets everything back before it takes part", () => {
  const { director, head } = written();
  director.world.node(2).wipe();
  director.world.node(2).start();
  director.until(() => director.world.node(2).isNormal);
  assert(director.replica(2).opNumber >= head);
  director.end();
});

Deno.test("reformat with too many faults: a group that lost most of its disks does not begin anew", () => {
  const { director } = written();
  for (const index of [1, 2]) director.world.node(index).wipe();
  for (const index of [1, 2]) director.world.node(index).start();
  director.run(5_000);
  const before = director.clients.repliesTo("B").length;
  director.ask("B", "b", "2", 0);
  director.run(5_000);
  assert(!director.isAnswered("B", before), "nobody knows what was acknowledged");
  for (const index of [1, 2]) assertEquals(director.replica(index).status, "recovering");
});

Deno.test("corrupt committed pipeline op must not be nacked: a damaged entry may be the acknowledged one", () => {
  const { director } = written();
  // Entry n is on the disks of 0 and 2 only; 2's copy is damaged, and 0 is away.
  director.isolate(1);
  director.write("A", "n", "acknowledged", 0);
  director.world.node(0).crash("keep");
  damaged(director, 2, director.world.oracle.length);
  director.heal();
  director.run(8_000);
  assertEquals(director.primary, undefined, "no view begins without the entry");
  director.end();
});

Deno.test("faulty-header stalls (1+1/2): with one log away and the end of another lost nobody guesses", () => {
  const { director, head } = written();
  director.world.node(0).crash("keep");
  damaged(director, 2, head);
  director.run(8_000);
  assertEquals([director.primary, director.replica(2).status], [undefined, "recovering"]);
  director.end();
});

Deno.test("faulty-header stalls (2/3): a group that does not know where most of its logs end stays so", () => {
  const { director, head } = written();
  for (const index of [0, 1, 2]) director.world.node(index).crash("keep");
  for (const index of [1, 2]) director.damage(index, head);
  director.world.startAll();
  director.run(8_000);
  // Replica 0 has everything, but cannot know that: the others might have acknowledged more.
  assertEquals(director.primary, undefined);
  for (const index of [1, 2]) assertEquals(director.replica(index).status, "recovering");
});

Deno.test("faulty-header success (1+1/2): two logs damaged in different places repair each other", () => {
  const { director, head } = written();
  for (const index of [0, 1, 2]) director.world.node(index).crash("keep");
  damaged(director, 1, head - 2);
  damaged(director, 2, head - 3);
  director.until(() => director.primary !== undefined);
  director.end();
});

Deno.test("faulty-header success (2+1/3): two whole logs repair the third", () => {
  const { director, head } = written();
  damaged(director, 1, head, head - 1);
  director.until(() => director.isConverged);
  director.end();
});

Deno.test("corrupt reply repaired: answers stand in the snapshot, and a damaged one is replaced", () => {
  const director = new Director({ snapshotLogBytes: 300, retainEntries: 0 }, ["A"]);
  for (const key of ["a", "b", "c", "d", "e", "f", "g"]) director.write("A", key, key, 0);
  director.until(() => director.isConverged);
  const { world } = director;
  world.node(2).crash("keep");
  const { onlyDisk: disk } = world.node(2);
  for (const [name, bytes] of disk.durable()) {
    if (name.startsWith("snapshot-")) disk.flip(name, bytes.length >> 1);
  }
  world.node(2).start();
  director.until(() => director.isConverged);
  assert(world.notes.some((line) => line.includes("node 2") && line.includes("damaged")));
  // Asked again as primary, it gives the answer that was given.
  const { length } = world.oracle;
  world.node(0).crash("keep");
  world.node(1).crash("keep");
  world.node(1).start();
  director.until(() => (director.primary ?? 0) !== 0);
  const before = director.clients.repliesTo("A").length;
  director.clients.repeat("A", 2);
  director.insist("A", before);
  const reply = director.clients.repliesTo("A").at(-1)!;
  assert(reply.type === "result" && reply.opNumber <= length);
  director.end();
});

Deno.test("broken hash chain within a view: entries that do not follow the log are not taken", () => {
  const { director, head } = written();
  const { world } = director;
  const missed = director.drop(["prepare"], ({ to }) => to === 2);
  const asked = director.hold(["getState"], ({ from }) => from === 2);
  director.write("A", "f", "true", 0);
  director.until(() => asked.messages.length > 0);
  missed();
  const [question] = asked.messages;
  const entry = sealEntry({
    opNumber: head + 1,
    view: 0,
    time: 1,
    parent: GENESIS,
    requests: [],
  });
  const end = { opNumber: head + 1, head: entry.checksum, commitNumber: head + 1 };
  const message = { type: "newState", view: 0, after: head, entries: [entry], ...end, replica: 0 };
  world.network.deliver({ ...question!, from: 0, to: 2, message });
  director.run(5);
  assertEquals(director.replica(2).opNumber, head);
  asked.release();
  director.end();
});

Deno.test("primary with dirty log: a damaged primary does not begin its view, and is passed over", () => {
  const { director, head } = written(5);
  const silence = director.drop(["recoveryResponse"], ({ to }) => to === 1);
  damaged(director, 1, head);
  director.run(20);
  assertEquals(director.replica(1).status, "recovering");
  director.world.node(0).crash("keep");
  assertEquals(director.untilReplaced(0), 2);
  director.write("A", "later", "1");
  silence();
  director.end();
});

Deno.test("backup fast-forward one checkpoint: what is compacted away comes as a snapshot", () => {
  const director = new Director({ snapshotLogBytes: 300, retainEntries: 0 }, ["A"]);
  const offered: string[] = [];
  director.world.network.filter(({ type }) => {
    if (type === "newCheckpoint") offered.push(type);
    return undefined;
  });
  director.isolate(2);
  for (const key of ["a", "b", "c", "d", "e"]) director.write("A", key, key, 0);
  director.heal();
  director.until(() => director.isConverged);
  assert(offered.length > 0);
  director.end();
});
