/**
 * What is read from Hermes: the scenarios of the reference (chain.md, 8) that concern local reads, leases and
 * clocks (hermes.md, 4.7 and 4.9), with the master that decides.
 */
import { assert, assertEquals } from "@std/assert";
import { HermesDirector } from "./traces/hermes_director.ts";

const isAboutK = HermesDirector.isAbout("k");
const MODES = ["lease", "check"] as const;

Deno.test("hermes: a valid object is read without a message between replicas, at every node", () => {
  const director = new HermesDirector();
  director.write("A", "k", "1", 0);
  director.run(20);
  const sent = director.note(["inv", "ack", "val", "recall"]);
  for (const [node, client] of ["A", "B", "C"].entries()) {
    const { now } = director.world.clock;
    assertEquals(director.read(client, "k", node), "1");
    assert(director.world.clock.now - now < 3, "there and back");
  }
  assertEquals(sent.length, 0);
  director.end();
});

Deno.test("hermes: an object that is being written is not read before the write is committed", () => {
  for (const reads of MODES) {
    const director = new HermesDirector({ replica: { reads } });
    director.write("A", "k", "1", 0);
    const acks = director.hold(["ack"], (sent) => sent.from === 1 && isAboutK(sent));
    director.ask("A", "k", "2", 0);
    director.run(10);
    const before = ["A", "B", "C"].map((name) => director.count(name));
    for (const [node, name] of ["B", "C"].entries()) director.look(name, "k", node + 1);
    director.run(20);
    assertEquals(["B", "C"].map((name, at) => director.results(name, before[at + 1]!)), [0, 0]);
    acks.release();
    director.insist("B", before[1]);
    director.insist("C", before[2]);
    assertEquals(["B", "C"].map((name) => director.found(name)), ["2", "2"]);
    director.insist("A", before[0]);
    director.acknowledged.set("k", "2");
    director.end();
  }
});

Deno.test("hermes: whoever is cut off serves no read that is too old, with leases or with checks", () => {
  for (const reads of MODES) {
    const director = new HermesDirector({ replica: { reads } });
    director.write("A", "k", "1", 0);
    // Only its client reaches it.
    director.isolate(2);
    const { epoch } = director.configuration;
    const answered: number[] = [];
    while (director.configuration.epoch === epoch) {
      const before = director.count("C");
      director.look("C", "k", 2);
      director.run(20);
      answered.push(director.results("C", before));
    }
    assertEquals(answered[0]! > 0, reads === "lease");
    assertEquals(answered.at(-1), 0, "the others go on without it");
    director.untilMembers(0, 1);
    director.write("A", "k", "2", 0);
    const before = director.count("C");
    director.look("C", "k", 2);
    director.run(2_000);
    assertEquals(director.results("C", before), 0);
    director.end();
  }
});

Deno.test("hermes: a stale read is answered by whoever is cut off; one within a bound, for so long", () => {
  const director = new HermesDirector({ hermes: { leaseMs: 300 } });
  director.write("A", "k", "1", 0);
  director.isolate(2);
  director.untilMembers(0, 1);
  director.write("A", "k", "2", 0);
  const see = (consistency: "stale" | { ageMs: number; versions: null }) => {
    const before = director.count("C");
    director.look("C", "k", 2, consistency);
    director.run(20);
    return director.results("C", before) > 0 ? director.found("C") : "no answer";
  };
  assertEquals(see("stale"), "1");
  assertEquals(see({ ageMs: 60_000, versions: null }), "1");
  assertEquals(see({ ageMs: 10, versions: null }), "no answer");
  director.end();
});

Deno.test("hermes 12: whoever stood still for longer than its lease answers no read before it has another", () => {
  for (const reads of MODES) {
    const director = new HermesDirector({ replica: { reads } });
    director.write("A", "k", "1", 0);
    const node = director.world.node(2);
    node.pause();
    director.untilMembers(0, 1);
    director.write("A", "k", "2", 0);
    const before = director.count("C");
    director.look("C", "k", 2);
    director.run(10);
    // Everything that was due comes at once: the read, and the end of the lease long ago.
    node.resume();
    director.until(() => director.count("C") > before);
    if (director.isAnswered("C", before)) assertEquals(director.found("C"), "2");
    director.end();
  }
});

Deno.test("hermes 12: clocks that drift within the bound expel nobody too early; beyond it, it is noticed", () => {
  const violations = (driftBound: number) => {
    const found: string[] = [];
    for (let seed = 1n; seed <= 3n && found.length === 0; seed++) {
      const director = new HermesDirector({
        clients: { A: 0 },
        hermes: { driftBound, leaseMs: 3_000 },
        world: { seed, timerDrift: 0.3 },
      });
      const { world } = director;
      director.isolate(2);
      for (let ms = 0; ms < 5_000 && world.violations.length === 0; ms += 10) {
        director.look("A", "k", 2);
        world.runFor(10);
      }
      found.push(...world.violations);
    }
    return found;
  };
  assertEquals(violations(2), []);
  const [first] = violations(0.001);
  assert(first?.includes("node 2 is expelled while it has a lease"), first);
});

Deno.test("hermes: a page waits for what is being written, and shows each key as it is at some moment", () => {
  const director = new HermesDirector();
  for (const key of ["a", "k", "z"]) director.write("A", key, "1", 0);
  const acks = director.hold(["ack"], (sent) => sent.from === 1 && isAboutK(sent));
  const asked = director.count("A");
  director.ask("A", "k", "2", 0);
  director.run(10);
  const before = director.count("C");
  director.scan("C", 2);
  director.run(20);
  assertEquals(director.results("C", before), 0);
  acks.release();
  director.until(() => director.isAnswered("C", before));
  assertEquals(director.page("C"), ["a=1", "k=2", "z=1"]);
  director.insist("A", asked);
  director.acknowledged.set("k", "2");
  director.end();
});
