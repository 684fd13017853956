import { assertEquals } from "@std/assert";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { hermesMetrics } from "../../cli/node/hermes_metrics.ts";
import { HermesObserver } from "../../cli/node/hermes_observer.ts";
import { hermesReadiness } from "../../cli/node/hermes_readiness.ts";
import { hermesStatus } from "../../cli/node/hermes_status.ts";
import type { HermesFigures } from "../../protocols/hermes/figures.ts";
import type { Configuration } from "../../protocols/master/configuration.ts";
import type { HermesVolumeStatus } from "../../transport/service.ts";

const FIGURES: Omit<HermesFigures, "volume"> = {
  birth: 1,
  life: 2,
  epoch: 4,
  role: "member",
  members: [1, 2, 0],
  joining: null,
  leaseUntil: 440,
  leaseMs: 440,
  valid: 50,
  invalid: 4,
  write: 3,
  replay: 2,
  trans: 1,
  tombstones: 7,
  objects: 53,
  sessions: 3,
  waitingReads: 5,
  updates: 6,
  committed: 100,
  replays: 8,
  resent: 9,
  aborts: 10,
  stalledReads: 11,
  copied: 0,
  stalled: null,
};

const CONFIGURATION: Configuration = {
  version: 7,
  formed: true,
  nodes: [],
  volumes: [0, 1].map((volume) => ({
    ...{ volume, epoch: 4, members: [], joining: null, leaving: 1, writable: true },
  })),
};

/** The observer of node 0 in a cluster of three, and what its actors publish. */
function setUp(volumes = 1) {
  const clock = new VirtualClock();
  const environment = new VirtualEnvironment(clock, { seed: 1 });
  const system = new ActorSystem({ node: 0, environment });
  const observer = new HermesObserver(system, volumes);
  const publish = (actor: string, topic: string, detail: unknown) =>
    system.events.publish({ type: "published", actor, topic, detail });
  const replica = (volume: number, more: Partial<HermesFigures> = {}) =>
    publish(`volume-${volume}/replica`, "hermes", { ...FIGURES, volume, ...more });
  const all = () => {
    publish("master/replica", "replica", {
      ...{ status: "normal", view: 2, primary: 1, leading: false, suspected: [], stalled: null },
    });
    publish("membership/member", "membership", {
      ...{ configuration: CONFIGURATION, leaseUntil: 440, leaseMs: 440, suspected: [] },
      ...{ entered: true },
    });
    for (let volume = 0; volume < volumes; volume++) replica(volume);
  };
  const wrong = (reads: "lease" | "check" = "lease") =>
    hermesReadiness(observer, reads).filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`);
  return { clock, observer, replica, all, wrong };
}

const EXPECTED: HermesVolumeStatus = {
  volume: 0,
  epoch: 4,
  members: [0, 1, 2],
  role: "member",
  joining: null,
  leaving: 1,
  leaseMs: 440,
  keys: 53,
  states: { valid: 50, invalid: 4, write: 3, replay: 2, trans: 1 },
  tombstones: 7,
  updates: 6,
  reads: 5,
  copied: 0,
  sessions: 3,
};

Deno.test("hermesStatus() says where the node stands in its only volume, key states included", () => {
  const { observer, all } = setUp();
  all();
  assertEquals(hermesStatus(observer), {
    role: "member",
    status: "normal",
    view: 7,
    opNumber: 106,
    commitNumber: 100,
    primary: 0,
    sessions: 3,
    volumes: [EXPECTED],
    master: { status: "normal", view: 2, primary: 1, version: 7 },
  });
});

Deno.test("hermesStatus() counts the roles of several volumes, and adds up their updates", () => {
  const { observer, all, replica } = setUp(3);
  all();
  replica(1, { role: "spare" });
  const { role, opNumber, commitNumber } = hermesStatus(observer);
  assertEquals([role, opNumber, commitNumber], ["member 2, spare 1", 318, 300]);
});

Deno.test("hermesStatus() is forming until it is known who replicates every volume", () => {
  const { observer, all, replica } = setUp(2);
  assertEquals(hermesStatus(observer).status, "forming");
  all();
  replica(1, { epoch: 0, role: "starting", members: [] });
  assertEquals(hermesStatus(observer).status, "forming");
});

Deno.test("hermesStatus() names who opens sessions for a node without volume 0", () => {
  const { observer, all, replica } = setUp();
  all();
  replica(0, { role: "spare", members: [1, 2] });
  const { primary, volumes } = hermesStatus(observer);
  // Not node 1, which is leaving.
  assertEquals([primary, volumes?.[0]?.leaseMs], [2, 0]);
  replica(0, { role: "spare", members: [] });
  assertEquals(hermesStatus(observer).primary, null);
});

Deno.test("hermesReadiness() has nothing against a node that can serve", () => {
  const { all, wrong } = setUp(2);
  all();
  assertEquals(wrong(), []);
});

Deno.test("hermesReadiness() says what a node lacks, and in which volumes", () => {
  const { all, wrong, replica, clock } = setUp(2);
  assertEquals(wrong(), [
    "master: recovering",
    "volumes: not formed yet: 0, 1",
    "state: is being read from disk: 0, 1",
  ]);
  const missing = (more: Partial<HermesFigures>) => {
    all();
    replica(1, more);
    return wrong();
  };
  assertEquals(missing({ members: [], role: "spare" }), ["volumes: have none: 1"]);
  assertEquals(missing({ stalled: "disk full" }), ["journal: disk full"]);
  assertEquals(missing({ role: "starting" }), ["state: is being read from disk: 1"]);
  assertEquals(missing({ role: "joining" }), []);
  clock.runFor(441);
  assertEquals(missing({}), ["lease: run out: the master does not renew it"]);
});

Deno.test("hermesReadiness() asks for no lease where reads rest on checks", () => {
  const { all, wrong, clock } = setUp();
  all();
  clock.runFor(441);
  assertEquals(wrong("check"), []);
});

Deno.test("HermesObserver.whyInactive() tells volumes of which nobody is left", () => {
  const { observer, replica } = setUp();
  assertEquals(observer.whyInactive(0, true), undefined);
  replica(0);
  assertEquals(observer.whyInactive(0, true), undefined);
  replica(0, { members: [], role: "spare" });
  assertEquals(observer.whyInactive(0, true), "has no member left: it waits for one to come back");
});

Deno.test("hermesMetrics() has figures of each volume and of the master, and counts epochs", () => {
  const { observer, all, replica } = setUp(2);
  all();
  replica(1, { epoch: 6, role: "leaving" });
  const metrics = hermesMetrics(observer);
  const valueOf = (name: string, volume?: string) =>
    metrics.find((metric) => metric.name === name && metric.labels?.volume === volume)?.value;
  assertEquals(valueOf("troupe_hermes_epoch", "1"), 6);
  assertEquals(valueOf("troupe_hermes_is_member", "1"), 1);
  for (const [state, count] of Object.entries(EXPECTED.states)) {
    assertEquals(valueOf(`troupe_hermes_${state}_objects`, "0"), count);
  }
  assertEquals(valueOf("troupe_hermes_aborts_total", "0"), 10);
  assertEquals(valueOf("troupe_hermes_reconfigurations_total"), 3);
  assertEquals(valueOf("troupe_hermes_lease_ms"), 440);
  assertEquals(valueOf("troupe_master_version"), 7);
});
