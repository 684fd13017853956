import type { Supervision } from "../../actors/actor.ts";
import { spawnHermesNode } from "../../protocols/hermes/hermes_node.ts";
import { nonceFor } from "../../protocols/hermes/home.ts";
import { KvObjects } from "../../protocols/kv/objects.ts";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import { journal } from "../../storage/journal.ts";
import type { ClusterAdmin, Metric, ReadinessCheck, Requests } from "../../transport/service.ts";
import type { ClusterConfig } from "../config/types/cluster.ts";
import { tellOfGonePeers } from "./gone_peers.ts";
import { hermesMetrics } from "./hermes_metrics.ts";
import { HermesObserver } from "./hermes_observer.ts";
import { hermesReadiness } from "./hermes_readiness.ts";
import { hermesStatus } from "./hermes_status.ts";
import {
  MAILBOX_CAPACITY,
  PART_RESTARTS_MAX,
  type ProtocolNode,
  type ProtocolNodeOptions,
  type ProtocolStatus,
  RESTARTS_MAX,
} from "./protocol_node.ts";
import { masterAdmin, masterOptions, volumeRequests } from "./volume_requests.ts";

/** A node of a Hermes cluster. */
export class HermesNode implements ProtocolNode {
  readonly requests: Requests;
  readonly admin: ClusterAdmin;
  readonly #observer: HermesObserver;
  readonly #config: ClusterConfig;

  private constructor(options: ProtocolNodeOptions) {
    const { volumes } = options.config.hermes;
    const { system } = options;
    const observer = new HermesObserver(system, volumes);
    this.#config = options.config;
    this.#observer = observer;
    this.requests = volumeRequests(options, volumes, {
      machine: storeOf(options.config),
      whyInactive: (volume, isUpdate) => observer.whyInactive(volume, isUpdate),
      nonce: () => nonceFor(system.node, Math.random()),
    });
    this.admin = masterAdmin(options, "clique");
  }

  /** How the root of the node's actors supervises them: each part by itself. */
  static supervision(): Supervision {
    return { strategy: "one-for-one", maxRestarts: RESTARTS_MAX };
  }

  /** Starts the actors, and opens them to other nodes. */
  static start(options: ProtocolNodeOptions): HermesNode {
    const { system, config, disk } = options;
    const { heartbeatMs } = config.timeouts;
    const { leaseMs, clockDrift, volumes, replicas, virtualNodes, ...protocol } = config.hermes;
    // Observers first: they are to miss nothing that the actors publish.
    const node = new HermesNode(options);
    spawnHermesNode(system, {
      ...masterOptions(config),
      nodeCount: config.replicasAddresses.length,
      placement: { volumes, length: replicas ?? 0, ring: { virtualNodes } },
      dataCenter: "",
      machine: () => storeOf(config),
      // The configuration refuses Hermes without disks.
      journal: (log) => journal(disk!(log)),
      mailboxCapacity: MAILBOX_CAPACITY,
      supervision: { maxRestarts: PART_RESTARTS_MAX },
      sessionsMax: config.sessionsMax,
      membership: { heartbeatMs, leaseMs, driftBound: clockDrift },
      hermes: { ...protocol, heartbeatMs, snapshotLogBytes: config.snapshots.logBytes },
    });
    tellOfGonePeers(system, [MASTER.detector, MEMBERSHIP.detector]);
    return node;
  }

  get suspected(): readonly number[] {
    return this.#observer.suspected;
  }

  status(): ProtocolStatus {
    return hermesStatus(this.#observer);
  }

  readiness(): readonly ReadinessCheck[] {
    return hermesReadiness(this.#observer, this.#config.hermes.reads);
  }

  metrics(): readonly Metric[] {
    return hermesMetrics(this.#observer);
  }
}

/** The store that is replicated, with the limits of the configuration. */
function storeOf({ limits }: ClusterConfig): KvObjects {
  return new KvObjects({ keyBytesMax: limits.keyBytes, valueBytesMax: limits.valueBytes });
}
