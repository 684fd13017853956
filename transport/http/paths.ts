/**
 * The path of a request and the keys in it. Hono is given the path as it came, still percent-encoded:
 * it would decode what it can and keep the rest, and a key must come out right or not at all.
 *
 * @module
 */
import { badRequest, excerpt } from "./query_string.ts";
import { HttpProblem } from "./problems.ts";

const textEncoder = new TextEncoder();

/** The path of a request without its query string, percent-encoded as it came. */
export function requestPath(request: Request): string {
  const url = request.url;
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return "/";
  const end = url.indexOf("?", start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}

/** The path and the query string of a request, as they came. */
export function requestTarget(request: Request): string {
  const url = request.url;
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start < 0 ? "/" : url.slice(start);
}

/** The host and port that a request was sent to: its `Host`, or what its absolute target names. */
export function requestAuthority(request: Request): string {
  const url = request.url;
  const start = url.indexOf("://") + 3;
  const end = url.indexOf("/", start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}

/**
 * Decodes the rest of a path after `prefix`.
 *
 * @throws {HttpProblem} `bad_request` if it is empty or not percent-encoded UTF-8.
 */
export function decodePath(path: string, prefix: string, what: string): string {
  const encoded = path.slice(prefix.length);
  if (encoded === "") throw badRequest(`${what} is empty`);
  if (encoded.includes("#")) throw badRequest(`${what} contains "#": write it as %23`);
  if (!encoded.includes("%")) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw badRequest(`${what} is not percent-encoded UTF-8: "${excerpt(encoded)}"`, cause);
  }
}

/**
 * Reads the key of a path.
 *
 * @throws {HttpProblem} `bad_request` if it is malformed, `too_large` if it is longer than
 * `maxBytes`.
 */
export function decodeKey(path: string, prefix: string, maxBytes: number): string {
  const key = decodePath(path, prefix, "Key");
  // A UTF-16 code unit takes at most three bytes, so most keys need not be encoded to be measured.
  if (key.length * 3 <= maxBytes) return key;
  const { length } = textEncoder.encode(key);
  if (length <= maxBytes) return key;
  throw new HttpProblem("too_large", `Key of ${length} bytes exceeds the limit of ${maxBytes}`);
}
