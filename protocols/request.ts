/**
 * A client's request as bytes: made once by the gateway, then carried, logged and executed as it is.
 *
 * @module
 */
import { Arena } from "../actors/arena.ts";

/** A request to open a session: nothing but a nonce tells it from others of its kind. */
export interface OpenSession {
  readonly type: "open-session";
  readonly nonce: number;
  /**
   * Sessions kept after this one is opened; those whose last request is oldest are evicted. In the
   * request, so that all replicas evict the same sessions whatever their configuration says.
   */
  readonly sessionsMax: number;
}

/** A numbered command of a session. */
export interface SessionCommand {
  readonly type: "command";
  readonly clientId: number;
  readonly requestNumber: number;
  readonly command: Uint8Array;
}

/** What a client may request. */
export type Request = OpenSession | SessionCommand;

const OPEN_SESSION = 0;
const COMMAND = 1;
/** Bytes in front of a command. */
export const REQUEST_HEADER_BYTES = 17;

/** Requests are copied into an entry before long. */
const brief = new Arena(32 * 1024);

/** The bytes of a request. */
export function encodeRequest(request: Request): Uint8Array<ArrayBuffer> {
  if (request.type === "open-session") {
    const bytes = new Uint8Array(REQUEST_HEADER_BYTES);
    writeHeader(bytes, OPEN_SESSION, request.nonce, request.sessionsMax);
    return bytes;
  }
  const { clientId, requestNumber, command } = request;
  const bytes = brief.allocate(REQUEST_HEADER_BYTES + command.length);
  writeHeader(bytes, COMMAND, clientId, requestNumber);
  bytes.set(command, REQUEST_HEADER_BYTES);
  return bytes;
}

// By hand: a `Writer` or a `Reader` costs more than all that there is to write and to read.

function writeHeader(bytes: Uint8Array, kind: number, first: number, second: number): void {
  bytes[0] = kind;
  writeU53(bytes, 1, first);
  writeU53(bytes, 9, second);
}

function writeU53(bytes: Uint8Array, offset: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  for (let index = 0; index < 4; index++) {
    bytes[offset + index] = high >>> (24 - 8 * index);
    bytes[offset + 4 + index] = value >>> (24 - 8 * index);
  }
}

/** Reads a request; the command is a view. `undefined` if the bytes are none. */
export function decodeRequest(bytes: Uint8Array): Request | undefined {
  if (bytes.length < REQUEST_HEADER_BYTES) return undefined;
  const first = readU53(bytes, 1);
  const second = readU53(bytes, 9);
  if (first > Number.MAX_SAFE_INTEGER || second > Number.MAX_SAFE_INTEGER) return undefined;
  const kind = bytes[0];
  if (kind === OPEN_SESSION && bytes.length === REQUEST_HEADER_BYTES) {
    return { type: "open-session", nonce: first, sessionsMax: Math.max(1, second) };
  }
  if (kind !== COMMAND) return undefined;
  const command = bytes.subarray(REQUEST_HEADER_BYTES);
  return { type: "command", clientId: first, requestNumber: second, command };
}

function readU53(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let index = 0; index < 8; index++) value = value * 256 + bytes[offset + index]!;
  return value;
}
