import type { Cancel } from "../actors/actor.ts";
import type { Ref } from "../actors/ref.ts";
import type { Writer } from "../actors/schema.ts";
import type { ActorSystem } from "../actors/system.ts";
import { MessageCodec } from "./codec.ts";
import { FRAME_BYTES_MAX_DEFAULT, FRAME_HEADER_BYTES } from "./frame.ts";
import type { Metric } from "./service.ts";
import type { PeerLink, Transport } from "./transport.ts";

/** A message between two nodes, as it is sent. */
export interface Envelope {
  /** The index of the sending node. */
  readonly from: number;
  /** The actor that it is for. */
  readonly to: Ref<never>;
  /** The message as its sender gave it; not to be changed. */
  readonly message: unknown;
  /** The length of its frame. */
  readonly bytes: number;
}

/** What becomes of one message, where it differs from the ordinary. */
export interface Fate {
  /** How often it arrives: 0 drops it, 2 duplicates it. Default 1. */
  readonly copies?: number;
  /**
   * Milliseconds on top of the latency. Later messages of the link do not wait for it, so this is how
   * messages are reordered. Default 0.
   */
  readonly delayMs?: number;
  /** Told of each copy how its way ended. Not called for one whose receiver dies before it arrives. */
  readonly onEnd?: (end: JourneyEnd) => void;
}

/** How the way of a message ended: it arrived, a filter dropped it, the link was cut, or nobody was there. */
export type JourneyEnd = "arrived" | "dropped" | "cut" | "no-receiver";

/** Decides on the fate of a message; `undefined` leaves it to the next filter, and to the network. */
export type MessageFilter = (envelope: Envelope) => Fate | undefined;

/** How a {@linkcode MemoryNetwork} behaves when nobody interferes. */
export interface MemoryNetworkOptions {
  /**
   * Milliseconds that a message of so many bytes is on its way. As over TCP, a message does not overtake
   * an earlier one of the same link, however the latencies fall. Default: 1.
   */
  readonly latencyMs?: (from: number, to: number, bytes: number) => number;
}

/** What a network has done, since it was made. */
export interface MemoryNetworkFigures {
  /** Messages given to the network. */
  readonly sent: number;
  /** Messages that have arrived, copies counted each. */
  readonly delivered: number;
  /** By a filter, a cut, or for want of a receiver. */
  readonly dropped: number;
  /** Messages that their receiver's schema did not fit. Over TCP each costs the connection. */
  readonly undecodable: number;
}

/**
 * Connects many actor systems in one process, on one clock. Every message is encoded, and decoded with
 * its target's schema, like over TCP; nothing but the systems' environments makes anything happen, so
 * on a virtual clock all of it is deterministic.
 */
export class MemoryNetwork {
  readonly #latencyMs: (from: number, to: number, bytes: number) => number;
  readonly #members = new Map<number, MemoryTransport>();
  readonly #filters = new Set<MessageFilter>();
  readonly #cut = new Set<string>();
  /** When the newest message of a link arrives. */
  readonly #lastArrival = new Map<string, number>();
  readonly #figures = { sent: 0, delivered: 0, dropped: 0, undecodable: 0 };

  /** Nobody is connected before {@linkcode MemoryNetwork.join}. */
  constructor(options: MemoryNetworkOptions = {}) {
    this.#latencyMs = options.latencyMs ?? (() => 1);
  }

  /** What it has done. */
  get figures(): MemoryNetworkFigures {
    return { ...this.#figures };
  }

  /**
   * Connects a system. One that had the same index before is a process that has died: what is on its
   * way to it is lost.
   */
  join(system: ActorSystem): Transport {
    const transport = new MemoryTransport(this, system);
    this.#members.set(system.node, transport);
    system.connect(transport);
    return transport;
  }

  /** Disconnects a node; what is on its way to it is lost. */
  leave(node: number): void {
    this.#members.delete(node);
  }

  /** Lets nothing pass from one node to another, nor arrive of what is on its way. */
  cut(from: number, to: number): void {
    this.#cut.add(linkKey(from, to));
  }

  /** Undoes {@linkcode MemoryNetwork.cut}. */
  heal(from: number, to: number): void {
    this.#cut.delete(linkKey(from, to));
  }

  /** Undoes every {@linkcode MemoryNetwork.cut}. */
  healAll(): void {
    this.#cut.clear();
  }

  /** Has a filter asked about every message sent from now on, after those that are there already. */
  intercept(filter: MessageFilter): Cancel {
    // Wrapped, so that the same function given twice is two filters.
    const entry: MessageFilter = (envelope) => filter(envelope);
    this.#filters.add(entry);
    return () => this.#filters.delete(entry);
  }

  // What the transports use.

  /** Whether a transport is the one that its node has now. */
  has(transport: MemoryTransport): boolean {
    return this.#members.get(transport.system.node) === transport;
  }

  /** Sends a frame on its way; `false` if there is nobody to receive it. */
  transmit(envelope: Envelope, frame: Uint8Array): boolean {
    this.#figures.sent++;
    const { from, to, bytes } = envelope;
    const receiver = this.#members.get(to.node);
    const { copies = 1, delayMs = 0, onEnd } = this.#fateOf(envelope) ?? {};
    const isCut = this.#cut.has(linkKey(from, to.node));
    if (receiver === undefined || copies === 0 || isCut) {
      this.#figures.dropped++;
      onEnd?.(receiver === undefined ? "no-receiver" : isCut ? "cut" : "dropped");
      return receiver !== undefined;
    }
    for (let copy = 0; copy < copies; copy++) {
      const { environment } = receiver.system;
      const inOrderMs = this.#inOrderMs(from, to.node, bytes, environment.now());
      environment.after(inOrderMs + delayMs, () => {
        const end = this.#arrive(from, receiver, frame);
        onEnd?.(end);
      });
    }
    return true;
  }

  /** Every node but one that has joined, in the order of their indices. */
  linksOf(node: number): PeerLink[] {
    return [...this.#members.keys()]
      .filter((other) => other !== node)
      .sort((a, b) => a - b)
      .map((other) => ({
        node: other,
        address: `memory:${other}`,
        connected: !this.#cut.has(linkKey(node, other)),
      }));
  }

  #fateOf(envelope: Envelope): Fate | undefined {
    for (const filter of this.#filters) {
      const fate = filter(envelope);
      if (fate !== undefined) return fate;
    }
    return undefined;
  }

  /** The latency of a message, or longer if an earlier one of its link arrives only then. */
  #inOrderMs(from: number, to: number, bytes: number, now: number): number {
    const key = linkKey(from, to);
    const own = now + this.#latencyMs(from, to, bytes);
    const arrival = Math.max(own, this.#lastArrival.get(key) ?? 0);
    this.#lastArrival.set(key, arrival);
    return arrival - now;
  }

  #arrive(from: number, receiver: MemoryTransport, frame: Uint8Array): JourneyEnd {
    const { system } = receiver;
    const isThere = this.has(receiver);
    if (!isThere || this.#cut.has(linkKey(from, system.node))) {
      this.#figures.dropped++;
      return isThere ? "cut" : "no-receiver";
    }
    this.#figures.delivered++;
    try {
      receiver.codec.deliver(frame);
    } catch (error) {
      this.#figures.undecodable++;
      system.environment.log("error", "transport", `from node ${from}: ${String(error)}`);
    }
    return "arrived";
  }
}

/** One node's end of a {@linkcode MemoryNetwork}. */
class MemoryTransport implements Transport {
  readonly system: ActorSystem;
  readonly codec: MessageCodec;
  readonly #network: MemoryNetwork;
  readonly #writer: Writer;

  constructor(network: MemoryNetwork, system: ActorSystem) {
    this.#network = network;
    this.system = system;
    this.codec = new MessageCodec(system, FRAME_BYTES_MAX_DEFAULT);
    this.#writer = this.codec.newWriter();
  }

  send(to: Ref<never>, message: unknown): boolean {
    if (!this.#network.has(this)) return false;
    this.#writer.reset();
    this.codec.write(this.#writer, to, message);
    // A copy for each message, as the receiver's views of it may be kept.
    const frame = this.#writer.finish().subarray(FRAME_HEADER_BYTES);
    const envelope = { from: this.system.node, to, message, bytes: frame.length };
    return this.#network.transmit(envelope, frame);
  }

  peers(): readonly PeerLink[] {
    return this.#network.linksOf(this.system.node);
  }

  /** None: the figures of a network in memory are the network's; see `MemoryNetwork.figures`. */
  metrics(): readonly Metric[] {
    return [];
  }
}

function linkKey(from: number, to: number): string {
  return `${from}>${to}`;
}
