/**
 * How long a chain is out of service once the master has decided, in message delays: the table of the paper
 * (chain.md, 1.5) has 2 for the head, 2 for the tail and 4 for a member in the middle. Messages take
 * exactly one unit of time, and disks take none.
 */
import { assertEquals } from "@std/assert";
import { CALM_DISK } from "../../sim/disk.ts";
import { CALM_NETWORK } from "../../sim/network.ts";
import { ChainDirector } from "./traces/chain_director.ts";

const [HEAD, MIDDLE, TAIL] = [0, 1, 2] as const;
const UNIT_MS = 10;
const NOTHING = { minMs: 0, tailMs: 0 };

/** Kills a member with an update under way; returns how long it then takes, from the decision on, in units. */
function outage(
  victim: number,
  isOver: (director: ChainDirector, before: number) => boolean,
): number {
  const director = new ChainDirector({
    clients: ["A"],
    chain: { leaseMs: 300 },
    world: {
      network: { ...CALM_NETWORK, latency: { minMs: UNIT_MS, tailMs: 0 } },
      disk: { ...CALM_DISK, readLatency: NOTHING, writeLatency: NOTHING },
    },
  });
  const { world } = director;
  director.write("A", "k", "0");
  director.run(200);
  let decidedAt = Infinity;
  world.decided.observe(({ volumes }) => {
    const isGone = volumes[0]!.members.every(({ node }) => node !== victim);
    if (isGone) decidedAt = Math.min(decidedAt, world.clock.now);
  });
  const before = director.count("A");
  director.drop(["update"], ({ to, from }) => to === victim || from === victim);
  world.node(victim).crash("lose");
  if (victim !== HEAD) director.ask("A", "k", "1", HEAD);
  director.until(() => decidedAt < Infinity);
  director.until(() => isOver(director, before));
  return Math.round((world.clock.now - decidedAt) / UNIT_MS * 10) / 10;
}

Deno.test("chain: the outage after the master's decision is not longer than the paper's", () => {
  const units = {
    // Whoever is asked passes requests on to the new head.
    head: outage(
      HEAD,
      (director) =>
        [MIDDLE, TAIL].every((node) => director.isIn(node, director.configuration.epoch)),
    ),
    // What the old tail owed is answered.
    tail: outage(TAIL, (director, before) => director.isAnswered("A", before)),
    // What was under way is where it would be.
    middle: outage(
      MIDDLE,
      (director) => {
        const { watch } = director.world.volumes[0]!;
        return watch.log(TAIL).last === watch.log(HEAD).last;
      },
    ),
  };
  // The paper: 2, 2 and 4. Here nobody has to tell clients who is head; and a successor asks its new
  // predecessor itself, not by way of the master.
  assertEquals(units, { head: 1, tail: 2, middle: 3 });
});

Deno.test("chain: reads are not interrupted by the death of the head, nor of a member in the middle", () => {
  for (const victim of [HEAD, MIDDLE]) {
    // Leases outlast the time in which the master's group has no primary, for it dies with the head.
    const chain = { reads: "tail", leaseMs: 1_500 } as const;
    const director = new ChainDirector({ clients: ["A"], chain });
    director.write("A", "k", "1");
    director.world.node(victim).crash("lose");
    const { epoch } = director.configuration;
    for (let reads = 0; director.configuration.epoch === epoch; reads++) {
      const before = director.count("A");
      director.look("A", "k", TAIL);
      director.run(5);
      assertEquals(director.results("A", before), 1, `read ${reads}`);
    }
    director.end();
  }
});
