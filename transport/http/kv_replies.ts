/**
 * What the key-value store answers, as HTTP says it.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import type {
  Found,
  KeyMetadata,
  KvQueryResult,
  KvResult,
  NotANumber,
  NumberOverflow,
  PreconditionFailed,
  Unreadable,
} from "../../protocols/kv/commands.ts";
import { entityTag, names } from "./conditions.ts";
import { HttpProblem, problemResponse } from "./problems.ts";
import { badRequest, excerpt } from "./query_string.ts";
import { RAW, respond, respondJson, respondToWriteAsJson } from "./replies.ts";
import { type Encoding, jsonItem } from "./values.ts";

/** How a reader wants a value. */
export interface ValueForm {
  readonly json: boolean;
  /** Only for JSON: forces base64. */
  readonly encoding: Encoding | undefined;
}

/**
 * The answer to a command.
 *
 * @throws {HttpProblem} for what nothing was changed for.
 */
export function commandReply(key: string, result: KvResult | Unreadable): Response {
  switch (result.type) {
    case "put":
      return written(key, result, result.created ? 201 : 200);
    case "incremented":
      return written(key, result, 200, `"value":"${result.value}",`);
    case "deleted":
      return respondToWriteAsJson(
        `{"deleted":${result.deleted},"revision":${result.revision}}`,
        200,
      );
    case "precondition_failed":
      return unmet(result, "Condition does not hold");
    case "not_a_number":
      return unmet(result, "Value is not an integer in decimal, so nothing can be added to it");
    case "number_overflow":
      return unmet(result, "Sum is beyond a signed integer of 64 bits");
    default:
      throw refusal(result);
  }
}

/** The answer to a read of one key. */
export function valueReply(
  request: Request,
  key: string,
  result: KvQueryResult | Unreadable,
  form: ValueForm,
): Response {
  if (result.type === "absent") {
    return problemResponse("key_not_found", `No such key: "${excerpt(key)}"`);
  }
  if (result.type !== "found") throw refusal(result);
  const response = conditional(request, result) ?? valueResponse(key, result, form);
  const headers = response.headers;
  headers.set("etag", entityTag(result.modRevision));
  headers.set("troupe-create-revision", String(result.createRevision));
  headers.set("troupe-version", String(result.version));
  return response;
}

function valueResponse(key: string, found: Found, { json, encoding }: ValueForm): Response {
  if (!json) return respond(found.value, 200, RAW);
  return respondJson(jsonItem(key, found.value, found, encoding));
}

/** The answer to a reader who has the value already, or who wants another one than there is. */
function conditional(request: Request, { modRevision }: Found): Response | undefined {
  const ifMatch = request.headers.get("if-match");
  if (ifMatch !== null && !names(ifMatch, modRevision)) {
    return problemResponse("precondition_failed", `Revision of the key is ${modRevision}`, {
      members: { modRevision },
    });
  }
  const ifNoneMatch = request.headers.get("if-none-match");
  if (ifNoneMatch === null || !names(ifNoneMatch, modRevision)) return undefined;
  return respond(null, 304, null);
}

/** JSON by hand: all but the key is numbers, and it is on the way of every write. */
function written(
  key: string,
  result: KeyMetadata & { readonly revision: number; readonly created: boolean },
  status: number,
  more = "",
): Response {
  const { created, revision, createRevision, modRevision, version } = result;
  const response = respondToWriteAsJson(
    `{"key":${JSON.stringify(key)},${more}"created":${created},"revision":${revision},` +
      `"createRevision":${createRevision},"modRevision":${modRevision},"version":${version}}`,
    status,
  );
  response.headers.set("etag", entityTag(modRevision));
  return response;
}

/** The answer to a command that does not fit the key as it is, with the key's revision. */
function unmet(
  { type, modRevision }: PreconditionFailed | NotANumber | NumberOverflow,
  why: string,
): Response {
  const now = modRevision === 0 ? "the key is absent" : `the key is at revision ${modRevision}`;
  const response = problemResponse(type, `${why}: ${now}`, {
    members: { modRevision: modRevision === 0 ? null : modRevision },
  });
  if (modRevision !== 0) response.headers.set("etag", entityTag(modRevision));
  return response;
}

/** The error for a result that is no answer to what was asked. */
export function refusal(result: KvResult | KvQueryResult | Unreadable): TroupeError {
  switch (result.type) {
    case "too_large":
      return new HttpProblem(
        "too_large",
        `The ${result.what} of ${result.bytes} bytes exceeds the limit of ${result.limit}`,
      );
    case "malformed":
      return badRequest(result.reason);
    default:
      return new TroupeError("unexpected_result", `Store answered with "${result.type}"`);
  }
}
