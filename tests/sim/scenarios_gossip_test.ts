/**
 * The traps of gossip.md, section 0, message by message: each is set, and nobody falls into it.
 */
import { assert, assertEquals } from "@std/assert";
import type { PeerMessageOf } from "../../protocols/gossip/messages.ts";
import { GossipDirector } from "./traces/gossip_director.ts";

const SOON = { intervalMs: 50 };

Deno.test("gossip 0.1: of two writes at once all keep the same, in whatever order they come", () => {
  const director = new GossipDirector();
  const mail = director.hold(["mail"]);
  director.put(0, "lww/k", "zero");
  director.put(1, "lww/k", "one");
  assertEquals([0, 1].map((node) => director.values(node, "lww/k")), [["zero"], ["one"]]);
  // To node 2 the newer first.
  mail.held.sort((left, right) => right.from - left.from);
  mail.release();
  director.run(20);
  const shown = [0, 1, 2].map((node) => director.values(node, "lww/k").join());
  assertEquals(new Set(shown).size, 1, shown.join());
  director.end();
});

Deno.test("gossip 0.2: a message is lost, and nobody mails again: the next digest repairs it, exactly", () => {
  const director = new GossipDirector({ tuning: SOON });
  const quiet = director.hold(["digest"]);
  const lost = director.hold(["mail"], ({ to }) => to === 2);
  for (const name of ["a", "b", "c"]) director.put(0, `lww/${name}`, name);
  director.run(20);
  lost.drop();
  director.put(0, "lww/d", "d");
  director.until(() => director.values(2, "lww/d").length === 1);
  const repairs = director.note(["repair"]);
  quiet.drop();
  director.until(() => director.values(2, "lww/c").length === 1);
  const keys = repairs.filter(({ to }) => to === 2).flatMap(({ message }) =>
    (message as PeerMessageOf<"repair">).repair.fragments.map(({ key }) => key)
  );
  assertEquals([...new Set(keys)].sort(), ["lww/a", "lww/b", "lww/c"]);
  director.end();
});

Deno.test("gossip 0.3: whoever reads elsewhere what he wrote sees it, by his token; without it he may not", () => {
  const director = new GossipDirector();
  const mail = director.hold(["mail"]);
  const written = director.write(
    0,
    "lww/k",
    { type: "put", value: new TextEncoder().encode("own"), context: null },
    { token: "" },
  );
  assertEquals(director.values(1, "lww/k"), []);
  const { reading } = director.read(1, "lww/k", { token: written.session! });
  assertEquals(reading.type, "values");
  mail.release();
  director.end();
});

Deno.test("gossip 0.3: a session whose replica cannot be reached is served by another, or told so", () => {
  const director = new GossipDirector();
  director.hold(["mail", "repair", "fetched", "state"], ({ from }) => from === 0);
  const { session } = director.write(0, "lww/k", {
    type: "put",
    value: new TextEncoder().encode("own"),
    context: null,
  }, { token: "" });
  const reply = director.ask(1, {
    type: "read",
    key: "lww/k",
    level: "local",
    session: {
      token: session!,
      guarantees: {
        readYourWrites: true,
        monotonicReads: true,
        monotonicWrites: true,
        writesFollowReads: true,
      },
    },
    maxStalenessMs: null,
    timeoutMs: 200,
  });
  assertEquals(reply, { type: "staleReplica", behind: 1 });
});

Deno.test("gossip 0.4: siblings do not explode when two clients take turns, each with what it was answered", () => {
  const director = new GossipDirector();
  const contexts: (string | null)[] = [null, null];
  for (let turn = 0; turn < 30; turn++) {
    const client = turn % 2;
    contexts[client] = director.put(0, "siblings/k", `${turn}`, contexts[client]!).context;
  }
  assertEquals(director.values(0, "siblings/k").sort(), ["28", "29"]);
  director.run(20);
  assertEquals(director.values(2, "siblings/k").sort(), ["28", "29"]);
  director.end();
});

Deno.test("gossip 0.6: a member that was cut off brings nothing back that was deleted meanwhile", () => {
  const director = new GossipDirector({ tuning: SOON });
  const { network } = director.world;
  director.put(0, "lww/k", "old");
  director.run(100);
  for (const other of [0, 1]) {
    network.cut(2, other);
    network.cut(other, 2);
  }
  director.put(2, "lww/k", "of the cut off");
  director.run(200);
  director.remove(0, "lww/k");
  director.run(10_000);
  assertEquals(director.values(0, "lww/k"), []);
  // However long it takes: only the one that is away could tell.
  assertEquals(director.world.nodes[0]!.gossip!.tombstones, 1);
  network.healAll();
  director.until(() => director.world.nodes.every(({ gossip }) => gossip?.tombstones === 0));
  for (const node of [0, 1, 2]) assertEquals(director.values(node, "lww/k"), []);
  director.end();
});

Deno.test("gossip 0.7: a replica that has lost its disk makes no event twice, and what it said stays", () => {
  const director = new GossipDirector({ tuning: SOON });
  for (const value of ["1", "2", "3"]) director.put(2, "siblings/k", value);
  director.run(50);
  const before = director.world.nodes[2]!.gossip!.incarnation;
  director.world.nodes[2]!.wipe();
  director.world.nodes[2]!.start();
  director.until(() => director.world.nodes[2]!.isReady);
  assert(director.world.nodes[2]!.gossip!.incarnation !== before);
  director.put(2, "siblings/k", "4");
  director.run(50);
  for (const node of [0, 1, 2]) {
    assertEquals(director.values(node, "siblings/k").sort(), ["1", "2", "3", "4"]);
  }
  director.end();
});

Deno.test("gossip 1.15: a write costs one mail for each other member, and nobody passes it on", () => {
  const director = new GossipDirector({ nodes: 5 });
  const mails = director.note(["mail"]);
  director.put(3, "lww/k", "v");
  director.run(100);
  assertEquals(mails.map(({ from, to }) => [from, to]), [[3, 0], [3, 1], [3, 2], [3, 4]]);
  director.end();
});

Deno.test("gossip: a quorum is told by whom it was stored; a level that is not reached is no failure", () => {
  const director = new GossipDirector();
  const value = new TextEncoder().encode("v");
  const put = { type: "put", value, context: null } as const;
  const { acknowledged } = director.write(0, "lww/k", put, { level: "quorum" });
  assert(acknowledged.includes(0) && acknowledged.length >= 2, acknowledged.join());
  const mail = director.hold(["mail"]);
  const reply = director.ask(0, {
    type: "write",
    key: "lww/l",
    operation: put,
    level: "quorum",
    requester: null,
    session: null,
    timeoutMs: 100,
  });
  assert(reply.type === "insufficientWrite");
  assertEquals([reply.acknowledged, reply.needed], [[0], 2]);
  mail.release();
  director.run(20);
  assertEquals(director.values(2, "lww/l"), ["v"]);
  director.end();
});
