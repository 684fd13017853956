/**
 * Conditional requests (RFC 9110 section 13), with revisions for entity tags, and conditions on the
 * value, which HTTP does not have.
 *
 * @module
 */
import type { Condition } from "../../protocols/kv/commands.ts";
import { badRequest, excerpt, type Parameters } from "./query_string.ts";

/** Parameters of a write that depends on the key's present value. */
export const CONDITION_PARAMETERS = ["if-value", "if-value-base64"] as const;

const TAG = /^"([1-9]\d{0,15})"$/;
const textEncoder = new TextEncoder();

/** The entity tag of a revision. */
export function entityTag(modRevision: number): string {
  return `"${modRevision}"`;
}

/**
 * The condition of a write, or `undefined` if it has none.
 *
 * @throws {HttpProblem} `bad_request` if it is malformed, or if there are several.
 */
export function writeCondition(request: Request, parameters: Parameters): Condition | undefined {
  const ifMatch = request.headers.get("if-match");
  const ifNoneMatch = request.headers.get("if-none-match");
  if (ifMatch === null && ifNoneMatch === null && parameters.size === 0) return undefined;
  const conditions: Condition[] = [];
  if (ifMatch !== null) conditions.push(matchCondition(ifMatch));
  if (ifNoneMatch !== null) conditions.push(noneMatchCondition(ifNoneMatch));
  const text = parameters.get("if-value");
  if (text !== undefined) conditions.push({ type: "value", value: textEncoder.encode(text) });
  const base64 = parameters.get("if-value-base64");
  if (base64 !== undefined) conditions.push({ type: "value", value: decodeBase64(base64) });
  if (conditions.length > 1) {
    throw badRequest(`A write takes one condition at most, and ${conditions.length} are given`);
  }
  return conditions[0];
}

/** Whether a list of entity tags, the value of `If-None-Match` or `If-Match`, names a revision. */
export function names(tags: string, modRevision: number): boolean {
  const wanted = entityTag(modRevision);
  if (tags === wanted || tags === "*") return true;
  return tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === wanted);
}

function matchCondition(header: string): Condition {
  if (header === "*") return { type: "exists" };
  const modRevision = Number(TAG.exec(header)?.[1]);
  if (!Number.isSafeInteger(modRevision)) {
    throw badRequest(
      `Header If-Match takes * or one revision in quotes, as in "7", not ${excerpt(header)}`,
    );
  }
  return { type: "mod-revision", modRevision };
}

function noneMatchCondition(header: string): Condition {
  if (header === "*") return { type: "absent" };
  throw badRequest(`Header If-None-Match of a write takes * only, not ${excerpt(header)}`);
}

function decodeBase64(text: string): Uint8Array {
  // Both alphabets; and a plus sign in a query string arrives as a space.
  const standard = text.replaceAll("-", "+").replaceAll("_", "/").replaceAll(" ", "+");
  try {
    return Uint8Array.fromBase64(standard);
  } catch (cause) {
    throw badRequest(
      `Query parameter "if-value-base64" is not base64: "${excerpt(text)}"`,
      cause,
    );
  }
}
