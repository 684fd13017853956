import type { Consistency } from "../../transport/service.ts";
import type { Fetch } from "./exchange.ts";

/** How a client is made. */
export interface KvClientOptions {
  /**
   * Base addresses of the nodes, as a list or separated by commas. Any node will do, and more than
   * one lets the client go on when one is gone. After `http://host:7100` a bare port, `7101`, means
   * the same host.
   *
   * @default {"http://127.0.0.1:7100,7101,7102"}
   */
  readonly endpoints?: string | readonly string[];
  /**
   * How long a call tries before it gives up, in milliseconds, waiting for its turn included.
   * Longer rides out slower failovers.
   *
   * @default {5_000}
   */
  readonly timeoutMs?: number;
  /**
   * How long one node may take before another one is tried, in milliseconds. Shorter finds the way
   * around a hanging node sooner; too short repeats requests that would have been answered.
   *
   * @default {2_000}
   */
  readonly attemptTimeoutMs?: number;
  /**
   * The pause after all nodes have failed once, in milliseconds. It doubles with every round, and
   * up to half of it is left out at random.
   *
   * @default {50}
   */
  readonly backoffMinMs?: number;
  /**
   * The longest such pause, in milliseconds.
   *
   * @default {1_000}
   */
  readonly backoffMaxMs?: number;
  /**
   * How fresh reads are unless they say otherwise.
   *
   * @default {"linearizable"}
   */
  readonly consistency?: Consistency;
  /** With `bounded`: for how long answers may have been out of date, in milliseconds. */
  readonly maxAgeMs?: number;
  /** With `bounded`: by how many updates of the object answers may be out of date. */
  readonly maxVersions?: number;
  /**
   * Whether to find the primary and send to it first. With `false` the nodes are tried in the order
   * given, those that have just failed last, and forward for themselves.
   *
   * @default {true}
   */
  readonly preferPrimary?: boolean;
  /**
   * What to send requests with, for a proxy or a certificate of one's own, say.
   *
   * @default {globalThis.fetch}
   */
  readonly fetch?: Fetch;
}
