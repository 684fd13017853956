import type { ChainFigures } from "../../protocols/chain/replica.ts";
import { describeVolumes } from "../master/master_words.ts";
import type { ChainWorld } from "./chain_world.ts";

/** Where everybody stands in a chain cluster, and what the master has decided. */
export function describeChains(world: ChainWorld): string {
  return describeVolumes(world, (index, volume) => {
    const node = world.node(index);
    const words = figuresWords(node.replica(volume));
    return `${words}, executed ${node.executed(volume)}`;
  });
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
