import { assert, assertEquals } from "@std/assert";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { chainMetrics } from "../../cli/node/chain_metrics.ts";
import { ChainObserver } from "../../cli/node/chain_observer.ts";
import { chainReadiness } from "../../cli/node/chain_readiness.ts";
import { chainStatus } from "../../cli/node/chain_status.ts";
import type { Configuration } from "../../protocols/master/configuration.ts";
import type { Metric } from "../../transport/service.ts";
import { membersOf } from "../../transport/status.ts";

/** The observer of node 0 in a cluster of three, and what its actors publish. */
function setUp(volumes = 1) {
  const clock = new VirtualClock();
  const system = new ActorSystem({
    node: 0,
    environment: new VirtualEnvironment(clock, { seed: 1 }),
  });
  const observer = new ChainObserver(system, volumes);
  const publish = (actor: string, topic: string, detail: unknown) =>
    system.events.publish({ type: "published", actor, topic, detail });
  const master = (more = {}) =>
    publish("master/replica", "replica", {
      ...{ status: "normal", view: 2, primary: 1, leading: false, suspected: [], stalled: null },
      ...more,
    });
  const membership = (more = {}) =>
    publish("membership/member", "membership", {
      ...{ configuration: CONFIGURATION, leaseUntil: 440, leaseMs: 440, suspected: [] },
      ...{ entered: true, ...more },
    });
  const replica = (volume: number, more = {}) =>
    publish(`volume-${volume}/replica`, "replica", { ...FIGURES, volume, ...more });
  const table = (volume: number, more = {}) =>
    publish(`volume-${volume}/client-table`, "client-table", {
      ...{ sessions: 3, executed: 9, inFlight: 0, reads: 0, restoring: false, ...more },
    });
  const all = () => {
    master();
    membership();
    for (let volume = 0; volume < volumes; volume++) {
      replica(volume);
      table(volume);
    }
  };
  const wrong = () =>
    chainReadiness(observer).filter(({ ok }) => !ok).map(({ name, detail }) =>
      `${name}: ${detail}`
    );
  return { clock, observer, master, membership, replica, table, all, wrong };
}

const CONFIGURATION: Configuration = {
  version: 7,
  formed: true,
  nodes: [],
  volumes: [0, 1].map((volume) => ({
    ...{ volume, epoch: 4, members: [], joining: null, leaving: 1, writable: true },
  })),
};

const FIGURES = {
  role: "head",
  epoch: 4,
  members: [0, 1, 2],
  joining: null,
  leaving: false,
  writable: true,
  birth: 1,
  opNumber: 13,
  applied: 12,
  acknowledged: 10,
  sentLength: 3,
  executed: 10,
  leaseUntil: 440,
  frozen: false,
  stalled: null,
  deaf: null,
  logBytes: 100,
};

Deno.test("chainStatus() says where the node stands in its only volume, and what the master decided", () => {
  const { observer, all } = setUp();
  all();
  assertEquals(chainStatus(observer), {
    role: "head",
    status: "normal",
    view: 7,
    opNumber: 12,
    commitNumber: 10,
    primary: 0,
    sessions: 3,
    volumes: [{
      volume: 0,
      epoch: 4,
      order: [0, 1, 2],
      role: "head",
      head: 0,
      tail: 2,
      joining: null,
      leaving: 1,
      writable: true,
      applied: 12,
      acknowledged: 10,
      sent: 3,
      executed: 9,
      leaseMs: 440,
      sessions: 3,
    }],
    master: { status: "normal", view: 2, primary: 1, version: 7 },
  });
});

Deno.test("chainStatus() counts the roles of several volumes, and adds up their numbers", () => {
  const { observer, all, replica } = setUp(3);
  all();
  replica(1, { role: "tail" });
  const { role, opNumber, commitNumber } = chainStatus(observer);
  assertEquals([role, opNumber, commitNumber], ["head 2, tail 1", 36, 30]);
});

Deno.test("chainStatus() is forming until every volume has an order", () => {
  const { observer, all, replica } = setUp(2);
  assertEquals(chainStatus(observer).status, "forming");
  all();
  replica(1, { epoch: 0, role: "starting", members: [] });
  const { status, role, volumes = [] } = chainStatus(observer);
  assertEquals([status, role], ["forming", "head 1, starting 1"]);
  assertEquals([membersOf(volumes[1]!), volumes[1]!.leaseMs], [[], 0]);
});

Deno.test("chainStatus() tells what is left of the lease now", () => {
  const { observer, all, clock } = setUp();
  all();
  clock.runFor(400);
  assertEquals(chainStatus(observer).volumes?.[0]?.leaseMs, 40);
  clock.runFor(400);
  assertEquals(chainStatus(observer).volumes?.[0]?.leaseMs, 0);
});

Deno.test("chainReadiness() has nothing against a node that can serve", () => {
  const { all, wrong } = setUp(2);
  all();
  assertEquals(wrong(), []);
});

Deno.test("chainReadiness() lacks everything before the actors have said anything", () => {
  assertEquals(setUp().wrong(), ["master: recovering", "volumes: not formed yet"]);
});

Deno.test("chainReadiness() says what a node lacks, and in which volumes", () => {
  const { all, wrong, master, membership, replica, table, clock } = setUp(2);
  const missing = (change: () => void) => {
    all();
    change();
    return wrong();
  };
  assertEquals(missing(() => master({ primary: null })), ["master: no primary known"]);
  assertEquals(missing(() => membership({ suspected: [1] })), ["master: node 1, not heard of"]);
  assertEquals(missing(() => membership({ entered: false })), [
    "master: has not taken notice of this node",
  ]);
  assertEquals(missing(() => replica(1, { members: [], role: "spare" })), [
    "volumes: have none: 1",
  ]);
  assertEquals(missing(() => replica(1, { stalled: "disk full" })), ["journal: disk full"]);
  assertEquals(missing(() => master({ stalled: "disk full" })), ["journal: disk full"]);
  assertEquals(missing(() => table(0, { restoring: true })), [
    "state: restoring from a snapshot: 0",
  ]);
  clock.runFor(441);
  assertEquals(missing(() => {}), ["lease: run out: the master does not renew it"]);
  const spare = () => [0, 1].forEach((volume) => replica(volume, { role: "spare" }));
  assertEquals(missing(spare), []);
});

Deno.test("ChainObserver.whyInactive() tells volumes without members, and those that take no updates", () => {
  const { observer, replica, membership } = setUp(2);
  assertEquals(observer.whyInactive(0, true), undefined);
  replica(0, { members: [] });
  assertEquals(observer.whyInactive(0, false), "has no member left: it waits for one to come back");
  membership({ suspected: [1, 2] });
  replica(0, { members: [1, 2], role: "spare" });
  assertEquals(
    observer.whyInactive(0, false),
    "waits for one of its members, and nothing is heard of them: 1, 2",
  );
  replica(0, { members: [0, 1], role: "head" });
  assertEquals(observer.whyInactive(0, true), undefined);
  replica(0, { members: [0, 1], role: "spare" });
  assert(observer.whyInactive(0, true)?.endsWith("nothing is heard of them: 0, 1"));
  replica(1, { writable: false });
  assertEquals(observer.whyInactive(1, false), undefined);
  assert(observer.whyInactive(1, true)?.startsWith("takes no updates"));
});

Deno.test("chainMetrics() has figures of each volume and of the master, and counts epochs", () => {
  const { observer, all, replica } = setUp(2);
  all();
  replica(1, { epoch: 6, role: "single", members: [0] });
  const metrics = chainMetrics(observer);
  const valueOf = (name: string, volume?: string) =>
    metrics.find((metric: Metric) => metric.name === name && metric.labels?.volume === volume)
      ?.value;
  assertEquals(valueOf("troupe_chain_epoch", "1"), 6);
  assertEquals([0, 1].map((volume) => valueOf("troupe_chain_is_tail", `${volume}`)), [0, 1]);
  assertEquals(valueOf("troupe_chain_sent_entries", "0"), 3);
  assertEquals(valueOf("troupe_chain_reconfigurations_total"), 3);
  assertEquals(valueOf("troupe_chain_lease_ms"), 440);
  assertEquals(valueOf("troupe_master_version"), 7);
});
