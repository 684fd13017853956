/**
 * How evenly the placements spread volumes over nodes, and how many replicas move when a node comes or goes.
 *
 * `deno run bench/ring.ts [virtual nodes]`
 *
 * @module
 */
import { formatTable } from "../cli/output.ts";
import type { Placement } from "../protocols/master/placement.ts";
import { balanceOf, movesOnJoin, movesOnLeave } from "../tests/master/placement_figures.ts";

const LENGTH = 3;
const VOLUMES = [8, 16, 32, 64];
const NODES = [3, 4, 5, 6, 7];
const VIRTUAL_NODES = 64;

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function balances(placement: Omit<Placement, "volumes">): string {
  const rows = VOLUMES.map((volumes) => [
    String(volumes),
    ...NODES.map((nodes) => {
      const { least, most } = balanceOf({ ...placement, volumes }, nodes);
      return `${least.toFixed(2)}-${most.toFixed(2)}`;
    }),
  ]);
  return table(["volumes", ...NODES.map((nodes) => `${nodes} nodes`)], rows);
}

/** Where a volume is on all nodes, nothing moves: whoever leaves is replaced by nobody. */
function moves(placement: Omit<Placement, "volumes">): string {
  const counts = NODES.filter((nodes) => nodes > LENGTH);
  const rows = counts.flatMap((nodes) =>
    VOLUMES.map((volumes) => {
      const join = movesOnJoin({ ...placement, volumes }, nodes);
      const leave = movesOnLeave({ ...placement, volumes }, nodes);
      return [
        `${nodes - 1} to ${nodes}`,
        String(volumes),
        percent(join.ideal),
        ...[join.mean, join.most, leave.mean, leave.most].map(percent),
        String(Math.max(join.perVolume, leave.perVolume)),
      ];
    })
  );
  const titles = ["nodes", "volumes", "ideal", "join", "at most", "leave", "at most", "a volume"];
  return table(titles, rows);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return formatTable(titles.map((title) => ({ title, align: "right" })), rows);
}

function print(title: string, placement: Omit<Placement, "volumes">): void {
  console.log(`${title}\n`);
  console.log(`Shares of nodes, the least and the greatest, in parts of an even one:`);
  console.log(balances(placement));
  console.log(`Replicas that move, in parts of all: on average over the nodes, and at most:`);
  console.log(moves(placement));
}

if (import.meta.main) {
  const virtualNodes = Number(Deno.args[0] ?? VIRTUAL_NODES);
  print(`A ring, ${virtualNodes} virtual nodes; each volume is on ${LENGTH} nodes`, {
    length: LENGTH,
    ring: { virtualNodes },
  });
  print("Rendezvous hashing", { length: LENGTH });
}
