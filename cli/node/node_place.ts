/**
 * Where a node is, as it tells other nodes: `host:port host:port`, for its peers and for clients.
 *
 * @module
 */
import { ADDRESS_BYTES_MAX } from "../../protocols/gossip/member_meta.ts";
import { type Address, formatAddress } from "../../transport/address.ts";
import { parseAddress } from "../config/addresses.ts";

/** Where a node is. */
export interface NodePlace {
  /** Where it talks to its peers. */
  readonly peer: Address;
  /** Where it serves clients. */
  readonly http: Address;
}

/** As it is told; empty if it is too long to be. */
export function formatPlace({ peer, http }: NodePlace): string {
  const text = `${formatAddress(peer)} ${formatAddress(http)}`;
  return text.length <= ADDRESS_BYTES_MAX ? text : "";
}

/** As it was told; `undefined` if nothing was, or something else. */
export function parsePlace(text: string): NodePlace | undefined {
  const [peer = "", http = "", ...rest] = text.split(" ");
  const addresses = [parseAddress(peer), parseAddress(http)] as const;
  if (rest.length > 0 || typeof addresses[0] === "string" || typeof addresses[1] === "string") {
    return undefined;
  }
  return { peer: addresses[0], http: addresses[1] };
}
