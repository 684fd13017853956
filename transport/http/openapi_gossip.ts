/**
 * The API of a gossip cluster, as OpenAPI describes it.
 *
 * @module
 */
import { answer, bytes, json, operation, PLAIN } from "./openapi_operation.ts";
import { header, type Json, object, part, query } from "./openapi_parts.ts";
import { NODE_PATHS, type Paths } from "./openapi_paths.ts";
import type { ProblemCode } from "./problems.ts";
import { RAW } from "./replies.ts";

const SESSION = ["session", "guarantees"] as const;
const READ = ["readLevel", "staleness", "timeout", ...SESSION] as const;
const WRITE = ["writeLevel", "timeout", "clientId", "requestNumber", ...SESSION] as const;
const ELEMENT = ["key", "element", "elementBase64", ...WRITE] as const;
const TOKEN_PROBLEMS: readonly ProblemCode[] = [
  "bad_request",
  "token_damaged",
  "token_foreign",
  "token_too_large",
];
const READ_PROBLEMS: readonly ProblemCode[] = [
  ...TOKEN_PROBLEMS,
  "too_large",
  "stale_replica",
  "too_stale",
  "merge_failed",
  "level_not_reached",
  "unavailable",
];
const WRITE_PROBLEMS: readonly ProblemCode[] = [
  ...TOKEN_PROBLEMS,
  "too_large",
  "key_too_large",
  "wrong_operation",
  "stale_replica",
  "request_superseded",
  "merge_failed",
  "unavailable",
  "outcome_unknown",
];
const STORED = {
  "200": answer("Stored at as many members as were wanted", json("Stored")),
  "202": answer("Stored at fewer members than were wanted, and spreading", json("Stored")),
};

/** The paths of a gossip cluster. */
export const GOSSIP_PATHS: Paths = {
  "/v1/kv": {
    get: operation("scan", {
      summary: "Lists the keys of a range as one replica has them, page by page",
      parameters: [
        ...["prefix", "start", "end", "pageLimit", "cursor", "keysOnly", "countOnly", "encoding"],
        ...["staleness", "timeout", ...SESSION],
      ],
      answers: { "200": answer("A page", json("Readings")) },
      problems: [...TOKEN_PROBLEMS, "stale_replica", "too_stale", "merge_failed", "unavailable"],
    }),
  },
  "/v1/kv/{key}": {
    get: operation("get", {
      summary: "Reads a key: a value, several that stand side by side, a counter or a set",
      parameters: ["key", "readingFormat", "encoding", ...READ],
      answers: {
        "200": answer("The value", {
          ...bytes(RAW) as object,
          ...PLAIN as object,
          ...json("Reading") as object,
        }),
        "300": answer("Several values that nobody has decided between", {
          ...bytes("multipart/mixed") as object,
          ...json("Reading") as object,
        }),
      },
      problems: [...READ_PROBLEMS, "key_not_found"],
    }),
    put: operation("put", {
      summary: "Stores a value, in the place of what the context has seen",
      parameters: ["key", "context", ...WRITE],
      body: RAW,
      answers: STORED,
      problems: [...WRITE_PROBLEMS, "too_many_siblings", "unsupported", "request_timeout"],
    }),
    delete: operation("delete", {
      summary: "Deletes what the context has seen, or all that the member knows",
      parameters: ["key", "context", ...WRITE],
      answers: STORED,
      problems: [...WRITE_PROBLEMS, "unsupported"],
    }),
    post: operation("increment", {
      summary: "Adds to a counter",
      parameters: ["key", "increment", ...WRITE],
      answers: STORED,
      problems: [...WRITE_PROBLEMS, "counter_overflow", "unsupported"],
    }),
  },
  "/v1/sets/{key}": {
    get: operation("members", {
      summary: "The elements of a set",
      parameters: ["key", "encoding", ...READ],
      answers: { "200": answer("The elements, none if the key is absent", json("Reading")) },
      problems: [...READ_PROBLEMS, "wrong_operation"],
    }),
    put: operation("addElement", {
      summary: "Adds an element to a set: that of the address, or else the body",
      parameters: ELEMENT,
      body: RAW,
      answers: STORED,
      problems: [...WRITE_PROBLEMS, "set_full", "request_timeout"],
    }),
    delete: operation("removeElement", {
      summary: "Removes an element from a set, as far as the member knows it",
      parameters: ELEMENT,
      answers: STORED,
      problems: WRITE_PROBLEMS,
    }),
  },
  "/v1/admin/members": {
    get: operation("gossipMembers", {
      summary: "The members, as this node knows them",
      answers: { "200": answer("The members", json("Members")) },
      problems: ["bad_request"],
    }),
  },
  "/v1/admin/remove": {
    post: operation("removeMember", {
      summary: "Closes the replicas of a node that will not come back",
      parameters: ["node"],
      answers: { "200": answer("Removed; the others hear of it", json("Removed")) },
      problems: ["bad_request", "not_removable", "unavailable", "outcome_unknown"],
    }),
  },
  "/v1/admin/leave": {
    post: operation("leave", {
      summary: "Has this node hand over what others may miss, and leave",
      parameters: ["timeout"],
      answers: { "200": answer("It has left", json("Left")) },
      problems: ["bad_request", "unavailable", "outcome_unknown"],
    }),
  },
  ...NODE_PATHS,
};

const TEXT: Json = { type: "string" };
const COUNT: Json = { type: "integer", minimum: 0 };
const NODES: Json = { type: "array", items: { type: "integer" } };
const LEVEL: Json = { type: "string", enum: ["local", "one", "quorum", "all"], default: "one" };
const VALUES: Json = {
  type: "array",
  items: object({ value: TEXT, encoding: { type: "string", enum: ["utf8", "base64"] } }),
};

/** What `components.parameters` has besides. */
export const GOSSIP_PARAMETERS: Readonly<Record<string, Json>> = {
  readLevel: query("read", "How many members must answer", LEVEL),
  writeLevel: query("write", "How many members must have it durably", LEVEL),
  staleness: query(
    "max_age_ms",
    "Only where all living members were synced with within it, in ms",
    {
      type: "integer",
      minimum: 0,
      maximum: 86_400_000,
    },
  ),
  pageLimit: query("limit", "The most items of the page", {
    type: "integer",
    minimum: 1,
    maximum: 10_000,
  }),
  readingFormat: query("format", "Raw bytes, JSON, or siblings as parts; goes before Accept", {
    type: "string",
    enum: ["raw", "json", "multipart"],
  }),
  element: query("element", "The element, as text", TEXT),
  elementBase64: query("element-base64", "The element, as bytes", TEXT),
  context: header("Troupe-Context", "The token of the read or write that this one follows", TEXT),
  session: header("Troupe-Session", "The token of the answer before; new begins a session", TEXT),
  guarantees: header(
    "Troupe-Guarantees",
    "Of the session, separated by commas: read-your-writes, monotonic-reads, monotonic-writes, " +
      "writes-follow-reads; without it, all of them",
    TEXT,
  ),
};

/** What `components.schemas` has besides. */
export const GOSSIP_SCHEMAS: Readonly<Record<string, Json>> = {
  Reading: object({
    key: TEXT,
    value: TEXT,
    encoding: { type: "string", enum: ["utf8", "base64"] },
    siblings: VALUES,
    counter: TEXT,
    elements: VALUES,
    context: TEXT,
  }, ["value", "encoding", "siblings", "counter", "elements", "context"]),
  Readings: object({
    items: { type: "array", items: part("schemas", "Reading") },
    more: { type: "boolean" },
    cursor: { type: ["string", "null"] },
    count: COUNT,
  }),
  Stored: object({
    key: TEXT,
    acknowledged: NODES,
    needed: COUNT,
    siblings: COUNT,
    repeated: { type: "boolean" },
    context: TEXT,
  }, ["needed", "context"]),
  Members: object({ members: { type: "array", items: { type: "object" } }, closed: COUNT }),
  Removed: object({ removed: COUNT }),
  Left: object({ left: COUNT, missing: NODES }),
};
