import type { Supervision } from "../../actors/actor.ts";
import { spawnChainNode } from "../../protocols/chain/chain_node.ts";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import type { Placement } from "../../protocols/master/placement.ts";
import { journal } from "../../storage/journal.ts";
import type { ClusterAdmin, Metric, ReadinessCheck, Requests } from "../../transport/service.ts";
import type { ClusterConfig } from "../config/types/cluster.ts";
import { chainMetrics } from "./chain_metrics.ts";
import { ChainObserver } from "./chain_observer.ts";
import { chainReadiness } from "./chain_readiness.ts";
import { chainStatus } from "./chain_status.ts";
import { tellOfGonePeers } from "./gone_peers.ts";
import {
  MAILBOX_CAPACITY,
  PART_RESTARTS_MAX,
  type ProtocolNode,
  type ProtocolNodeOptions,
  type ProtocolStatus,
  RESTARTS_MAX,
} from "./protocol_node.ts";
import { masterAdmin, masterOptions, volumeRequests } from "./volume_requests.ts";

/** A node of a chain cluster. */
export class ChainNode implements ProtocolNode {
  readonly requests: Requests;
  readonly admin: ClusterAdmin;
  readonly #observer: ChainObserver;

  private constructor(options: ProtocolNodeOptions) {
    const { volumes } = options.config.chain;
    const observer = new ChainObserver(options.system, volumes);
    this.#observer = observer;
    this.requests = volumeRequests(options, volumes, {
      machine: options.machine(),
      whyInactive: (volume, isUpdate) => observer.whyInactive(volume, isUpdate),
    });
    this.admin = masterAdmin(options, "chain");
  }

  /** How the root of the node's actors supervises them: each part by itself. */
  static supervision(): Supervision {
    return { strategy: "one-for-one", maxRestarts: RESTARTS_MAX };
  }

  /** Starts the actors, and opens them to other nodes. */
  static start(options: ProtocolNodeOptions): ChainNode {
    const { system, config, machine, disk } = options;
    const { timeouts, batching, snapshots, chain } = config;
    const { heartbeatMs } = timeouts;
    const { entryBytesMax, requestsMax } = batching;
    const { logBytes: snapshotLogBytes, retainEntries } = snapshots;
    // Observers first: they are to miss nothing that the actors publish.
    const node = new ChainNode(options);
    spawnChainNode(system, {
      ...masterOptions(config),
      nodeCount: config.replicasAddresses.length,
      placement: placementOf(config),
      dataCenter: config.nodeDataCenters[system.node] ?? "",
      machine,
      // The configuration refuses chains that keep nothing on disks.
      journal: (log) => journal(disk!(log)),
      mailboxCapacity: MAILBOX_CAPACITY,
      supervision: { maxRestarts: PART_RESTARTS_MAX },
      adoptedSessionsMax: config.sessionsMax,
      membership: { heartbeatMs, leaseMs: chain.leaseMs, driftBound: chain.clockDrift },
      chain: {
        reads: chain.reads,
        heartbeatMs,
        entryBytesMax,
        requestsMax,
        snapshotLogBytes,
        retainEntries,
      },
    });
    tellOfGonePeers(system, [MASTER.detector, MEMBERSHIP.detector]);
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
