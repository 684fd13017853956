import { assertEquals } from "@std/assert";
import type { Placement } from "../../protocols/master/placement.ts";
import { ONE_VOLUME, ScriptedMaster } from "./scripted_master.ts";

const FIVE = { nodeCount: 5, volumes: 1, length: 3 } as const;

Deno.test("MasterMachine replaces a removed node before it leaves", () => {
  const master = ScriptedMaster.formed(FIVE);
  assertEquals(master.submit({ type: "remove", node: 1 }), "done");
  assertEquals(master.volume().joining?.node, 3);
  assertEquals(master.volume().leaving, null);
  master.extended();
  assertEquals(master.order(), [0, 1, 2, 3]);
  assertEquals(master.volume().leaving, 1);
  assertEquals(master.stopped(), "done");
  assertEquals(master.order(), [0, 2, 3]);
  assertEquals(master.volume().leaving, null);
});

Deno.test("MasterMachine lets a removed node leave if nobody can replace it", () => {
  const master = ScriptedMaster.formed();
  master.submit({ type: "remove", node: 0 });
  assertEquals(master.volume().joining, null);
  assertEquals(master.volume().leaving, 0);
  master.stopped();
  assertEquals(master.order(), [1, 2]);
  // It does not come back of itself.
  master.enter(0);
  assertEquals(master.volume().joining, null);
  master.submit({ type: "add", node: 0 });
  master.extended();
  assertEquals(master.order(), [1, 2, 0]);
});

Deno.test("MasterMachine lets a node stay that is added again before it has left", () => {
  const master = ScriptedMaster.formed();
  master.submit({ type: "remove", node: 0 });
  const { epoch } = master.volume();
  master.submit({ type: "add", node: 0 });
  assertEquals(master.volume().leaving, null);
  assertEquals(master.volume().epoch, epoch + 1);
  // That it has stopped in the earlier epoch means nothing: it has begun again in this one.
  const said = { type: "stopped", node: 0, entrance: 1, volume: 0, epoch } as const;
  assertEquals(master.submit(said), "void");
  assertEquals(master.order(), [0, 1, 2]);
});

Deno.test("MasterMachine takes it only from who is leaving that it has stopped", () => {
  const master = ScriptedMaster.formed();
  master.submit({ type: "remove", node: 0 });
  const { epoch } = master.volume();
  const said = { type: "stopped", node: 1, entrance: 1, volume: 0, epoch } as const;
  assertEquals(master.submit(said), "void");
  assertEquals(master.order(), [0, 1, 2]);
});

Deno.test("MasterMachine refuses to remove the last member", () => {
  const master = ScriptedMaster.formed({ ...ONE_VOLUME, nodeCount: 1 });
  assertEquals(master.submit({ type: "remove", node: 0 }), "lastMember");
  assertEquals(master.node(0).wanted, true);
  assertEquals(master.volume().leaving, null);
});

Deno.test("MasterMachine lets no member leave that has become the last", () => {
  const master = ScriptedMaster.formed({ nodeCount: 2, volumes: 1, length: 2 });
  master.submit({ type: "remove", node: 1 });
  const { epoch } = master.volume();
  assertEquals(master.volume().leaving, 1);
  master.enter(0, 999);
  assertEquals(master.order(), [1]);
  assertEquals(master.volume().leaving, null);
  const said = { type: "stopped", node: 1, entrance: 1, volume: 0, epoch } as const;
  assertEquals(master.submit(said), "void");
  assertEquals(master.order(), [1]);
  // It leaves once it is replaced.
  master.settle();
  assertEquals(master.order(), [0]);
});

Deno.test("MasterMachine lets no member leave while another is to be expelled", () => {
  const master = ScriptedMaster.formed();
  master.report(1, 2);
  master.submit({ type: "remove", node: 0 });
  assertEquals(master.volume().leaving, null);
  master.report(1);
  assertEquals(master.volume().leaving, 0);
  const { epoch } = master.volume();
  // Node 0 may be all that is left before long.
  master.report(1, 2);
  assertEquals(master.volume().leaving, null);
  const said = { type: "stopped", node: 0, entrance: 1, volume: 0, epoch } as const;
  assertEquals(master.submit(said), "void");
  master.expel(2);
  assertEquals(master.order(), [0, 1]);
  assertEquals(master.volume().leaving, 0);
});

Deno.test("MasterMachine lets no member leave while anybody suspects another", () => {
  const master = ScriptedMaster.formed(FIVE);
  // A spare node: its word does not expel anyone.
  master.report(4, 2);
  assertEquals(master.node(2).expelling, null);
  master.submit({ type: "remove", node: 0 });
  master.extended();
  assertEquals(master.order(), [0, 1, 2, 3]);
  assertEquals(master.volume().leaving, null);
  master.report(4);
  assertEquals(master.volume().leaving, 0);
});

Deno.test("MasterMachine lets no member leave for a better order while another is to be expelled", () => {
  const master = ScriptedMaster.formed();
  reorder(master, [2, 1, 0]);
  master.submit({ type: "rebalance" });
  assertEquals(master.volume().leaving !== null, true);
  const stays = master.volume().leaving!;
  const others = [0, 1, 2].filter((node) => node !== stays);
  for (const node of [stays, others[1]!]) master.report(node, others[0]!);
  assertEquals(master.node(others[0]!).expelling !== null, true);
  assertEquals(master.volume().leaving, null);
  assertEquals(master.order().length, 3);
});

Deno.test("MasterMachine refuses operators before the volumes are formed", () => {
  const master = new ScriptedMaster();
  assertEquals(master.submit({ type: "remove", node: 0 }), "notFormed");
  assertEquals(master.submit({ type: "add", node: 0 }), "notFormed");
  assertEquals(master.submit({ type: "rebalance" }), "notFormed");
});

Deno.test("MasterMachine leaves the order of a chain alone until it is told to rebalance", () => {
  const master = ScriptedMaster.formed();
  master.report(1, 0);
  master.expel(0);
  master.report(1);
  master.settle();
  assertEquals(master.order(), [1, 2, 0]);
  master.enter(0);
  assertEquals(master.order(), [1, 2, 0]);
  master.submit({ type: "rebalance" });
  assertEquals(master.volume().leaving, 1);
  master.settle();
  assertEquals(master.order(), [0, 1, 2]);
  // That was all: the next failure does not bring the old order back.
  master.report(2, 1);
  master.expel(1);
  master.report(2);
  master.settle();
  assertEquals(master.order(), [0, 2, 1]);
});

Deno.test("MasterMachine moves every order of a chain to its target, and never shortens it by two", () => {
  for (const order of permutations([0, 1, 2])) {
    const master = ScriptedMaster.formed();
    reorder(master, order);
    assertEquals(master.order(), order);
    master.submit({ type: "rebalance" });
    for (let step = 0; master.volume().joining ?? master.volume().leaving !== null; step++) {
      assertEquals(master.order().length >= 2, true, `${order} is down to ${master.order()}`);
      assertEquals(step < 10, true, `${order} does not come to an end`);
      if (master.volume().joining !== null) master.extended();
      else master.stopped();
    }
    assertEquals(master.order(), [0, 1, 2]);
  }
});

Deno.test("MasterMachine moves a volume to other nodes without shortening it", () => {
  const master = ScriptedMaster.formed(FIVE);
  for (const node of [0, 1, 2]) master.submit({ type: "remove", node });
  // Node 0 is replaced, and so on, until only 3 and 4 are left to take part.
  master.settle();
  assertEquals(master.order(), [3, 4]);
  for (const node of [0, 1, 2]) master.submit({ type: "add", node });
  master.settle();
  assertEquals(master.order(), [3, 4, 0]);
  master.submit({ type: "rebalance" });
  const lengths: number[] = [];
  while (master.volume().joining ?? master.volume().leaving !== null) {
    lengths.push(master.order().length);
    if (master.volume().joining !== null) master.extended();
    else master.stopped();
  }
  assertEquals(master.order(), [0, 1, 2]);
  assertEquals(Math.min(...lengths) >= 2, true, String(lengths));
});

Deno.test("MasterMachine takes updates only while the head is in the master data center", () => {
  const placement: Placement = {
    volumes: 1,
    length: 1,
    dataCenters: ["x", "y", "z"],
    masterDataCenter: "x",
  };
  const master = ScriptedMaster.formed({ ...placement, nodeCount: 3 }, ["x", "y", "z"]);
  assertEquals(master.order(), [0, 1, 2]);
  assertEquals(master.volume().writable, true);
  master.report(1, 0);
  master.expel(0);
  assertEquals(master.order(), [1, 2]);
  assertEquals(master.volume().writable, false);
  // Nobody has to ask for it: as soon as it is back, the others make way.
  master.report(1);
  master.settle();
  assertEquals(master.order(), [0, 1, 2]);
  assertEquals(master.volume().writable, true);
});

/** Brings a chain of three into an order, by expelling its members one after the other. */
function reorder(master: ScriptedMaster, order: readonly number[]): void {
  for (const node of order) {
    const others = order.filter((other) => other !== node);
    for (const other of others) master.report(other, node);
    master.expel(node);
    for (const other of others) master.report(other);
    master.settle();
  }
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest])
  );
}
