import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { clientRequest } from "../client_messages.ts";
import { clientTable } from "../client_table.ts";
import type { MasterNodeOptions } from "../master/master_node.ts";
import { MEMBERSHIP } from "../master/names.ts";
import { spawnVolumeNode } from "../master/volume_node.ts";
import type { StateMachine } from "../state_machine.ts";
import { objectsChanged } from "../objects_changed.ts";
import { volumeNames } from "../volume_names.ts";
import { chainMessage } from "./messages.ts";
import type { ChainOptions } from "./options.ts";
import { replica } from "./replica.ts";

/** What a node of a chain cluster is made of. */
export interface ChainNodeOptions extends MasterNodeOptions {
  /** Makes what is replicated, in its initial state: for each volume its own. */
  readonly machine: (volume: number) => StateMachine;
  /** What replicas of volumes are tuned by. */
  readonly chain?: Partial<
    Omit<
      ChainOptions,
      "volume" | "peer" | "journal" | "clientTable" | "membership" | "objectsChanged"
    >
  >;
  /** Sessions kept by the volumes in which none is opened: all but the first. */
  readonly adoptedSessionsMax: number;
}

/** Starts the actors of a node of a chain cluster: see {@linkcode spawnVolumeNode}. */
export function spawnChainNode(system: ActorSystem, options: ChainNodeOptions): void {
  spawnVolumeNode(
    system,
    options,
    chainMessage,
    (volume) => volumeActors(system.node, volume, options),
  );
}

function volumeActors(node: number, volume: number, options: ChainNodeOptions) {
  const names = volumeNames(volume);
  const { machine, chain, adoptedSessionsMax } = options;
  // A machine that executes nothing: it only says what commands are about.
  const model = machine(volume);
  return {
    clientTable: clientTable({
      machine: () => machine(volume),
      replica: refTo(node, names.replica),
      journal: refTo(node, names.journal),
      peer: (other) => refTo(other, names.clientTable, clientRequest),
      tailReplies: true,
      objectReads: true,
      ...(volume > 0 && { adoptedSessionsMax }),
    }),
    replica: replica({
      ...chain,
      volume,
      peer: (other) => refTo(other, names.replica, chainMessage),
      journal: refTo(node, names.journal),
      clientTable: refTo(node, names.clientTable),
      membership: refTo(node, MEMBERSHIP.member),
      objectsChanged: (command) => objectsChanged(model, command),
    }),
  };
}
