/**
 * Figures of a node of a cluster with a master, whatever the protocol, for `/metrics`.
 *
 * @module
 */
import type { Metric } from "../../transport/service.ts";
import type { ObservedVolume, VolumeFigures, VolumeObserver } from "./volume_observer.ts";

/** A figure that each volume has. */
export interface PerVolume<F extends VolumeFigures> {
  readonly name: string;
  readonly help: string;
  /** @default {"gauge"} */
  readonly type?: Metric["type"];
  readonly value: (observed: ObservedVolume<F>) => number;
}

/** Figures of each volume, named after the protocol; then those of the node and of the master. */
export function volumeMetrics<F extends VolumeFigures>(
  protocol: string,
  observer: VolumeObserver<F>,
  figures: readonly PerVolume<F>[],
): Metric[] {
  const { volumes } = observer;
  return [
    ...figures.flatMap(({ name, help, type = "gauge", value }) =>
      volumes.map((observed): Metric => ({
        name: `troupe_${protocol}_${name}`,
        help,
        type,
        value: value(observed),
        labels: { volume: String(observed.volume) },
      }))
    ),
    {
      name: `troupe_${protocol}_reconfigurations_total`,
      help: "Configurations of volumes entered since the node started",
      type: "counter",
      value: observer.epochs,
    },
    gauge(
      `${protocol}_lease_ms`,
      "How long reads may be served without asking the master",
      observer.leaseMs,
    ),
    ...masterMetrics(observer),
  ];
}

function masterMetrics<F extends VolumeFigures>(
  { master, membership }: VolumeObserver<F>,
): Metric[] {
  return [
    gauge("master_view", "The view that the master's replica is in", master.view),
    gauge(
      "master_commit_number",
      "The last entry of the master's log known to be committed",
      master.commitNumber,
    ),
    gauge("master_is_primary", "Whether this node orders for the master", master.leading ? 1 : 0),
    gauge(
      "master_is_normal",
      "Whether the master's replica is in status normal",
      master.status === "normal" ? 1 : 0,
    ),
    gauge(
      "master_version",
      "The newest configuration known",
      membership.configuration?.version ?? 0,
    ),
    gauge(
      "master_entered",
      "Whether the master knows of this node's replicas",
      membership.entered ? 1 : 0,
    ),
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name: `troupe_${name}`, help, type: "gauge", value };
}
