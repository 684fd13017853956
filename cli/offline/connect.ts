import { KvClient, type KvClientOptions } from "../client.ts";
import { DEFAULT_ENDPOINTS, parseEndpoints } from "../client/endpoints.ts";
import { Unavailable } from "../client/errors.ts";
import { exchange, type Fetch } from "../client/exchange.ts";
import { readJson } from "../client/wire.ts";
import { GossipStore } from "./gossip_store.ts";
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
  if (protocol !== "gossip") return new LinearizableStore(new KvClient(options), cluster, protocol);
  return new GossipStore({ ...options, cluster, endpoints, timeoutMs });
}

/** What a node says of itself, asked of one endpoint after the other. */
async function identify(
  endpoints: readonly string[],
  fetch: Fetch,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly cluster: string; readonly protocol: string }> {
  let reason = "there is no endpoint";
  for (const endpoint of endpoints) {
    const request = { method: "GET", path: "/v1/status" } as const;
    const { answer, failure } = await exchange(fetch, endpoint, request, timeoutMs, signal);
    signal?.throwIfAborted();
    if (answer === undefined) {
      reason = `${endpoint}: ${failure.reason}`;
      continue;
    }
    const { cluster, protocol } = readJson(answer);
    if (typeof cluster === "string" && typeof protocol === "string") return { cluster, protocol };
    reason = `${endpoint}: it does not say what it is`;
  }
  throw new Unavailable(`No node says which cluster it belongs to: ${reason}`);
}
