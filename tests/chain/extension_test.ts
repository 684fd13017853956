import { assert, assertEquals } from "@std/assert";
import type { ChainMessage } from "../../protocols/chain/messages.ts";
import { type Attempt, show } from "../protocols/member_cluster.ts";
import { ChainCluster } from "./cluster.ts";
import { chainOfTwo, extend } from "./extending.ts";

Deno.test("one that joins copies everything, and is then the tail", () => {
  const cluster = chainOfTwo();
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1", "x=2", "y=1"]);
  extend(cluster, [0, 1], 2);
  cluster.settle();
  assertEquals(cluster.node(2).machine.applied, ["x=1", "x=2", "y=1"]);
  assertEquals(cluster.nodes.map((node) => node.replica!.role), ["head", "middle", "tail"]);
  const attempt = cluster.submit(0, client, 4, "x=3");
  assertEquals([show(cluster.answer(attempt)), attempt.from], ["3", [2]]);
});

Deno.test("a newcomer to a chain in which nothing was ever written joins, too", () => {
  const cluster = chainOfTwo();
  extend(cluster, [0, 1], 2);
  cluster.settle();
  assertEquals(cluster.execute(cluster.session(), 1, ["x=1"]), ["1"]);
  assertEquals(cluster.failures, []);
});

Deno.test("a chain is extended under load: nothing is lost, and no answer is early or twice", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const cluster = chainOfTwo({ seed, diskMs: (random: () => number) => 0.2 + random() });
    const clients = Array.from({ length: 8 }, () => cluster.session());
    const numbers = clients.map(() => 0);
    const open = new Map<number, Attempt>();
    const answered: string[] = [];
    const pump = () => {
      for (const [index, client] of clients.entries()) {
        const attempt = open.get(index);
        const [reply] = attempt?.replies ?? [];
        if (attempt !== undefined && reply === undefined) continue;
        if (reply?.type === "result") answered.push(`x=${index}.${numbers[index]}`);
        numbers[index]!++;
        open.set(index, cluster.submit(0, client, numbers[index]!, `x=${index}.${numbers[index]}`));
      }
      cluster.run(1);
    };
    for (let turn = 0; turn < 40; turn++) pump();
    cluster.assign([0, 1], { joining: 2 });
    const { epoch } = cluster.configuration!;
    const isExtended = () =>
      cluster.node(1).toldOf("extended").some((each) => each.epoch === epoch);
    for (let turn = 0; turn < 500 && !isExtended(); turn++) pump();
    assert(isExtended(), `seed ${seed}: not extended under load\n${cluster.describe()}`);
    for (let turn = 0; turn < 20; turn++) pump();
    cluster.assign([0, 1, 2]);
    for (let turn = 0; turn < 100; turn++) pump();
    cluster.settle();
    const { applied } = cluster.node(2).machine;
    assertEquals(new Set(applied).size, applied.length);
    for (const each of answered) assert(applied.includes(each), each);
    assertEquals(applied, cluster.node(0).machine.applied);
    assertEquals(applied, cluster.node(1).machine.applied);
    assertEquals(cluster.failures, []);
  }
});

Deno.test("from the declaration on the last member commits nothing, and vouches for nothing, until the master has decided", () => {
  const cluster = chainOfTwo();
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => cluster.node(1).toldOf("extended").length > 0);
  // However long that takes.
  cluster.run(1_000);
  const write = cluster.submit(0, client, 2, "x=2");
  cluster.run(20);
  const reads = [0, 1].map((node) => cluster.query(node, "x"));
  cluster.run(300);
  assertEquals([write, ...reads].map(({ replies }) => replies), [[], [], []]);
  // What is clean is as good as ever.
  assertEquals([cluster.read(0, "y"), cluster.read(1, "y")], ["", ""]);
  assertEquals(cluster.node(2).machine.applied, ["x=1"]);
  cluster.assign([0, 1, 2]);
  cluster.settle();
  assertEquals(write.replies.map(show), ["2"]);
  assertEquals(write.from, [2]);
  assertEquals(reads.map(({ replies }) => replies.map(show)), [["1,2"], ["1,2"]]);
});

Deno.test("a last member that has declared the newcomer the tail knows it after a crash, too", () => {
  for (const name of ["replica", "journal"] as const) {
    const cluster = chainOfTwo();
    const client = cluster.session();
    cluster.assign([0, 1], { joining: 2 });
    cluster.until(() => cluster.node(1).toldOf("extended").length > 0);
    cluster.node(1).told = [];
    // The master may have made the newcomer the tail: node 1 is told what was true before.
    cluster.crashActor(1, name);
    const write = cluster.submit(0, client, 1, "x=1");
    cluster.settle();
    assertEquals(write.replies, []);
    assertEquals(cluster.node(1).replica!.frozen, true);
    assert(cluster.node(1).toldOf("extended").length > 0);
    cluster.assign([0, 1, 2]);
    cluster.settle();
    assertEquals(write.replies.map(show), ["1"]);
  }
});

Deno.test("the newcomer answers nothing before it is a member", () => {
  const cluster = chainOfTwo();
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => cluster.node(1).toldOf("extended").length > 0);
  for (const consistency of ["linearizable", "stale"] as const) {
    const read = cluster.query(2, "x", consistency);
    cluster.settle();
    assertEquals([read.replies.map(show), read.from], [["1"], [0]]);
  }
});

Deno.test("if the newcomer is gone, the last member goes on alone as soon as the master says so", () => {
  const cluster = chainOfTwo();
  const client = cluster.session();
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => cluster.node(1).toldOf("extended").length > 0);
  cluster.crash(2);
  const write = cluster.submit(0, client, 1, "x=1");
  cluster.run(200);
  assertEquals(write.replies, []);
  cluster.assign([0, 1]);
  cluster.settle();
  assertEquals([write.replies.map(show), write.from], [["1"], [1]]);
});

Deno.test("the last member does not wait for long for a newcomer that stops short: it was declared to nobody", () => {
  const cluster = chainOfTwo();
  const client = cluster.session();
  cluster.settle();
  cluster.node(2).disk.holdNext("sync");
  const numbers = [1, 2, 3, 4, 5];
  cluster.execute(client, 1, ["x=0"]);
  cluster.assign([0, 1], { joining: 2 });
  const attempts = numbers.map((number) => {
    cluster.run(20);
    return cluster.submit(0, client, number + 1, `x=${number}`);
  });
  cluster.run(200);
  assertEquals([cluster.node(1).replica!.frozen, attempts[4]!.replies], [true, []]);
  cluster.run(600);
  assertEquals(attempts.map(({ replies }) => replies.map(show)), [["2"], ["3"], ["4"], ["5"], [
    "6",
  ]]);
  assertEquals(cluster.node(1).toldOf("extended"), []);
  assertEquals(cluster.execute(client, 7, ["x=6", "x=7"]), ["7", "8"]);
});

Deno.test("what an earlier newcomer has acknowledged says nothing of a later one", () => {
  const cluster = ChainCluster.of(4);
  cluster.assign([0, 1]);
  cluster.execute(cluster.session(), 1, ["x=1", "x=2"]);
  const acks: ChainMessage[] = [];
  const undo = cluster.onMessage((message, from) => {
    if (message.type !== "ack" || from < 2) return undefined;
    acks.push(message);
    return { copies: 0 };
  });
  cluster.assign([0, 1], { joining: 2 });
  cluster.run(100);
  cluster.assign([0, 1], { joining: 3 });
  cluster.run(100);
  const late = acks.filter(({ node }) => node === 2);
  for (const message of late) cluster.deliver(1, message);
  cluster.run(100);
  assert(late.length > 0);
  assertEquals(cluster.node(1).toldOf("extended"), []);
  undo();
  cluster.until(() => cluster.node(1).toldOf("extended").length > 0);
});

Deno.test("the donor fails: the one before it is the donor, and the newcomer goes on where it was", () => {
  const cluster = chainOfTwo();
  const client = cluster.session();
  cluster.execute(client, 1, Array.from({ length: 20 }, (_, index) => `x=${index}`));
  cluster.settle();
  cluster.assign([0, 1], { joining: 2 });
  cluster.run(4);
  cluster.crash(1);
  extend(cluster, [0], 2);
  cluster.settle();
  assertEquals(cluster.node(2).machine.applied, cluster.node(0).machine.applied);
  assertEquals(cluster.execute(client, 21, ["x=20"]), ["21"]);
});

Deno.test("a newcomer whose process fails while it copies goes on where it was", () => {
  const cluster = chainOfTwo();
  const client = cluster.session();
  cluster.execute(client, 1, Array.from({ length: 20 }, (_, index) => `x=${index}`));
  cluster.settle();
  cluster.drop("ack");
  cluster.assign([0, 1], { joining: 2 });
  cluster.run(6);
  cluster.restart(2);
  cluster.run(20);
  assertEquals(cluster.node(2).replica!.opNumber, 21);
});

Deno.test("one that returns with what its donor has not yet made durable waits for that", () => {
  const cluster = ChainCluster.of(2);
  const client = cluster.session();
  cluster.settle();
  cluster.node(1).disk.holdNext("sync");
  const attempt = cluster.submit(0, client, 1, "x=1");
  cluster.run(100);
  assertEquals(cluster.nodes.map(({ replica }) => replica!.applied), [2, 1]);
  cluster.assign([1], { joining: 0 });
  cluster.run(200);
  // The only member could still lose it: nobody may count on the newcomer's copy.
  assertEquals([cluster.node(1).toldOf("extended"), cluster.failures], [[], []]);
  cluster.node(1).disk.release();
  cluster.settle();
  assertEquals(cluster.node(1).toldOf("extended").length > 0, true);
  cluster.assign([1, 0]);
  cluster.settle();
  // The old head did not know what becomes of it; the one that is the tail in the end does.
  assertEquals(attempt.replies.map(show), ["interrupted", "1"]);
  assertEquals(cluster.failures, []);
});

Deno.test("a newcomer that is far behind takes the snapshot first, however small its pieces", () => {
  const maybe = (label: string) => label === "chain/small-piece";
  const cluster = chainOfTwo({ snapshotLogBytes: 2_000, maybe });
  const client = cluster.session();
  cluster.execute(client, 1, Array.from({ length: 100 }, (_, index) => `x=${index}`));
  cluster.settle();
  extend(cluster, [0, 1], 2);
  cluster.settle();
  assertEquals(cluster.node(2).machine.applied, cluster.node(0).machine.applied);
  assert(cluster.log.some(({ text }) => text.includes("fetching the snapshot")));
  assertEquals(cluster.execute(client, 101, ["x=last"]), ["101"]);
  // It is a member like any other, with a disk of its own.
  cluster.restart(2);
  cluster.settle();
  assertEquals([cluster.read(2, "x").split(",").length, cluster.failures], [101, []]);
});

Deno.test("pieces of a snapshot that are lost are asked for again", () => {
  const cluster = chainOfTwo({ snapshotLogBytes: 2_000, ballast: 10 });
  const client = cluster.session();
  cluster.execute(client, 1, Array.from({ length: 60 }, (_, index) => `x=${index}`));
  cluster.settle();
  let pieces = 0;
  cluster.onMessage(({ type }) =>
    type === "checkpointPiece" && ++pieces % 2 === 1 ? { copies: 0 } : undefined
  );
  extend(cluster, [0, 1], 2);
  cluster.settle();
  assertEquals(cluster.node(2).machine.applied, cluster.node(0).machine.applied);
  assert(pieces > 2);
});

Deno.test("a newcomer far behind joins a chain that is written to all the time", () => {
  const cluster = chainOfTwo({ snapshotLogBytes: 4_000, ballast: 4, retainEntries: 0 });
  const client = cluster.session();
  cluster.execute(client, 1, Array.from({ length: 60 }, (_, index) => `x=${index}`));
  cluster.assign([0, 1], { joining: 2 });
  let number = 60;
  let attempt: Attempt | undefined;
  for (let turn = 0; turn < 2_000; turn++) {
    if (cluster.node(1).toldOf("extended").length > 0) break;
    if (attempt === undefined || attempt.replies.length > 0) {
      attempt = cluster.submit(0, client, ++number, `x=${number}`);
    }
    cluster.run(2);
  }
  cluster.assign([0, 1, 2]);
  cluster.settle();
  assertEquals(cluster.node(2).machine.applied, cluster.node(0).machine.applied);
  assertEquals(cluster.failures, []);
});

Deno.test("a member's snapshots let it forget its log, and start again from them", () => {
  const cluster = ChainCluster.of(3, { snapshotLogBytes: 2_000 });
  const client = cluster.session();
  cluster.execute(client, 1, Array.from({ length: 200 }, (_, index) => `x=${index}`));
  cluster.settle();
  for (const { replica } of cluster.nodes) {
    assert(replica!.logBytes < 6_000, `${replica!.logBytes}`);
  }
  for (const node of [0, 1, 2]) cluster.crash(node);
  for (const node of [0, 1, 2]) cluster.restart(node);
  cluster.settle();
  assertEquals(cluster.read(1, "x").split(",").length, 200);
  assertEquals(cluster.execute(client, 200, ["x=199"]), ["200"]);
});
