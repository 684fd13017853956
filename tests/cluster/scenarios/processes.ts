/**
 * Processes and actors that die or stand still.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { KvClient, Unavailable, UnknownOutcome } from "../../../cli/client.ts";
import type { NodeProcess } from "../node_process.ts";
import { DEADLINE_MS, pause } from "../until.ts";
import { type Scenario, type Scene, underLoad } from "./scenario.ts";

/** How long a primary stands still in the long form, in milliseconds. */
const PAUSE_MS = 10_000;
/** How long a request is tried that cannot succeed, in milliseconds. */
const VAIN_MS = 1_500;
/** In the order of their supervision: what comes after a crashed one restarts with it. */
const ACTORS = ["journal", "client-table", "replica", "detector"] as const;

/** Nothing is written to disks. */
const IN_MEMORY = { config: "durability: memory" };

/** The scenarios. */
export const PROCESS_SCENARIOS: readonly Scenario[] = [
  {
    name: "a cluster whose primary is killed serves on and loses nothing",
    run: (form) => underLoad(form, killPrimary),
  },
  {
    name: "a primary that stands still is replaced, and serves nothing old when it goes on",
    run: (form) => underLoad(form, pausePrimary),
  },
  {
    name: "a primary that reaches no backup acknowledges nothing, and reads nothing",
    run: (form) => underLoad(form, isolatePrimary),
  },
  {
    name: "a cluster whose nodes are all killed at once comes back with all that was acknowledged",
    run: (form) => underLoad(form, killAll),
  },
  {
    name: "a primary of which an actor crashes recovers by itself and loses nothing",
    run: (form) => underLoad(form, crashActors),
  },
  {
    name: "without disks, a primary that is killed recovers from the others, and nothing is lost",
    run: (form) => underLoad(form, killPrimary, IN_MEMORY),
  },
  {
    name: "without disks, a node of which an actor crashes recovers from the others",
    run: (form) => underLoad(form, crashOneActor, IN_MEMORY),
  },
  {
    name: "a node that is asked to stop does so in order, with exit code 0",
    run: (form) => underLoad(form, terminate),
  },
];

async function killPrimary({ cluster, load, form }: Scene): Promise<void> {
  const primary = await cluster.primary();
  const startedAt = performance.now();
  await primary.kill();
  await cluster.primary(primary);
  form.took("another primary", startedAt);
  await load.progress();
  form.took("every client served", startedAt);
  primary.start();
}

async function pausePrimary({ cluster, load, form }: Scene): Promise<void> {
  const primary = await cluster.primary();
  const startedAt = performance.now();
  primary.pause();
  await cluster.primary(primary);
  form.took("another primary", startedAt);
  await load.progress();
  form.took("every client served", startedAt);
  if (form.isLong) await pause(Math.max(0, PAUSE_MS - (performance.now() - startedAt)));
  // These wait in its socket: it finds them before it hears that it is primary no longer.
  const reads = load.readAt(primary.url);
  primary.resume();
  await reads;
}

/** The clients are held: nothing that they do could succeed. */
async function isolatePrimary({ cluster, load, round }: Scene): Promise<void> {
  await load.hold();
  const { nodes, endpoints } = cluster;
  const primary = await cluster.primary();
  const alone = new KvClient({ endpoints: [primary.url], timeoutMs: VAIN_MS });
  await alone.increment("alone", 1, { timeoutMs: DEADLINE_MS });
  for (const node of nodes) if (node !== primary) node.pause();
  await assertRejects(() => alone.find("alone"), Unavailable);
  const { id } = await assertRejects(() => alone.increment("alone"), UnknownOutcome);
  // What waited for the backups in their sockets dies with them.
  await Promise.all(nodes.map((node) => node.kill()));
  for (const node of nodes) node.start();
  const kv = new KvClient({ endpoints, timeoutMs: DEADLINE_MS });
  const { value } = await kv.increment("alone", 1, { id });
  assertEquals(value, BigInt(2 * (round + 1)));
  load.release();
}

async function killAll({ cluster, form }: Scene): Promise<void> {
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  const startedAt = performance.now();
  for (const node of cluster.nodes) node.start();
  await cluster.primary();
  form.took("a primary", startedAt);
}

async function crashActors({ cluster, load, form }: Scene): Promise<void> {
  for (const actor of ACTORS) {
    const primary = await cluster.primary();
    const before = await incarnation(primary, actor);
    const startedAt = performance.now();
    await primary.crash(actor);
    await cluster.until(`the ${actor} of node ${primary.index} has restarted`, async () => {
      const now = await incarnation(primary, actor);
      return now !== undefined && now !== before;
    });
    await load.progress();
    form.took(`${actor} restarted, every client served`, startedAt);
  }
}

async function crashOneActor({ cluster, load, round }: Scene): Promise<void> {
  const primary = await cluster.primary();
  const before = await incarnation(primary, "journal");
  await primary.crash(ACTORS[(round + 2) % ACTORS.length]!);
  await cluster.until(`node ${primary.index} has restarted all that it had in memory`, async () => {
    const now = await incarnation(primary, "journal");
    return now !== undefined && now !== before;
  });
  await load.progress();
}

async function incarnation(node: NodeProcess, actor: string): Promise<number | undefined> {
  const figures = (await node.status())?.actors.find(({ name }) => name === actor);
  return figures?.state === "running" ? figures.incarnation : undefined;
}

async function terminate({ cluster, load, form, round }: Scene): Promise<void> {
  const primary = await cluster.primary();
  const leaving = round % 2 === 0 ? [primary] : cluster.nodes;
  const startedAt = performance.now();
  const logged = leaving.map(({ lines }) => lines.length);
  const endings = await Promise.all(leaving.map((node) => node.terminate()));
  form.took(`${leaving.length} stopped`, startedAt);
  for (const [index, { code, signal }] of endings.entries()) {
    assertEquals({ code, signal }, { code: 0, signal: null });
    const late = leaving[index]!.lines.slice(logged[index]).filter((line) => /shutdown/.test(line));
    assertEquals(late, [], "every phase of the shutdown is over in time");
  }
  if (leaving.length === 1) await load.progress();
  for (const node of leaving) node.start();
}
