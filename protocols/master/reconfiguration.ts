/**
 * The next step of a volume toward what is wanted of it. One reconfiguration at a time, each derived from
 * the one before: a node joins (a chain: behind the tail), or a member leaves.
 *
 * @module
 */
import type { Configuration, Member, NodeEntry, VolumeConfiguration } from "./configuration.ts";
import { isOfGoodStanding } from "./decisions.ts";
import { targetOrder } from "./placement.ts";
import type { Layout } from "./topology.ts";

/** What a step depends on, besides the volume. */
export interface Circumstances {
  readonly configuration: Configuration;
  readonly layout: Layout;
  /** The disk that a node's replica of a volume is on; `undefined` if it has never been there. */
  readonly birthOf: (node: number, volume: number) => number | undefined;
  /** Whether an operator wants the volume where the placement has it. */
  readonly isMoving: boolean;
}

/** A volume after the next step, and whether it is where it was to be moved to. */
export interface Step {
  readonly volume: VolumeConfiguration;
  readonly isPlaced: boolean;
}

/** Takes the next step, if one is due and none is under way. */
export function nextStep(circumstances: Circumstances, before: VolumeConfiguration): Step {
  const volume = withdraw(circumstances, before);
  if (volume.joining !== null || volume.leaving !== null) return { volume, isPlaced: false };
  const target = targetOf(circumstances, volume);
  return fillUp(circumstances, volume, target) ?? letGo(circumstances, volume) ??
    move(circumstances, volume, target);
}

/** Gives up what cannot be gone through with, or need not be any more. */
function withdraw(circumstances: Circumstances, volume: VolumeConfiguration): VolumeConfiguration {
  const { joining, leaving } = volume;
  const hasLostCause = joining !== null && !mayJoin(circumstances, volume, joining);
  const mayStay = leaving !== null && (!canLeave(circumstances, volume, leaving) ||
    (isWanted(circumstances, leaving) && !isToMove(circumstances, volume)));
  return {
    ...volume,
    joining: hasLostCause ? null : joining,
    leaving: mayStay ? null : leaving,
  };
}

/** A volume that is too short gets the first member of its target that it has not. */
function fillUp(
  circumstances: Circumstances,
  volume: VolumeConfiguration,
  target: readonly number[],
): Step | undefined {
  const wanted = volume.members.filter(({ node }) => isWanted(circumstances, node));
  if (wanted.length >= target.length) return undefined;
  return join(circumstances, volume, target.find((node) => !isMember(volume, node))!);
}

/** A member whose node was removed leaves, unless it has what nobody else has. */
function letGo(circumstances: Circumstances, volume: VolumeConfiguration): Step | undefined {
  const unwanted = volume.members.find(({ node }) => !isWanted(circumstances, node));
  return unwanted && leave(circumstances, volume, unwanted.node);
}

/**
 * Brings the members of a chain into the target's order. Those who are there already are the longest beginning of
 * the target whose order the members have; the next one joins behind them. One who stands elsewhere
 * leaves first, to come back as the tail, and so does whoever is too many. Of a clique only those move who
 * are to come or to go.
 */
function move(
  circumstances: Circumstances,
  volume: VolumeConfiguration,
  target: readonly number[],
): Step {
  if (!isToMove(circumstances, volume)) return { volume, isPlaced: false };
  const { members } = volume;
  const surplus = members.find(({ node }) => !target.includes(node));
  if (surplus !== undefined && members.length > Math.max(1, target.length)) {
    return leave(circumstances, volume, surplus.node);
  }
  const next = circumstances.layout.topology === "chain"
    ? target[settledCount(volume, target)]
    : target.find((node) => !isMember(volume, node));
  if (next === undefined) return { volume, isPlaced: true };
  return (isMember(volume, next) ? leave : join)(circumstances, volume, next);
}

function settledCount({ members }: VolumeConfiguration, target: readonly number[]): number {
  let settled = 0;
  for (const { node } of members) if (node === target[settled]) settled++;
  return settled;
}

function join({ birthOf }: Circumstances, volume: VolumeConfiguration, node: number): Step {
  const joining: Member = { node, birth: birthOf(node, volume.volume)! };
  return { volume: { ...volume, joining }, isPlaced: false };
}

/** Nothing happens, for the time being, if the volume cannot do without the node. */
function leave(circumstances: Circumstances, volume: VolumeConfiguration, node: number): Step {
  if (!canLeave(circumstances, volume, node)) return { volume, isPlaced: false };
  return { volume: { ...volume, leaving: node }, isPlaced: false };
}

/**
 * Whether others have the data, and nobody whose word counts suspects any of them: what is left may be too
 * little before long, and there is time.
 */
function canLeave(
  { configuration }: Circumstances,
  { members }: VolumeConfiguration,
  node: number,
): boolean {
  const { nodes } = configuration;
  const witnesses = nodes.filter((entry) => isOfGoodStanding(configuration, entry));
  const others = members.filter((member) => member.node !== node);
  return others.length > 0 &&
    others.every((other) =>
      isOfGoodStanding(configuration, nodes[other.node]!) &&
      !witnesses.some(({ suspects }) => suspects.includes(other.node))
    );
}

/** Where the placement wants the volume, of those who are there or could come. */
function targetOf(circumstances: Circumstances, volume: VolumeConfiguration): number[] {
  const { configuration: { nodes }, layout } = circumstances;
  const candidates = nodes.filter((entry) => {
    if (!entry.wanted) return false;
    return isMember(volume, entry.node) || isEligible(circumstances, volume, entry);
  });
  return targetOrder(layout, volume.volume, candidates);
}

/** Whether an operator wants it elsewhere, or updates could be taken if it were. */
function isToMove(circumstances: Circumstances, volume: VolumeConfiguration): boolean {
  const { configuration: { nodes }, layout, isMoving } = circumstances;
  const { masterDataCenter, topology } = layout;
  if (isMoving || masterDataCenter === undefined || topology === "clique") return isMoving;
  const isInMaster = ({ node }: Member) => nodes[node]!.dataCenter === masterDataCenter;
  return !isInMaster(volume.members[0]!) &&
    volume.members.some((member) => isInMaster(member) && nodes[member.node]!.wanted);
}

/** Whether a node that has begun to join may go on: it has the same disk, and is of use. */
function mayJoin(
  circumstances: Circumstances,
  volume: VolumeConfiguration,
  { node, birth }: Member,
): boolean {
  const entry = circumstances.configuration.nodes[node]!;
  return entry.wanted && circumstances.birthOf(node, volume.volume) === birth &&
    isEligible(circumstances, volume, entry);
}

/** Whether a node could copy the volume, and take part in it: it and its hosts hear each other. */
function isEligible(
  circumstances: Circumstances,
  volume: VolumeConfiguration,
  entry: NodeEntry,
): boolean {
  const { configuration, birthOf } = circumstances;
  return birthOf(entry.node, volume.volume) !== undefined &&
    isOfGoodStanding(configuration, entry) &&
    hostsOf(circumstances, volume).every((host) =>
      !host.suspects.includes(entry.node) && !entry.suspects.includes(host.node)
    );
}

/**
 * Whom a node has to get along with to join: the last of a chain; in a clique everyone whose word counts,
 * as the others are to go.
 */
function hostsOf(
  { configuration, layout }: Circumstances,
  { members }: VolumeConfiguration,
): NodeEntry[] {
  const entries = members.map(({ node }) => configuration.nodes[node]!);
  return layout.topology === "chain"
    ? entries.slice(-1)
    : entries.filter((entry) => isOfGoodStanding(configuration, entry));
}

function isMember({ members }: VolumeConfiguration, node: number): boolean {
  return members.some((member) => member.node === node);
}

function isWanted({ configuration }: Circumstances, node: number): boolean {
  return configuration.nodes[node]!.wanted;
}
