/**
 * A client's request as bytes: made once by the gateway, then carried, logged and executed as it is.
 *
 * @module
 */
import { Reader, SchemaError, Writer } from "../actors/schema.ts";

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

/** The bytes of a request. */
export function encodeRequest(request: Request): Uint8Array<ArrayBuffer> {
  if (request.type === "open-session") {
    const writer = new Writer(REQUEST_HEADER_BYTES);
    writer.u8(OPEN_SESSION);
    writer.u53(request.nonce);
    writer.u53(request.sessionsMax);
    return writer.finish();
  }
  const writer = new Writer(REQUEST_HEADER_BYTES + request.command.length);
  writer.u8(COMMAND);
  writer.u53(request.clientId);
  writer.u53(request.requestNumber);
  writer.raw(request.command);
  return writer.view();
}

/** Reads a request; the command is a view. `undefined` if the bytes are none. */
export function decodeRequest(bytes: Uint8Array): Request | undefined {
  if (bytes.length < REQUEST_HEADER_BYTES) return undefined;
  const reader = new Reader(bytes);
  const kind = reader.u8();
  const numbers = decodeNumbers(reader);
  if (numbers === undefined) return undefined;
  const [first, second] = numbers;
  if (kind === OPEN_SESSION && reader.remaining === 0) {
    return { type: "open-session", nonce: first, sessionsMax: Math.max(1, second) };
  }
  if (kind !== COMMAND) return undefined;
  const command = reader.raw(reader.remaining);
  return { type: "command", clientId: first, requestNumber: second, command };
}

function decodeNumbers(reader: Reader): readonly [number, number] | undefined {
  try {
    return [reader.u53(), reader.u53()];
  } catch (error) {
    if (error instanceof SchemaError) return undefined;
    throw error;
  }
}
