import type { Remoting } from "../actors/remoting.ts";
import type { Metric } from "./service.ts";

/** Another node, as the transport of this one knows it. */
export interface PeerLink {
  /** The index of the other node. */
  readonly node: number;
  /** Where it is dialled. */
  readonly address: string;
  /** Whether messages to it can leave. Says nothing of those from it. */
  readonly connected: boolean;
}

/** How messages move between nodes. */
export interface Transport extends Remoting {
  /** Every other node, in the order of their indices. */
  peers(): readonly PeerLink[];
  /** Figures for `/metrics`. */
  metrics(): readonly Metric[];
}

/** The topic under which transports tell the observers of a node what happens on its links. */
export const TRANSPORT_TOPIC = "transport";

/** What happens on the links of a node. */
export type TransportEvent =
  /** A peer that we dialled has accepted us. */
  | { readonly type: "connected"; readonly node: number; readonly boot: number }
  /** Messages to a peer cannot leave any more, or still cannot. */
  | { readonly type: "disconnected"; readonly node: number; readonly reason: string }
  /**
   * The process of a peer that we were connected to has ended: its machine says that nobody listens there,
   * and it has no connection to us. Said at every attempt to connect until there is one.
   */
  | { readonly type: "gone"; readonly node: number }
  /** A peer has dialled us and was accepted. */
  | { readonly type: "accepted"; readonly node: number; readonly boot: number }
  /** A connection that a peer had dialled is over. */
  | { readonly type: "closed"; readonly node: number; readonly reason: string }
  /** A handshake was refused, by this node or by the peer that it dialled. */
  | {
    readonly type: "refused";
    readonly by: "us" | "peer";
    readonly code: string;
    readonly text: string;
  }
  /** A connection was cut for what came over it; without a node if nobody knows whose it was. */
  | { readonly type: "garbage"; readonly node?: number; readonly reason: string }
  /** A connection was closed before anybody had identified itself on it. */
  | { readonly type: "unidentified"; readonly reason: "deadline" | "overflow" | "closed" };
