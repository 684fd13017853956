/**
 * What a node of a cluster with a master needs to serve, whatever the protocol.
 *
 * @module
 */
import type { ReadinessCheck } from "../../transport/service.ts";
import type { ObservedVolume, VolumeFigures, VolumeObserver } from "./volume_observer.ts";

/** In these roles a node has no part in the volume: it passes requests on. */
const NO_MEMBER: readonly string[] = ["starting", "spare", "joining"];

/** Whether the master knows of the node, and is heard of. */
export function masterCheck<F extends VolumeFigures>(observer: VolumeObserver<F>): ReadinessCheck {
  const { master, membership, suspected } = observer;
  const name = "master";
  const { status, primary } = master;
  if (status !== "normal") return { name, ok: false, detail: status };
  if (primary === null) return { name, ok: false, detail: "no primary known" };
  if (!membership.entered) return { name, ok: false, detail: "has not taken notice of this node" };
  const isSilent = suspected.includes(primary);
  return { name, ok: !isSilent, detail: `node ${primary}${isSilent ? ", not heard of" : ""}` };
}

/** Whether somebody has the data of every volume. */
export function volumesCheck<F extends VolumeFigures>(
  { volumes }: VolumeObserver<F>,
): ReadinessCheck {
  const formed = whether(volumes, ({ replica }) => replica.epoch > 0, "", "not formed yet");
  const served = ({ replica }: ObservedVolume<F>) => replica.members.length > 0;
  const check = formed.ok ? whether(volumes, served, "have members", "have none") : formed;
  return { name: "volumes", ...check };
}

/** Whether the node may answer reads of what it is a member of. */
export function leaseCheck<F extends VolumeFigures>(
  { volumes, leaseMs }: VolumeObserver<F>,
): ReadinessCheck {
  const name = "lease";
  if (volumes.every(({ replica }) => NO_MEMBER.includes(replica.role))) {
    return { name, ok: true, detail: "none needed: no member of any volume" };
  }
  return leaseMs > 0
    ? { name, ok: true, detail: "granted" }
    : { name, ok: false, detail: "run out: the master does not renew it" };
}

/** Whether the disk takes writes. */
export function journalCheck<F extends VolumeFigures>(
  { volumes, master }: VolumeObserver<F>,
): ReadinessCheck {
  const stalled = [master, ...volumes.map(({ replica }) => replica)]
    .flatMap((figures) => figures.stalled ?? []);
  const detail = stalled[0] ?? "takes writes";
  return { name: "journal", ok: stalled.length === 0, detail };
}

/** Whether something holds of all volumes; if not, of which it does not. */
export function whether<F extends VolumeFigures>(
  volumes: readonly ObservedVolume<F>[],
  holds: (volume: ObservedVolume<F>) => boolean,
  detail: string,
  otherwise: string,
): { readonly ok: boolean; readonly detail: string } {
  const others = volumes.filter((volume) => !holds(volume)).map(({ volume }) => volume);
  if (others.length === 0) return { ok: true, detail };
  return {
    ok: false,
    detail: volumes.length === 1 ? otherwise : `${otherwise}: ${others.join(", ")}`,
  };
}
