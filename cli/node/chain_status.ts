import type { ChainFigures } from "../../protocols/chain/replica.ts";
import type { ChainVolumeStatus } from "../../transport/service.ts";
import type { ChainObserver } from "./chain_observer.ts";
import type { ProtocolStatus } from "./protocol_node.ts";
import type { ObservedVolume } from "./volume_observer.ts";
import { rolesOf, sum, withMaster } from "./volume_status.ts";

const ROLES = ["head", "middle", "tail", "single", "joining", "spare", "starting"] as const;

/** Where a node of a chain cluster stands. */
export function chainStatus(observer: ChainObserver): ProtocolStatus {
  const { leaseMs } = observer;
  const volumes = observer.volumes.map((observed) => volumeStatus(observed, leaseMs));
  return {
    ...withMaster(observer),
    role: rolesOf(volumes, ROLES),
    opNumber: sum(volumes.map(({ applied }) => applied)),
    commitNumber: sum(volumes.map(({ acknowledged }) => acknowledged)),
    primary: volumes[0]!.head,
    sessions: volumes[0]!.sessions,
    volumes,
  };
}

function volumeStatus(
  observed: ObservedVolume<ChainFigures>,
  leaseMs: number,
): ChainVolumeStatus {
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
