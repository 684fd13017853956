import type { HermesFigures } from "../../protocols/hermes/figures.ts";
import type { HermesVolumeStatus } from "../../transport/service.ts";
import type { HermesObserver } from "./hermes_observer.ts";
import type { ProtocolStatus } from "./protocol_node.ts";
import type { ObservedVolume } from "./volume_observer.ts";
import { rolesOf, sum, withMaster } from "./volume_status.ts";

const ROLES = ["member", "joining", "leaving", "spare", "starting"] as const;

/** Where a node of a Hermes cluster stands. */
export function hermesStatus(observer: HermesObserver): ProtocolStatus {
  const { leaseMs, node } = observer;
  const observed = observer.volumes;
  const volumes = observed.map((volume) => volumeStatus(volume, leaseMs));
  const committed = sum(observed.map(({ replica }) => replica.committed));
  const first = volumes[0]!;
  return {
    ...withMaster(observer),
    role: rolesOf(volumes, ROLES),
    opNumber: committed + sum(volumes.map(({ updates }) => updates)),
    commitNumber: committed,
    primary: first.role === "member" ? node : serverOf(first, node),
    sessions: first.sessions,
    volumes,
  };
}

function volumeStatus(
  { volume, replica, decided }: ObservedVolume<HermesFigures>,
  leaseMs: number,
): HermesVolumeStatus {
  const { epoch, members, joining, role, tombstones, updates, copied, sessions } = replica;
  const { valid, invalid, write, replay, trans } = replica;
  const isMember = role === "member" || role === "leaving";
  return {
    volume,
    epoch,
    members: members.toSorted((a, b) => a - b),
    role,
    joining,
    leaving: decided?.leaving ?? null,
    leaseMs: isMember ? leaseMs : 0,
    keys: replica.objects,
    states: { valid, invalid, write, replay, trans },
    tombstones,
    updates,
    reads: replica.waitingReads,
    copied,
    sessions,
  };
}

/** Some node that serves a volume: nodes without a part in it choose different ones. */
function serverOf({ members, leaving }: HermesVolumeStatus, node: number): number | null {
  const servers = members.filter((member) => member !== leaving);
  return servers[node % servers.length] ?? null;
}
