/**
 * Members that die, stand still, reach nobody, or are removed.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { KvClient, Unavailable, UnknownOutcome } from "../../../cli/client.ts";
import type { NodeProcess } from "../node_process.ts";
import { DEADLINE_MS, pause } from "../until.ts";
import { type Kind, shortened } from "./kinds.ts";
import { type Scenario, type Scene, underLoad } from "./scenario.ts";

/** How long a member stands still in the long form, in milliseconds. */
const PAUSE_MS = 10_000;
/** How long a request is tried that cannot succeed, in milliseconds. */
const VAIN_MS = 1_500;

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

/** The scenarios, with a kind of cluster. */
export function memberScenarios(kind: Kind): readonly Scenario[] {
  const { one, several, small, large, volumes } = kind;
  const scenario = (
    name: string,
    play: (scene: Scene, kind: Kind) => Promise<void>,
    options = small,
  ): Scenario => ({
    name,
    run: (form) => underLoad(form, (scene) => play(scene, kind), options),
  });
  return [
    scenario(`${one} serves on when the primary of its master is killed`, killMaster),
    scenario(`${one} of five serves on when two of its members are killed at once`, killTwo, large),
    scenario(
      `${one} whose nodes are all killed at once comes back with all that was acknowledged`,
      killAll,
    ),
    scenario(
      `a member of ${one} that stands still is expelled, and serves nothing old when it goes on`,
      pauseMember,
    ),
    scenario(
      `a member of ${one} that reaches nobody acknowledges nothing, and reads nothing`,
      isolateMember,
    ),
    scenario(`a node of ${one} recovers from a crash of each of its actors`, crashActors),
    scenario(`${several}: a node is killed, and the others serve on`, killNode, volumes),
    scenario(`${several}: nodes are removed, added and moved under load`, moveNodes, volumes),
  ];
}

/** Kills the member of that turn, and starts it again when every client was served without it. */
export async function killMember(
  { cluster, load, form }: Scene,
  kind: Kind,
  turn: number,
): Promise<void> {
  const member = await kind.pick(cluster, turn);
  const startedAt = performance.now();
  await member.kill();
  await shortened(cluster, member);
  form.took(`${kind.place(turn)} expelled`, startedAt);
  await load.progress();
  form.took(`${kind.place(turn)} lost, every client served`, startedAt);
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

async function killAll({ cluster, form }: Scene, kind: Kind): Promise<void> {
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  const startedAt = performance.now();
  for (const node of cluster.nodes) node.start();
  await kind.pick(cluster, 2);
  form.took("a member that serves", startedAt);
}

async function pauseMember({ cluster, load, form, round }: Scene, kind: Kind): Promise<void> {
  const turn = round + 2;
  const member = await kind.pick(cluster, turn);
  const startedAt = performance.now();
  member.pause();
  await shortened(cluster, member);
  await load.progress();
  form.took(`${kind.place(turn)} stands still, every client served`, startedAt);
  if (form.isLong) await pause(Math.max(0, PAUSE_MS - (performance.now() - startedAt)));
  // These wait in its socket: it finds them before it hears that it is no member any longer.
  const reads = load.readAt(member.url);
  member.resume();
  await reads;
}

/** The clients are held: nothing that they do could succeed. */
async function isolateMember({ cluster, load, round }: Scene, kind: Kind): Promise<void> {
  await load.hold();
  const { nodes, endpoints } = cluster;
  const member = await kind.pick(cluster, round);
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

async function crashActors({ cluster, load, form, round }: Scene, kind: Kind): Promise<void> {
  for (const [index, actor] of ACTORS.entries()) {
    const node = await kind.pick(cluster, index + round);
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
  form.took("a node of several volumes lost, every client served", startedAt);
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
