/**
 * Chains whose members die, stand still, lose their disks or are removed.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { KvClient, Unavailable, UnknownOutcome } from "../../../cli/client.ts";
import { flipInTheMiddle } from "../journal_files.ts";
import { membersOf } from "../../../transport/status.ts";
import type { NodeProcess } from "../node_process.ts";
import type { ProcessCluster, ProcessClusterOptions } from "../processes.ts";
import { DEADLINE_MS, pause } from "../until.ts";
import { type Scenario, type Scene, underLoad } from "./scenario.ts";

const CHAIN: ProcessClusterOptions = { config: "protocol: chain" };
const CHAIN_OF_FIVE: ProcessClusterOptions = { config: "protocol: chain", nodes: 5 };
const VOLUMES: ProcessClusterOptions = { config: "protocol: chain\nchain: { volumes: 4 }" };
/** How long a member stands still in the long form, in milliseconds. */
const PAUSE_MS = 10_000;
/** How long a request is tried that cannot succeed, in milliseconds. */
const VAIN_MS = 1_500;
const ROLES = ["head", "middle", "tail"] as const;

/** Every actor of a node, and every part of it. */
const ACTORS = [
  "volume-0/journal",
  "volume-0/client-table",
  "volume-0/replica",
  "volume-0",
  "master/journal",
  "master/client-table",
  "master/replica",
  "master/detector",
  "master",
  "membership/member",
  "membership/detector",
  "membership",
] as const;

/** The scenarios. */
export const CHAIN_SCENARIOS: readonly Scenario[] = [
  ...ROLES.map((role): Scenario => ({
    name: `a chain whose ${role} is killed serves on and loses nothing`,
    run: (form) => underLoad(form, (scene) => killMember(scene, role), CHAIN),
  })),
  {
    name: "a chain serves on when the primary of its master is killed",
    run: (form) => underLoad(form, killMaster, CHAIN),
  },
  {
    name: "a chain of five serves on when two of its members are killed at once",
    run: (form) => underLoad(form, killTwo, CHAIN_OF_FIVE),
  },
  {
    name: "a chain whose nodes are all killed at once comes back with all that was acknowledged",
    run: (form) => underLoad(form, killAll, CHAIN),
  },
  {
    name:
      "a member of a chain that stands still is expelled, and serves nothing old when it goes on",
    run: (form) => underLoad(form, pauseMember, CHAIN),
  },
  {
    name: "a member of a chain that reaches nobody acknowledges nothing, and reads nothing",
    run: (form) => underLoad(form, isolateMember, CHAIN),
  },
  {
    name: "a member of a chain that has lost its disk joins again, as another one",
    run: (form) => underLoad(form, loseDisk, CHAIN),
  },
  {
    name: "a node of a chain that has lost everything joins again, and is then as good as any",
    run: (form) => underLoad(form, loseEverything, CHAIN),
  },
  {
    name: "a member of a chain with a flipped bit in its journal joins again, as another one",
    run: (form) => underLoad(form, flip, CHAIN),
  },
  {
    name: "a node of a chain recovers from a crash of each of its actors",
    run: (form) => underLoad(form, crashActors, CHAIN),
  },
  {
    name: "several chains on the same nodes serve on when a node is killed",
    run: (form) => underLoad(form, killNode, VOLUMES),
  },
  {
    name: "nodes are removed from chains, added and moved under load",
    run: (form) => underLoad(form, moveNodes, VOLUMES),
  },
];

/** Waits until the chains do without nodes, in the words of those that are left. */
export async function shortened(
  cluster: ProcessCluster,
  ...gone: readonly NodeProcess[]
): Promise<void> {
  await cluster.until("the chains do without the lost nodes", async () => {
    const seen = await cluster.survey();
    return seen.length > 0 &&
      seen.every(({ status }) =>
        (status.volumes ?? []).every((volume) =>
          gone.every(({ index }) => !membersOf(volume).includes(index))
        )
      );
  });
}

async function killMember(
  { cluster, load, form }: Scene,
  role: typeof ROLES[number],
): Promise<void> {
  const member = await cluster.member(role);
  const startedAt = performance.now();
  await member.kill();
  await shortened(cluster, member);
  form.took(`${role} expelled`, startedAt);
  await load.progress();
  form.took(`${role} lost, every client served`, startedAt);
  member.start();
}

/** It comes back before it is expelled, now and then, and keeps its place. */
async function killMaster({ cluster, load, form, round }: Scene): Promise<void> {
  const primary = await cluster.masterPrimary();
  const startedAt = performance.now();
  await primary.kill();
  if (round % 2 === 0) await shortened(cluster, primary);
  if (round % 2 === 0) await load.progress();
  form.took("the master's primary lost", startedAt);
  primary.start();
  await load.progress();
}

async function killTwo({ cluster, load, form, round }: Scene): Promise<void> {
  const [first, second] = [round % 5, (round + 1 + round % 4) % 5]
    .map((index) => cluster.nodes[index]!) as [NodeProcess, NodeProcess];
  const startedAt = performance.now();
  await Promise.all([first.kill(), second.kill()]);
  await shortened(cluster, first, second);
  await load.progress();
  form.took("two lost at once, every client served", startedAt);
  first.start();
  second.start();
}

async function killAll({ cluster, form }: Scene): Promise<void> {
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  const startedAt = performance.now();
  for (const node of cluster.nodes) node.start();
  await cluster.member("tail");
  form.took("a tail that serves", startedAt);
}

async function pauseMember({ cluster, load, form, round }: Scene): Promise<void> {
  const role = ROLES[(round + 2) % ROLES.length]!;
  const member = await cluster.member(role);
  const startedAt = performance.now();
  member.pause();
  await shortened(cluster, member);
  await load.progress();
  form.took(`${role} stands still, every client served`, startedAt);
  if (form.isLong) await pause(Math.max(0, PAUSE_MS - (performance.now() - startedAt)));
  // These wait in its socket: it finds them before it hears that it is no member any longer.
  const reads = load.readAt(member.url);
  member.resume();
  await reads;
}

/** The clients are held: nothing that they do could succeed. */
async function isolateMember({ cluster, load, round }: Scene): Promise<void> {
  await load.hold();
  const { nodes, endpoints } = cluster;
  const member = await cluster.member(ROLES[round % ROLES.length]!);
  const alone = new KvClient({ endpoints: [member.url], timeoutMs: VAIN_MS });
  await alone.increment("alone", 1, { timeoutMs: DEADLINE_MS });
  for (const node of nodes) if (node !== member) node.pause();
  // Until then a read is as good as ever: nobody else can have committed anything.
  await cluster.until(
    "its lease has run out",
    async () => (await member.status())?.volumes?.[0]?.leaseMs === 0,
  );
  await assertRejects(() => alone.find("alone"), Unavailable);
  const failure = await assertRejects(() => alone.increment("alone"));
  // What waited for the others in their sockets dies with them.
  await Promise.all(nodes.map((node) => node.kill()));
  for (const node of nodes) node.start();
  const kv = new KvClient({ endpoints, timeoutMs: DEADLINE_MS });
  if (!(failure instanceof UnknownOutcome) && !(failure instanceof Unavailable)) throw failure;
  const again = failure instanceof UnknownOutcome ? { id: failure.id } : {};
  const { value } = await kv.increment("alone", 1, again);
  assertEquals(value, BigInt(2 * (round + 1)));
  load.release();
}

async function loseDisk({ cluster, load, form, round }: Scene): Promise<void> {
  const role = ROLES[round % ROLES.length]!;
  const member = await cluster.member(role);
  const startedAt = performance.now();
  await member.kill();
  // What it promised as a member of the master's group is on the other disk, and stays.
  await Deno.remove(`${member.directory}/volume-0`, { recursive: true });
  member.start();
  await load.progress();
  await cluster.whole();
  form.took(`${role} without its disk, whole again`, startedAt);
  const { status } = (await cluster.survey()).find(({ node }) => node === member)!;
  const [volume] = status.volumes ?? [];
  assertEquals(membersOf(volume!).at(-1), member.index, "whoever joins is the tail");
}

async function loseEverything({ cluster, load, form, round }: Scene): Promise<void> {
  const member = await cluster.member(ROLES[round % ROLES.length]!);
  const startedAt = performance.now();
  await member.kill();
  await Deno.remove(member.directory, { recursive: true });
  member.start();
  await cluster.whole();
  form.took("a node that has lost everything, whole again", startedAt);
  await outlive(cluster, load, member);
}

async function flip({ cluster, load, form, round }: Scene): Promise<void> {
  const member = await cluster.member(ROLES[round % ROLES.length]!);
  await member.kill();
  const { file, offset } = flipInTheMiddle(member, "volume-0");
  const from = member.lines.length;
  const startedAt = performance.now();
  member.start();
  await member.logged(new RegExp(`damaged \\(middle\\) in ${file} at byte ${offset}\\b`), from);
  await cluster.whole();
  form.took("a member with a damaged journal, whole again", startedAt);
  await outlive(cluster, load, member);
}

/** Right afterwards another node dies: the cluster lives on with the one that was mended. */
async function outlive(
  cluster: ProcessCluster,
  load: Scene["load"],
  mended: NodeProcess,
): Promise<void> {
  const other = cluster.nodes.find((node) => node !== mended)!;
  await other.kill();
  await shortened(cluster, other);
  await load.progress();
  other.start();
}

async function crashActors({ cluster, load, form, round }: Scene): Promise<void> {
  for (const [index, actor] of ACTORS.entries()) {
    const node = await cluster.member(ROLES[(index + round) % ROLES.length]!);
    const startedAt = performance.now();
    const before = await incarnation(node, actor);
    await node.crash(actor);
    await cluster.until(`${actor} of node ${node.index} has restarted`, async () => {
      const now = await incarnation(node, actor);
      return now !== undefined && now !== before;
    });
    await load.progress();
    form.took(`${actor} restarted, every client served`, startedAt);
    await cluster.whole();
  }
}

async function incarnation(node: NodeProcess, actor: string): Promise<number | undefined> {
  const figures = (await node.status())?.actors.find(({ name }) => name === actor);
  return figures?.state === "running" ? figures.incarnation : undefined;
}

async function killNode({ cluster, load, form, round }: Scene): Promise<void> {
  const node = cluster.nodes[round % cluster.nodes.length]!;
  const startedAt = performance.now();
  await node.kill();
  await shortened(cluster, node);
  await load.progress();
  form.took("a node of several chains lost, every client served", startedAt);
  node.start();
}

async function moveNodes({ cluster, load, form, round }: Scene): Promise<void> {
  const { endpoints } = cluster;
  const kv = new KvClient({ endpoints, timeoutMs: DEADLINE_MS });
  const node = cluster.nodes[round % cluster.nodes.length]!;
  const startedAt = performance.now();
  await kv.changeLayout({ type: "remove", node: node.index });
  await shortened(cluster, node);
  await load.progress();
  form.took("removed", startedAt);
  await kv.changeLayout({ type: "add", node: node.index });
  await cluster.whole();
  await load.progress();
  form.took("added again", startedAt);
  await kv.changeLayout({ type: "rebalance" });
  await load.progress();
  form.took("moved", startedAt);
}
