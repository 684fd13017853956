import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { clientRequest } from "../../protocols/client_messages.ts";
import { hermesTable } from "../../protocols/hermes/client_table.ts";
import type { HermesFigures } from "../../protocols/hermes/figures.ts";
import { type HermesMessage, hermesMessage } from "../../protocols/hermes/messages.ts";
import type { HermesOptions } from "../../protocols/hermes/options.ts";
import { type HermesReplicaMessage, replica } from "../../protocols/hermes/replica.ts";
import { MemberCluster, MemberNode, type MemberOptions } from "../protocols/member_cluster.ts";
import { BOUNDED } from "../protocols/virtual_cluster.ts";
import { TextsMachine } from "./machine.ts";

/** How a test's cluster differs from the ordinary one. */
export interface HermesClusterOptions extends MemberOptions, Partial<HermesOptions> {}

/** One node. */
class HermesNode extends MemberNode {
  get replica(): HermesFigures | undefined {
    return this.published.get("hermes") as HermesFigures | undefined;
  }
}

/** Replicas of Hermes with everything that is really their own, in virtual time. The test is their master. */
export class HermesCluster extends MemberCluster<HermesNode, HermesMessage> {
  protected override readonly messages = hermesMessage;
  readonly #options: HermesClusterOptions;

  constructor(options: HermesClusterOptions = {}) {
    super(options, (index, disk) => new HermesNode(index, disk));
    this.#options = options;
  }

  /** A cluster all of whose nodes are members. */
  static of(nodes: number, options: HermesClusterOptions = {}): HermesCluster {
    const cluster = new HermesCluster({ nodes, ...options });
    cluster.form();
    return cluster;
  }

  /** Hands a message to a replica. */
  deliver(index: number, message: HermesReplicaMessage): void {
    this.node(index).system!.send(refTo(index, "replica"), message);
  }

  protected override standing({ replica }: HermesNode): string {
    return JSON.stringify(replica) ?? "down";
  }

  protected override spawnReplica({ index }: HermesNode, system: ActorSystem): void {
    const table = hermesTable({
      volume: 0,
      machine: new TextsMachine(),
      replica: refTo(index, "replica"),
      peer: (other) => refTo(other, "client-table", clientRequest),
    });
    system.spawn("client-table", table, BOUNDED);
    system.spawn("replica", replica(this.#replicaOptions(index)), BOUNDED);
  }

  #replicaOptions(index: number): HermesOptions {
    return {
      machine: new TextsMachine(),
      sessionsMax: 100,
      ...this.#options,
      volume: 0,
      peer: (other) => refTo(other, "replica", hermesMessage),
      journal: refTo(index, "journal"),
      clientTable: refTo(index, "client-table"),
      membership: refTo(index, "membership"),
    };
  }
}
