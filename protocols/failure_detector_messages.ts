/**
 * What a failure detector is told, and what it says. It turns silence into suspicion and never
 * decides anything: that is for whoever subscribes.
 *
 * @module
 */

/** What a failure detector is told. */
export type DetectorRequest =
  /** Observe these peers, and no others, from now on; who was suspected is trusted anew. */
  | { readonly type: "observe"; readonly peers: readonly number[] }
  /** Something was heard of a peer. */
  | { readonly type: "heard"; readonly peer: number }
  /** The process of a peer is known to have ended: there is nothing to wait for. */
  | { readonly type: "gone"; readonly peer: number }
  /** The detector's own timer. */
  | { readonly type: "check" };

/** What a failure detector says to its subscriber. */
export type DetectorEvent =
  /** The detector has started, or started again, and observes nobody: tell it whom. */
  | { readonly type: "detector-started" }
  | { readonly type: "suspect"; readonly peer: number }
  | { readonly type: "trust"; readonly peer: number };
