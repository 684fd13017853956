import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RealEnvironment } from "../../actors/real_environment.ts";
import { ActorSystem } from "../../actors/system.ts";
import { ConfigError, parseConfig } from "../../cli/config.ts";
import { gossipMetrics } from "../../cli/node/gossip_metrics.ts";
import { GossipObserver } from "../../cli/node/gossip_observer.ts";
import { gossipReadiness, gossipStatus } from "../../cli/node/gossip_status.ts";
import { formatPlace, type NodePlace, parsePlace } from "../../cli/node/node_place.ts";
import { loadMerges, strategiesOf } from "../../cli/node/strategies.ts";
import type { GossipFigures, MemberFigures } from "../../protocols/gossip/figures.ts";
import { encodeMeta } from "../../protocols/gossip/member_meta.ts";
import type { MemberState } from "../../protocols/swim/messages.ts";

function member(node: number, more: Partial<MemberFigures> = {}): MemberFigures {
  return {
    node,
    incarnation: 1,
    isLiving: true,
    lacks: 0,
    ahead: 0,
    syncedMsAgo: 5,
    hints: 0,
    hintsBytes: 0,
    isHoldingCut: false,
    ...more,
  };
}

/** An observer of node 0, and how its actors publish. */
function world() {
  const environment = new RealEnvironment({ onLog: () => {} });
  const system = new ActorSystem({ node: 0, environment });
  const places: [number, NodePlace | undefined][] = [];
  const observer = new GossipObserver(system, (node, place) => places.push([node, place]));
  let published = 0;
  const publish = (topic: string, detail: unknown) => {
    const actor = system.spawn(`publisher-${++published}`, (context) => {
      context.publish(topic, detail);
      return { receive: () => {} };
    });
    return actor;
  };
  const replica = (more: Partial<GossipFigures>) =>
    publish("gossip", { ...observer.replica, state: "ready", ...more });
  const other = (node: number, state: MemberState, address: string) => ({
    node,
    incarnation: 0,
    state,
    meta: encodeMeta({ replica: null, address }),
  });
  return { observer, places, publish, replica, other };
}

Deno.test("parsePlace() reads what formatPlace() writes, and nothing else", () => {
  const place = {
    peer: { host: "::1", port: 7_200 },
    http: { host: "db.example", port: 80 },
  };
  assertEquals(formatPlace(place), "[::1]:7200 db.example:80");
  assertEquals(parsePlace(formatPlace(place)), place);
  for (const text of ["", "a:1", "a:1 b", "a:1 b:2 c:3", "a:0 b:1", "0.0.0.0:1 b:1"]) {
    assertEquals(parsePlace(text), undefined, text);
  }
  const long = { ...place, http: { host: "x".repeat(90), port: 80 } };
  assertEquals(formatPlace(long), "");
});

Deno.test("GossipObserver tells where nodes are that have said so, until they have left", () => {
  const { observer, places, publish, other } = world();
  publish("swim", {
    self: other(0, "alive", ""),
    others: [
      other(7, "alive", "127.0.0.1:1 127.0.0.1:2"),
      other(8, "left", "127.0.0.1:3 127.0.0.1:4"),
      other(9, "suspect", ""),
      other(10, "dead", "nowhere"),
    ],
    healthScore: 3,
    news: 0,
  });
  const place = {
    peer: { host: "127.0.0.1", port: 1 },
    http: { host: "127.0.0.1", port: 2 },
  };
  assertEquals(places, [[7, place]]);
  assertEquals([...observer.places], [[7, place]]);
  assertEquals([observer.suspected, observer.left, observer.healthScore], [[9, 10], [8], 3]);
  const left = other(7, "left", "127.0.0.1:1 127.0.0.1:2");
  publish("swim", { self: other(0, "alive", ""), others: [left], healthScore: 0, news: 0 });
  assertEquals([places.at(-1), observer.places.size], [[7, undefined], 0]);
});

Deno.test("gossipStatus() counts what the node knows, and what some other living member knows, too", () => {
  const { observer, replica } = world();
  assertEquals(gossipStatus(observer).status, "starting");
  replica({
    clock: [[0, 5, 7], [1, 9, 4]],
    members: [member(0), member(1, { lacks: 2 }), member(2, { lacks: 1, isLiving: false })],
  });
  const { role, status, view, opNumber, commitNumber, primary } = gossipStatus(observer);
  assertEquals({ role, status, view, opNumber, commitNumber, primary }, {
    role: "member",
    status: "normal",
    view: 3,
    opNumber: 11,
    commitNumber: 9,
    primary: null,
  });
});

Deno.test("gossipStatus() of a node alone has all of it committed", () => {
  const { observer, replica } = world();
  replica({ clock: [[0, 5, 7]], members: [member(0)] });
  assertEquals(gossipStatus(observer).commitNumber, 7);
});

Deno.test("gossipReadiness() lacks a replica that serves, a disk, and agreement with the others", () => {
  const { observer, replica } = world();
  const oks = () => gossipReadiness(observer).map(({ ok }) => ok);
  assertEquals(oks(), [false, true, true, true]);
  replica({});
  assertEquals(oks(), [true, true, true, true]);
  const other = world();
  other.replica({ stalled: "No space left", isDiverged: true, misconfigured: [2] });
  const checks = gossipReadiness(other.observer);
  assertEquals(checks.map(({ ok }) => ok), [true, false, false, true]);
  assertStringIncludes(checks[1]!.detail, "No space left");
  assertStringIncludes(checks[3]!.detail, "nodes 2 have others");
});

Deno.test("gossipMetrics() has the figures of the replica, and of each other member", () => {
  const { observer, replica } = world();
  replica({
    clock: [[0, 5, 7]],
    members: [member(0), member(1, { lacks: 2, hints: 3, syncedMsAgo: null })],
    tombstones: 4,
    mailed: 8,
    isDiverged: true,
  });
  const metrics = gossipMetrics(observer);
  const valueOf = (name: string, member?: string) =>
    metrics.filter((metric) => metric.name === name && metric.labels?.member === member)
      .map(({ value, type }) => [value, type]);
  assertEquals(valueOf("troupe_gossip_events"), [[7, "gauge"]]);
  assertEquals(valueOf("troupe_gossip_tombstones"), [[4, "gauge"]]);
  assertEquals(valueOf("troupe_gossip_mailed_total"), [[8, "counter"]]);
  assertEquals(valueOf("troupe_gossip_is_diverged"), [[1, "gauge"]]);
  assertEquals(valueOf("troupe_gossip_member_lacks_events", "1"), [[2, "gauge"]]);
  assertEquals(valueOf("troupe_gossip_member_hints", "1"), [[3, "gauge"]]);
  assertEquals(valueOf("troupe_gossip_member_synced_ms_ago", "1"), [[-1, "gauge"]]);
  assertEquals(valueOf("troupe_gossip_member_lacks_events", "0"), []);
  assertEquals(valueOf("troupe_swim_living_members"), [[1, "gauge"]]);
});

const HEAD = "protocol: gossip\nreplicas_addresses: [127.0.0.1:7200]\n";

Deno.test("strategiesOf() gives keys the strategy of their longest prefix", async () => {
  const config = parseConfig(
    `${HEAD}gossip: { strategy: siblings, strategies: { "a/": set, "a/b/": counter } }`,
    "g.yaml",
  );
  const strategies = strategiesOf(config, await loadMerges(config));
  assertEquals(["x", "a/x", "a/b/x"].map((key) => strategies.of(key).name), [
    "siblings",
    "set",
    "counter",
  ]);
});

Deno.test({
  name: "loadMerges() loads the functions that a configuration names, and says which it cannot",
  ignore: Deno.permissions.querySync({ name: "read" }).state !== "granted",
  fn: async () => {
    const here = new URL("./", import.meta.url).pathname;
    const configOf = (file: string) =>
      parseConfig(`${HEAD}gossip: { strategies: { "m/": "merge:${here}${file}" } }`, "g.yaml");
    const config = configOf("longer_merge.ts");
    const strategies = strategiesOf(config, await loadMerges(config));
    assertEquals([strategies.of("m/x").name, strategies.of("x").name], ["merge", "lww"]);
    await assertRejects(() => loadMerges(configOf("no_such.ts")), ConfigError, "Cannot merge by");
    await assertRejects(
      () => loadMerges(configOf("fake_clock.ts")),
      ConfigError,
      "its default export is not a function",
    );
  },
});
