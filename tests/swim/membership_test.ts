import { assert, assertEquals, assertLess } from "@std/assert";
import { accusation, partition, record, SwimWorld } from "./swim_world.ts";

Deno.test("SwimCore: a member that joins by any seed is known to all, and knows all", () => {
  const world = new SwimWorld({ seeds: [0, 1, 2] });
  for (const node of [0, 1, 2, 3]) world.start(node);
  world.until(() => world.agrees(), 5_000);
  // Only one of the seeds is left to join by.
  world.kill(0);
  world.kill(1);
  world.run(60_000);
  world.start(4);
  world.until(() => world.agrees([2, 3, 4]), 2_000);
  assertEquals(world.tales("member-joined", 4).map(({ by }) => by).sort(), [2, 3]);
});

Deno.test("SwimCore: a member that finds no seed goes on trying, until one is there", () => {
  const world = new SwimWorld();
  world.start(1);
  world.start(2);
  world.run(60_000);
  assertEquals(world.core(1).livingCount, 1);
  world.start(0);
  world.until(() => world.agrees([0, 1, 2]), 3_000);
});

Deno.test("SwimCore: a hundred members find each other, and tell each other apart from nobody else", () => {
  const world = new SwimWorld({ seed: 7 });
  for (let node = 0; node < 100; node++) world.start(node);
  world.until(() => world.agrees(), 10_000);
  world.run(20_000);
  assertEquals(world.tales("member-joined").length, 100 * 99);
  assertEquals(world.told.length, 100 * 99, "nothing else was told");
});

Deno.test("SwimCore: a member that leaves is not held to have failed, and is not probed", () => {
  const world = SwimWorld.formed(6);
  const start = world.clock.now;
  world.tell(4, { type: "leave" });
  world.until(() => world.tales("swim-departed").length > 0, 5_000);
  const rest = [0, 1, 2, 3, 5];
  assert(rest.every((by) => world.held(by, 4)?.state === "left"), "all know when it is gone");
  assertLess(world.clock.now - start, 2_000);
  let sent = 0;
  world.onSend = ({ from, to }) => {
    if (to === 4 || from === 4) sent++;
    return true;
  };
  world.run(20_000);
  world.kill(4);
  world.run(100_000);
  assertEquals(sent, 0);
  assertEquals(world.tales("member-left", 4).length, 5);
  assertEquals(world.tales("member-failed").length, 0);
});

Deno.test("SwimCore: one that has left does not contradict that it has, nor that it is suspect", () => {
  const world = SwimWorld.formed(3);
  world.tell(2, { type: "leave" });
  world.run(5_000);
  const { self, news } = world.core(2).figures;
  const updates = [accusation(world, 2), { ...record(world, 2), state: "left" as const }];
  world.tell(2, { type: "message", message: { type: "gossip", node: 0, updates } });
  assertEquals(world.core(2).figures.self, self);
  assertEquals(world.core(2).figures.news, news);
  // But an earlier process cannot have said later that it is there.
  const later = [{ ...record(world, 2), incarnation: 5 }];
  world.tell(2, { type: "message", message: { type: "gossip", node: 0, updates: later } });
  assertEquals(world.core(2).figures.self, { ...self, incarnation: 5 });
});

for (const gossipToDeadMs of [600_000, 1_000]) {
  Deno.test(`SwimCore: one that died ${gossipToDeadMs} ms ago at the most is told the news`, () => {
    const tuning = { gossipToDeadMs, reconnectIntervalMs: 3_600_000 };
    const world = SwimWorld.formed(4, { tuning });
    world.onSend = partition([3]);
    world.run(300_000);
    let sent = 0;
    world.onSend = ({ to, from }) => {
      if (to === 3 || from === 3) sent++;
      return true;
    };
    world.run(60_000);
    assertEquals(sent, 0, "all hold each other to be dead, and there is no news");
    world.tell(0, { type: "describe", meta: new Uint8Array([5]) });
    world.run(10_000);
    if (gossipToDeadMs > 300_000) assert(world.agrees(), "told the news, it has contradicted");
    else assertEquals(sent, 0);
  });
}

Deno.test("SwimCore: lists are exchanged less often, the more members there are", () => {
  const world = SwimWorld.formed(34);
  world.counts.clear();
  world.run(120_000);
  const perMember = world.counts.get("sync")! / 34;
  assert(perMember > 1.5 && perMember < 2.5, `${perMember} in two minutes`);
});

Deno.test("SwimCore: one that has left joins again, in the same process or in another", () => {
  const world = SwimWorld.formed(4);
  world.tell(3, { type: "leave" });
  world.run(5_000);
  world.tell(3, { type: "join" });
  world.until(() => world.agrees([0, 1, 2, 3]), 2_000);
  world.tell(3, { type: "leave" });
  world.run(5_000);
  world.kill(3);
  world.start(3);
  world.until(() => world.agrees([0, 1, 2, 3]), 2_000);
  assertEquals(world.core(3).figures.self.incarnation, 2);
});

Deno.test("SwimCore: one that crashed joins without memory, and outbids what is said of it", () => {
  for (const waitMs of [0, 3_000, 20_000, 100_000]) {
    const world = SwimWorld.formed(5, { seed: waitMs + 1 });
    world.kill(2);
    world.run(waitMs);
    world.start(2, new Uint8Array([2, 1]));
    world.until(() => world.agrees(), 3_000, `the return after ${waitMs} ms`);
    const { incarnation } = world.core(2).figures.self;
    assert(incarnation > 0);
    for (const by of [0, 1, 3, 4]) {
      assertEquals(world.held(by, 2)!.meta, new Uint8Array([2, 1]));
    }
    world.told.length = 0;
    world.run(60_000);
    assertEquals(world.told, [], "what was said before kills nobody");
  }
});

Deno.test("SwimCore: the only seed crashes and is found again without a seed of its own", () => {
  const world = SwimWorld.formed(3, { seeds: [0] });
  world.kill(0);
  world.run(2_000);
  world.start(0);
  world.until(() => world.agrees(), 3_000);
  world.kill(0);
  world.run(200_000);
  world.start(0);
  world.until(() => world.agrees(), world.tuning.reconnectIntervalMs + 1_000);
});

for (const lastsMs of [20_000, 600_000]) {
  Deno.test(`SwimCore: a partition of ${lastsMs / 1000} s heals, and all agree again`, () => {
    const world = SwimWorld.formed(10, { seed: 3 });
    const minority = [0, 1, 2, 3];
    const majority = [4, 5, 6, 7, 8, 9];
    world.onSend = partition(minority);
    world.run(lastsMs);
    if (lastsMs > 100_000) {
      assert(world.agrees(minority) && world.agrees(majority), "each side is by itself");
    }
    world.onSend = () => true;
    world.told.length = 0;
    world.until(() => world.agrees(), 2 * world.tuning.reconnectIntervalMs, "the reunion");
    if (lastsMs > 100_000) {
      assertEquals(world.tales("member-failed"), [], "by hearsay nobody loses whom it can reach");
    }
    world.told.length = 0;
    world.run(100_000);
    assertEquals(world.told, []);
  });
}

Deno.test("SwimCore: what a node says of itself anew reaches all", () => {
  const world = SwimWorld.formed(12);
  world.tell(5, { type: "describe", meta: new Uint8Array([9, 9]) });
  world.tell(5, { type: "describe", meta: new Uint8Array([9, 9]) });
  world.until(() => world.tales("member-changed", 5).length === 11, 5_000);
  assert(world.agrees());
  assertEquals(world.held(0, 5)!.meta, new Uint8Array([9, 9]));
  assertEquals(world.core(5).figures.self.incarnation, world.held(3, 5)!.incarnation);
});

Deno.test("SwimCore: one that is gone for long is forgotten, and does not come back by hearsay", () => {
  const world = SwimWorld.formed(4, { tuning: { reapMs: 100_000 } });
  world.kill(3);
  world.run(400_000);
  assertEquals(world.tales("member-forgotten", 3).length, 3);
  assertEquals(world.tales("member-joined", 3).length, 0);
  assertEquals(world.held(0, 3), undefined);
});

Deno.test("SwimCore: two processes of a node have claimed the same incarnation: the living one prevails", () => {
  const world = SwimWorld.formed(5);
  const updates = [{ ...record(world, 3), incarnation: 1, meta: new Uint8Array([77]) }];
  // Node 1 alone has heard what a process of node 3 said last of all before it died.
  world.onSend = () => false;
  world.tell(1, { type: "message", message: { type: "gossip", node: 3, updates } });
  world.tell(3, { type: "describe", meta: new Uint8Array([78]) });
  world.run(100);
  world.onSend = ({ message }) => message.type === "ping" || message.type === "ack";
  world.until(() => world.agrees(), 9_000, "agreement by probes alone");
  assertEquals(world.held(1, 3)!.meta, new Uint8Array([78]));
});
