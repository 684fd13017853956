/**
 * Strangers at the ports, and nodes that do not belong.
 *
 * @module
 */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { dripUntilEnd, IdleConnections, impersonate, sendAndAwaitEnd } from "../hostile_peer.ts";
import { NodeProcess } from "../node_process.ts";
import { type Scenario, type Scene, underLoad } from "./scenario.ts";

const IDLE = 300;
const IDLE_LONG = 10_000;
const GARBAGE_BYTES = 4_096;

/** The scenarios. */
export const STRANGER_SCENARIOS: readonly Scenario[] = [
  {
    name: "a node serves on whatever is sent to its peers' port",
    run: (form) => underLoad(form, sendGarbage),
  },
  {
    name: "a node serves on while many connections to its peers' port say nothing",
    run: (form) => underLoad(form, holdConnections),
  },
  {
    name: "a second process on a node's directory is refused, and the first serves on",
    run: (form) => underLoad({ ...form, rounds: 1 }, startTwice),
  },
  {
    name:
      "a node of another cluster is refused, by its peers and by a directory that is not its own",
    run: (form) => underLoad({ ...form, rounds: 1 }, startStranger),
  },
];

async function sendGarbage({ cluster, load }: Scene): Promise<void> {
  const primary = await cluster.primary();
  const backup = await cluster.backup();
  const random = crypto.getRandomValues(new Uint8Array(GARBAGE_BYTES));
  const fourGib = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3);
  for (const { index, peerPort } of [primary, backup]) {
    await sendAndAwaitEnd(peerPort, random);
    await sendAndAwaitEnd(peerPort, fourGib);
    // Who says that it is the other one takes that one's place, until the other one dials again.
    const from = index === primary.index ? backup.index : primary.index;
    const nodes = { from, to: index, count: cluster.nodes.length };
    await impersonate(peerPort, nodes, fourGib);
    await impersonate(peerPort, nodes, frame(random.subarray(0, 100)));
    await load.progress();
  }
  await dripUntilEnd(primary.peerPort, frame(random));
}

async function holdConnections({ cluster, load, form }: Scene): Promise<void> {
  const { peerPort } = await cluster.primary();
  const count = form.isLong ? IDLE_LONG : IDLE;
  const startedAt = performance.now();
  const idle = await IdleConnections.open(peerPort, count);
  form.took(`${count} connections opened`, startedAt);
  await load.progress();
  form.took("every client served", startedAt);
  await idle.ended();
  form.took("all of them ended", startedAt);
}

async function startTwice({ cluster, load }: Scene): Promise<void> {
  const node = await cluster.primary();
  const configFile = cluster.writeConfig("second.yaml", { port: (index) => cluster.spare(index) });
  await using second = new NodeProcess({ ...node, configFile });
  second.start();
  const { code } = await second.ended();
  assertEquals(code, 1, second.describe());
  assertMatch(second.lines.join("\n"), /node-\d: another process has locked it$/m);
  await load.progress();
  assertEquals((await node.status())?.status, "normal");
}

async function startStranger({ cluster, load }: Scene): Promise<void> {
  const node = await cluster.backup();
  await node.kill();
  const name = "strangers";
  const data = `${cluster.directory}/strangers`;
  {
    // In the node's place, but not with its directory.
    const configFile = cluster.writeConfig("stranger.yaml", { name, data });
    await using stranger = new NodeProcess({ ...node, configFile });
    const primary = await cluster.primary();
    const from = primary.lines.length;
    stranger.start();
    await primary.logged(/refused this node \(peer\/wrong_cluster\)/, from);
    await stranger.logged(/refused \S+ \(us\/wrong_cluster\)/);
    await load.progress();
    assertNotEquals((await stranger.status())?.status, "normal");
  }
  {
    const configFile = cluster.writeConfig("thief.yaml", { name });
    await using thief = new NodeProcess({ ...node, configFile });
    thief.start();
    const { code } = await thief.ended();
    assertEquals(code, 1, thief.describe());
    assertMatch(thief.lines.join("\n"), /it belongs to node \d of cluster "processes"/);
  }
  node.start();
}

/** Bytes with a length that is right before them. */
function frame(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(4 + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length);
  framed.set(bytes, 4);
  return framed;
}
