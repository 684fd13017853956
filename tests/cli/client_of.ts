import { KvClient, type KvClientOptions } from "../../cli/client.ts";
import type { Call, FakeCluster } from "./fake_cluster.ts";

/** A client that tries again at once, and gives up late. */
export const QUICK = {
  backoffMinMs: 1,
  backoffMaxMs: 2,
  timeoutMs: 60_000,
  attemptTimeoutMs: 30_000,
};

/** A client of all nodes of a cluster. */
export function clientOf(cluster: FakeCluster, options: KvClientOptions = {}): KvClient {
  return new KvClient({
    endpoints: cluster.endpoints,
    fetch: cluster.fetch,
    ...QUICK,
    ...options,
  });
}

/** Whether a call is a write. */
export function isWrite({ method, path }: Call): boolean {
  return method !== "GET" && path.startsWith("/v1/kv");
}
