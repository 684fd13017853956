import { toError } from "../actors/errors.ts";
import type { Cancel } from "../actors/actor.ts";
import type { Environment } from "../actors/environment.ts";
import type { RandomStream } from "../actors/random.ts";
import type { Ref } from "../actors/ref.ts";
import type { MessageCodec } from "./codec.ts";
import { FrameError, FrameParser } from "./frame.ts";
import {
  DialerHandshake,
  HANDSHAKE_FRAME_BYTES_MAX,
  type HandshakeStep,
  type Identity,
} from "./handshake.ts";
import type { LinkObserver } from "./observer.ts";
import type { TcpTransportSettings } from "./options.ts";
import { SendQueue } from "./send_queue.ts";
import type { Socket, SocketHandlers } from "./socket.ts";
import { type Address, formatAddress } from "./address.ts";

/** A connection that has lasted this long was a good one: the next failure counts as the first. */
const STABLE_MS = 5_000;
/** Doublings of the pause, at most; it has reached its maximum long before. */
const DOUBLINGS_MAX = 30;
/** The share of the pause between attempts that is drawn at random. */
const JITTER = 0.5;

/** What a link to a peer needs of the transport. */
export interface PeerHost {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly settings: TcpTransportSettings;
  readonly codec: MessageCodec;
  readonly observer: LinkObserver;
  /** Where a node listens. */
  addressOf(node: number): Address;
  /** Whether a node has a connection to this one. */
  hears(node: number): boolean;
  /** Opens a connection. */
  dial(address: Address, handlers: SocketHandlers): Socket;
  /** Has {@linkcode Peer.flush} called at the end of the turn; the actor system ends one soon. */
  flushLater(peer: Peer): void;
}

/** Where an outgoing link stands. */
export type PeerState = "closed" | "dialling" | "handshaking" | "connected" | "waiting";

/** Figures of an outgoing link, since the start. */
export interface PeerFigures {
  /** Where the link stands now. */
  readonly state: PeerState;
  /** Messages handed to the socket. */
  framesSent: number;
  /** Their bytes, length fields included. */
  bytesSent: number;
  /** Writes in which they went. */
  writes: number;
  /** Messages dropped: no connection, a full queue, or a connection lost before they were written. */
  dropped: number;
  /** Times that the link came up. */
  connections: number;
  /** Bytes waiting now, those being written included. */
  readonly queuedBytes: number;
}

/**
 * The link to one other node: the connection that this node has dialled, on which it only sends. When
 * it is lost what waited is dropped, for the process that comes next knows nothing of it, and another
 * attempt is made after a pause.
 */
export class Peer {
  /** The index of the other node. */
  readonly node: number;
  readonly #host: PeerHost;
  readonly #random: RandomStream;
  readonly #count = { framesSent: 0, bytesSent: 0, writes: 0, dropped: 0, connections: 0 };
  #state: PeerState = "closed";
  #socket: Socket | undefined;
  #queue: SendQueue;
  /** The deadline of the handshake, or the end of the pause. */
  #cancelTimer: Cancel = () => {};
  #failures = 0;
  #connectedAt = 0;

  /** Nothing happens before {@linkcode Peer.open}. */
  constructor(node: number, host: PeerHost) {
    this.node = node;
    this.#host = host;
    this.#random = host.environment.random(`transport/${node}`);
    this.#queue = this.#newQueue();
  }

  /** Where the peer is dialled. */
  get address(): string {
    return formatAddress(this.#host.addressOf(this.node));
  }

  /** Whether messages can leave. */
  get isConnected(): boolean {
    return this.#state === "connected";
  }

  /** Figures since the start. */
  get figures(): PeerFigures {
    return { state: this.#state, queuedBytes: this.#queue.bytes, ...this.#count };
  }

  /** Begins to connect, and does so again whenever the connection is lost. */
  open(): void {
    if (this.#state === "closed") this.#dial();
  }

  /** Hangs up on where the peer was, and connects to where it is. */
  moved(): void {
    if (this.#state === "closed") return;
    this.#failures = 0;
    this.#lose("it has moved");
    this.wake();
  }

  /** Connects at once if it is pausing: the peer has just shown that it lives. */
  wake(): void {
    if (this.#state !== "waiting") return;
    this.#cancelTimer();
    this.#dial();
  }

  /**
   * Encodes a message into the queue; `false` if there is no connection, or no room.
   *
   * @throws {TroupeError} as {@linkcode MessageCodec.write} does.
   */
  send(to: Ref<never>, message: unknown): boolean {
    const isFirst = this.#queue.frames === 0;
    if (this.#state !== "connected" || !this.#queue.add(to, message)) {
      this.#count.dropped++;
      return false;
    }
    if (isFirst) this.#host.flushLater(this);
    return true;
  }

  /** Writes what has gathered, unless a write is in flight: then it goes when that is done. */
  flush(): void {
    const socket = this.#socket;
    if (this.#state !== "connected" || socket === undefined) return;
    const batch = this.#queue.take();
    if (batch === undefined) return;
    this.#count.writes++;
    this.#count.framesSent += batch.frames;
    this.#count.bytesSent += batch.bytes.length;
    socket.write(batch.bytes, () => {
      this.#queue.written();
      this.flush();
    });
  }

  /** Hangs up for good. */
  close(): void {
    this.#hangUp();
    this.#state = "closed";
  }

  #dial(): void {
    const { identity, settings, environment } = this.#host;
    const handshake = new DialerHandshake(identity, this.node);
    const parser = new FrameParser(
      HANDSHAKE_FRAME_BYTES_MAX,
      (frame) => this.#onFrame(frame, handshake),
    );
    this.#state = "dialling";
    this.#cancelTimer = environment.after(settings.handshakeMs, () => {
      this.#lose(`not accepted within ${settings.handshakeMs} ms`);
    });
    const socket = this.#host.dial(this.#host.addressOf(this.node), {
      opened: () => {
        this.#state = "handshaking";
        socket.write(handshake.hello, () => {});
      },
      received: (chunk) => this.#onChunk(chunk, parser),
      closed: (reason, isRefused) => {
        this.#lose(reason);
        if (isRefused === true) this.#onRefused();
      },
    });
    this.#socket = socket;
  }

  #onChunk(chunk: Uint8Array, parser: FrameParser): void {
    try {
      parser.push(chunk);
    } catch (error) {
      // What follows a refusal in the same chunk matters no more.
      if (this.#socket === undefined) return;
      const reason = toError(error).message;
      this.#host.observer.garbageFrom(this.node, reason, this.address);
      this.#lose(reason);
    }
  }

  #onFrame(frame: Uint8Array, handshake: DialerHandshake): void {
    if (this.#socket === undefined) return;
    if (this.#state === "connected") throw new FrameError("Frame on a connection that only sends");
    this.#onStep(handshake.receive(frame));
  }

  #onStep(step: HandshakeStep): void {
    switch (step.type) {
      case "continue":
        return this.#socket?.write(step.reply, () => {});
      case "accepted":
        return this.#up(step.boot);
      case "refused": {
        const { by, code, text } = step;
        this.#host.observer.refused(by, code, text, `node ${this.node} at ${this.address}`);
        return this.#lose(`refused (${code})`);
      }
    }
  }

  #up(boot: number): void {
    this.#cancelTimer();
    this.#state = "connected";
    this.#connectedAt = this.#host.environment.now();
    this.#count.connections++;
    this.#host.observer.connected(this.node, boot, this.address);
  }

  #lose(reason: string): void {
    const { environment, observer } = this.#host;
    const wasConnected = this.#state === "connected";
    this.#hangUp();
    this.#state = "waiting";
    const lastedMs = wasConnected ? environment.now() - this.#connectedAt : 0;
    if (lastedMs >= STABLE_MS) this.#failures = 0;
    this.#cancelTimer = environment.after(this.#pauseMs(), () => this.#dial());
    this.#failures++;
    observer.disconnected(this.node, reason, wasConnected);
  }

  /** Nobody listens where the peer was, and it has no connection to us either: its process has ended. */
  #onRefused(): void {
    const wasThere = this.#count.connections > 0;
    if (wasThere && !this.#host.hears(this.node)) this.#host.observer.gone(this.node, this.address);
  }

  #hangUp(): void {
    this.#cancelTimer();
    this.#socket?.close();
    this.#socket = undefined;
    this.#count.dropped += this.#queue.frames;
    // A new queue, because a write that is under way still reads from the old one's buffer.
    this.#queue = this.#newQueue();
  }

  #newQueue(): SendQueue {
    return new SendQueue(this.#host.codec, this.#host.settings.queueBytesMax);
  }

  #pauseMs(): number {
    const { backoffMinMs, backoffMaxMs } = this.#host.settings;
    const doubled = backoffMinMs * 2 ** Math.min(this.#failures, DOUBLINGS_MAX);
    return Math.min(backoffMaxMs, doubled) * (1 - JITTER * this.#random());
  }
}
