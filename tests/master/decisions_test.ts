import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ONE_VOLUME, ScriptedMaster } from "./scripted_master.ts";

const FIVE = { nodeCount: 5, volumes: 1, length: 5 } as const;

/** Whom the master intends to expel. */
function expelling(master: ScriptedMaster): number[] {
  return master.configuration.nodes
    .filter(({ expelling }) => expelling !== null)
    .map(({ node }) => node);
}

Deno.test("MasterMachine expels whom a majority suspects", () => {
  const master = ScriptedMaster.formed(FIVE);
  master.report(0, 3);
  master.report(1, 3);
  assertEquals(expelling(master), []);
  assertEquals(master.expel(3), "void");
  // None of the three is next to it: 0 and 1 are not, and 4 would be enough alone.
  const apart = ScriptedMaster.formed({ ...FIVE, nodeCount: 7, length: 7 });
  for (const node of [0, 1, 2]) apart.report(node, 5);
  assertEquals(expelling(apart), []);
  apart.report(3, 5);
  assertEquals(expelling(apart), [5]);
  assertEquals(apart.expel(5), "done");
  assertEquals(apart.order(), [0, 1, 2, 3, 4, 6]);
  assertEquals(apart.volume().epoch, 2);
});

Deno.test("MasterMachine expels whom a neighbour suspects", () => {
  for (const neighbour of [1, 3]) {
    const master = ScriptedMaster.formed(FIVE);
    master.report(neighbour, 2);
    assertEquals(expelling(master), [2]);
  }
});

Deno.test("MasterMachine expels the one of two that is accused first", () => {
  const master = ScriptedMaster.formed();
  master.report(1, 0);
  master.report(0, 1);
  assertEquals(expelling(master), [0]);
  master.expel(0);
  assertEquals(master.order(), [1, 2]);
  assertEquals(expelling(master), []);
});

Deno.test("MasterMachine takes no notice of a node that suspects a majority", () => {
  const master = ScriptedMaster.formed(FIVE);
  master.report(1, 0, 2, 3);
  assertEquals(expelling(master), []);
  master.report(1, 0, 2);
  assertEquals(expelling(master), [0, 2]);
});

Deno.test("MasterMachine takes no notice of a neighbour that a majority suspects", () => {
  const master = ScriptedMaster.formed(FIVE);
  for (const node of [0, 3, 4]) master.report(node, 1);
  assertEquals(expelling(master), [1]);
  master.report(1, 2);
  assertEquals(expelling(master), [1]);
});

Deno.test("MasterMachine expels who can make nothing durable", () => {
  const master = ScriptedMaster.formed();
  master.report(2, 2);
  assertEquals(expelling(master), [2]);
  master.expel(2);
  assertEquals(master.order(), [0, 1]);
  // And does not take it back while that is so.
  assertEquals(master.volume().joining, null);
  master.report(2);
  assertEquals(master.volume().joining, { node: 2, birth: 102 });
});

Deno.test("MasterMachine withdraws an intention whose reasons are gone", () => {
  const master = ScriptedMaster.formed();
  master.report(1, 2);
  const intention = master.node(2).expelling!;
  assertEquals(master.grants(2), false);
  master.report(1);
  assertEquals(master.node(2).expelling, null);
  assertEquals(master.grants(2), true);
  assertEquals(master.submit({ type: "expel", node: 2, intention }), "void");
  assertEquals(master.order(), [0, 1, 2]);
});

Deno.test("MasterMachine voids an expulsion under an intention that was withdrawn since", () => {
  const master = ScriptedMaster.formed();
  master.report(1, 2);
  const intention = master.node(2).expelling!;
  master.report(1);
  // Leases were granted meanwhile; whoever has waited for the first has not waited for these.
  master.report(1, 2);
  assertNotEquals(master.node(2).expelling, intention);
  assertEquals(master.submit({ type: "expel", node: 2, intention }), "void");
  assertEquals(master.order(), [0, 1, 2]);
});

Deno.test("MasterMachine never expels the last survivor", () => {
  const master = ScriptedMaster.formed();
  for (const node of [0, 1]) {
    master.report(node === 0 ? 1 : 2, node);
    master.expel(node);
  }
  assertEquals(master.order(), [2]);
  master.report(0, 2);
  master.report(1, 2);
  assertEquals(expelling(master), []);
  assertEquals(master.grants(2), true);
  assertEquals(master.expel(2), "void");
  assertEquals(master.order(), [2]);
});

Deno.test("MasterMachine keeps the last survivor of a volume, and expels it from others", () => {
  const master = ScriptedMaster.formed({ nodeCount: 3, volumes: 2, length: 3 });
  // Volume 0 has lost two of its members, and they have not copied it yet.
  const lost = master.configuration.volumes[0]!.members.slice(0, 2);
  for (const { node } of lost) {
    const { entrances: after } = master.node(node);
    const births = [{ volume: 0, birth: 999 }];
    master.submit({ type: "enter", node, after, dataCenter: "", births, suspects: [] });
  }
  const [survivor] = master.order(0) as [number];
  assertEquals(master.order(0).length, 1);
  const others = [0, 1, 2].filter((node) => node !== survivor);
  for (const node of others) master.report(node, survivor);
  assertEquals(expelling(master), [survivor]);
  assertEquals(master.expel(survivor), "done");
  assertEquals(master.order(0), [survivor]);
  assert(!master.order(1).includes(survivor));
  assertEquals(expelling(master), []);
  assertEquals(master.grants(survivor), true);
});

Deno.test("MasterMachine lets the last of two stay that both were to be expelled", () => {
  const master = ScriptedMaster.formed({ ...ONE_VOLUME, nodeCount: 5, length: 2 });
  for (const node of [2, 3, 4]) master.report(node, 0, 1);
  assertEquals(expelling(master), [0, 1]);
  const intention = master.node(1).expelling!;
  master.expel(0);
  assertEquals(master.order(), [1]);
  assertEquals(expelling(master), []);
  assertEquals(master.submit({ type: "expel", node: 1, intention }), "void");
  assertEquals(master.order(), [1]);
});

Deno.test("MasterMachine voids a report of a process that has died", () => {
  const master = ScriptedMaster.formed();
  const late = { type: "report", node: 1, entrance: 1, suspects: [0] } as const;
  master.enter(1);
  assertEquals(master.submit(late), "void");
  assertEquals(expelling(master), []);
  assertEquals(master.submit({ ...late, entrance: 2 }), "done");
  assertEquals(expelling(master), [0]);
});

Deno.test("MasterMachine brings in nobody whom the last member suspects, or who suspects it", () => {
  const master = ScriptedMaster.formed();
  master.report(1, 2);
  master.expel(2);
  assertEquals(master.volume().joining, null);
  master.report(1);
  assertEquals(master.volume().joining?.node, 2);
  master.report(2, 1);
  assertEquals(master.volume().joining, null);
  master.report(2, 0);
  assertEquals(master.volume().joining?.node, 2);
});
