import type { GossipFigures } from "../../protocols/gossip/figures.ts";
import type { ReadinessCheck } from "../../transport/service.ts";
import type { GossipObserver } from "./gossip_observer.ts";
import type { ProtocolStatus } from "./protocol_node.ts";

/** Where a node of a gossip cluster stands. */
export function gossipStatus({ replica }: GossipObserver): ProtocolStatus {
  const { state, members } = replica;
  const known = eventsOf(replica);
  return {
    role: state === "ready" ? "member" : state,
    status: state === "ready" ? "normal" : state,
    view: members.length,
    opNumber: known,
    commitNumber: known - fewestLacking(replica),
    primary: null,
    sessions: 0,
    gossip: replica,
  };
}

/** Whether a node of a gossip cluster can serve, check by check. */
export function gossipReadiness({ replica }: GossipObserver): ReadinessCheck[] {
  const { state, stalled, isDiverged, misconfigured } = replica;
  return [
    { name: "replica", ok: state === "ready", detail: state },
    { name: "journal", ok: stalled === null, detail: stalled ?? "takes writes" },
    {
      name: "divergence",
      ok: !isDiverged,
      detail: isDiverged ? "another member shows something else at an equal clock" : "none found",
    },
    // No reason to take clients elsewhere, where it would be the same.
    {
      name: "strategies",
      ok: true,
      detail: misconfigured.length === 0
        ? "as configured elsewhere"
        : `nodes ${misconfigured.join(", ")} have others`,
    },
  ];
}

/** How many events a replica knows. */
export function eventsOf({ clock }: GossipFigures): number {
  return clock.reduce((sum, [, , events]) => sum + events, 0);
}

/** How many events that living member lacks which lacks the fewest; 0 if there is no other member. */
function fewestLacking({ members, node }: GossipFigures): number {
  const others = members.filter((member) => member.node !== node);
  const living = others.filter(({ isLiving }) => isLiving);
  if (others.length === 0) return 0;
  return Math.min(...(living.length > 0 ? living : others).map(({ lacks }) => lacks));
}
