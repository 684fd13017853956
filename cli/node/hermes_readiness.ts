import type { ReadinessCheck } from "../../transport/service.ts";
import type { HermesReads } from "../config/types/hermes.ts";
import type { HermesObserver } from "./hermes_observer.ts";
import {
  journalCheck,
  leaseCheck,
  masterCheck,
  volumesCheck,
  whether,
} from "./volume_readiness.ts";

/** Whether a node of a Hermes cluster can serve, check by check. */
export function hermesReadiness(observer: HermesObserver, reads: HermesReads): ReadinessCheck[] {
  const isRead = whether(
    observer.volumes,
    ({ replica }) => replica.role !== "starting",
    "read from disk",
    "is being read from disk",
  );
  return [
    masterCheck(observer),
    volumesCheck(observer),
    ...(reads === "lease" ? [leaseCheck(observer)] : []),
    journalCheck(observer),
    { name: "state", ...isRead },
  ];
}
