/**
 * Tokens: what a client keeps for a node, and need not understand. Text of the letters that a header
 * and a URL may have; versioned, and checked for damage and for being used where it does not belong.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { decode, encode, type Schema, SchemaError } from "../../actors/schema.ts";
import { type Dots, dotsSchema } from "./dot.ts";
import { TokenError } from "./errors.ts";

/** The longest token, in characters. A longer one is refused, never cut. */
export const TOKEN_LENGTH_MAX = 8_192;

const VERSION = 1;
/** The version, the kind, what it belongs to, and the checksum. */
const HEAD_BYTES = 6;
const TAIL_BYTES = 4;
const ALPHABET = { alphabet: "base64url", omitPadding: true } as const;

/** What a token is for. */
export type TokenKind = "context" | "session";

const KINDS: readonly TokenKind[] = ["context", "session"];

/**
 * Makes a token.
 *
 * @param scope What it belongs to, as text: only with the same can it be opened.
 * @throws {TokenError} `token_too_large`.
 */
export function sealToken<T>(kind: TokenKind, scope: string, schema: Schema<T>, value: T): string {
  const body = encode(schema, value);
  const bytes = new Uint8Array(HEAD_BYTES + body.length + TAIL_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = KINDS.indexOf(kind);
  view.setUint32(2, crc32(scope));
  bytes.set(body, HEAD_BYTES);
  const tail = bytes.length - TAIL_BYTES;
  view.setUint32(tail, crc32(bytes.subarray(0, tail)));
  const token = bytes.toBase64(ALPHABET);
  if (token.length > TOKEN_LENGTH_MAX) throw tooLarge(token.length);
  return token;
}

/**
 * What was sealed.
 *
 * @throws {TokenError} `token_damaged`; `token_foreign` if it is of another version, kind or scope;
 * `token_too_large`.
 */
export function openToken<T>(kind: TokenKind, scope: string, schema: Schema<T>, token: string): T {
  const bytes = bytesOf(token);
  const view = new DataView(bytes.buffer);
  const tail = bytes.length - TAIL_BYTES;
  if (tail < HEAD_BYTES || view.getUint32(tail) !== crc32(bytes.subarray(0, tail))) {
    throw new TokenError("token_damaged", "its checksum does not match");
  }
  if (bytes[0] !== VERSION) throw foreign(`its version is ${bytes[0]}, not ${VERSION}`);
  if (bytes[1] !== KINDS.indexOf(kind)) throw foreign(`it is not a ${kind} token`);
  if (view.getUint32(2) !== crc32(scope)) throw foreign(`it does not belong to ${scope}`);
  try {
    return decode(schema, bytes.subarray(HEAD_BYTES, tail));
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new TokenError("token_damaged", error.message);
  }
}

function bytesOf(token: string): Uint8Array<ArrayBuffer> {
  if (token.length > TOKEN_LENGTH_MAX) throw tooLarge(token.length);
  const bytes = fromLetters(token);
  // Decoding overlooks white space, and bits of the last letter: a token has one form.
  if (bytes?.toBase64(ALPHABET) === token) return bytes;
  throw new TokenError("token_damaged", "it has characters that no token has");
}

function fromLetters(token: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(token, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

function tooLarge(length: number): TokenError {
  const what = `it has ${length} characters, more than ${TOKEN_LENGTH_MAX}`;
  return new TokenError("token_too_large", what);
}

function foreign(what: string): TokenError {
  return new TokenError("token_foreign", what);
}

function scopeOf(cluster: string, key: string): string {
  return `key "${key}" of cluster "${cluster}"`;
}

/** What a client has seen of a key, as a token. */
export function sealContext(cluster: string, key: string, context: Dots): string {
  return sealToken("context", scopeOf(cluster, key), dotsSchema, context);
}

/**
 * What a client has seen of a key.
 *
 * @throws {TokenError} if the token is damaged, or is that of another key or cluster.
 */
export function openContext(cluster: string, key: string, token: string): Dots {
  return openToken("context", scopeOf(cluster, key), dotsSchema, token);
}
