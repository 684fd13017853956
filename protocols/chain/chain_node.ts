import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { clientRequest } from "../client_messages.ts";
import { clientTable } from "../client_table.ts";
import { child, group } from "../group.ts";
import {
  AS_IT_IS,
  type MasterNodeOptions,
  spawnMaster,
  spawnMembership,
} from "../master/master_node.ts";
import { MEMBERSHIP } from "../master/names.ts";
import type { StateMachine } from "../state_machine.ts";
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
      "volume" | "peer" | "journal" | "clientTable" | "membership" | "commandObject"
    >
  >;
  /** Sessions kept by the volumes in which none is opened: all but the first. */
  readonly adoptedSessionsMax: number;
}

/**
 * Starts the actors of a node of a chain cluster: `master`, its part of the group that decides;
 * `volume-0` and so on, its replica of each volume; `membership`, which speaks to the master for them. Each
 * supervises its own.
 */
export function spawnChainNode(system: ActorSystem, options: ChainNodeOptions): void {
  spawnMaster(system, options);
  for (let volume = 0; volume < options.placement.volumes; volume++) {
    spawnVolume(system, volume, options);
  }
  spawnMembership(system, options, (volume) => volumeNames(volume).replica);
}

function spawnVolume(system: ActorSystem, volume: number, options: ChainNodeOptions): void {
  const { node } = system;
  const names = volumeNames(volume);
  const { machine, journal, mailboxCapacity, supervision, chain, adoptedSessionsMax } = options;
  const { wrap = AS_IT_IS } = options;
  const bounded = { mailboxCapacity };
  // A machine that executes nothing: it only says what commands are about.
  const model = machine(volume);
  const commandObject = model.commandObject === undefined
    ? undefined
    : (command: Uint8Array) => model.commandObject!(command);
  const table = clientTable({
    machine: () => machine(volume),
    replica: refTo(node, names.replica),
    journal: refTo(node, names.journal),
    peer: (other) => refTo(other, names.clientTable, clientRequest),
    tailReplies: true,
    objectReads: true,
    ...(volume > 0 && { adoptedSessionsMax }),
  });
  const ordering = replica({
    ...chain,
    volume,
    peer: (other) => refTo(other, names.replica, chainMessage),
    journal: refTo(node, names.journal),
    clientTable: refTo(node, names.clientTable),
    membership: refTo(node, MEMBERSHIP.member),
    ...(commandObject !== undefined && { commandObject }),
  });
  system.expose(names.replica, chainMessage);
  system.expose(names.clientTable, clientRequest);
  system.spawn(
    names.name,
    group([
      child("journal", wrap(names.journal, journal(names.name)), bounded),
      child("client-table", wrap(names.clientTable, table), bounded),
      child("replica", wrap(names.replica, ordering), bounded),
    ]),
    { supervision: { ...supervision, strategy: "rest-for-one" } },
  );
}
