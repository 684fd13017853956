import { assert } from "@std/assert";
import type { HermesMessage, Update } from "../../../protocols/hermes/messages.ts";
import {
  decodeQueryResult,
  encodeCommand,
  encodeQuery,
  type KvCommand,
} from "../../../protocols/kv/commands.ts";
import { KvStore } from "../../../protocols/kv/store.ts";
import type { HermesSetup } from "../../../sim/hermes/hermes_setup.ts";
import { HermesWorld, type HermesWorldOptions } from "../../../sim/hermes/hermes_world.ts";
import type { SentMessage } from "../../../sim/network.ts";
import { MasterDirector, NETWORK } from "./master_director.ts";

/** What a scenario begins with. */
export interface HermesDirectorOptions {
  /** @default {3} */
  readonly nodes?: number;
  readonly hermes?: Partial<HermesSetup>;
  readonly replica?: HermesSetup["replica"];
  readonly world?: Partial<HermesWorldOptions>;
  /**
   * Where each client opens its session, which is where its requests are coordinated.
   *
   * @default {{ A: 0, B: 1, C: 2 }}
   */
  readonly clients?: Readonly<Record<string, number>>;
}

/** The clients at the first nodes. */
export const NAMES = ["A", "B", "C", "D", "E"] as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A Hermes cluster of one volume on all of its nodes that does what a test says, message by message. */
export class HermesDirector extends MasterDirector<HermesWorld, HermesMessage["type"]> {
  constructor(options: HermesDirectorOptions = {}) {
    const { nodes = 3, hermes, replica, world, clients = { A: 0, B: 1, C: 2 } } = options;
    const cluster = new HermesWorld({
      seed: 1n,
      group: { replicaCount: nodes, journal: {} },
      hermes: {
        volumes: 1,
        length: 0,
        leaseMs: 500,
        driftBound: 0.01,
        sessionsMax: 1_000,
        // Of two writes at once, that of the node of the higher index is the higher.
        replica: { virtualIds: 1, ...replica },
        ...hermes,
      },
      machine: () => new KvStore(),
      network: NETWORK,
      ...world,
    });
    super(cluster, clients);
  }

  /** What the replica of a node says of itself. */
  replica(index: number) {
    const replica = this.world.node(index).replica(0);
    assert(replica !== undefined, `replica ${index} has said nothing yet`);
    return replica;
  }

  /** Asks for something other than a write, and does not wait. */
  submit(client: string, command: KvCommand, node: number): void {
    this.clients.submit(client, node, encodeCommand(command));
  }

  /** Asks for a write on condition that the key holds something else, or nothing; does not wait. */
  swap(client: string, key: string, from: string | null, to: string, node: number): void {
    const condition = from === null
      ? { type: "absent" } as const
      : { type: "value", value: encoder.encode(from) } as const;
    this.submit(client, { type: "put", key, value: encoder.encode(to), condition }, node);
  }

  /** Asks for all keys, and does not wait. */
  scan(client: string, node: number): void {
    this.clients.query(client, node, encodeQuery({ type: "scan" }));
  }

  /** What a client was told last of all keys: `key=value`. */
  page(client: string): string[] {
    const reply = this.clients.repliesTo(client).findLast(({ type }) => type === "result");
    assert(reply?.type === "result");
    const page = decodeQueryResult(reply.result);
    assert(page.type === "page");
    return page.items.map(({ key, value }) => `${key}=${decoder.decode(value)}`);
  }

  /** Runs until these are the members, in any order, nobody joining or leaving, and all are at work. */
  untilMembers(...members: number[]): void {
    this.until(() => {
      const { epoch, joining, leaving } = this.configuration;
      return this.order.toSorted().join() === members.toSorted().join() && joining === null &&
        leaving === null && members.every((index) => this.isIn(index, epoch));
    });
  }

  /** Whether a message is about an object. */
  static isAbout(object: string): (sent: SentMessage) => boolean {
    return ({ message }) => updatesOf(message as HermesMessage).some((each) => each === object);
  }
}

/** The objects that a message is about. */
function updatesOf(message: HermesMessage): readonly Update["object"][] {
  switch (message.type) {
    case "inv":
      return message.updates.map(({ object }) => object);
    case "ack":
      return message.acks.map(({ object }) => object);
    case "val":
      return message.vals.map(({ object }) => object);
    default:
      return [];
  }
}
