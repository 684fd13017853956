// What the master decides otherwise where every member has to do with every other.
import { assert, assertEquals } from "@std/assert";
import { MasterCluster } from "./cluster.ts";
import { ScriptedMaster } from "./scripted_master.ts";

const FIVE = { nodeCount: 5, volumes: 1, length: 5, topology: "clique" } as const;
const THREE_OF_FIVE = { ...FIVE, length: 3 } as const;
const THREE = { ...FIVE, nodeCount: 3, length: 3 } as const;

/** Whom the master intends to expel. */
function expelling(master: ScriptedMaster): number[] {
  return master.configuration.nodes
    .filter(({ expelling }) => expelling !== null)
    .map(({ node }) => node);
}

Deno.test("MasterMachine of a clique expels whom any member suspects", () => {
  for (const accuser of [0, 1, 3, 4]) {
    const master = ScriptedMaster.formed(FIVE);
    master.report(accuser, 2);
    assertEquals(expelling(master), [2]);
    assertEquals(master.expel(2), "done");
    assertEquals(master.order(), [0, 1, 3, 4]);
  }
});

Deno.test("MasterMachine of a clique takes no notice of who has no volume in common with the accused", () => {
  const master = ScriptedMaster.formed(THREE_OF_FIVE);
  assertEquals(master.order(), [0, 1, 2]);
  master.report(3, 0);
  assertEquals(expelling(master), []);
});

Deno.test("MasterMachine of a clique takes no notice of members whose own word is worth nothing", () => {
  const master = ScriptedMaster.formed(FIVE);
  // Cut off; then: without a disk; then: suspected by a majority.
  master.report(4, 0, 1, 2);
  assertEquals(expelling(master), []);
  master.report(4, 0, 4);
  assertEquals(expelling(master), [4]);
  master.report(4);
  for (const node of [0, 1, 2]) master.report(node, 4);
  master.report(4, 3);
  assertEquals(expelling(master), [4]);
});

Deno.test("MasterMachine of a clique expels the one of two that is accused first", () => {
  const master = ScriptedMaster.formed(FIVE);
  master.report(4, 1);
  master.report(1, 4);
  assertEquals(expelling(master), [1]);
  master.expel(1);
  assertEquals(master.order(), [0, 2, 3, 4]);
  assertEquals(expelling(master), []);
});

Deno.test("MasterMachine of a clique takes it from who joins that it has joined, and from nobody else", () => {
  const master = ScriptedMaster.formed(THREE);
  master.report(0, 2);
  master.expel(2);
  master.report(0);
  assertEquals(master.volume().joining, { node: 2, birth: 102 });
  const { epoch } = master.volume();
  const said = { type: "extended", volume: 0, epoch } as const;
  for (const node of [0, 1]) {
    assertEquals(master.submit({ ...said, node, entrance: 1 }), "void");
  }
  assertEquals(master.submit({ ...said, node: 2, entrance: 1, epoch: epoch - 1 }), "void");
  assertEquals(master.submit({ ...said, node: 2, entrance: 2 }), "void");
  assertEquals(master.submit({ ...said, node: 2, entrance: 1 }), "done");
  assertEquals(master.order(), [0, 1, 2]);
  assertEquals(master.volume().epoch, epoch + 1);
  assertEquals(master.submit({ ...said, node: 2, entrance: 1 }), "void");
});

Deno.test("MasterMachine of a clique voids it that a node has joined that has lost its disk since", () => {
  const master = ScriptedMaster.formed(THREE);
  master.report(0, 2);
  master.expel(2);
  master.report(0);
  const { epoch } = master.volume();
  master.enter(2, 777);
  assertEquals(master.volume().joining, { node: 2, birth: 777 });
  assertEquals(master.volume().epoch, epoch + 1);
  const said = { type: "extended", node: 2, entrance: 2, volume: 0 } as const;
  assertEquals(master.submit({ ...said, epoch }), "void");
  assertEquals(master.submit({ ...said, epoch: epoch + 1 }), "done");
  assertEquals(master.volume().members.at(-1), { node: 2, birth: 777 });
});

Deno.test("MasterMachine of a clique lets go of the last member, whose disk is lost, once there is a copy", () => {
  const master = ScriptedMaster.formed({ ...THREE, nodeCount: 2, length: 2 });
  master.report(1, 0);
  master.expel(0);
  master.report(1);
  assertEquals(master.volume().joining?.node, 0);
  // Everything has been copied by now. Node 1 comes back with another disk, and nobody knows yet.
  const { epoch } = master.volume();
  master.enter(1, 777);
  assertEquals([master.order(), master.volume().epoch], [[1], epoch]);
  assertEquals(master.extended(), "done");
  assertEquals(master.order(), [0]);
  assertEquals(master.volume().joining, { node: 1, birth: 777 });
});

Deno.test("MasterMachine of a clique brings in nobody whom any member suspects, or who suspects one", () => {
  for (const member of [0, 1, 2]) {
    for (const [accuser, accused] of [[member, 3], [3, member]] as const) {
      const master = ScriptedMaster.formed(THREE_OF_FIVE);
      master.submit({ type: "remove", node: 2 });
      assertEquals(master.volume().joining?.node, 3);
      master.report(accuser, accused);
      assertEquals(master.volume().joining?.node, 4);
      master.settle();
      assertEquals(master.order().slice(-2).includes(4), true);
      assertEquals(master.order().includes(3), false);
    }
  }
});

Deno.test("MasterMachine of a clique has who joins get along with those who stay, not with who is to go", () => {
  const master = ScriptedMaster.formed(THREE_OF_FIVE);
  // Node 1 can make nothing durable, and is to be expelled; what it holds against node 3 is nothing.
  master.report(1, 1, 3);
  assertEquals(expelling(master), [1]);
  master.submit({ type: "remove", node: 2 });
  assertEquals([master.order(), master.volume().joining?.node], [[0, 1, 2], 3]);
});

Deno.test("MasterMachine of a clique withdraws who joins when a member does not hear it any more", () => {
  const master = ScriptedMaster.formed(THREE);
  master.report(0, 2);
  master.expel(2);
  master.report(0);
  const { epoch } = master.volume();
  assertEquals(master.volume().joining?.node, 2);
  // Neither the first member nor the last is special.
  master.report(0, 2);
  assertEquals([master.volume().joining, master.volume().epoch], [null, epoch + 1]);
  master.report(0);
  assertEquals([master.volume().joining?.node, master.volume().epoch], [2, epoch + 2]);
  const late = { type: "extended", node: 2, entrance: 1, volume: 0, epoch } as const;
  assertEquals(master.submit(late), "void");
});

Deno.test("MasterMachine of a clique moves nobody for the sake of order", () => {
  const master = ScriptedMaster.formed(THREE);
  master.report(1, 0);
  master.expel(0);
  master.report(1);
  master.settle();
  assertEquals(master.order(), [1, 2, 0]);
  const { epoch } = master.volume();
  master.submit({ type: "rebalance" });
  assertEquals([master.order(), master.volume().epoch], [[1, 2, 0], epoch]);
  assertEquals([master.volume().joining, master.volume().leaving], [null, null]);
});

Deno.test("MasterMachine of a clique moves a volume to other nodes without shortening it", () => {
  const master = ScriptedMaster.formed(THREE_OF_FIVE);
  master.submit({ type: "remove", node: 0 });
  master.settle();
  assertEquals(master.order(), [1, 2, 3]);
  master.submit({ type: "add", node: 0 });
  assertEquals(master.order(), [1, 2, 3]);
  master.submit({ type: "rebalance" });
  assertEquals([master.volume().joining?.node, master.volume().leaving], [0, null]);
  master.extended();
  assertEquals([master.volume().joining, master.volume().leaving], [null, 3]);
  master.stopped();
  assertEquals(master.order(), [1, 2, 0]);
});

Deno.test("MasterMachine of a clique takes updates wherever its members are", () => {
  const layout = { ...THREE, masterDataCenter: "x" };
  const master = ScriptedMaster.formed(layout, ["x", "y", "y"]);
  master.report(1, 0);
  master.expel(0);
  assertEquals([master.order(), master.volume().writable], [[1, 2], true]);
});

Deno.test("member() of a clique has a dead node expelled, and its replica say that it is back", () => {
  const cluster = MasterCluster.formed({ topology: "clique" });
  cluster.run(200);
  cluster.crash(0);
  cluster.until(() => cluster.order().length === 2, 5_000, "the expulsion");
  cluster.start(0);
  cluster.until(() => cluster.order().length === 3, 5_000, "the return");
  assertEquals(cluster.order(), [1, 2, 0]);
  assert(cluster.node(0).replica.frozenIn !== undefined, "it has said so itself");
  assertEquals([cluster.violations, cluster.failures], [[], []]);
});
