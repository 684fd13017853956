/**
 * Everything that the master remembers; what a snapshot of it consists of.
 *
 * @module
 */
import { array, type Infer, struct, u53, u8 } from "../../actors/schema.ts";
import { replicaBirth } from "./commands.ts";
import {
  type Configuration,
  configuration,
  type NodeEntry,
  NODES_MAX,
  type VolumeConfiguration,
  VOLUMES_MAX,
} from "./configuration.ts";

/** Everything that the master remembers. */
export const masterState = struct({
  configuration,
  /** Node by node: on which disks its replicas are. */
  births: array(array(replicaBirth, VOLUMES_MAX), NODES_MAX),
  /** The volumes that an operator wants where the placement has them, and that are not there yet. */
  moving: array(u8, VOLUMES_MAX),
  /** The name of the newest intention to expel someone. */
  intentions: u53,
});

/** Everything that the master remembers. */
export type MasterState = Infer<typeof masterState>;

/** A cluster nobody of which has entered yet. */
export function initialState(nodeCount: number, volumes: number): MasterState {
  return {
    configuration: {
      version: 1,
      formed: false,
      nodes: Array.from({ length: nodeCount }, (_, node) => ({
        node,
        dataCenter: "",
        entered: false,
        entrances: 0,
        wanted: true,
        expelling: null,
        suspects: [],
      })),
      volumes: Array.from({ length: volumes }, (_, volume) => ({
        volume,
        epoch: 0,
        members: [],
        joining: null,
        leaving: null,
        writable: false,
      })),
    },
    births: Array.from({ length: nodeCount }, () => []),
    moving: [],
    intentions: 0,
  };
}

/** The disk that a node's replica of a volume is on; `undefined` if it has never been there. */
export function birthOf(state: MasterState, node: number, volume: number): number | undefined {
  return state.births[node]!.find((birth) => birth.volume === volume)?.birth;
}

/** The state with another configuration, but for its version. */
export function withConfiguration(
  state: MasterState,
  change: Partial<Configuration>,
): MasterState {
  return { ...state, configuration: { ...state.configuration, ...change } };
}

/** The state with an entry of a node changed. */
export function withNode(
  state: MasterState,
  node: number,
  change: Partial<NodeEntry>,
): MasterState {
  const { nodes } = state.configuration;
  return withConfiguration(state, { nodes: nodes.with(node, { ...nodes[node]!, ...change }) });
}

/** The state with a volume changed, but for its epoch. */
export function withVolume(
  state: MasterState,
  volume: number,
  change: Partial<VolumeConfiguration>,
): MasterState {
  const { volumes } = state.configuration;
  const changed = volumes.with(volume, { ...volumes[volume]!, ...change });
  return withConfiguration(state, { volumes: changed });
}

/** The state with a member gone from a volume, which has others. */
export function withoutMember(state: MasterState, volume: number, node: number): MasterState {
  const { members, leaving } = state.configuration.volumes[volume]!;
  return withVolume(state, volume, {
    members: members.filter((member) => member.node !== node),
    leaving: leaving === node ? null : leaving,
  });
}
