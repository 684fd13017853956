import { assert, assertEquals, assertThrows } from "@std/assert";
import { comparisonOf, OURS, PEERS } from "../../../bench/peers/comparisons.ts";
import { isWanted, parsePeersFlags } from "../../../bench/peers/options.ts";
import { ConfigError } from "../../../cli/config.ts";

Deno.test("parsePeersFlags() compares everything unless told otherwise", () => {
  const options = parsePeersFlags([]);
  assertEquals(options.only, ["etcd", "redis", "zookeeper", "memory"]);
  assertEquals(options.connections, [1, 16, 64, 256]);
  assertEquals([options.rounds, options.seconds, options.spread], [3, 1, false]);
  assert(OURS.every((name) => isWanted(name, options.systems)));
});

Deno.test("parsePeersFlags() takes lists", () => {
  const options = parsePeersFlags([
    ...["--only", "zookeeper,etcd", "--work", "get", "--connections", "64,1", "--mixes", "0.25"],
    ...["--systems", "vr,hermes", "--rounds", "10", "--out", "x"],
  ]);
  assertEquals([options.only, options.works], [["etcd", "zookeeper"], ["get"]]);
  assertEquals([options.connections, options.mixes], [[1, 64], [0.25]]);
  assertEquals([options.rounds, options.out], [10, "x"]);
  assertEquals(OURS.filter((name) => isWanted(name, options.systems)), [
    "vr",
    "hermes",
    "vr key-order",
    "vr memory",
  ]);
});

Deno.test("parsePeersFlags() lets flags override --quick", () => {
  const { connections, rounds, warmUp } = parsePeersFlags(["--quick", "--rounds", "2"]);
  assertEquals([connections, rounds, warmUp], [[64], 2, 2]);
});

Deno.test("parsePeersFlags() names every flag that is wrong", () => {
  const wrong = [
    ...["--only", "mysql", "--systems", "raft", "--connections", "0", "--mixes", "2"],
    ...["--values", "1.5", "--work", ""],
  ];
  const error = assertThrows(() => parsePeersFlags(wrong), ConfigError);
  for (const flag of ["only", "systems", "connections", "mixes", "values", "work"]) {
    assert(error.message.includes(`--${flag}`), `${flag}: ${error.message}`);
  }
});

Deno.test("comparisonOf() sets every row of ours beside rows that are there", () => {
  for (const name of PEERS) {
    const { entrants } = comparisonOf(name, parsePeersFlags([]));
    const names = entrants.map((entrant) => entrant.name);
    assertEquals(new Set(names).size, names.length, "names are unique");
    for (const { peers } of entrants) assert(peers.every((peer) => names.includes(peer)));
    assert(OURS.some((ours) => names.some((each) => each.startsWith(ours))));
  }
});
