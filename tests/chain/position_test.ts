import { assertEquals } from "@std/assert";
import { positionOf } from "../../protocols/chain/position.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";

const member = (node: number) => ({ node, birth: 100 + node });

function volume(members: readonly number[], more: Partial<VolumeConfiguration> = {}) {
  return {
    volume: 0,
    epoch: 7,
    members: members.map(member),
    joining: null,
    leaving: null,
    writable: true,
    ...more,
  };
}

Deno.test("positionOf() knows head, middle, tail, the only one, and those without a part", () => {
  const chain = volume([4, 2, 6]);
  const of = (node: number) => positionOf(chain, node, 100 + node);
  assertEquals([4, 2, 6, 1].map((node) => of(node).role), ["head", "middle", "tail", "spare"]);
  assertEquals([4, 2, 6, 1].map((node) => of(node).predecessor), [null, 4, 2, null]);
  assertEquals([4, 2, 6, 1].map((node) => of(node).successor), [2, 6, null, null]);
  assertEquals([4, 2, 6, 1].map((node) => of(node).isLast), [false, false, true, false]);
  const alone = positionOf(volume([3]), 3, 103);
  assertEquals([alone.role, alone.isLast, alone.successor], ["single", true, null]);
  assertEquals(positionOf(volume([]), 3, 103).role, "spare");
});

Deno.test("positionOf() puts one that joins behind the last member, which it has no part in itself", () => {
  const chain = volume([4, 2], { joining: member(6) });
  const newcomer = positionOf(chain, 6, 106);
  assertEquals([newcomer.role, newcomer.isMember, newcomer.isLast], ["joining", false, false]);
  assertEquals([newcomer.predecessor, newcomer.successor], [2, null]);
  const last = positionOf(chain, 2, 102);
  assertEquals([last.role, last.isLast, last.successor, last.joining], ["tail", true, 6, 6]);
});

Deno.test("positionOf() takes a replica of another birth for another one", () => {
  const chain = volume([4, 2], { joining: member(6), leaving: 2 });
  assertEquals(positionOf(chain, 2, 1).role, "spare");
  assertEquals(positionOf(chain, 6, 1).role, "spare");
  assertEquals([102, 1].map((birth) => positionOf(chain, 2, birth).isLeaving), [true, false]);
});
