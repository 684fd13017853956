import type { Cancel } from "../actors/actor.ts";
import { TroupeError } from "../actors/errors.ts";
import type { Ref } from "../actors/ref.ts";
import type { ActorSystem } from "../actors/system.ts";
import { Acceptor } from "./acceptor.ts";
import { MessageCodec } from "./codec.ts";
import { metricsOf, type TransportFigures } from "./figures.ts";
import type { Identity } from "./handshake.ts";
import { LinkObserver } from "./observer.ts";
import {
  NODES_MAX,
  settingsOf,
  type TcpTransportOptions,
  type TcpTransportSettings,
} from "./options.ts";
import { Peer, type PeerHost } from "./peer.ts";
import type { Metric } from "./service.ts";
import { type Accept, Sockets } from "./socket.ts";
import type { Address } from "./address.ts";
import type { PeerLink, Transport } from "./transport.ts";

/**
 * Carries messages between the nodes of a cluster over TCP.
 *
 * Every node dials every other and sends on the connection that it dialled; it receives on those
 * that it accepted. Messages are encoded when they are sent and written together at the end of the
 * turn. What happens on the links is published under the topic `transport`; see `TransportEvent`.
 */
export class TcpTransport implements Transport {
  readonly #system: ActorSystem;
  readonly #settings: TcpTransportSettings;
  readonly #sockets: Sockets;
  readonly #observer: LinkObserver;
  readonly #acceptor: Acceptor;
  /** By the index of the node; empty at this one's own. */
  readonly #peers: (Peer | undefined)[];
  readonly #peerHost: PeerHost;
  /** Addresses that were learned, which go before those of the options. */
  readonly #learned = new Map<number, Address>();
  #unflushed: Peer[] = [];
  #cancelTurnEnd: Cancel | undefined;
  #address: Address | undefined;
  #isClosed = false;
  #unknownNode = 0;

  /**
   * Nothing happens before {@linkcode TcpTransport.start}.
   *
   * @throws {TroupeError} `bad_option` if an option makes no sense.
   */
  constructor(system: ActorSystem, options: TcpTransportOptions) {
    const { environment, node } = system;
    const settings = settingsOf(options, node);
    const observer = new LinkObserver(system);
    const codec = new MessageCodec(system, settings.frameBytesMax);
    const identity = identityOf(system, settings);
    const sockets = new Sockets(environment);
    const common = { environment, identity, settings, codec, observer };
    this.#system = system;
    this.#settings = settings;
    this.#sockets = sockets;
    this.#observer = observer;
    this.#acceptor = new Acceptor({ ...common, heardOf: (node) => this.#peers[node]?.wake() });
    this.#peerHost = {
      ...common,
      addressOf: (node) => this.#learned.get(node) ?? settings.addresses[node]!,
      hears: (node) => this.#acceptor.figuresOf(node).connected,
      dial: sockets.dial.bind(sockets),
      flushLater: (peer: Peer) => this.#unflushed.push(peer),
    };
    this.#peers = settings.addresses.map((address, index) =>
      index === node || address === undefined ? undefined : new Peer(index, this.#peerHost)
    );
  }

  /** Where it listens; `undefined` before it does. */
  get address(): Address | undefined {
    return this.#address;
  }

  /**
   * Lets other nodes connect, and connects the actor system. What other nodes send to must be exposed
   * before; a message to a name that is not costs them the connection.
   *
   * @returns Where it listens; the port is the one given out if 0 was asked for.
   * @throws {ListenFailed} if the node's own address cannot be listened on.
   * @throws {TroupeError} `transport_closed` after {@linkcode TcpTransport.close}.
   */
  listen(): Address {
    if (this.#isClosed) {
      throw new TroupeError("transport_closed", "Cannot listen: the transport was closed");
    }
    if (this.#address !== undefined) return this.#address;
    const accept: Accept = (socket, from) => this.#acceptor.accept(socket, from);
    this.#address = this.#sockets.listen(this.#settings.addresses[this.#system.node]!, accept);
    this.#cancelTurnEnd = this.#system.onTurnEnd(() => this.#flush());
    this.#system.connect(this);
    return this.#address;
  }

  /**
   * Listens, unless it does already, and begins to connect to every other node.
   *
   * @throws {ListenFailed} if the node's own address cannot be listened on.
   * @throws {TroupeError} `transport_closed` after {@linkcode TcpTransport.close}.
   */
  start(): void {
    this.listen();
    for (const peer of this.#peers) peer?.open();
  }

  /**
   * Learns where another node is, which the options did not know or know otherwise, and connects to it.
   *
   * @throws {TroupeError} `bad_option` for this node itself, or if the transport is not open to others.
   */
  setAddress(node: number, address: Address): void {
    if (!this.#settings.isOpen || node === this.#system.node || !isIndex(node)) {
      throw new TroupeError("bad_option", `Cannot set the address of node ${node} of this cluster`);
    }
    const peer = this.#peers[node];
    const known = peer === undefined ? undefined : this.#peerHost.addressOf(node);
    if (known?.host === address.host && known.port === address.port) return;
    this.#learned.set(node, address);
    if (this.#isClosed) return;
    if (peer !== undefined) return peer.moved();
    this.#peers[node] = new Peer(node, this.#peerHost);
    if (this.#address !== undefined) this.#peers[node].open();
  }

  /** Hangs up on a node whose address was learned, and dials it no more, until it is learned again. */
  forget(node: number): void {
    if (!this.#learned.delete(node) || this.#settings.addresses[node] !== undefined) return;
    this.#peers[node]?.close();
    this.#peers[node] = undefined;
  }

  /** Hangs up on everybody, and waits until no socket is left. For good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTurnEnd?.();
    this.#cancelTurnEnd = undefined;
    for (const peer of this.#peers) peer?.close();
    this.#acceptor.close();
    await this.#sockets.close();
  }

  send(to: Ref<never>, message: unknown): boolean {
    const peer = this.#peers[to.node];
    if (peer === undefined) {
      this.#unknownNode++;
      return false;
    }
    return peer.send(to, message);
  }

  peers(): readonly PeerLink[] {
    return this.#open().map(({ node, address, isConnected }) => ({
      node,
      address,
      connected: isConnected,
    }));
  }

  /** Figures since the start. */
  figures(): TransportFigures {
    return {
      links: this.#open().map(({ node, figures: outgoing }) => ({
        node,
        outgoing,
        incoming: { ...this.#acceptor.figuresOf(node) },
      })),
      refusals: this.#observer.refusals,
      garbage: this.#observer.garbage,
      unidentified: this.#observer.unidentified,
      unidentifiedNow: this.#acceptor.unidentified,
      unknownNode: this.#unknownNode,
    };
  }

  metrics(): readonly Metric[] {
    return metricsOf(this.figures());
  }

  #open(): Peer[] {
    return this.#peers.filter((peer) => peer !== undefined);
  }

  #flush(): void {
    if (this.#unflushed.length === 0) return;
    const peers = this.#unflushed;
    this.#unflushed = [];
    for (const peer of peers) peer.flush();
  }
}

function isIndex(node: number): boolean {
  return Number.isInteger(node) && node >= 0 && node < NODES_MAX;
}

function identityOf({ node, environment }: ActorSystem, settings: TcpTransportSettings): Identity {
  const { cluster, addresses, secret, isOpen } = settings;
  const boot = Math.floor(environment.wallTime());
  return {
    cluster,
    node,
    nodes: isOpen ? NODES_MAX : addresses.length,
    boot,
    ...(secret === undefined ? {} : { secret }),
  };
}
