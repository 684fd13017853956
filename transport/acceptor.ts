import { toError } from "../actors/errors.ts";
import type { Cancel } from "../actors/actor.ts";
import type { Environment } from "../actors/environment.ts";
import type { MessageCodec } from "./codec.ts";
import { FRAME_HEADER_BYTES, FrameParser } from "./frame.ts";
import {
  AcceptorHandshake,
  HANDSHAKE_FRAME_BYTES_MAX,
  type HandshakeStep,
  type Identity,
} from "./handshake.ts";
import type { LinkObserver } from "./observer.ts";
import type { TcpTransportSettings } from "./options.ts";
import type { Socket, SocketHandlers } from "./socket.ts";

/** What the receiving side needs of the transport. */
export interface AcceptorHost {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly settings: TcpTransportSettings;
  readonly codec: MessageCodec;
  readonly observer: LinkObserver;
  /** A peer has identified itself: it lives. */
  heardOf(node: number): void;
}

/** Figures of what came from one node, since the start. */
export interface IncomingFigures {
  /** Whether it has a connection to this node now. */
  connected: boolean;
  /** Frames read, those that could not be understood included. */
  framesReceived: number;
  /** Bytes of those frames, length fields included. */
  bytesReceived: number;
}

/**
 * The connections that others have dialled, on which this node only receives: at most one of each
 * peer, and a bounded number of which nobody knows yet whose they are.
 */
export class Acceptor {
  /** What it needs of the transport. */
  readonly host: AcceptorHost;
  /** In the order of their arrival. */
  readonly #unidentified = new Set<Incoming>();
  readonly #identified = new Map<number, Incoming>();
  readonly #figures = new Map<number, IncomingFigures>();

  /** Takes connections as soon as there are any. */
  constructor(host: AcceptorHost) {
    this.host = host;
  }

  /** Connections of which nobody knows yet whose they are. */
  get unidentified(): number {
    return this.#unidentified.size;
  }

  /** Figures of what came from a node. */
  figuresOf(node: number): IncomingFigures {
    const known = this.#figures.get(node);
    if (known !== undefined) return known;
    const figures = { connected: false, framesReceived: 0, bytesReceived: 0 };
    this.#figures.set(node, figures);
    return figures;
  }

  /** Takes a connection. */
  accept(socket: Socket, from: string): SocketHandlers {
    if (this.#unidentified.size >= this.host.settings.unidentifiedMax) {
      const [oldest] = this.#unidentified;
      oldest?.giveUp("overflow");
    }
    const incoming = new Incoming(this, socket, from);
    this.#unidentified.add(incoming);
    return incoming;
  }

  /** Closes every connection. */
  close(): void {
    for (const incoming of [...this.#unidentified, ...this.#identified.values()]) incoming.close();
    this.#unidentified.clear();
    this.#identified.clear();
    for (const figures of this.#figures.values()) figures.connected = false;
  }

  /** A connection has turned out to be of `node`; an older one of the same node makes way. */
  identify(incoming: Incoming, node: number): IncomingFigures {
    this.#unidentified.delete(incoming);
    const older = this.#identified.get(node);
    if (older !== undefined) {
      older.close();
      this.host.observer.closed(node, "replaced by a newer connection");
    }
    this.#identified.set(node, incoming);
    this.figuresOf(node).connected = true;
    return this.figuresOf(node);
  }

  /** A connection has ended; one that was replaced before is no longer its node's. */
  forget(incoming: Incoming, node: number | undefined): void {
    this.#unidentified.delete(incoming);
    if (node === undefined || this.#identified.get(node) !== incoming) return;
    this.#identified.delete(node);
    this.figuresOf(node).connected = false;
  }
}

/** One accepted connection. */
class Incoming implements SocketHandlers {
  readonly #acceptor: Acceptor;
  readonly #socket: Socket;
  readonly #from: string;
  readonly #handshake: AcceptorHandshake;
  readonly #parser: FrameParser;
  readonly #cancelDeadline: Cancel;
  #state: "handshaking" | "identified" | "refused" | "closed" = "handshaking";
  #node: number | undefined;
  #figures: IncomingFigures | undefined;

  constructor(acceptor: Acceptor, socket: Socket, from: string) {
    const { environment, identity, settings } = acceptor.host;
    this.#acceptor = acceptor;
    this.#socket = socket;
    this.#from = from;
    this.#handshake = new AcceptorHandshake(identity);
    this.#parser = new FrameParser(HANDSHAKE_FRAME_BYTES_MAX, (frame) => this.#onFrame(frame));
    // From the accept on, whatever comes: a sender of one byte a second gains no time.
    this.#cancelDeadline = environment.after(settings.handshakeMs, () => this.giveUp("deadline"));
  }

  received(chunk: Uint8Array): void {
    try {
      this.#parser.push(chunk);
    } catch (error) {
      const reason = toError(error).message;
      this.#acceptor.host.observer.garbageFrom(this.#node, reason, this.#from);
      this.#end(reason);
    }
  }

  closed(reason: string): void {
    if (this.#state === "handshaking") return this.giveUp("closed");
    this.#end(reason);
  }

  /** Closes a connection on which nobody has identified itself. */
  giveUp(reason: "deadline" | "overflow" | "closed"): void {
    if (this.#state === "handshaking") {
      this.#acceptor.host.observer.unidentifiedEnded(reason, this.#from);
    }
    this.#end(reason);
  }

  /** Closes without a word to anybody. */
  close(): void {
    this.#state = "closed";
    this.#cancelDeadline();
    this.#socket.close();
  }

  #end(reason: string): void {
    if (this.#state === "closed") return;
    this.close();
    this.#acceptor.forget(this, this.#node);
    if (this.#node !== undefined) this.#acceptor.host.observer.closed(this.#node, reason);
  }

  #onFrame(frame: Uint8Array): void {
    if (this.#figures !== undefined && this.#state === "identified") {
      this.#figures.framesReceived++;
      this.#figures.bytesReceived += FRAME_HEADER_BYTES + frame.length;
      return this.#acceptor.host.codec.deliver(frame);
    }
    // One chunk may hold frames behind the one that ended the connection.
    if (this.#state === "handshaking") this.#onStep(this.#handshake.receive(frame));
  }

  #onStep(step: HandshakeStep): void {
    const { host } = this.#acceptor;
    switch (step.type) {
      case "continue":
        return this.#socket.write(step.reply, () => {});
      case "accepted":
        this.#state = "identified";
        this.#cancelDeadline();
        this.#node = step.node;
        this.#parser.bytesMax = host.settings.frameBytesMax;
        this.#figures = this.#acceptor.identify(this, step.node);
        if (step.reply !== undefined) this.#socket.write(step.reply, () => {});
        host.observer.accepted(step.node, step.boot, this.#from);
        return host.heardOf(step.node);
      case "refused": {
        // It stays among the unidentified, and under their deadline, until the refusal is written.
        this.#state = "refused";
        const hangUp = () => this.#end(`refused (${step.code})`);
        if (step.reply !== undefined) this.#socket.write(step.reply, hangUp);
        return host.observer.refused("us", step.code, step.text, this.#from);
      }
    }
  }
}
