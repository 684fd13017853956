import { KvClient, type KvClientOptions } from "../client.ts";
import { DEFAULT_ENDPOINTS, parseEndpoints } from "../client/endpoints.ts";
import { GossipStore, identify } from "./gossip_store.ts";
import { LinearizableStore } from "./linearizable_store.ts";
import type { SharedStore } from "./shared_store.ts";

/**
 * The shared store that a client's endpoints lead to, whatever its protocol.
 *
 * @throws {Unavailable} if no endpoint says what it is.
 */
export async function connect(
  options: KvClientOptions,
  signal?: AbortSignal,
): Promise<SharedStore> {
  const endpoints = parseEndpoints(options.endpoints ?? DEFAULT_ENDPOINTS);
  const { timeoutMs = 5_000, attemptTimeoutMs = 2_000 } = options;
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  const probeMs = Math.min(timeoutMs, attemptTimeoutMs);
  const { cluster, protocol } = await identify(endpoints, send, probeMs, signal);
  if (protocol === "gossip") return new GossipStore({ cluster, endpoints, fetch: send, timeoutMs });
  return new LinearizableStore(new KvClient(options), cluster, protocol);
}
