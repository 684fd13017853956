/**
 * Disks that are full.
 *
 * @module
 */
import { assertRejects } from "@std/assert";
import { KvClient, Unavailable, UnknownOutcome } from "../../../cli/client.ts";
import { Load } from "../load.ts";
import type { NodeProcess } from "../node_process.ts";
import { ProcessCluster, type ProcessClusterOptions } from "../processes.ts";
import { mayMount, Tmpfs } from "../tmpfs.ts";
import { verify } from "../verify.ts";
import { CHAIN, HERMES, type Kind, shortened } from "./kinds.ts";
import { type Form, type Scenario, withLogs } from "./scenario.ts";

const DISK_MIB = 48;
/** Values so large that what room is left in a file is soon used up. */
const LOAD = { writers: 2, incrementers: 2, readers: 1, valueBytes: 8_192 };
const LARGE = "x".repeat(262_144);
/** How long a write is tried that cannot succeed, in milliseconds. */
const VAIN_MS = 1_500;

/** The scenarios. */
export const FULL_DISK_SCENARIOS: readonly Scenario[] = [
  {
    name:
      "a primary whose disk is full says so and is replaced, and catches up when there is space",
    isPossible: mayMount,
    run: (form) => withSmallDisks(form, fillPrimary),
  },
  {
    name: "a cluster whose disks are full acknowledges nothing until there is space again",
    isPossible: mayMount,
    run: (form) => withSmallDisks(form, fillAll),
  },
  ...[CHAIN, HERMES].map((kind): Scenario => ({
    name: `a member of ${kind.one} whose disk is full says so, is expelled, and joins again`,
    isPossible: mayMount,
    run: (form) => withSmallDisks(form, (scene) => fillMember(scene, kind), kind.small),
  })),
];

/** A cluster in which each node has a small disk of its own, by index. */
interface Scene {
  readonly cluster: ProcessCluster;
  readonly disks: readonly Tmpfs[];
  readonly load: Load;
  readonly form: Form;
  /** From 0. */
  readonly round: number;
}

/** A new cluster for every round, since the disks are small. */
async function withSmallDisks(
  form: Form,
  play: (scene: Scene) => Promise<void>,
  options: ProcessClusterOptions = {},
): Promise<void> {
  for (let round = 0; round < form.rounds; round++) {
    await using cluster = ProcessCluster.create(options);
    const disks: Tmpfs[] = [];
    for (const { directory } of cluster.nodes) {
      const disk = await Tmpfs.mount(directory, DISK_MIB);
      disks.push(disk);
      cluster.onDispose(() => disk.unmount());
    }
    for (const node of cluster.nodes) node.start();
    await cluster.whole();
    await using load = Load.start(cluster.endpoints, LOAD);
    await withLogs(cluster, async () => {
      await load.progress();
      await play({ cluster, disks, load, form, round });
      await cluster.whole();
      await load.progress();
      await verify(cluster, load);
    });
    form.note(load.summary);
  }
}

async function fillPrimary({ cluster, disks, load, form }: Scene): Promise<void> {
  const primary = await cluster.primary();
  const from = primary.lines.length;
  await fill(cluster, disks, [primary]);
  await primary.logged(/the disk takes no more/, from);
  const startedAt = performance.now();
  await cluster.primary(primary);
  form.took("another primary", startedAt);
  await load.progress();
  form.took("every client served", startedAt);
  disks[primary.index]!.free();
  await primary.logged(/the disk takes writes again/, from);
}

async function fillAll({ cluster, disks, load, form }: Scene): Promise<void> {
  const { nodes, endpoints } = cluster;
  const from = nodes.map(({ lines }) => lines.length);
  await fill(cluster, disks, nodes);
  for (const node of nodes) await node.logged(/the disk takes no more/, from[node.index]);
  const kv = new KvClient({ endpoints, timeoutMs: VAIN_MS });
  const refusal = await assertRejects(() => kv.put("large", LARGE));
  if (!(refusal instanceof UnknownOutcome) && !(refusal instanceof Unavailable)) throw refusal;
  for (const disk of disks) disk.free();
  const startedAt = performance.now();
  for (const node of nodes) await node.logged(/the disk takes writes again/, from[node.index]);
  await load.progress();
  form.took("every client served", startedAt);
  // What was not acknowledged can still be, under the same ids, and then it is there once.
  const options = refusal instanceof UnknownOutcome ? { id: refusal.id } : {};
  await kv.put("large", LARGE, { ...options, timeoutMs: 30_000 });
}

async function fillMember(
  { cluster, disks, load, form, round }: Scene,
  kind: Kind,
): Promise<void> {
  const member = await kind.pick(cluster, 2 * round);
  const startedAt = performance.now();
  await fill(cluster, disks, [member]);
  await shortened(cluster, member);
  form.took("a member with a full disk expelled", startedAt);
  await load.progress();
  disks[member.index]!.free();
}

/** Fills the disks of nodes until each says that it cannot write. */
async function fill(
  cluster: ProcessCluster,
  disks: readonly Tmpfs[],
  nodes: readonly NodeProcess[],
): Promise<void> {
  await cluster.until("the readiness of those with full disks says so", async () => {
    // Again and again: what did not fit is cut off, and so gives back the space that it took.
    for (const { index } of nodes) disks[index]!.fill();
    const said = await Promise.all(nodes.map((node) => node.readiness()));
    return said.every((one) => one?.ready === false && /^\[-\] journal: /m.test(one.text));
  });
  for (const { index } of nodes) disks[index]!.fill();
}
