import { RESP_IN_FLIGHT_MAX } from "../../transport/resp/server.ts";
import type { Supervision } from "../../actors/actor.ts";
import { Gateway } from "../../transport/gateway.ts";
import type { Metric, ReadinessCheck, Requests } from "../../transport/service.ts";
import type { ClusterConfig } from "../config/types/cluster.ts";
import { Observer } from "./observer.ts";
import {
  type ProtocolNode,
  type ProtocolNodeOptions,
  type ProtocolStatus,
  RESTARTS_MAX,
} from "./protocol_node.ts";
import { CLIENT_TABLE, exposeVrGroup, spawnVrGroup } from "./vr_group.ts";

/** A node of a VR group. */
export class VrNode implements ProtocolNode {
  readonly requests: Requests;
  readonly #observer: Observer;

  private constructor({ system, config }: ProtocolNodeOptions) {
    this.#observer = new Observer(system, config.replicasAddresses.length);
    this.requests = new Gateway({
      system,
      clientTable: CLIENT_TABLE,
      requestMs: config.timeouts.requestMs,
      sessionsMax: config.sessionsMax,
      inFlightMax: config.limits.httpInFlightMax + RESP_IN_FLIGHT_MAX,
    });
  }

  /** How the root of the node's actors supervises them. */
  static supervision({ durability }: ClusterConfig): Supervision {
    // What is in memory belongs together: when an actor has lost its part, the rest is of no use.
    const strategy = durability === "memory" ? "all-for-one" : "rest-for-one";
    return { strategy, maxRestarts: RESTARTS_MAX };
  }

  /** Starts the actors, and opens them to other nodes. */
  static start(options: ProtocolNodeOptions): VrNode {
    const { system, config, machine, disk } = options;
    // Observers first: they are to miss nothing that the actors publish.
    const node = new VrNode(options);
    exposeVrGroup(system);
    spawnVrGroup(system, { config, machine, disk: disk?.(config.protocol) });
    return node;
  }

  get suspected(): readonly number[] {
    return this.#observer.replica.suspected;
  }

  status(): ProtocolStatus {
    const { status, view, opNumber, commitNumber, primary } = this.#observer.replica;
    const { role, table: { sessions } } = this.#observer;
    return { role, status, view, opNumber, commitNumber, primary, sessions };
  }

  readiness(): readonly ReadinessCheck[] {
    return this.#observer.readiness();
  }

  metrics(): readonly Metric[] {
    return this.#observer.metrics();
  }
}
