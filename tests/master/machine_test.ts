import { assert, assertEquals } from "@std/assert";
import { ONE_VOLUME, ScriptedMaster } from "./scripted_master.ts";

const FIVE = { nodeCount: 5, volumes: 1, length: 3 } as const;

Deno.test("MasterMachine forms the volumes once all nodes have entered", () => {
  const master = new ScriptedMaster();
  master.enter(2);
  master.enter(0);
  assertEquals(master.configuration.formed, false);
  assertEquals(master.volume(), {
    volume: 0,
    epoch: 0,
    members: [],
    joining: null,
    leaving: null,
    writable: false,
  });
  master.enter(1);
  assertEquals(master.configuration.formed, true);
  assertEquals(master.volume(), {
    volume: 0,
    epoch: 1,
    members: [{ node: 0, birth: 100 }, { node: 1, birth: 101 }, { node: 2, birth: 102 }],
    joining: null,
    leaving: null,
    writable: true,
  });
});

Deno.test("MasterMachine does not count a node as entered that lacks a replica", () => {
  const master = new ScriptedMaster({ nodeCount: 1, volumes: 2, length: 1 });
  const enter = { type: "enter", node: 0, dataCenter: "", suspects: [] } as const;
  master.submit({ ...enter, after: 0, births: [{ volume: 1, birth: 5 }] });
  assertEquals(master.configuration.formed, false);
  master.submit({ ...enter, after: 1, births: [{ volume: 0, birth: 6 }] });
  assertEquals(master.volume(0).members, [{ node: 0, birth: 6 }]);
  assertEquals(master.volume(1).members, [{ node: 0, birth: 5 }]);
});

Deno.test("MasterMachine keeps the place of a member that restarts with its disk", () => {
  const master = ScriptedMaster.formed();
  const before = master.volume();
  assertEquals(master.enter(1), "done");
  assertEquals(master.volume(), before);
  assertEquals(master.node(1).entrances, 2);
});

Deno.test("MasterMachine removes a member at once that comes back with another disk", () => {
  const master = ScriptedMaster.formed();
  master.enter(1, 999);
  assertEquals(master.order(), [0, 2]);
  assertEquals(master.volume().epoch, 2);
  // And has it copy everything anew.
  assertEquals(master.volume().joining, { node: 1, birth: 999 });
  master.extended();
  assertEquals(master.order(), [0, 2, 1]);
});

Deno.test("MasterMachine voids an entrance that a later one has overtaken", () => {
  const master = ScriptedMaster.formed();
  const enter = { type: "enter", node: 1, dataCenter: "", suspects: [] } as const;
  const late = { ...enter, after: 1, births: [{ volume: 0, birth: 101 }] };
  // The process that sent it has died; its disk was lost, and the new one has entered.
  master.enter(1, 999);
  const before = master.configuration;
  assertEquals(master.submit(late), "void");
  assertEquals(master.configuration, before);
});

Deno.test("MasterMachine keeps the place of a last member whose disk is lost", () => {
  const master = ScriptedMaster.formed({ ...ONE_VOLUME, nodeCount: 1 });
  const { members, epoch } = master.volume();
  master.enter(0, 999);
  assertEquals(master.volume().members, members);
  assertEquals(master.volume().epoch, epoch);
  assertEquals(master.volume().joining, null);
});

Deno.test("MasterMachine lets nobody copy from a last member whose disk is lost", () => {
  const master = ScriptedMaster.formed();
  master.enter(0, 999);
  master.enter(1, 999);
  assertEquals(master.order(), [2]);
  master.enter(2, 999);
  const { members } = master.volume();
  assertEquals(master.extended(), "void");
  assertEquals(master.volume().members, members);
  // With its old disk it is what it was.
  master.enter(2, 102);
  assertEquals(master.extended(), "done");
  assertEquals(master.order(), [2, 0]);
});

Deno.test("MasterMachine starts the copy anew if who is joining loses its disk", () => {
  const master = ScriptedMaster.formed();
  master.enter(1, 999);
  const { epoch } = master.volume();
  master.enter(1, 1_000);
  assertEquals(master.volume().joining, { node: 1, birth: 1_000 });
  assertEquals(master.volume().epoch, epoch + 1);
});

Deno.test("MasterMachine voids what the last member said before it restarted", () => {
  const master = ScriptedMaster.formed();
  master.enter(1, 999);
  const { epoch } = master.volume();
  const said = { type: "extended", node: 2, entrance: 1, volume: 0, epoch } as const;
  // It has forgotten that it commits nothing alone.
  master.enter(2);
  assertEquals(master.submit(said), "void");
  assertEquals(master.order(), [0, 2]);
  assertEquals(master.submit({ ...said, entrance: 2 }), "done");
  assertEquals(master.order(), [0, 2, 1]);
});

Deno.test("MasterMachine voids what was said in an earlier epoch", () => {
  const master = ScriptedMaster.formed();
  master.enter(1, 999);
  const epoch = master.volume().epoch - 1;
  const said = { type: "extended", node: 2, entrance: 1, volume: 0, epoch } as const;
  assertEquals(master.submit(said), "void");
  assertEquals(master.order(), [0, 2]);
});

Deno.test("MasterMachine takes it only from the last member that the chain is extended", () => {
  const master = ScriptedMaster.formed();
  master.enter(1, 999);
  const { epoch } = master.volume();
  const said = { type: "extended", node: 0, entrance: 1, volume: 0, epoch } as const;
  assertEquals(master.submit(said), "void");
  assertEquals(master.order(), [0, 2]);
});

Deno.test("MasterMachine lets one node join at a time", () => {
  const master = ScriptedMaster.formed({ nodeCount: 5, volumes: 1, length: 5 });
  master.enter(1, 999);
  master.enter(2, 999);
  assertEquals(master.volume().joining, { node: 1, birth: 999 });
  master.extended();
  assertEquals(master.order(), [0, 3, 4, 1]);
  assertEquals(master.volume().joining, { node: 2, birth: 999 });
  master.extended();
  assertEquals(master.order(), [0, 3, 4, 1, 2]);
  assertEquals(master.volume().joining, null);
});

Deno.test("MasterMachine fills up a chain with a spare node", () => {
  const master = ScriptedMaster.formed(FIVE);
  assertEquals(master.order(), [0, 1, 2]);
  master.report(2, 1);
  master.expel(1);
  assertEquals(master.order(), [0, 2]);
  assertEquals(master.volume().joining, { node: 3, birth: 103 });
});

Deno.test("MasterMachine gives up a newcomer that the last member suspects", () => {
  const master = ScriptedMaster.formed(FIVE);
  master.report(2, 1);
  master.expel(1);
  master.report(2, 1, 3);
  assertEquals(master.volume().joining, { node: 4, birth: 104 });
});

Deno.test("MasterMachine refuses leases to nodes that have not entered, and to those it expels", () => {
  const master = new ScriptedMaster();
  assertEquals(master.grants(0), false);
  for (const node of [0, 1, 2]) master.enter(node);
  assertEquals([0, 1, 2, 3].map((node) => master.grants(node)), [true, true, true, false]);
  master.report(0, 1);
  assertEquals([0, 1, 2].map((node) => master.grants(node)), [true, false, true]);
});

Deno.test("MasterMachine answers a poll with the configuration only if it is news", () => {
  const master = ScriptedMaster.formed();
  const { configuration } = master;
  const poll = { type: "poll", node: 0, nonce: 7 } as const;
  const polled = { type: "polled", nonce: 7, lease: true } as const;
  assertEquals(master.ask({ ...poll, known: configuration.version - 1 }), {
    ...polled,
    configuration,
  });
  assertEquals(master.ask({ ...poll, known: configuration.version }), {
    ...polled,
    configuration: null,
  });
  assertEquals(master.ask({ type: "show" }), { type: "shown", configuration });
});

Deno.test("MasterMachine answers bytes that mean nothing", () => {
  const { machine } = new ScriptedMaster();
  const malformed = machine.query(new Uint8Array([9, 9]));
  assertEquals(machine.apply(new Uint8Array([1, 2, 3])), malformed);
  assertEquals(machine.apply(new Uint8Array(0)), malformed);
});

Deno.test("MasterMachine knows no other nodes than those of its cluster", () => {
  const master = ScriptedMaster.formed();
  const { configuration } = master;
  assertEquals(master.submit({ type: "add", node: 3 }), "unknownNode");
  assertEquals(master.submit({ type: "expel", node: 7, intention: 1 }), "unknownNode");
  assertEquals(master.configuration, configuration);
});

Deno.test("MasterMachine changes no version if nothing changes", () => {
  const master = ScriptedMaster.formed();
  const { version } = master.configuration;
  assertEquals(master.report(0), "done");
  assertEquals(master.submit({ type: "add", node: 1 }), "done");
  assertEquals(master.configuration.version, version);
  master.report(0, 1);
  assertEquals(master.configuration.version, version + 1);
});

Deno.test("MasterMachine is restored to what a snapshot describes", () => {
  const master = ScriptedMaster.formed(FIVE);
  master.report(2, 1);
  master.submit({ type: "remove", node: 0 });
  master.submit({ type: "rebalance" });
  const chunks = [...master.machine.snapshot()];
  const copy = new ScriptedMaster(FIVE);
  copy.machine.restore(chunks);
  assertEquals(copy.configuration, master.configuration);
  for (const each of [master, copy]) {
    each.expel(1);
    each.settle();
    each.report(3, 3);
  }
  assertEquals(copy.configuration, master.configuration);
  assertEquals([...copy.machine.snapshot()], [...master.machine.snapshot()]);
  assert(master.node(3).expelling !== null);
});
