import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { clientRequest } from "../client_messages.ts";
import type { MasterNodeOptions } from "../master/master_node.ts";
import { MEMBERSHIP } from "../master/names.ts";
import { spawnVolumeNode } from "../master/volume_node.ts";
import type { ObjectMachine } from "../object_machine.ts";
import { volumeNames } from "../volume_names.ts";
import { hermesTable } from "./client_table.ts";
import { hermesMessage } from "./messages.ts";
import type { HermesOptions } from "./options.ts";
import { replica } from "./replica.ts";

/** What a node of a Hermes cluster is made of. */
export interface HermesNodeOptions extends Omit<MasterNodeOptions, "topology"> {
  /** Makes what executes commands on the objects of a volume. It holds no state. */
  readonly machine: (volume: number) => ObjectMachine;
  /** Sessions that each volume remembers; see `HermesOptions.sessionsMax`. */
  readonly sessionsMax: number;
  /** What replicas of volumes are tuned by. */
  readonly hermes?: Partial<
    Omit<
      HermesOptions,
      "volume" | "machine" | "peer" | "journal" | "clientTable" | "membership" | "sessionsMax"
    >
  >;
}

/** Starts the actors of a node of a Hermes cluster: see {@linkcode spawnVolumeNode}. */
export function spawnHermesNode(system: ActorSystem, options: HermesNodeOptions): void {
  spawnVolumeNode(
    system,
    { ...options, topology: "clique" },
    hermesMessage,
    (volume) => volumeActors(system.node, volume, options),
  );
}

function volumeActors(node: number, volume: number, options: HermesNodeOptions) {
  const names = volumeNames(volume);
  const { sessionsMax, hermes } = options;
  const machine = options.machine(volume);
  return {
    clientTable: hermesTable({
      volume,
      machine,
      replica: refTo(node, names.replica),
      peer: (other) => refTo(other, names.clientTable, clientRequest),
    }),
    replica: replica({
      ...hermes,
      volume,
      machine,
      sessionsMax,
      peer: (other) => refTo(other, names.replica, hermesMessage),
      journal: refTo(node, names.journal),
      clientTable: refTo(node, names.clientTable),
      membership: refTo(node, MEMBERSHIP.member),
    }),
  };
}
