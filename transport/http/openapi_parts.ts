/**
 * The parts that the OpenAPI description refers to by name: parameters, schemas, problem answers.
 *
 * @module
 */
import { SCAN_LIMIT_DEFAULT, SCAN_LIMIT_MAX } from "../../protocols/kv/commands.ts";
import { READ_LIMIT_DEFAULT, READ_LIMIT_MAX } from "../../protocols/log/commands.ts";
import { type ProblemCode, PROBLEMS } from "./problems.ts";

/** A piece of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [name: string]: Json;
};

/** A reference to a part. */
export function part(kind: "parameters" | "schemas", name: string): Json {
  return { $ref: `#/components/${kind}/${name}` };
}

/** The problem answers of an operation: one for each status, with the codes that it may carry. */
export function problems(...codes: readonly ProblemCode[]): Record<string, Json> {
  const byStatus: Record<string, ProblemCode[]> = {};
  const always: readonly ProblemCode[] = ["forbidden", "internal_error", "overloaded"];
  for (const code of [...codes, ...always]) {
    (byStatus[PROBLEMS[code].status] ??= []).push(code);
  }
  const answers: Record<string, Json> = {};
  for (const [status, named] of Object.entries(byStatus)) {
    answers[status] = {
      description: named.map((code) => `\`${code}\``).join(" or "),
      content: { "application/problem+json": { schema: part("schemas", "Problem") } },
    };
  }
  return answers;
}

/** A parameter in the query string. */
export function query(name: string, description: string, schema: Json): Json {
  return { name, in: "query", description, schema };
}

/** A parameter in the header. */
export function header(name: string, description: string, schema: Json): Json {
  return { name, in: "header", description, schema };
}

const TEXT: Json = { type: "string" };
const FLAG: Json = { type: "boolean", default: false };
const REVISION: Json = { type: "integer", minimum: 0 };
const OFFSET: Json = { type: "integer", minimum: 0, default: 0 };

/** `components.parameters`. */
export const PARAMETERS: Readonly<Record<string, Json>> = {
  key: {
    name: "key",
    in: "path",
    required: true,
    description: "1 byte to 1 KiB of UTF-8, percent-encoded; a slash may stay as it is",
    schema: { type: "string", minLength: 1, maxLength: 1024 },
  },
  consistency: query("consistency", "How fresh the answer must be", {
    type: "string",
    enum: ["linearizable", "stale", "bounded"],
    default: "linearizable",
  }),
  maxAge: query("max_age_ms", "With bounded: for how long the answer may be out of date, in ms", {
    type: "integer",
    minimum: 0,
    maximum: 86_400_000,
  }),
  maxVersions: query("max_versions", "With bounded: by how many updates it may be out of date", {
    type: "integer",
    minimum: 0,
    maximum: 1_000_000,
  }),
  from: query("from", "The offset of the first record", OFFSET),
  recordLimit: query("limit", "The most records of the answer", {
    type: "integer",
    minimum: 1,
    maximum: READ_LIMIT_MAX,
    default: READ_LIMIT_DEFAULT,
  }),
  before: {
    name: "before",
    in: "query",
    required: true,
    description: "The offset that the log is to begin with",
    schema: { type: "integer", minimum: 0 },
  },
  node: {
    name: "node",
    in: "query",
    required: true,
    description: "The index of a node",
    schema: { type: "integer", minimum: 0 },
  },
  format: query("format", "Raw bytes or JSON; goes before Accept", {
    type: "string",
    enum: ["raw", "json"],
  }),
  encoding: query("encoding", "Forces base64 for values in JSON", {
    type: "string",
    enum: ["base64"],
  }),
  timeout: query("timeout", "How long to wait: 1ms to 60s, as in 500ms or 2s", {
    type: "string",
    pattern: "^\\d{1,9}(\\.\\d{1,6})?(ms|s)$",
    default: "5s",
  }),
  redirect: query(
    "redirect",
    "Where the node does not take the request itself: 307 to one that does, not forwarding",
    FLAG,
  ),
  forward: query(
    "forward",
    "With false, where the node does not take the request itself: 421 with those that do",
    { type: "boolean", default: true },
  ),
  increment: {
    name: "increment",
    in: "query",
    required: true,
    description: "An integer of 64 bits",
    schema: { type: "string", pattern: "^-?\\d{1,19}$" },
  },
  ifValue: query("if-value", "Writes only if the value is this text", TEXT),
  ifValueBase64: query("if-value-base64", "Writes only if the value is these bytes", TEXT),
  prefix: query("prefix", "What the keys begin with", TEXT),
  start: query("start", "The first key, included", TEXT),
  end: query("end", "The end of the range, excluded", TEXT),
  cursor: query("cursor", "The cursor of the page before", TEXT),
  limit: query("limit", "The most items of the page", {
    type: "integer",
    minimum: 1,
    maximum: SCAN_LIMIT_MAX,
    default: SCAN_LIMIT_DEFAULT,
  }),
  keysOnly: query("keys-only", "Leaves the values out", FLAG),
  countOnly: query("count-only", "Asks only how many keys there are in the whole range", FLAG),
  reverse: query("reverse", "From the last key to the first", FLAG),
  verbose: query("verbose", "Lists every check", FLAG),
  ifMatch: header("If-Match", 'A revision in quotes, as in "7", or * for any', TEXT),
  ifNoneMatchAny: header("If-None-Match", "*: only if the key is absent", TEXT),
  ifNoneMatch: header("If-None-Match", "Revisions that the client has: 304 instead of one", TEXT),
  clientId: header("Client-Id", "The session, with Request-Number", {
    type: "integer",
    minimum: 0,
  }),
  requestNumber: header("Request-Number", "The number of the request in its session", {
    type: "integer",
    minimum: 1,
  }),
  actor: {
    name: "name",
    in: "path",
    required: true,
    description: "The name of an actor; a slash may stay as it is",
    schema: TEXT,
  },
};

/** A schema of an object, all of whose properties are there but those named. */
export function object(
  properties: Readonly<Record<string, Json>>,
  optional: readonly string[] = [],
): Json {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", required, properties };
}

const WRITTEN: Readonly<Record<string, Json>> = {
  key: TEXT,
  created: { type: "boolean" },
  revision: REVISION,
  createRevision: REVISION,
  modRevision: REVISION,
  version: REVISION,
};

/** `components.schemas`. */
export const SCHEMAS: Readonly<Record<string, Json>> = {
  Item: object({
    key: TEXT,
    value: TEXT,
    encoding: { type: "string", enum: ["utf8", "base64"] },
    createRevision: REVISION,
    modRevision: REVISION,
    version: REVISION,
  }, ["value", "encoding"]),
  Page: object({
    items: { type: "array", items: part("schemas", "Item") },
    more: { type: "boolean" },
    cursor: { type: ["string", "null"] },
    count: REVISION,
    revision: REVISION,
  }),
  Written: object(WRITTEN),
  Incremented: object({ value: TEXT, ...WRITTEN }),
  Deleted: object({ deleted: { type: "boolean" }, revision: REVISION }),
  Appended: object({ offset: REVISION }),
  Trimmed: object({ first: REVISION, next: REVISION }),
  Latest: object({ latest: { type: ["integer", "null"] }, first: REVISION, next: REVISION }),
  Records: object({
    records: {
      type: "array",
      items: object({
        offset: REVISION,
        value: TEXT,
        encoding: { type: "string", enum: ["utf8", "base64"] },
      }),
    },
    first: REVISION,
    next: REVISION,
  }),
  Configuration: object({
    topology: { type: "string", enum: ["chain", "clique"] },
    version: REVISION,
    formed: { type: "boolean" },
    nodes: { type: "array", items: { type: "object" } },
    volumes: { type: "array", items: { type: "object" } },
  }),
  Session: object({ clientId: { type: "integer" } }),
  Crashed: object({ crashed: TEXT }),
  Status: { type: "object", description: "The node's state; members may be added" },
  Problem: object({
    type: { type: "string", format: "uri" },
    title: TEXT,
    status: { type: "integer" },
    detail: TEXT,
    code: { type: "string", enum: Object.keys(PROBLEMS) },
    outcome: { type: "string", enum: ["unknown"] },
    clientId: { type: "integer" },
    requestNumber: { type: "integer" },
    modRevision: { type: ["integer", "null"] },
    answered: { type: "array", items: { type: "integer" } },
    needed: REVISION,
    item: { type: "object" },
    behind: REVISION,
    ageMs: { type: ["integer", "null"] },
    first: REVISION,
    next: REVISION,
    nodes: {
      type: "array",
      items: object({ node: { type: "integer" }, http: { type: "string", format: "uri" } }),
    },
  }, [
    ...["outcome", "clientId", "requestNumber", "modRevision", "answered", "needed", "item"],
    ...["behind", "ageMs", "first", "next", "nodes"],
  ]),
};
