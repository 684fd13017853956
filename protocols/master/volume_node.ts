import type { ActorFactory } from "../../actors/actor.ts";
import type { Schema } from "../../actors/schema.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { clientRequest } from "../client_messages.ts";
import { child, group } from "../group.ts";
import { volumeNames } from "../volume_names.ts";
import { AS_IT_IS, type MasterNodeOptions, spawnMaster, spawnMembership } from "./master_node.ts";

/** What replicates a volume, beside its journal. */
export interface VolumeActors<T, R> {
  readonly clientTable: ActorFactory<T>;
  readonly replica: ActorFactory<R>;
}

/**
 * Starts the actors of a node whose volumes are where a master has them: `master`, its part of the group that
 * decides; `volume-0` and so on, its replica of each volume; `membership`, which speaks to the master for
 * them. Each supervises its own.
 *
 * @param messages What replicas of other nodes say.
 * @param actorsOf Makes what replicates a volume.
 */
export function spawnVolumeNode<T, R>(
  system: ActorSystem,
  options: MasterNodeOptions,
  messages: Schema<unknown>,
  actorsOf: (volume: number) => VolumeActors<T, R>,
): void {
  spawnMaster(system, options);
  for (let volume = 0; volume < options.placement.volumes; volume++) {
    const names = volumeNames(volume);
    system.expose(names.replica, messages);
    system.expose(names.clientTable, clientRequest);
    spawnVolume(system, options, volume, actorsOf(volume));
  }
  spawnMembership(system, options, (volume) => volumeNames(volume).replica);
}

/** What depends on an actor restarts with it: all on the journal, and the replica on the client table. */
function spawnVolume<T, R>(
  system: ActorSystem,
  { journal, mailboxCapacity, supervision, wrap = AS_IT_IS }: MasterNodeOptions,
  volume: number,
  { clientTable, replica }: VolumeActors<T, R>,
): void {
  const names = volumeNames(volume);
  const bounded = { mailboxCapacity };
  system.spawn(
    names.name,
    group([
      child("journal", wrap(names.journal, journal(names.name)), bounded),
      child("client-table", wrap(names.clientTable, clientTable), bounded),
      child("replica", wrap(names.replica, replica), bounded),
    ]),
    { supervision: { ...supervision, strategy: "rest-for-one" } },
  );
}
