import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { type ChainMessage, chainMessage } from "../../protocols/chain/messages.ts";
import type { ChainOptions } from "../../protocols/chain/options.ts";
import {
  type ChainFigures,
  type ChainReplicaMessage,
  replica,
} from "../../protocols/chain/replica.ts";
import { clientRequest } from "../../protocols/client_messages.ts";
import { clientTable, type ClientTableFigures } from "../../protocols/client_table.ts";
import { objectsChanged } from "../../protocols/objects_changed.ts";
import { MemberCluster, MemberNode, type MemberOptions } from "../protocols/member_cluster.ts";
import { BOUNDED } from "../protocols/virtual_cluster.ts";
import { ListsMachine } from "./machine.ts";

/** How a test's cluster differs from the ordinary one. */
export interface ChainClusterOptions extends MemberOptions, Partial<ChainOptions> {
  /** Makes snapshots large: chunks of 256 KiB that mean nothing. Default 0. */
  readonly ballast?: number;
}

/** One node. */
class ChainNode extends MemberNode {
  /** The state machine of the living client table. */
  machine = new ListsMachine();

  get replica(): ChainFigures | undefined {
    return this.published.get("replica") as ChainFigures | undefined;
  }

  get table(): ClientTableFigures | undefined {
    return this.published.get("client-table") as ClientTableFigures | undefined;
  }
}

/** A chain with everything that is really its own, in virtual time. The test is its master. */
export class ChainCluster extends MemberCluster<ChainNode, ChainMessage> {
  protected override readonly messages = chainMessage;
  readonly #options: ChainClusterOptions;

  constructor(options: ChainClusterOptions = {}) {
    super(options, (index, disk) => new ChainNode(index, disk));
    this.#options = options;
  }

  /** A cluster whose nodes are a chain, in the order of their indices. */
  static of(nodes: number, options: ChainClusterOptions = {}): ChainCluster {
    const cluster = new ChainCluster({ nodes, ...options });
    cluster.form();
    return cluster;
  }

  /** Hands a message to a replica. */
  deliver(index: number, message: ChainReplicaMessage): void {
    this.node(index).system!.send(refTo(index, "replica"), message);
  }

  protected override standing({ replica, machine }: ChainNode): string {
    return `${JSON.stringify(replica) ?? "down"} ${machine.applied.join(" ")}`;
  }

  protected override spawnReplica(node: ChainNode, system: ActorSystem): void {
    const { index } = node;
    const table = clientTable({
      machine: () => node.machine = new ListsMachine(this.#options.ballast),
      replica: refTo(index, "replica"),
      journal: refTo(index, "journal"),
      peer: (other) => refTo(other, "client-table", clientRequest),
      tailReplies: true,
      objectReads: true,
    });
    system.spawn("client-table", table, BOUNDED);
    system.spawn("replica", replica(this.#replicaOptions(index)), BOUNDED);
  }

  #replicaOptions(index: number): ChainOptions {
    const model = new ListsMachine();
    return {
      retainEntries: 5,
      objectsChanged: (command) => objectsChanged(model, command),
      ...this.#options,
      volume: 0,
      peer: (other) => refTo(other, "replica", chainMessage),
      journal: refTo(index, "journal"),
      clientTable: refTo(index, "client-table"),
      membership: refTo(index, "membership"),
    };
  }
}
