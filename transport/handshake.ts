/**
 * How two nodes make sure of each other before the first message. No I/O here: each side is given
 * the frames that arrive and says what to do.
 *
 * ```
 * dialer                                acceptor
 *   hello (who, whom, cluster, version) ──▶
 *                              ◀── challenge (nonce)      only if the acceptor has a secret
 *   proof (HMAC)                        ──▶
 *                              ◀── welcome (boot, HMAC)  or refusal (code, text)
 * ```
 *
 * With a secret each proves itself to the other; a node that has one talks to none that has not.
 *
 * @module
 */
import { decode, encode, Reader, u53 } from "../actors/schema.ts";
import { isSameProof, newNonce, PROOF_BYTES, prove } from "./authentication.ts";
import { FRAME_HEADER_BYTES, FrameError, FrameKind } from "./frame.ts";
import {
  challenge,
  clusterHash,
  frameOf,
  hello,
  MAGIC,
  opening,
  proof,
  refusal,
  welcome,
} from "./handshake_frames.ts";

/** Two nodes talk only if this is equal. Raise it whenever a schema or a frame changes. */
export const PROTOCOL_VERSION = 1;

/** The longest frame of a handshake, in bytes. */
export const HANDSHAKE_FRAME_BYTES_MAX = 1024;

/** Why a node is not accepted. Known to programs; part of the wire format. */
export const REFUSAL_CODES = [
  "wrong_version",
  "wrong_cluster",
  "wrong_index",
  "self",
  "unknown_index",
  "unauthenticated",
] as const;
/** Why a node is not accepted. */
export type RefusalCode = typeof REFUSAL_CODES[number];

/** What a node says of itself in every handshake. */
export interface Identity {
  /** The name of the cluster. */
  readonly cluster: string;
  /** The node's own index. */
  readonly node: number;
  /** How many nodes the cluster has. */
  readonly nodes: number;
  /** When the process was started, in milliseconds since 1970: tells it from the one before. */
  readonly boot: number;
  /** What all nodes of the cluster know and nobody else. */
  readonly secret?: string;
}

/** What a side of the handshake is to do now. */
export type HandshakeStep =
  | { readonly type: "continue"; readonly reply: Uint8Array<ArrayBuffer> }
  | {
    readonly type: "accepted";
    readonly reply?: Uint8Array<ArrayBuffer>;
    readonly node: number;
    readonly boot: number;
  }
  | {
    readonly type: "refused";
    readonly reply?: Uint8Array<ArrayBuffer>;
    /** Who refused. */
    readonly by: "us" | "peer";
    /** A {@linkcode RefusalCode}; a peer of another version may have others. */
    readonly code: string;
    readonly text: string;
  };

/** Stands where an acceptor without a secret proves nothing. */
const NO_PROOF = new Uint8Array(PROOF_BYTES);

/** The side that dialled. */
export class DialerHandshake {
  readonly #self: Identity;
  readonly #to: number;
  readonly #hello: Uint8Array<ArrayBuffer>;
  #challenge: Uint8Array | undefined;

  /** `to` is the index of the node believed to be at the address. */
  constructor(self: Identity, to: number) {
    this.#self = self;
    this.#to = to;
    this.#hello = frameOf(FrameKind.hello, hello, {
      magic: MAGIC,
      version: PROTOCOL_VERSION,
      cluster: clusterHash(self.cluster),
      from: self.node,
      to,
      boot: self.boot,
      nonce: newNonce(),
    });
  }

  /** The first frame, length field included. */
  get hello(): Uint8Array<ArrayBuffer> {
    return this.#hello;
  }

  /**
   * Takes a frame of the acceptor, its length field cut off.
   *
   * @throws {TroupeError} `schema_violation` or `bad_frame` if it makes no sense.
   */
  receive(bytes: Uint8Array): HandshakeStep {
    const body = bytes.subarray(1);
    switch (bytes[0]) {
      case FrameKind.challenge:
        return this.#onChallenge(decode(challenge, body).nonce);
      case FrameKind.welcome:
        return this.#onWelcome(decode(welcome, body));
      case FrameKind.refusal:
        return { type: "refused", by: "peer", ...decode(refusal, body) };
      default:
        throw new FrameError(`Frame of kind ${bytes[0]} in answer to a hello`);
    }
  }

  #onChallenge(nonce: Uint8Array): HandshakeStep {
    const { secret } = this.#self;
    if (this.#challenge !== undefined) throw new FrameError("Second challenge");
    if (secret === undefined) {
      return refuseByDialer(`Node ${this.#to} wants a secret and this node has none`);
    }
    this.#challenge = nonce;
    const mac = prove(secret, "dialer", this.#hello.subarray(FRAME_HEADER_BYTES), nonce);
    return {
      type: "continue",
      reply: frameOf(FrameKind.proof, proof, { proof: mac }),
    };
  }

  #onWelcome({ boot, proof }: { boot: number; proof: Uint8Array }): HandshakeStep {
    const { secret } = this.#self;
    if (secret === undefined) return { type: "accepted", node: this.#to, boot };
    if (this.#challenge === undefined) {
      return refuseByDialer(`Node ${this.#to} has no secret and this node wants one`);
    }
    const mac = prove(
      secret,
      "acceptor",
      this.#hello.subarray(FRAME_HEADER_BYTES),
      this.#challenge,
      bootBytes(boot),
    );
    return isSameProof(mac, proof)
      ? { type: "accepted", node: this.#to, boot }
      : refuseByDialer(`Node ${this.#to} does not know the secret`);
  }
}

/** The side that was dialled. */
export class AcceptorHandshake {
  readonly #self: Identity;
  readonly #nonce = newNonce();
  #hello: Uint8Array | undefined;
  #from = -1;
  #boot = 0;

  constructor(self: Identity) {
    this.#self = self;
  }

  /**
   * Takes a frame of the dialer, its length field cut off.
   *
   * @throws {TroupeError} `schema_violation` or `bad_frame` if it makes no sense.
   */
  receive(bytes: Uint8Array): HandshakeStep {
    const kind = bytes[0];
    if (this.#hello === undefined && kind === FrameKind.hello) return this.#onHello(bytes);
    if (this.#hello !== undefined && kind === FrameKind.proof) {
      return this.#onProof(this.#hello, decode(proof, bytes.subarray(1)).proof);
    }
    throw new FrameError(`Frame of kind ${kind} does not belong here in a handshake`);
  }

  #onHello(bytes: Uint8Array): HandshakeStep {
    const body = bytes.subarray(1);
    const { magic, version } = opening.read(new Reader(body));
    if (magic !== MAGIC) throw new FrameError("Hello is not of a Troupe node");
    if (version !== PROTOCOL_VERSION) {
      return refuse(
        "wrong_version",
        `This node speaks version ${PROTOCOL_VERSION}, not ${version}`,
      );
    }
    const said = decode(hello, body);
    const objection = this.#objection(said);
    if (objection !== undefined) return objection;
    this.#hello = bytes;
    this.#from = said.from;
    this.#boot = said.boot;
    if (this.#self.secret === undefined) return this.#accept(NO_PROOF);
    return {
      type: "continue",
      reply: frameOf(FrameKind.challenge, challenge, { nonce: this.#nonce }),
    };
  }

  #objection(said: { cluster: Uint8Array; from: number; to: number }): HandshakeStep | undefined {
    const { node, nodes, cluster } = this.#self;
    if (!isSameProof(clusterHash(cluster), said.cluster)) {
      return refuse("wrong_cluster", `This node belongs to cluster "${cluster}"`);
    }
    if (said.to !== node) {
      return refuse("wrong_index", `This is node ${node}, not node ${said.to}`);
    }
    if (said.from === node) return refuse("self", `Node ${node} is this node itself`);
    if (said.from >= nodes) {
      return refuse("unknown_index", `Node ${said.from} is none of the ${nodes} of this cluster`);
    }
    return undefined;
  }

  #onProof(hello: Uint8Array, given: Uint8Array): HandshakeStep {
    const { secret, boot } = this.#self;
    if (secret === undefined) throw new FrameError("Proof without a challenge");
    if (!isSameProof(prove(secret, "dialer", hello, this.#nonce), given)) {
      return refuse("unauthenticated", `Node ${this.#from} does not know the secret`);
    }
    return this.#accept(prove(secret, "acceptor", hello, this.#nonce, bootBytes(boot)));
  }

  #accept(proof: Uint8Array): HandshakeStep {
    const { boot } = this.#self;
    return {
      type: "accepted",
      node: this.#from,
      boot: this.#boot,
      reply: frameOf(FrameKind.welcome, welcome, { boot, proof }),
    };
  }
}

function refuse(code: RefusalCode, text: string): HandshakeStep {
  const reply = frameOf(FrameKind.refusal, refusal, { code, text });
  return { type: "refused", by: "us", reply, code, text };
}

/** A refusal by the dialer, which just hangs up. */
function refuseByDialer(text: string): HandshakeStep {
  return { type: "refused", by: "us", code: "unauthenticated" satisfies RefusalCode, text };
}

function bootBytes(boot: number): Uint8Array {
  return encode(u53, boot);
}
