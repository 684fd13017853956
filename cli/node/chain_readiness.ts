import type { ReadinessCheck } from "../../transport/service.ts";
import type { ChainObserver } from "./chain_observer.ts";
import {
  journalCheck,
  leaseCheck,
  masterCheck,
  volumesCheck,
  whether,
} from "./volume_readiness.ts";

/** Whether a node of a chain cluster can serve, check by check. */
export function chainReadiness(observer: ChainObserver): ReadinessCheck[] {
  const isRestored = whether(
    observer.volumes,
    ({ table }) => !table.restoring,
    "ready",
    "restoring from a snapshot",
  );
  return [
    masterCheck(observer),
    volumesCheck(observer),
    leaseCheck(observer),
    journalCheck(observer),
    { name: "state", ...isRestored },
  ];
}
