import { volumeNames } from "../../protocols/volume_names.ts";
import type { ChainFigures } from "../../protocols/chain/replica.ts";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import type { ChainWorld } from "./chain_world.ts";
import { wordsOf } from "./decided.ts";

/** Where everybody stands in a chain cluster, and what the master has decided. */
export function describeChains(world: ChainWorld): string {
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
      `\n  volume ${volume}: ${figuresWords(node.replica(volume))}, executed ${
        node.executed(volume)
      }`
    );
    return `node ${index}: ${state}, ${group}${replicas.join("")}`;
  });
  return [...decided, ...nodes].join("\n");
}

function figuresWords(figures: ChainFigures | undefined): string {
  if (figures === undefined) return "unknown";
  const { role, epoch, opNumber, applied, acknowledged } = figures;
  const details = [
    figures.leaving ? ", leaving" : "",
    figures.frozen ? ", frozen" : "",
    figures.deaf === null ? "" : `, ${figures.deaf} is deaf`,
    figures.stalled === null ? "" : `, stalled: ${figures.stalled}`,
    figures.leaseUntil === null ? "" : `, lease until ${figures.leaseUntil.toFixed(0)}`,
  ];
  return `${role} in epoch ${epoch}${
    details.join("")
  }, log to ${opNumber}, durable to ${applied}, ` +
    `committed ${acknowledged}`;
}

/** The names of all actors of a node of a chain cluster, those that supervise others included. */
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
