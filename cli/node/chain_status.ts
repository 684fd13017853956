import type { MasterStatus, VolumeStatus } from "../../transport/service.ts";
import type { ChainObserver, ObservedVolume } from "./chain_observer.ts";
import type { ProtocolStatus } from "./protocol_node.ts";

const ROLES = ["head", "middle", "tail", "single", "joining", "spare", "starting"] as const;

/** Where a node of a chain cluster stands. */
export function chainStatus(observer: ChainObserver): ProtocolStatus {
  const { leaseMs } = observer;
  const volumes = observer.volumes.map((observed) => volumeStatus(observed, leaseMs));
  const { status, view, primary } = observer.master;
  const version = observer.membership.configuration?.version ?? 0;
  const master: MasterStatus = { status, view, primary, version };
  return {
    role: roleOf(volumes),
    status: volumes.every(({ epoch }) => epoch > 0) ? "normal" : "forming",
    view: version,
    opNumber: sum(volumes.map(({ applied }) => applied)),
    commitNumber: sum(volumes.map(({ acknowledged }) => acknowledged)),
    primary: volumes[0]!.head,
    sessions: volumes[0]!.sessions,
    volumes,
    master,
  };
}

function volumeStatus(observed: ObservedVolume, leaseMs: number): VolumeStatus {
  const { volume, replica, table, decided } = observed;
  const { members, role } = replica;
  const isMember = role !== "spare" && role !== "joining" && role !== "starting";
  return {
    volume,
    epoch: replica.epoch,
    order: members,
    role,
    head: members[0] ?? null,
    tail: members.at(-1) ?? null,
    joining: replica.joining,
    leaving: decided?.leaving ?? null,
    writable: replica.writable,
    applied: replica.applied,
    acknowledged: replica.acknowledged,
    sent: replica.sentLength,
    executed: table.executed,
    leaseMs: isMember ? leaseMs : 0,
    sessions: table.sessions,
  };
}

/** The role in the only volume, or how many of each. */
function roleOf(volumes: readonly VolumeStatus[]): string {
  if (volumes.length === 1) return volumes[0]!.role;
  return ROLES.flatMap((role) => {
    const count = volumes.filter((volume) => volume.role === role).length;
    return count === 0 ? [] : [`${role} ${count}`];
  }).join(", ");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
