import type { HermesFigures } from "../../protocols/hermes/figures.ts";
import { describeVolumes } from "../master/master_words.ts";
import type { HermesWorld } from "./hermes_world.ts";

/** Where everybody stands in a Hermes cluster, and what the master has decided. */
export function describeHermes(world: HermesWorld): string {
  return describeVolumes(
    world,
    (index, volume) => figuresWords(world.node(index).replica(volume)),
  );
}

function figuresWords(figures: HermesFigures | undefined): string {
  if (figures === undefined) return "unknown";
  const { role, epoch, life, valid, invalid, write, replay, trans } = figures;
  const { tombstones, sessions, updates, waitingReads, copied } = figures;
  const details = [
    figures.stalled === null ? "" : `, stalled: ${figures.stalled}`,
    figures.leaseUntil === null ? "" : `, lease until ${figures.leaseUntil.toFixed(0)}`,
    role === "joining" ? `, ${copied} copied` : "",
  ];
  return `${role} in epoch ${epoch}, life ${life}${details.join("")}, ` +
    `V ${valid} I ${invalid} W ${write} R ${replay} T ${trans}, ${tombstones} tombstones, ` +
    `${sessions} sessions, ${updates} updates and ${waitingReads} reads wait`;
}
