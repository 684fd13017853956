import type { GossipFigures } from "../../protocols/gossip/figures.ts";
import type { GossipWorld } from "./gossip_world.ts";

/** Where everybody stands in a gossip cluster. */
export function describeGossip({ nodes }: GossipWorld): string {
  return nodes.map(({ index, isUp, isPaused, gossip }) => {
    const state = !isUp ? "down" : isPaused ? "paused" : "up";
    return `node ${index}: ${state}, ${figuresWords(gossip)}`;
  }).join("\n");
}

function figuresWords(figures: GossipFigures | undefined): string {
  if (figures === undefined) return "unknown";
  const { state, incarnation, members, keys, tombstones, index, waiting, clock } = figures;
  const { drifted, digests, repairsSent, repairsTaken } = figures;
  const events = clock.reduce((sum, [, , count]) => sum + count, 0);
  const others = members.map(({ node, isLiving, lacks, ahead, hints }) =>
    `${node}${isLiving ? "" : " (away)"}: lacks ${lacks}, ahead ${ahead}, ${hints} hints`
  );
  const stalled = figures.stalled === null ? "" : `, stalled: ${figures.stalled}`;
  return `${state}, incarnation ${incarnation}${stalled}, ${events} events, ${keys} keys, ` +
    `${tombstones} tombstones, ${index} indexed, ${waiting} wait, ${digests} digests, ` +
    `${repairsSent} repairs sent, ${repairsTaken} taken, ${drifted} refused; ${others.join("; ")}`;
}
