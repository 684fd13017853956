import { assert, assertEquals } from "@std/assert";
import { show } from "../protocols/member_cluster.ts";
import { ChainCluster } from "./cluster.ts";
import { extend } from "./extending.ts";

Deno.test("one that returns with entries of its own, never committed, drops them", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.settle();
  // The head orders what nobody else gets, and is expelled.
  const undo = cluster.drop("update");
  const lost = [2, 3, 4].map((number) => cluster.submit(0, client, number, `x=lost${number}`));
  cluster.run(50);
  assertEquals(cluster.node(0).replica!.opNumber > cluster.node(1).replica!.opNumber, true);
  cluster.crash(0);
  undo();
  cluster.assign([1, 2]);
  cluster.settle();
  // More than it had, and less: both ways the ends of the logs say nothing.
  cluster.execute(client, 5, ["x=5"], 1);
  cluster.start(0);
  cluster.until(() => cluster.node(0).ready !== undefined);
  extend(cluster, [1, 2], 0);
  cluster.settle();
  assertEquals(cluster.execute(client, 6, ["x=6"], 1), ["3"]);
  cluster.settle();
  for (const { machine } of cluster.nodes) assertEquals(machine.applied, ["x=1", "x=5", "x=6"]);
  assertEquals(lost.flatMap(({ replies }) => replies.map(show)), []);
  assertEquals(cluster.failures, []);
});

Deno.test("one that returns with a longer log than the chain's drops what is too much, and is no tail before", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.drop("update");
  for (const number of [1, 2, 3]) {
    cluster.submit(0, client, number, `x=lost${number}`);
    cluster.run(5);
  }
  undo();
  // It lives, and is told that it is no member any more.
  cluster.assign([1, 2]);
  cluster.run(20);
  assertEquals(cluster.node(0).replica!.opNumber, 4);
  extend(cluster, [1, 2], 0);
  cluster.settle();
  assertEquals(cluster.nodes.map(({ replica }) => replica!.opNumber), [1, 1, 1]);
  for (const { machine } of cluster.nodes) assertEquals(machine.applied, []);
  assertEquals(cluster.execute(client, 4, ["x=new"], 1), ["1"]);
});

Deno.test("what one that returns has dropped is gone from its disk before anybody counts on its log", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.drop("update");
  cluster.submit(0, client, 1, "x=lost");
  cluster.run(20);
  undo();
  cluster.assign([1, 2]);
  cluster.settle();
  cluster.assign([1, 2], { joining: 0 });
  // After the record of its place, what the joining replica writes is what it drops.
  const isDropping = () => cluster.log.some(({ text }) => text.startsWith("dropping entries"));
  cluster.until(isDropping, 500, "dropping");
  cluster.node(0).disk.holdNext("sync");
  cluster.run(4_000);
  assertEquals(cluster.node(2).toldOf("extended"), []);
  // That nothing comes is no fault of the predecessor, which was asked for nothing yet.
  assertEquals(cluster.node(0).toldOf("deaf").filter(({ node }) => node !== null), []);
  cluster.node(0).disk.release();
  cluster.settle();
  assertEquals(cluster.node(2).toldOf("extended").length > 0, true);
  cluster.restart(0);
  cluster.settle();
  assertEquals(cluster.nodes.map(({ replica }) => replica!.opNumber), [1, 1, 1]);
});

/**
 * A node returns with a damaged log, and its disk fails after some operations. Returns whether it was counted on
 * before the damage was gone from the disk.
 */
function isCountedOnDamaged(operations: number): boolean {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.drop("update");
  for (const number of [1, 2]) {
    cluster.submit(0, client, number, `x=lost${number}`);
    cluster.run(20);
  }
  const { disk } = cluster.node(0);
  cluster.crash(0);
  undo();
  const name = disk.files.find((file) => file.startsWith("log-"))!;
  const contents = disk.contents(name)!;
  contents[new TextDecoder("latin1").decode(contents).indexOf("x=lost1")]! ^= 1;
  disk.plant(name, contents);
  cluster.assign([1, 2]);
  cluster.settle();
  disk.stopAfter(operations);
  cluster.start(0);
  cluster.run(30);
  if (cluster.node(0).ready === undefined) return false;
  const { birth } = cluster.node(0);
  cluster.assign([1, 2], { joining: 0 });
  cluster.run(200);
  const isCountedOn = cluster.node(2).toldOf("extended").length > 0;
  cluster.restart(0);
  return isCountedOn && cluster.node(0).birth !== birth;
}

Deno.test("one whose log was damaged is counted on only when the damage is gone from its disk", () => {
  for (let operations = 0; operations < 60; operations++) {
    assert(!isCountedOnDamaged(operations), `after ${operations} disk operations`);
  }
});

/** Three requests are executed; then the tail crashes, and the second one is damaged in its log. */
function chainWithDamage() {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1", "x=2", "x=3"]);
  cluster.settle();
  const { birth, disk } = cluster.node(2);
  cluster.crash(2);
  const name = disk.files.find((file) => file.startsWith("log-"))!;
  const contents = disk.contents(name)!;
  const text = new TextDecoder("latin1").decode(contents);
  contents[text.indexOf("x=2")]! ^= 1;
  disk.plant(name, contents);
  return { cluster, birth, disk };
}

Deno.test("one whose log is damaged is another replica, wherever its process fails while it finds out", () => {
  for (let operations = 0; operations < 40; operations++) {
    const { cluster, birth, disk } = chainWithDamage();
    disk.stopAfter(operations);
    cluster.start(2);
    cluster.run(20);
    cluster.crash(2);
    cluster.start(2);
    cluster.until(() => cluster.node(2).ready !== undefined);
    assert(cluster.node(2).birth !== birth, `after ${operations} disk operations`);
  }
});

Deno.test("one whose log is damaged is another replica, and is copied anew", () => {
  const { cluster, birth } = chainWithDamage();
  cluster.start(2);
  cluster.until(() => cluster.node(2).ready !== undefined);
  assert(cluster.node(2).birth !== birth);
  // The master has not noticed yet: the place in the chain is another one's.
  cluster.tell(2);
  cluster.deliver(2, {
    type: "assigned",
    volume: {
      ...cluster.configuration!,
      epoch: 2,
      members: [0, 1, 2].map((node) => ({ node, birth: node === 2 ? birth : 0 })),
    },
  });
  cluster.run(50);
  assertEquals(cluster.node(2).replica!.role, "spare");
  cluster.assign([0, 1], { epoch: 3 });
  extend(cluster, [0, 1], 2);
  cluster.settle();
  assertEquals(cluster.node(2).machine.applied, ["x=1", "x=2", "x=3"]);
  assertEquals(cluster.failures, []);
});

Deno.test("one whose disk is lost begins from nothing, by another birth", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  const { birth } = cluster.node(1);
  cluster.wipe(1);
  cluster.start(1);
  cluster.until(() => cluster.node(1).ready !== undefined);
  assert(cluster.node(1).birth !== birth);
  cluster.assign([0, 2]);
  extend(cluster, [0, 2], 1);
  cluster.settle();
  assertEquals(cluster.execute(client, 2, ["x=2"]), ["2"]);
  cluster.settle();
  assertEquals(cluster.node(1).machine.applied, ["x=1", "x=2"]);
});
