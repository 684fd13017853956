import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import { wordsOf } from "./decided.ts";
import type { MasterWorld } from "./master_world.ts";

/**
 * Where everybody stands in a cluster with a master, and what that has decided.
 *
 * @param replicaWords What a node has to say of its replica of a volume.
 */
export function describeVolumes(
  world: MasterWorld,
  replicaWords: (node: number, volume: number) => string,
): string {
  const decided = world.volumes.map(({ volume }) => {
    const configuration = world.decided.volume(volume);
    return `volume ${volume}: ${configuration === undefined ? "nothing" : wordsOf(configuration)}`;
  });
  const nodes = world.nodes.map((node) => {
    const { index, master } = node;
    const state = !node.isUp ? "down" : node.isPaused ? "paused" : "up";
    const group = master === undefined
      ? "master unknown"
      : `master ${master.status} in view ${master.view}${master.leading ? ", primary" : ""}`;
    const replicas = world.volumes.map(({ volume }) =>
      `\n  volume ${volume}: ${replicaWords(index, volume)}`
    );
    return `node ${index}: ${state}, ${group}${replicas.join("")}`;
  });
  return [...decided, ...nodes].join("\n");
}

/** The names of all actors of such a node, those that supervise others included. */
export function actorNames(volumes: number): string[] {
  const names = Array.from({ length: volumes }, (_, volume) => volumeNames(volume));
  return [
    ...Object.values(MASTER),
    ...Object.values(MEMBERSHIP),
    `${MEMBERSHIP.member}/session`,
    "master",
    "membership",
    ...names.flatMap(({ name, journal, clientTable, replica }) => [
      name,
      journal,
      clientTable,
      replica,
    ]),
  ];
}
