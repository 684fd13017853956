import type { Supervision } from "../../actors/actor.ts";
import { spawnChainNode } from "../../protocols/chain/chain_node.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import { MASTER } from "../../protocols/master/names.ts";
import type { Placement } from "../../protocols/master/placement.ts";
import { journal } from "../../storage/journal.ts";
import { Gateway } from "../../transport/gateway.ts";
import type { ClusterAdmin, Metric, ReadinessCheck, Requests } from "../../transport/service.ts";
import { SessionPool } from "../../transport/session_pool.ts";
import { VolumeRouter } from "../../transport/volume_router.ts";
import type { ClusterConfig } from "../config/types.ts";
import { MasterAdmin } from "./chain_admin.ts";
import { chainMetrics } from "./chain_metrics.ts";
import { ChainObserver } from "./chain_observer.ts";
import { chainReadiness } from "./chain_readiness.ts";
import { chainStatus } from "./chain_status.ts";
import {
  MAILBOX_CAPACITY,
  type ProtocolNode,
  type ProtocolNodeOptions,
  type ProtocolStatus,
  RESTARTS_MAX,
} from "./protocol_node.ts";

/** How often the actors of a part of the node may restart in ten seconds before the whole part does. */
const PART_RESTARTS_MAX = 10;
/** Sessions that the master keeps, for members and operators; see `OpenSession`. */
const MASTER_SESSIONS_MAX = 256;
/** Changes of the configuration under way at once. */
const MASTER_IN_FLIGHT_MAX = 16;

/** A node of a chain cluster. */
export class ChainNode implements ProtocolNode {
  readonly requests: Requests;
  readonly admin: ClusterAdmin;
  readonly #observer: ChainObserver;

  private constructor({ system, config, machine }: ProtocolNodeOptions) {
    const { volumes } = config.chain;
    const { requestMs } = config.timeouts;
    const observer = new ChainObserver(system, volumes);
    this.#observer = observer;
    // One pool for all: a session that volume 0 has opened is good in every volume.
    const sessions: SessionPool = new SessionPool(
      (timeoutMs) => gateways[0]!.openSession({ timeoutMs }),
      config.limits.httpInFlightMax,
    );
    const gateways = Array.from({ length: volumes }, (_, volume) =>
      new Gateway({
        system,
        clientTable: volumeNames(volume).clientTable,
        requestMs,
        sessionsMax: config.sessionsMax,
        inFlightMax: config.limits.httpInFlightMax,
        sessions,
        isAnsweredElsewhere: true,
      }));
    this.requests = new VolumeRouter({
      volumes: gateways,
      machine: machine(),
      whyInactive: (volume, isUpdate) => observer.whyInactive(volume, isUpdate),
    });
    this.admin = new MasterAdmin(
      new Gateway({
        system,
        clientTable: MASTER.clientTable,
        requestMs,
        sessionsMax: MASTER_SESSIONS_MAX,
        inFlightMax: MASTER_IN_FLIGHT_MAX,
      }),
      config.replicasAddresses.length,
    );
  }

  /** How the root of the node's actors supervises them: each part by itself. */
  static supervision(): Supervision {
    return { strategy: "one-for-one", maxRestarts: RESTARTS_MAX };
  }

  /** Starts the actors, and opens them to other nodes. */
  static start(options: ProtocolNodeOptions): ChainNode {
    const { system, config, machine, disk } = options;
    const { timeouts, batching, snapshots, detector, chain } = config;
    const { heartbeatMs, suspicionMs } = timeouts;
    const { entryBytesMax, requestsMax } = batching;
    const { logBytes: snapshotLogBytes, retainEntries } = snapshots;
    // Observers first: they are to miss nothing that the actors publish.
    const node = new ChainNode(options);
    spawnChainNode(system, {
      nodeCount: config.replicasAddresses.length,
      placement: placementOf(config),
      dataCenter: config.nodeDataCenters[system.node] ?? "",
      machine,
      // The configuration refuses chains that keep nothing on disks.
      journal: (log) => journal(disk!(log)),
      mailboxCapacity: MAILBOX_CAPACITY,
      supervision: { maxRestarts: PART_RESTARTS_MAX },
      adoptedSessionsMax: config.sessionsMax,
      detector: { heartbeatMs, suspicionMs, ...detector },
      membership: { heartbeatMs, leaseMs: chain.leaseMs, driftBound: chain.clockDrift },
      master: {
        heartbeatMs,
        viewChangeMs: timeouts.viewChangeMs,
        abdicateMs: timeouts.abdicateMs,
        pipeline: batching.pipeline,
        entryBytesMax,
        requestsMax,
        snapshotLogBytes,
        retainEntries,
      },
      chain: {
        reads: chain.reads,
        heartbeatMs,
        entryBytesMax,
        requestsMax,
        snapshotLogBytes,
        retainEntries,
      },
    });
    return node;
  }

  get suspected(): readonly number[] {
    return this.#observer.suspected;
  }

  status(): ProtocolStatus {
    return chainStatus(this.#observer);
  }

  readiness(): readonly ReadinessCheck[] {
    return chainReadiness(this.#observer);
  }

  metrics(): readonly Metric[] {
    return chainMetrics(this.#observer);
  }
}

/** Where volumes are to be, as the master wants to be told. */
function placementOf({ chain }: ClusterConfig): Placement {
  const { volumes, length, dataCenters, masterDataCenter } = chain;
  return {
    volumes,
    length: length ?? 0,
    ...(dataCenters === null ? {} : { dataCenters }),
    ...(masterDataCenter === null ? {} : { masterDataCenter }),
  };
}
