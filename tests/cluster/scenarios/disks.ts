/**
 * Disks that lose or garble what was written.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { appendHalfRecord, flipInTheMiddle, type Place, tearLastRecord } from "../journal_files.ts";
import type { NodeProcess } from "../node_process.ts";
import type { ProcessCluster } from "../processes.ts";
import { type Scenario, type Scene, underLoad } from "./scenario.ts";

/** Snapshots all the time, and little of the log kept: who lost everything has to fetch one. */
const SMALL_LOG = `snapshots:
  log_bytes: 1MiB
  retain_entries: 10
`;

/** The scenarios. */
export const DISK_SCENARIOS: readonly Scenario[] = [
  {
    name: "a node that has lost its directory is caught up, and then as good as any",
    run: (form) => underLoad(form, wipe),
  },
  {
    name: "a node that has lost its directory fetches a snapshot if the log is gone",
    run: (form) => underLoad(form, wipeAndFetchSnapshot, { config: SMALL_LOG, valueBytes: 16_384 }),
  },
  {
    name: "a node with a flipped bit in its journal says where, and is repaired from its peers",
    run: (form) => underLoad(form, flip),
  },
  {
    name: "a node whose last write was cut short cuts it off and catches up",
    run: (form) => underLoad(form, tear),
  },
];

async function wipe(scene: Scene): Promise<void> {
  const { cluster, load, form } = scene;
  const victim = await victimOf(scene);
  const startedAt = performance.now();
  await wipeDirectory(victim);
  await cluster.whole();
  form.took("caught up", startedAt);
  await outlive(cluster, load, victim);
}

async function wipeAndFetchSnapshot(scene: Scene): Promise<void> {
  const { cluster, load, form } = scene;
  const victim = await victimOf(scene);
  // Otherwise the log may still reach back to its beginning.
  await cluster.until("every node has a snapshot", () => {
    return Promise.resolve(cluster.nodes.every(hasSnapshot));
  });
  const from = victim.lines.length;
  const startedAt = performance.now();
  await wipeDirectory(victim);
  await victim.logged(/fetching the snapshot at \d+/, from);
  await cluster.whole();
  form.took("caught up", startedAt);
  await outlive(cluster, load, victim);
}

async function flip(scene: Scene): Promise<void> {
  const { cluster, load, form } = scene;
  const victim = await victimOf(scene);
  await victim.kill();
  const { file, offset } = flipInTheMiddle(victim);
  const from = victim.lines.length;
  const startedAt = performance.now();
  victim.start();
  await victim.logged(new RegExp(`damaged \\(middle\\) in ${file} at byte ${offset}\\b`), from);
  await cluster.whole();
  form.took("repaired", startedAt);
  await outlive(cluster, load, victim);
  // The repair is on disk: nothing is damaged at the next start.
  const repaired = victim.lines.length;
  await victim.kill();
  victim.start();
  await victim.logged(/normal in view/, repaired);
  assertEquals(victim.lines.slice(repaired).filter((line) => /damaged/.test(line)), []);
}

/**
 * A record that is truncated was durable, and may have been acknowledged: all nodes must have it. Half
 * a record that nobody finished writing can be there at any time.
 */
async function tear(scene: Scene): Promise<void> {
  const { cluster, load, round } = scene;
  const victim = await victimOf(scene);
  let place: Place;
  if (round % 2 === 0) {
    await load.hold();
    await cluster.settled();
    await victim.kill();
    place = tearLastRecord(victim);
    load.release();
  } else {
    await victim.kill();
    place = appendHalfRecord(victim);
  }
  await load.progress();
  const from = victim.lines.length;
  victim.start();
  const { file, offset } = place;
  await victim.logged(new RegExp(`cut off a write .* in ${file} at byte ${offset}\\b`), from);
  await cluster.whole();
  await outlive(cluster, load, victim);
}

/** A backup in the even rounds, the primary in the odd ones. */
function victimOf({ cluster, round }: Scene): Promise<NodeProcess> {
  return round % 2 === 0 ? cluster.backup() : cluster.primary();
}

async function wipeDirectory(node: NodeProcess): Promise<void> {
  await node.kill();
  await Deno.remove(node.directory, { recursive: true });
  node.start();
}

/** Right afterwards another node dies: the cluster lives on with the one that was mended. */
async function outlive(
  cluster: ProcessCluster,
  load: Scene["load"],
  mended: NodeProcess,
): Promise<void> {
  const primary = await cluster.primary();
  const other = primary === mended ? cluster.nodes.find((node) => node !== mended)! : primary;
  await other.kill();
  await cluster.primary(other);
  await load.progress();
  assert(mended.isRunning);
  other.start();
  await cluster.whole();
}

function hasSnapshot(node: NodeProcess): boolean {
  return [...Deno.readDirSync(`${node.directory}/vr`)].some(({ name }) =>
    /^snapshot-\d+-\d+$/.test(name)
  );
}
