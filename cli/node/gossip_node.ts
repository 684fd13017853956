import type { Supervision } from "../../actors/actor.ts";
import { spawnGossipNode } from "../../protocols/gossip/gossip_node.ts";
import { SWIM_LAN, SWIM_LOCAL, SWIM_WAN } from "../../protocols/swim/options.ts";
import { journal } from "../../storage/journal.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";
import { GossipGateway } from "../../transport/gossip_gateway.ts";
import {
  type Metric,
  type ReadinessCheck,
  type Requests,
  Unsupported,
} from "../../transport/service.ts";
import { tuningOf } from "../config/read_gossip.ts";
import type { GossipRequests } from "../../transport/gossip_requests.ts";
import type { ClusterConfig } from "../config/types/cluster.ts";
import { gossipMetrics } from "./gossip_metrics.ts";
import { GossipObserver } from "./gossip_observer.ts";
import { gossipReadiness, gossipStatus } from "./gossip_status.ts";
import { formatPlace, type NodePlace } from "./node_place.ts";
import {
  MAILBOX_CAPACITY,
  PART_RESTARTS_MAX,
  type ProtocolNode,
  type ProtocolNodeOptions,
  type ProtocolStatus,
  RESTARTS_MAX,
} from "./protocol_node.ts";
import { strategiesOf } from "./strategies.ts";

const SWIM_PRESETS = { local: SWIM_LOCAL, lan: SWIM_LAN, wan: SWIM_WAN } as const;

/** A node of a gossip cluster. */
export class GossipNode implements ProtocolNode {
  readonly requests: Requests = NO_REQUESTS;
  readonly gossip: GossipRequests;
  readonly #observer: GossipObserver;

  private constructor({ system, config, reach }: ProtocolNodeOptions) {
    this.#observer = new GossipObserver(system, (node, place) => {
      if (!isListed(config, node)) reach(node, place);
    });
    this.gossip = new GossipGateway(system, config.timeouts.requestMs);
  }

  /** How the root of the node's actors supervises them: each part by itself. */
  static supervision(): Supervision {
    return { strategy: "one-for-one", maxRestarts: RESTARTS_MAX };
  }

  /** Starts the actors, and opens them to other nodes. */
  static start(options: ProtocolNodeOptions): GossipNode {
    const { system, config, disk, place, merges } = options;
    const { preset, spread } = config.gossip;
    // Observers first: they are to miss nothing that the actors publish.
    const node = new GossipNode(options);
    spawnGossipNode(system, {
      cluster: config.cluster,
      seeds: config.replicasAddresses.map((_, seed) => seed),
      strategies: strategiesOf(config, merges),
      // Where listed nodes are, everyone knows from the configuration, whose word counts.
      address: isListed(config, system.node) ? "" : formatPlace(place),
      journal: (log) => disk === undefined ? memoryJournal() : journal(disk(log)),
      mailboxCapacity: MAILBOX_CAPACITY,
      tuning: tuning(config),
      hybridClock: { maxDriftMs: config.gossip.maxDriftMs },
      coordinator: { spread },
      swim: SWIM_PRESETS[preset],
      supervision: { maxRestarts: PART_RESTARTS_MAX },
    });
    return node;
  }

  get suspected(): readonly number[] {
    return this.#observer.suspected;
  }

  /** Where nodes are that have said so. */
  get places(): ReadonlyMap<number, NodePlace> {
    return this.#observer.places;
  }

  /** Nodes that take no part any more. */
  get left(): readonly number[] {
    return this.#observer.left;
  }

  status(): ProtocolStatus {
    return gossipStatus(this.#observer);
  }

  readiness(): readonly ReadinessCheck[] {
    return gossipReadiness(this.#observer);
  }

  metrics(): readonly Metric[] {
    return gossipMetrics(this.#observer);
  }
}

function isListed({ replicasAddresses }: ClusterConfig, node: number): boolean {
  return node < replicasAddresses.length;
}

function tuning({ gossip, snapshots }: ClusterConfig) {
  const { preset, hintsBytes: hintsBytesMax, ...own } = gossip;
  const { intervalMs, jitter, syncFanout, mailAllMax, fanout, mailRetryMs } = own;
  const { hintsMax, hintsMaxAgeMs, repairBytes, scrubMs } = own;
  return {
    ...tuningOf(preset),
    ...{ intervalMs, jitter, syncFanout, mailAllMax, fanout, mailRetryMs },
    ...{ hintsMax, hintsBytesMax, hintsMaxAgeMs, repairBytes, scrubMs },
    snapshotLogBytes: snapshots.logBytes,
  };
}

const refuse = () =>
  Promise.reject(
    new Unsupported("The protocol gossip has no commands, queries or sessions of a state machine"),
  );

/** Nothing executes commands in one order here. */
const NO_REQUESTS: Requests = { submit: refuse, query: refuse, openSession: refuse };
