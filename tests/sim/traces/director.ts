import { assert, assertEquals } from "@std/assert";
import { decodeQueryResult, encodeCommand, encodeQuery } from "../../../protocols/kv/commands.ts";
import { KvStore } from "../../../protocols/kv/store.ts";
import type { Entry } from "../../../protocols/entry.ts";
import type { PlainMessage, VrMessage } from "../../../protocols/vr/messages.ts";
import { CALM_NETWORK, type SentMessage } from "../../../sim/network.ts";
import type { GroupOptions } from "../../../sim/vr/vr_group.ts";
import { VrWorld } from "../../../sim/vr/vr_world.ts";
import { ScriptedClients } from "../transcripts/scripted_clients.ts";

/** Every message takes a millisecond, so that what happens at the same time is the same everywhere. */
const NETWORK = { ...CALM_NETWORK, latency: { minMs: 1, tailMs: 0 } };
const LIMIT_MS = 20_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Name = PlainMessage["type"];

/** Messages that wait until they are released. */
export interface Held {
  readonly messages: readonly SentMessage[];
  /** Hands over what has waited, and holds nothing back any more. */
  release(): void;
}

/** A group that does what a test says, message by message; the oracle watches. */
export class Director {
  readonly world: VrWorld;
  readonly clients: ScriptedClients;
  /** What keys hold, as far as clients were told. */
  readonly acknowledged = new Map<string, string>();
  /** The newest entry that PREPARE carried, by op-number. */
  readonly prepared = new Map<number, Entry>();

  /** A group that has formed, with a session for each client. */
  constructor(group: Partial<GroupOptions> = {}, clients: readonly string[] = ["A"]) {
    this.world = new VrWorld({
      seed: 1n,
      group: { replicaCount: 3, journal: {}, ...group },
      machine: () => new KvStore(),
      network: NETWORK,
    });
    this.world.network.filter((sent) => {
      const message = plain(sent);
      if (message?.type === "prepare") this.prepared.set(message.entry.opNumber, message.entry);
      return undefined;
    });
    this.world.startAll();
    this.until(() => this.world.isFormed);
    this.clients = new ScriptedClients(this.world);
    for (const name of clients) this.clients.open(name);
    this.run(100);
  }

  /** What a replica says of itself. */
  replica(index: number) {
    const { replica } = this.world.node(index);
    assert(replica !== undefined, `node ${index} has said nothing yet`);
    return replica;
  }

  run(ms: number): void {
    this.world.runFor(ms);
    this.#nothingWrong();
  }

  until(condition: () => boolean, limitMs = LIMIT_MS): void {
    const holds = this.world.runUntil(condition, limitMs);
    this.#nothingWrong();
    assert(holds, `it did not come true\n${this.world.describe()}`);
  }

  /** Runs until another replica than this one leads; returns its index. */
  untilReplaced(index: number): number {
    this.until(() => (this.primary ?? index) !== index);
    return this.primary!;
  }

  /** The index of the primary of the highest view that has one. */
  get primary(): number | undefined {
    const leading = this.world.nodes.filter((node) => node.isUp && node.replica?.leading);
    return leading.sort((a, b) => b.replica!.view - a.replica!.view)[0]?.index;
  }

  // Clients

  /** Asks for a write, and does not wait. */
  ask(client: string, key: string, value: string, node: number): void {
    const command = encodeCommand({ type: "put", key, value: encoder.encode(value) });
    this.clients.submit(client, node, command);
  }

  /** Whether the last request of a client was answered. */
  isAnswered(client: string, before: number): boolean {
    return this.clients.repliesTo(client).slice(before).some(({ type }) => type === "result");
  }

  /** Writes, and asks again under the same ids, node after node, until there is an answer. */
  write(client: string, key: string, value: string, node = this.primary ?? 0): void {
    const before = this.clients.repliesTo(client).length;
    this.ask(client, key, value, node);
    this.insist(client, before);
    this.acknowledged.set(key, value);
  }

  /** Asks again for what a client asked for last, until there is an answer. */
  insist(client: string, before = this.clients.repliesTo(client).length): void {
    for (let attempt = 0; attempt < 60; attempt++) {
      if (this.world.runUntil(() => this.isAnswered(client, before), 300)) return;
      this.#nothingWrong();
      this.clients.repeat(client, attempt % this.world.nodes.length);
    }
    throw new Error(`client ${client} is never answered\n${this.world.describe()}`);
  }

  /** Reads at a node; `null` if the key is absent. */
  read(client: string, key: string, node: number): string | null {
    const before = this.clients.repliesTo(client).length;
    this.clients.query(client, node, encodeQuery({ type: "get", key }));
    this.insist(client, before);
    const reply = this.clients.repliesTo(client).findLast(({ type }) => type === "result");
    assert(reply?.type === "result");
    const found = decodeQueryResult(reply.result);
    return found.type === "found" ? decoder.decode(found.value) : null;
  }

  // The network

  /** Holds messages of some kinds back, those that fit. */
  hold(types: readonly Name[], fits: (sent: SentMessage) => boolean = () => true): Held {
    const messages: SentMessage[] = [];
    const cancel = this.world.network.filter((sent) => {
      const message = plain(sent);
      if (message === undefined || !types.includes(message.type) || !fits(sent)) return undefined;
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

  /** Loses messages of some kinds, those that fit; returns what ends it. */
  drop(types: readonly Name[], fits: (sent: SentMessage) => boolean = () => true): () => void {
    return this.world.network.filter((sent) => {
      const message = plain(sent);
      const isDropped = message !== undefined && types.includes(message.type) && fits(sent);
      return isDropped ? { copies: 0 } : undefined;
    });
  }

  /** Nothing passes from any of these nodes to any of those. */
  cut(from: readonly number[], to: readonly number[]): void {
    for (const a of from) for (const b of to) this.world.network.cut(a, b);
  }

  /** Nothing passes between one node and the others. */
  isolate(index: number): void {
    this.cut([index], this.others(index));
    this.cut(this.others(index), [index]);
  }

  heal(): void {
    this.world.network.healAll();
  }

  others(index: number): number[] {
    return this.world.nodes.map((node) => node.index).filter((other) => other !== index);
  }

  // Disks

  /** Damages an entry on the disk of a node that is down. */
  damage(index: number, opNumber: number): void {
    const { onlyDisk: disk, isUp } = this.world.node(index);
    assert(!isUp, "a process would not notice before it reads its disk again");
    const entry = this.prepared.get(opNumber)!;
    for (const [name, bytes] of disk.durable()) {
      const at = name.startsWith("log-") ? indexOf(bytes, entry.bytes) : -1;
      if (at >= 0) return disk.flip(name, at + entry.bytes.length - 1);
    }
    throw new Error(`Entry ${opNumber} is not on the disk of node ${index}`);
  }

  // The end

  /** Everything is healed: all agree, and hold what clients were told. */
  end(): void {
    this.heal();
    this.world.startAll();
    this.until(() => this.isConverged);
    for (const [key, value] of this.acknowledged) {
      for (const { index } of this.world.nodes) assertEquals(this.read("A", key, index), value);
    }
    this.write("A", "end", "of the test");
    const { nodes, oracle } = this.world;
    this.until(() => nodes.every(({ executed }) => executed === oracle.length));
    for (const { digest } of nodes) assertEquals(digest, oracle.digest());
  }

  /** Whether all are normal in one view with the whole history, and nothing else, in their logs. */
  get isConverged(): boolean {
    const { primary } = this;
    if (primary === undefined) return false;
    const { view } = this.replica(primary);
    const { length } = this.world.oracle;
    return this.world.nodes.every(({ isNormal, replica }) =>
      isNormal && replica!.view === view && replica!.opNumber === length &&
      replica!.commitNumber === length
    );
  }

  #nothingWrong(): void {
    assertEquals(this.world.violations, []);
  }
}

/** A message between replicas, without its crash vector; `undefined` if it is not between replicas. */
export function plain({ actor, message }: SentMessage): PlainMessage | undefined {
  if (actor !== "replica") return undefined;
  const sent = message as VrMessage;
  return sent.type === "stamped" ? sent.message : sent;
}

function indexOf(bytes: Uint8Array, sought: Uint8Array): number {
  for (let at = 0; at + sought.length <= bytes.length; at++) {
    if (sought.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
