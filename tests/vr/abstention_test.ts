/** What a replica with a damaged log may do, and what others make of it (reference/vr.md, erratum E19). */
import { assert, assertEquals } from "@std/assert";
import type { VrMessageOf } from "../../protocols/vr/messages.ts";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { chain, headOf, LoneReplica } from "./lone_replica.ts";

const LOG = chain([0, 1, 3]);

/** Replica 2 of 4, a backup of view 4 that cannot read its last entry. */
function damaged(): LoneReplica {
  const lone = LoneReplica.normal(2, 4, LOG, { replicaCount: 4 });
  lone.damageAfter(2);
  lone.run(20);
  lone.forget();
  return lone;
}

function startViewChange(view: number, replica: number) {
  return { type: "startViewChange", view, replica } as const;
}

Deno.test("abstain() leaves for a view, durably, and says so to its primary", () => {
  const lone = damaged();
  lone.disk.holdNext("write");
  lone.receive(startViewChange(5, 3));
  assertEquals(lone.sentOf("abstain"), []);
  lone.disk.release();
  lone.run(5);
  lone.receive(startViewChange(5, 0), startViewChange(4, 0), startViewChange(3, 0));
  assertEquals(lone.sentOf("abstain").map(({ to, view }) => [to, view]), [[1, 5], [1, 5]]);
  assertEquals(lone.sentOf("doViewChange"), []);
  assertEquals(lone.sentOf("startViewChange"), []);
  lone.crash();
  lone.run(20);
  assertEquals([lone.figures!.status, lone.figures!.view], ["recovering", 5]);
});

Deno.test("agreeToLeave() is content with any change, and goes no lower from then on", () => {
  const lone = damaged();
  lone.receive({ type: "exitView", view: 6, replica: 0 });
  lone.receive({ type: "exitView", view: 5, replica: 3 });
  assertEquals(lone.sentOf("exitView").map(({ to, view }) => [to, view]), [[0, 6]]);
  lone.crash();
  lone.run(20);
  assertEquals([lone.figures!.status, lone.figures!.view], ["recovering", 6]);
});

/** Replica 1 of 4, which has left for view 1 and given its own log. */
function gathering(): { lone: LoneReplica; vote: VrMessageOf<"doViewChange"> } {
  const lone = LoneReplica.normal(1, 0, LOG.slice(0, 1), { replicaCount: 4 });
  lone.receive(startViewChange(1, 3));
  lone.forget();
  const end = { opNumber: 1, commitNumber: 0, head: headOf(LOG.slice(0, 1)) };
  return { lone, vote: { type: "doViewChange", view: 1, lastNormalView: 0, ...end, replica: 3 } };
}

Deno.test("onAbstain() completes a quorum, but f + 1 whole logs there have to be", () => {
  const { lone, vote } = gathering();
  for (const replica of [0, 2]) lone.receive({ type: "abstain", view: 1, replica });
  assertEquals(lone.figures!.status, "view-change", "three have left, and one log is there");
  lone.receive(vote);
  assert(lone.figures!.leading);
  assertEquals(lone.figures!.view, 1);
});

Deno.test("onAbstain() counts nobody twice", () => {
  for (const isFirst of [true, false]) {
    const { lone, vote } = gathering();
    const both = [{ type: "abstain", view: 1, replica: 3 } as const, vote];
    lone.receive(...(isFirst ? both : both.toReversed()));
    assertEquals(lone.figures!.status, "view-change", "two have left");
    lone.receive({ type: "abstain", view: 1, replica: 0 });
    assert(lone.figures!.leading);
  }
});

Deno.test("Two of four with whole logs begin a view with a third whose log is damaged", () => {
  for (const hurt of [1, 2, 3]) {
    const cluster = Cluster.formed({ replicaCount: 4 });
    const checker = new Checker(cluster);
    const clients = new Clients(cluster);
    clients.executeMany(20, "a");
    cluster.untilConverged();
    for (const { index } of cluster.nodes) cluster.crash(index);
    const { disk } = cluster.node(hurt);
    const name = disk.files.findLast((file) => file.startsWith("log-"))!;
    const contents = disk.contents(name)!;
    // The header of the first record: nobody knows what it was.
    contents[6]! ^= 0x40;
    disk.plant(name, contents);
    for (const index of [1, 2, 3]) cluster.start(index);
    cluster.until(() => cluster.primary !== undefined, 20_000, "a primary");
    clients.executeMany(5, "b");
    checker.check();
    assertEquals(checker.violations, []);
    assert(cluster.node(hurt).isNormal);
    cluster.start(0);
    cluster.untilConverged();
    assertEquals(clients.read(0), 25);
  }
});
