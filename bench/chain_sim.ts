/**
 * How the throughput of chains grows with their length, in the simulator: nodes that take one message after the
 * other, each for the same time, and nothing else that costs any. Says nothing about how fast Troupe is; it
 * says how its messages are spread over the nodes, beside what CRAQ's paper measured (Terrace & Freedman,
 * figures 4 and 5, and table of writes).
 *
 * `deno run --allow-read bench/chain_sim.ts`
 *
 * @module
 */
import { measure } from "./simulated/load.ts";
import { startSystem } from "./simulated/systems.ts";

const COSTS = { serviceMs: 0.1, latencyMs: 0.2 };
const WARM_UP_MS = 100;
const MEASURED_MS = 200;
/** Enough for every node to have something to do at any time. */
const READERS_PER_NODE = 40;
const WRITERS = 120;

type Operation = "read" | "write";

/** Operations a second that a chain of so many nodes can do. */
function throughput(nodes: number, name: "cr" | "craq", operation: Operation): number {
  const { perSecond } = measure(startSystem(name, nodes, COSTS), {
    writes: operation === "write" ? 1 : 0,
    keys: () => 0,
    clients: operation === "write" ? new Array(WRITERS).fill(0) : readers(nodes, name),
    warmUpMs: WARM_UP_MS,
    measuredMs: MEASURED_MS,
  });
  return Math.round(perSecond);
}

/** The node that each reader asks. With tail reads a client that knows better asks the tail itself. */
function readers(nodes: number, name: "cr" | "craq"): number[] {
  const count = nodes * READERS_PER_NODE;
  return Array.from({ length: count }, (_, index) => name === "cr" ? nodes - 1 : index % nodes);
}

/** What the paper has, per second. */
const PAPER = {
  cr: 20_552,
  reads: new Map([[3, 59_882], [5, 99_466], [7, 138_833]]),
  writes: new Map([[3, 5_514], [5, 4_999], [7, 4_538]]),
} as const;

function row(words: readonly (string | number)[]): string {
  return words.map((word) => String(word).padStart(10)).join("");
}

if (import.meta.main) {
  const { serviceMs, latencyMs } = COSTS;
  console.log(`A message costs a node ${serviceMs} ms, and is ${latencyMs} ms on its way.\n`);
  console.log(row(["nodes", "CR", "CRAQ", "ratio", "paper", "writes", "to 3", "paper"]));
  const cr = throughput(3, "cr", "read");
  let writesOfThree: number | undefined;
  for (const nodes of [3, 5, 7]) {
    const own = nodes === 3 ? cr : throughput(nodes, "cr", "read");
    const craq = throughput(nodes, "craq", "read");
    const writes = throughput(nodes, "craq", "write");
    writesOfThree ??= writes;
    console.log(row([
      nodes,
      own,
      craq,
      (craq / cr).toFixed(2),
      (PAPER.reads.get(nodes)! / PAPER.cr).toFixed(2),
      writes,
      (writes / writesOfThree).toFixed(2),
      (PAPER.writes.get(nodes)! / PAPER.writes.get(3)!).toFixed(2),
    ]));
  }
  console.log(
    "\nReads and writes a second; ratios to the reads of CR with 3 nodes, and to the writes of 3.",
  );
}
