import type { ReadinessCheck } from "../../transport/service.ts";
import type { ChainObserver, ObservedVolume } from "./chain_observer.ts";

/** Whether a node of a chain cluster can serve, check by check. */
export function chainReadiness(observer: ChainObserver): ReadinessCheck[] {
  const { volumes } = observer;
  return [
    masterCheck(observer),
    volumesCheck(observer),
    leaseCheck(observer),
    journalCheck(observer),
    {
      name: "state",
      ...whether(volumes, ({ table }) => !table.restoring, "ready", "restoring from a snapshot"),
    },
  ];
}

function masterCheck({ master, membership, suspected }: ChainObserver): ReadinessCheck {
  const name = "master";
  const { status, primary } = master;
  if (status !== "normal") return { name, ok: false, detail: status };
  if (primary === null) return { name, ok: false, detail: "no primary known" };
  if (!membership.entered) return { name, ok: false, detail: "has not taken notice of this node" };
  const isSilent = suspected.includes(primary);
  return { name, ok: !isSilent, detail: `node ${primary}${isSilent ? ", not heard of" : ""}` };
}

function volumesCheck({ volumes }: ChainObserver): ReadinessCheck {
  const formed = whether(volumes, ({ replica }) => replica.epoch > 0, "", "not formed yet");
  const served = ({ replica }: ObservedVolume) => replica.members.length > 0;
  const check = formed.ok ? whether(volumes, served, "have members", "have none") : formed;
  return { name: "volumes", ...check };
}

function leaseCheck({ volumes, leaseMs }: ChainObserver): ReadinessCheck {
  const name = "lease";
  const own = volumes.filter(({ replica }) =>
    !["starting", "spare", "joining"].includes(replica.role)
  );
  if (own.length === 0) return { name, ok: true, detail: "none needed: no member of any volume" };
  return leaseMs > 0
    ? { name, ok: true, detail: "granted" }
    : { name, ok: false, detail: "run out: the master does not renew it" };
}

function journalCheck({ volumes, master }: ChainObserver): ReadinessCheck {
  const stalled = [master, ...volumes.map(({ replica }) => replica)]
    .flatMap((figures) => figures.stalled ?? []);
  const detail = stalled[0] ?? "takes writes";
  return { name: "journal", ok: stalled.length === 0, detail };
}

/** Whether something holds of all volumes; if not, of which it does not. */
function whether(
  volumes: readonly ObservedVolume[],
  holds: (volume: ObservedVolume) => boolean,
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
