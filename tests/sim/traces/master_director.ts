import { assert, assertEquals } from "@std/assert";
import type { QueryConsistency } from "../../../protocols/client_messages.ts";
import { decodeQueryResult, encodeCommand, encodeQuery } from "../../../protocols/kv/commands.ts";
import { wordsOf } from "../../../sim/master/decided.ts";
import type { MasterWorld } from "../../../sim/master/master_world.ts";
import { CALM_NETWORK, type SentMessage } from "../../../sim/network.ts";
import { ScriptedClients } from "../transcripts/scripted_clients.ts";

/** Every message takes a millisecond, so that what happens at the same time is the same everywhere. */
export const NETWORK = { ...CALM_NETWORK, latency: { minMs: 1, tailMs: 0 } };
const LIMIT_MS = 20_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Messages that wait until they are released. */
export interface Held {
  readonly messages: readonly SentMessage[];
  /** Hands over what has waited, in its order, and holds nothing back any more. */
  release(): void;
}

/** A cluster of one volume that does what a test says, message by message; whoever watches it watches. */
export abstract class MasterDirector<W extends MasterWorld, Name extends string> {
  readonly world: W;
  readonly clients: ScriptedClients;
  /** What keys hold, as far as clients were told. */
  readonly acknowledged = new Map<string, string>();

  /**
   * Lets it form, and opens sessions.
   *
   * @param clients Where each client opens its own.
   */
  constructor(world: W, clients: Readonly<Record<string, number>>) {
    this.world = world;
    this.world.startAll();
    this.until(() => this.world.isFormed);
    this.clients = new ScriptedClients(this.world, "volume-0/client-table");
    for (const [name, node] of Object.entries(clients)) this.clients.open(name, { node });
    this.run(100);
  }

  /** The members, in their order, as the master has decided. */
  get order(): readonly number[] {
    return this.configuration.members.map(({ node }) => node);
  }

  get configuration() {
    const configuration = this.world.decided.volume(0);
    assert(configuration !== undefined, "the master has decided nothing yet");
    return configuration;
  }

  run(ms: number): void {
    this.world.runFor(ms);
    this.nothingWrong();
  }

  until(condition: () => boolean, limitMs = LIMIT_MS): void {
    const holds = this.world.runUntil(condition, limitMs);
    this.nothingWrong();
    assert(holds, `it did not come true\n${this.world.describe()}`);
  }

  /** Runs until the master has decided on this order, nobody joining or leaving, and all are at work in it. */
  untilOrder(...order: number[]): void {
    this.until(() => {
      const { epoch, members, joining, leaving } = this.configuration;
      return members.map(({ node }) => node).join() === order.join() && joining === null &&
        leaving === null && order.every((index) => this.isIn(index, epoch));
    });
  }

  /** Whether a replica is in an epoch. */
  isIn(index: number, epoch: number): boolean {
    return this.world.node(index).replica(0)?.epoch === epoch;
  }

  /** The master's decision in words. */
  get decision(): string {
    return wordsOf(this.configuration);
  }

  // Clients

  /** Asks for a write, and does not wait. */
  ask(client: string, key: string, value: string, node: number): void {
    const command = encodeCommand({ type: "put", key, value: encoder.encode(value) });
    this.clients.submit(client, node, command);
  }

  /** How many answers a client has had. */
  count(client: string): number {
    return this.clients.repliesTo(client).length;
  }

  /** Whether a request of a client was answered since it had had so many answers. */
  isAnswered(client: string, before: number): boolean {
    return this.results(client, before) > 0;
  }

  /** How many results a client was given since. */
  results(client: string, before = 0): number {
    return this.clients.repliesTo(client).slice(before).filter(({ type }) => type === "result")
      .length;
  }

  /** Writes, and asks again under the same ids, node after node, until there is an answer. */
  write(client: string, key: string, value: string, node = this.order[0]!): void {
    const before = this.count(client);
    this.ask(client, key, value, node);
    this.insist(client, before);
    this.acknowledged.set(key, value);
  }

  /** Asks again for what a client asked for last, until there is an answer. */
  insist(client: string, before = this.count(client)): void {
    for (let attempt = 0; attempt < 60; attempt++) {
      if (this.world.runUntil(() => this.isAnswered(client, before), 300)) return;
      this.nothingWrong();
      this.clients.repeat(client, attempt % this.world.nodes.length);
    }
    throw new Error(`client ${client} is never answered\n${this.world.describe()}`);
  }

  /** Asks what a key holds, and does not wait. */
  look(client: string, key: string, node: number, consistency?: QueryConsistency): void {
    this.clients.query(client, node, encodeQuery({ type: "get", key }), consistency);
  }

  /** Reads at a node; `null` if the key is absent. */
  read(client: string, key: string, node: number): string | null {
    const before = this.count(client);
    this.look(client, key, node);
    this.insist(client, before);
    return this.found(client);
  }

  /** What a client was told last of a key that it asked for; `null` if it is absent. */
  found(client: string): string | null {
    const reply = this.clients.repliesTo(client).findLast(({ type }) => type === "result");
    assert(reply?.type === "result");
    const found = decodeQueryResult(reply.result);
    return found.type === "found" ? decoder.decode(found.value) : null;
  }

  // The network

  /** Holds messages between replicas back, those that fit. */
  hold(types: readonly Name[], fits: (sent: SentMessage) => boolean = () => true): Held {
    const messages: SentMessage[] = [];
    const cancel = this.world.network.filter((sent) => {
      if (!isOf(sent, types) || !fits(sent)) return undefined;
      messages.push(sent);
      return { copies: 0 };
    });
    return {
      messages,
      release: () => {
        cancel();
        for (const sent of messages.splice(0)) this.world.network.deliver(sent);
      },
    };
  }

  /** Loses messages between replicas, those that fit; returns what ends it. */
  drop(types: readonly Name[], fits: (sent: SentMessage) => boolean = () => true): () => void {
    return this.world.network.filter((sent) =>
      isOf(sent, types) && fits(sent) ? { copies: 0 } : undefined
    );
  }

  /** Notes messages between replicas, as they are sent. */
  note(types: readonly Name[]): SentMessage[] {
    const messages: SentMessage[] = [];
    this.world.network.filter((sent) => {
      if (isOf(sent, types)) messages.push(sent);
      return undefined;
    });
    return messages;
  }

  /** Nothing passes between one node and the others. */
  isolate(index: number): void {
    for (const { index: other } of this.world.nodes) {
      this.world.network.cut(index, other);
      this.world.network.cut(other, index);
    }
  }

  // The end

  /** Everything is healed: all members agree, and hold what clients were told. */
  end(): void {
    this.world.network.healAll();
    for (const node of this.world.nodes) node.resume();
    this.world.startAll();
    for (const [key, value] of this.acknowledged) {
      for (const { index } of this.world.nodes) assertEquals(this.read("A", key, index), value);
    }
    this.write("A", "end", "of the test");
    this.until(() => this.world.hasConverged(this.world.nodes));
    this.world.checkStates(this.world.nodes);
    this.nothingWrong();
  }

  nothingWrong(): void {
    assertEquals(this.world.violations, [], this.world.describe());
  }
}

function isOf({ actor, type }: SentMessage, types: readonly string[]): boolean {
  return actor === "volume-0/replica" && types.includes(type);
}
