/**
 * An operation of the API as OpenAPI describes it.
 *
 * @module
 */
import { type Json, part, problems } from "./openapi_parts.ts";
import type { ProblemCode } from "./problems.ts";
import { JSON_TYPE } from "./replies.ts";

/** What is said of an operation. */
export interface Operation {
  readonly summary: string;
  readonly parameters?: readonly string[];
  /** Content types of the body, if the operation takes one. */
  readonly body?: string;
  readonly answers: Readonly<Record<string, Json>>;
  readonly problems?: readonly ProblemCode[];
  /** Whether the request goes to the state machine, and may be redirected. */
  readonly redirects?: boolean;
}

/** With forward=false, at a node that does not take the request itself. */
const ELSEWHERE: readonly ProblemCode[] = ["not_responsible"];

/** An operation. */
export function operation(operationId: string, described: Operation): Json {
  const { summary, parameters = [], body, answers, redirects = false } = described;
  return {
    operationId,
    summary,
    parameters: parameters.map((name) => part("parameters", name)),
    ...(body === undefined ? {} : { requestBody: { required: true, content: bytes(body) } }),
    responses: {
      ...problems(...(described.problems ?? []), ...(redirects ? ELSEWHERE : [])),
      ...(redirects
        ? { "307": { description: "Only with redirect: the URL at a node that takes it" } }
        : {}),
      ...answers,
    },
  };
}

/** A body of bytes. */
export function bytes(contentType: string): Json {
  return { [contentType]: { schema: { type: "string", format: "binary" } } };
}

/** An answer, and what is in it. */
export function answer(description: string, content?: Json): Json {
  return content === undefined ? { description } : { description, content };
}

/** A body of JSON, of one of the schemas. */
export function json(name: string): Json {
  return { [JSON_TYPE]: { schema: part("schemas", name) } };
}

/** Plain text. */
export const PLAIN: Json = { "text/plain": { schema: { type: "string" } } };
