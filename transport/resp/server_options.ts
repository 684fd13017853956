/**
 * How clients of Redis are served, and what can go wrong before they are.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import { formatAddress } from "../address.ts";
import type { GossipRequests } from "../gossip_requests.ts";
import type { Service } from "../service.ts";
import type { RespOrder } from "./window.ts";

/** Options of `serveResp()`. */
export interface ServeRespOptions {
  /** Who answers: a node that runs the key-value store. */
  readonly service: Service;
  /**
   * The longest command, in bytes, if commands may be about several keys: writes then go in batches, and
   * what writes several keys writes them at once.
   *
   * @default {every write goes by itself}
   */
  readonly batchBytesMax?: number;
  /** What to ask in its place on a node of a gossip cluster. */
  readonly gossip?: GossipRequests;
  /**
   * The address or name to listen on.
   *
   * @default {"127.0.0.1"}
   */
  readonly hostname?: string;
  /**
   * The port to listen on; 0 for any that is free.
   *
   * @default {0}
   */
  readonly port?: number;
  /**
   * Allows a hostname that other machines can reach. There is no authentication and no encryption:
   * whoever reaches the port can read and write everything.
   *
   * @default {false}
   */
  readonly insecure?: boolean;
  /**
   * In which order commands of one connection are executed that were sent without waiting for answers.
   *
   * @default {"connection"}
   */
  readonly order?: RespOrder;
  /**
   * The most connections at once; one more is told so and closed.
   *
   * @default {1024}
   */
  readonly connectionsMax?: number;
  /**
   * The most commands and queries under way at the node at once, of all connections; others wait.
   *
   * @default {1024}
   */
  readonly inFlightMax?: number;
  /**
   * The longest key, in bytes: that of the store.
   *
   * @default {KEY_BYTES_MAX}
   */
  readonly keyBytesMax?: number;
  /**
   * The longest value, in bytes: that of the store.
   *
   * @default {VALUE_BYTES_MAX}
   */
  readonly valueBytesMax?: number;
  /**
   * Whether what was acknowledged is on disks, which `CONFIG GET` tells.
   *
   * @default {true}
   */
  readonly isDurable?: boolean;
  /**
   * How long a command may take, in milliseconds.
   *
   * @default {5000}
   */
  readonly requestMs?: number;
  /**
   * How long `shutdown()` waits for commands under way, in milliseconds.
   *
   * @default {5000}
   */
  readonly shutdownMs?: number;
  /**
   * Told of every error that nobody foresaw: defects.
   *
   * @default {console.error}
   */
  readonly onDefect?: (error: unknown) => void;
}

/** A hostname that other machines can reach, without `insecure`. */
export class InsecureRespBind extends TroupeError {
  /** Names the hostname that was asked for. */
  constructor(hostname: string) {
    super(
      "insecure_bind",
      `Will not serve RESP on "${hostname}": other machines may reach it, and there is neither ` +
        "authentication nor encryption; listen on 127.0.0.1, or say that insecure is meant",
    );
  }
}

/** The address cannot be listened on. */
export class RespListenFailed extends TroupeError {
  /** Names the address and the reason. */
  constructor(host: string, port: number, cause: unknown) {
    const address = formatAddress({ host, port });
    super("listen_failed", `Could not listen on ${address}: ${String(cause)}`, { cause });
  }
}
