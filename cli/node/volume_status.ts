/**
 * What a node's status says with a protocol that has a master, whichever it is.
 *
 * @module
 */
import type { ProtocolStatus } from "./protocol_node.ts";
import type { VolumeFigures, VolumeObserver } from "./volume_observer.ts";

/** What the master has to do with. */
export function withMaster<F extends VolumeFigures>(
  { master, membership, volumes }: VolumeObserver<F>,
): Pick<ProtocolStatus, "status" | "view" | "master"> {
  const { status, view, primary } = master;
  const version = membership.configuration?.version ?? 0;
  return {
    status: volumes.every(({ replica }) => replica.epoch > 0) ? "normal" : "forming",
    view: version,
    master: { status, view, primary, version },
  };
}

/** The role in the only volume, or how many of each. */
export function rolesOf(
  volumes: readonly { readonly role: string }[],
  roles: readonly string[],
): string {
  if (volumes.length === 1) return volumes[0]!.role;
  return roles.flatMap((role) => {
    const count = volumes.filter((volume) => volume.role === role).length;
    return count === 0 ? [] : [`${role} ${count}`];
  }).join(", ");
}

/** The sum of numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
