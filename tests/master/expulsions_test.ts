import { assertEquals } from "@std/assert";
import type { Configuration } from "../../protocols/master/configuration.ts";
import { Expulsions } from "../../protocols/master/expulsions.ts";
import { MEMBER_DEFAULTS, type MemberOptions } from "../../protocols/master/options.ts";
import { ONE_VOLUME, ScriptedMaster } from "./scripted_master.ts";

const { leaseMs, staggerMs } = MEMBER_DEFAULTS;

/** The expulsions that a node sees. */
function expulsionsOf(node: number): Expulsions {
  const options = { ...MEMBER_DEFAULTS, node, driftBound: 0.1 };
  return new Expulsions(options as Required<MemberOptions>);
}

/** A configuration in which node 1 is to be expelled under some name. */
function intending(expelling: number | null): Configuration {
  const { configuration } = ScriptedMaster.formed({ ...ONE_VOLUME, nodeCount: 4 });
  const { nodes } = configuration;
  return { ...configuration, nodes: nodes.with(1, { ...nodes[1]!, expelling }) };
}

Deno.test("Expulsions waits for as long as a lease lasts by the slowest clock", () => {
  const expulsions = expulsionsOf(0);
  expulsions.see(intending(7), 1_000);
  assertEquals(expulsions.nextAt, 1_000 + leaseMs * 1.1);
  assertEquals(expulsions.due(999 + leaseMs * 1.1), undefined);
  assertEquals(expulsions.due(1_000 + leaseMs * 1.1), { type: "expel", node: 1, intention: 7 });
});

Deno.test("Expulsions lets one node after the other submit the same", () => {
  const dueAt = [0, 2, 3].map((node) => {
    const expulsions = expulsionsOf(node);
    expulsions.see(intending(7), 0);
    return expulsions.nextAt! - leaseMs * 1.1;
  });
  assertEquals(dueAt.map(Math.round), [0, staggerMs, 2 * staggerMs]);
});

Deno.test("Expulsions counts from when an intention was first seen", () => {
  const expulsions = expulsionsOf(0);
  expulsions.see(intending(7), 1_000);
  expulsions.see(intending(7), 1_300);
  assertEquals(expulsions.nextAt, 1_000 + leaseMs * 1.1);
});

Deno.test("Expulsions counts anew for an intention that was withdrawn and decided again", () => {
  const expulsions = expulsionsOf(0);
  expulsions.see(intending(7), 1_000);
  // The withdrawal itself was never seen.
  expulsions.see(intending(8), 1_300);
  assertEquals(expulsions.due(1_000 + leaseMs * 1.1), undefined);
  assertEquals(expulsions.due(1_300 + leaseMs * 1.1), { type: "expel", node: 1, intention: 8 });
});

Deno.test("Expulsions forgets an intention that was withdrawn", () => {
  const expulsions = expulsionsOf(0);
  expulsions.see(intending(7), 1_000);
  expulsions.see(intending(null), 1_300);
  assertEquals(expulsions.nextAt, undefined);
  assertEquals(expulsions.due(99_000), undefined);
});

Deno.test("Expulsions leaves it to others to expel the node itself", () => {
  const expulsions = expulsionsOf(1);
  expulsions.see(intending(7), 1_000);
  assertEquals(expulsions.due(99_000), undefined);
});
