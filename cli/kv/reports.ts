/** What the reports of nodes say, whatever the protocol. */

import type { NodeReached, NodeUnreachable } from "../client.ts";

/** The index of a node that did not answer, if it is known. */
export function nodeName({ node }: NodeUnreachable): string {
  return node === null ? "?" : String(node);
}

/** Whom a node believes dead. */
export function suspectsOf({ status }: NodeReached): number[] {
  return status.peers.filter(({ suspected }) => suspected).map(({ node }) => node);
}

/** How often actors of a node were restarted. */
export function restartsOf({ status }: NodeReached): number {
  return status.actors.reduce((sum, { restarts }) => sum + restarts, 0);
}
