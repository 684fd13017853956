/**
 * What each command does, apart from what then follows from it: whom to expel, and the next step of each
 * volume, are decided after every command.
 *
 * @module
 */
import type { MasterCommand, MasterCommandOf, MasterOutcome, ReplicaBirth } from "./commands.ts";
import type { VolumeConfiguration } from "./configuration.ts";
import { targetOrder } from "./placement.ts";
import {
  birthOf,
  type MasterState,
  withConfiguration,
  withNode,
  withoutMember,
  withVolume,
} from "./state.ts";
import type { Layout } from "./topology.ts";

/** What has become of a command, and of the state. */
export interface Executed {
  readonly state: MasterState;
  readonly outcome: MasterOutcome;
}

/** Executes a command. */
export function execute(
  state: MasterState,
  command: MasterCommand,
  layout: Layout,
): Executed {
  const { formed, nodes } = state.configuration;
  if ("node" in command && command.node >= nodes.length) return { state, outcome: "unknownNode" };
  switch (command.type) {
    case "enter":
      return enter(state, command, layout);
    case "report":
      return report(state, command);
    case "expel":
      return expel(state, command);
    case "stopped":
      return stopped(state, command);
    case "extended":
      return layout.topology === "chain" ? extended(state, command) : copied(state, command);
    case "add":
      if (!formed) return { state, outcome: "notFormed" };
      return { state: withNode(state, command.node, { wanted: true }), outcome: "done" };
    case "remove":
      return remove(state, command);
    case "rebalance":
      if (!formed) return { state, outcome: "notFormed" };
      return { state: { ...state, moving: allVolumes(state) }, outcome: "done" };
  }
}

function enter(
  state: MasterState,
  command: MasterCommandOf<"enter">,
  layout: Layout,
): Executed {
  const { node, after, dataCenter } = command;
  const { nodes, volumes } = state.configuration;
  if (after !== nodes[node]!.entrances) return { state, outcome: "void" };
  const births = command.births.filter(({ volume }) => volume < volumes.length);
  let entered = births.reduce((state, birth) => takeBirth(state, node, birth), state);
  entered = withNode(entered, node, {
    dataCenter,
    entrances: after + 1,
    entered: entered.births[node]!.length === volumes.length,
    suspects: sanitized(command.suspects, nodes.length),
  });
  return { state: form(entered, layout), outcome: "done" };
}

/**
 * A replica on another disk than before is another one, and the one before is gone for certain: its
 * process is dead, and what it had is lost. So nobody has to wait for a lease to run out. Where it is the
 * last member, however, its place is kept: it may come back with its disk, and nobody else has the data.
 */
function takeBirth(state: MasterState, node: number, { volume, birth }: ReplicaBirth): MasterState {
  if (birthOf(state, node, volume) === birth) return state;
  const others = state.births[node]!.filter((known) => known.volume !== volume);
  const births = state.births.with(node, [...others, { volume, birth }]);
  const { members } = state.configuration.volumes[volume]!;
  const isGone = members.some((member) => member.node === node && member.birth !== birth);
  const taken = { ...state, births };
  return isGone && members.length > 1 ? withoutMember(taken, volume, node) : taken;
}

/** Once all nodes have entered, the volumes get their first members: nobody has anything yet. */
function form(state: MasterState, layout: Layout): MasterState {
  const { formed, nodes, volumes } = state.configuration;
  if (formed || !nodes.every(({ entered }) => entered)) return state;
  const first = volumes.map((volume): VolumeConfiguration => {
    const order = targetOrder(layout, volume.volume, nodes);
    const members = order.map((node) => ({ node, birth: birthOf(state, node, volume.volume)! }));
    return { ...volume, members };
  });
  return withConfiguration(state, { formed: true, volumes: first });
}

function report(state: MasterState, command: MasterCommandOf<"report">): Executed {
  const { nodes } = state.configuration;
  const { entrances } = nodes[command.node]!;
  if (entrances === 0 || command.entrance !== entrances) return { state, outcome: "void" };
  const suspects = sanitized(command.suspects, nodes.length);
  return { state: withNode(state, command.node, { suspects }), outcome: "done" };
}

function sanitized(suspects: readonly number[], nodeCount: number): number[] {
  return [...new Set(suspects)].filter((node) => node < nodeCount).sort((a, b) => a - b);
}

/** Where the node is the last member it stays, though nobody can do without it. */
function expel(state: MasterState, { node, intention }: MasterCommandOf<"expel">): Executed {
  const { nodes, volumes } = state.configuration;
  if (nodes[node]!.expelling !== intention) return { state, outcome: "void" };
  let expelled = withNode(state, node, { expelling: null });
  for (const { volume, members } of volumes) {
    if (members.length > 1) expelled = withoutMember(expelled, volume, node);
  }
  return { state: expelled, outcome: "done" };
}

function stopped(state: MasterState, command: MasterCommandOf<"stopped">): Executed {
  const volume = volumeIn(state, command);
  const isLeaving = volume?.leaving === command.node && volume.members.length > 1;
  if (!isLeaving) return { state, outcome: "void" };
  return { state: withoutMember(state, command.volume, command.node), outcome: "done" };
}

/** The last of a chain has handed on everything that it had. */
function extended(state: MasterState, command: MasterCommandOf<"extended">): Executed {
  const volume = volumeIn(state, command);
  const last = volume?.members.at(-1);
  // A node that has lost its disk is not the replica that is listed, and has nothing to hand on.
  const isLast = last?.node === command.node &&
    last.birth === birthOf(state, command.node, command.volume);
  const joining = isLast ? volume?.joining : null;
  if (volume === undefined || !joining) return { state, outcome: "void" };
  const members = [...volume.members, joining];
  const longer = withVolume(state, command.volume, { members, joining: null });
  return { state: longer, outcome: "done" };
}

/**
 * Who joins a clique has copied everything that was there, and whatever is committed in this epoch has its
 * consent. So it does not take a member to confirm that: even if all of them have lost their disks since,
 * and whoever has done so goes now that it can be done without.
 */
function copied(state: MasterState, command: MasterCommandOf<"extended">): Executed {
  const volume = volumeIn(state, command);
  const joining = volume?.joining;
  const isCopy = joining?.node === command.node &&
    joining.birth === birthOf(state, command.node, command.volume);
  if (!volume || !joining || !isCopy) return { state, outcome: "void" };
  const intact = volume.members
    .filter(({ node, birth }) => birthOf(state, node, command.volume) === birth);
  const members = [...intact, joining];
  const larger = withVolume(state, command.volume, { members, joining: null });
  return { state: larger, outcome: "done" };
}

/**
 * The volume that a replica speaks of, if it is still in that epoch, and the replica the one that has said
 * so: one that has restarted since has forgotten that it stopped, or commits nothing alone.
 */
function volumeIn(
  state: MasterState,
  said: MasterCommandOf<"stopped" | "extended">,
): VolumeConfiguration | undefined {
  const { nodes, volumes } = state.configuration;
  const volume = volumes[said.volume];
  const isNow = volume?.epoch === said.epoch && nodes[said.node]!.entrances === said.entrance;
  return isNow ? volume : undefined;
}

function remove(state: MasterState, { node }: MasterCommandOf<"remove">): Executed {
  const { formed, volumes } = state.configuration;
  if (!formed) return { state, outcome: "notFormed" };
  const isLast = volumes.some(({ members }) => members.length === 1 && members[0]!.node === node);
  if (isLast) return { state, outcome: "lastMember" };
  return { state: withNode(state, node, { wanted: false }), outcome: "done" };
}

function allVolumes({ configuration: { volumes } }: MasterState): number[] {
  return volumes.map(({ volume }) => volume);
}
