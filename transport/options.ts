import { TroupeError } from "../actors/errors.ts";
import { SECRET_LENGTH_MIN } from "./authentication.ts";
import { FRAME_BYTES_MAX_DEFAULT } from "./frame.ts";
import { HANDSHAKE_FRAME_BYTES_MAX } from "./handshake.ts";
import type { Address } from "./address.ts";

/** How a node is connected to the others. */
export interface TcpTransportOptions {
  /** The name of the cluster; nodes of another are refused. */
  readonly cluster: string;
  /**
   * Where the nodes listen, by index, this node's own included; 256 at most. An entry is read anew at
   * every attempt to connect. One that is `undefined` is of a node that is not known (yet).
   */
  readonly addresses: readonly (Address | undefined)[];
  /**
   * Whether nodes that are not among `addresses` are listened to, too, and can be added by
   * {@linkcode TcpTransport.setAddress}.
   *
   * @default {false}
   */
  readonly isOpen?: boolean;
  /**
   * What all nodes know and nobody else: at least 16 characters, best drawn at random. With it each
   * side of a connection proves itself to the other. Default: none, everybody is believed.
   */
  readonly secret?: string;
  /**
   * The longest message, in bytes, its target's name included. The length that a peer announces is
   * compared before anything is allocated. It must hold the longest batch of any protocol, and be the
   * same at every node.
   *
   * @default {8_388_608}
   */
  readonly frameBytesMax?: number;
  /**
   * The most bytes that may wait for one peer, those being written included; what comes on top is
   * dropped. It bounds the memory that a slow peer costs. At least `frameBytesMax` and 4.
   *
   * @default {67_108_864}
   */
  readonly queueBytesMax?: number;
  /**
   * How long a connection may take to identify itself, from accept or dial to the end of the
   * handshake, in milliseconds. Three round trips at most are needed.
   *
   * @default {2_000}
   */
  readonly handshakeMs?: number;
  /**
   * How many accepted connections may be unidentified at a time. One more closes the one that has
   * been so for longest.
   *
   * @default {1_024}
   */
  readonly unidentifiedMax?: number;
  /**
   * The pause after the first failure to connect, in milliseconds; it doubles with every further one,
   * and up to half of it is taken off at random.
   *
   * @default {50}
   */
  readonly backoffMinMs?: number;
  /**
   * The longest pause between attempts to connect, in milliseconds.
   *
   * @default {2_000}
   */
  readonly backoffMaxMs?: number;
}

/** The options with every default filled in. */
export type TcpTransportSettings =
  & Required<Omit<TcpTransportOptions, "secret">>
  & Pick<TcpTransportOptions, "secret">;

/** Refs hold the index of a node in one byte. */
export const NODES_MAX = 256;

/**
 * Fills in the defaults.
 *
 * @throws {TroupeError} `bad_option` if one makes no sense.
 */
export function settingsOf(options: TcpTransportOptions, node: number): TcpTransportSettings {
  const settings = {
    frameBytesMax: FRAME_BYTES_MAX_DEFAULT,
    queueBytesMax: 64 * 1024 * 1024,
    handshakeMs: 2_000,
    unidentifiedMax: 1_024,
    backoffMinMs: 50,
    backoffMaxMs: 2_000,
    isOpen: false,
    ...options,
  };
  const { addresses, secret, frameBytesMax, queueBytesMax, backoffMinMs } = settings;
  check(addresses.length <= NODES_MAX, `at most ${NODES_MAX} nodes`, addresses.length);
  check(addresses[node] !== undefined, "an address of this node", `none of node ${node}`);
  checkNumber("frameBytesMax", frameBytesMax, HANDSHAKE_FRAME_BYTES_MAX, 0xffff_ffff);
  checkNumber("queueBytesMax", queueBytesMax, frameBytesMax + 4, 2 ** 31);
  checkNumber("handshakeMs", settings.handshakeMs, 1, 600_000);
  checkNumber("unidentifiedMax", settings.unidentifiedMax, 1, 1_000_000);
  checkNumber("backoffMinMs", backoffMinMs, 1, 600_000);
  checkNumber("backoffMaxMs", settings.backoffMaxMs, backoffMinMs, 600_000);
  // The secret itself is named nowhere.
  const length = secret?.length ?? SECRET_LENGTH_MIN;
  check(length >= SECRET_LENGTH_MIN, `a secret of ${SECRET_LENGTH_MIN} characters or more`, length);
  return settings;
}

function checkNumber(name: string, value: number, min: number, max: number): void {
  const isFine = Number.isInteger(value) && value >= min && value <= max;
  check(isFine, `${name} to be an integer from ${min} to ${max}`, value);
}

function check(isFine: boolean, wanted: string, value: number | string): void {
  if (isFine) return;
  throw new TroupeError(
    "bad_option",
    `Cannot set up the transport: it needs ${wanted}; is ${value}`,
  );
}
