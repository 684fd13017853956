/**
 * Members that lose their disks, or find them damaged.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { membersOf } from "../../../transport/status.ts";
import { flipInTheMiddle } from "../journal_files.ts";
import type { NodeProcess } from "../node_process.ts";
import type { ProcessCluster } from "../processes.ts";
import { type Kind, shortened } from "./kinds.ts";
import { type Scenario, type Scene, underLoad } from "./scenario.ts";

/** The scenarios, with a kind of cluster. */
export function memberDiskScenarios(kind: Kind): readonly Scenario[] {
  const { one, small } = kind;
  return [
    {
      name: `a member of ${one} that has lost its disk joins again, as another one`,
      run: (form) => underLoad(form, (scene) => loseDisk(scene, kind), small),
    },
    {
      name: `a node of ${one} that has lost everything joins again, and is then as good as any`,
      run: (form) => underLoad(form, (scene) => loseEverything(scene, kind), small),
    },
    {
      name: `a member of ${one} with a flipped bit in its journal joins again, as another one`,
      run: (form) => underLoad(form, (scene) => flip(scene, kind), small),
    },
  ];
}

async function loseDisk({ cluster, load, form, round }: Scene, kind: Kind): Promise<void> {
  const member = await kind.pick(cluster, round);
  const startedAt = performance.now();
  await member.kill();
  // What it promised as a member of the master's group is on the other disk, and stays.
  await Deno.remove(`${member.directory}/volume-0`, { recursive: true });
  member.start();
  await load.progress();
  await cluster.whole();
  form.took(`${kind.place(round)} without its disk, whole again`, startedAt);
  if (!kind.joinsLast) return;
  const { status } = (await cluster.survey()).find(({ node }) => node === member)!;
  const [volume] = status.volumes ?? [];
  assertEquals(membersOf(volume!).at(-1), member.index, "whoever joins is the tail");
}

async function loseEverything({ cluster, load, form, round }: Scene, kind: Kind): Promise<void> {
  const member = await kind.pick(cluster, round);
  const startedAt = performance.now();
  await member.kill();
  await Deno.remove(member.directory, { recursive: true });
  member.start();
  await cluster.whole();
  form.took("a node that has lost everything, whole again", startedAt);
  await outlive(cluster, load, member);
}

async function flip({ cluster, load, form, round }: Scene, kind: Kind): Promise<void> {
  const member = await kind.pick(cluster, round);
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
