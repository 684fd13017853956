/**
 * Every path of the API, as OpenAPI describes it.
 *
 * @module
 */
import type { Json } from "./openapi_parts.ts";
import { answer, bytes, json, operation, PLAIN } from "./openapi_operation.ts";
import type { ProblemCode } from "./problems.ts";
import { JSON_TYPE, RAW } from "./replies.ts";

/** What `/openapi.json` is made of: a path and a method for every route. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Json>>>>;

const RETRY = ["clientId", "requestNumber"] as const;
const WAIT = ["timeout", "redirect", "forward"] as const;
const FRESHNESS = ["consistency", "maxAge", "maxVersions"] as const;
const CONDITIONAL_WRITE = [
  "key",
  "ifMatch",
  "ifNoneMatchAny",
  "ifValue",
  "ifValueBase64",
  ...RETRY,
  ...WAIT,
] as const;
const WRITE_PROBLEMS: readonly ProblemCode[] = [
  "bad_request",
  "too_large",
  "request_superseded",
  "no_session",
  "result_too_large",
  "unavailable",
  "no_active_replicas",
  "outcome_unknown",
  "unsupported",
];
const READ_PROBLEMS: readonly ProblemCode[] = [
  "bad_request",
  "too_large",
  "unavailable",
  "no_active_replicas",
  "unsupported",
];
const ADMIN_PROBLEMS: readonly ProblemCode[] = ["bad_request", "not_supported", "unavailable"];
const CHANGE_PROBLEMS: readonly ProblemCode[] = [
  ...ADMIN_PROBLEMS,
  "not_formed",
  "outcome_unknown",
];

const KEY_PATHS: Paths = {
  "/v1/kv": {
    get: operation("scan", {
      summary: "Lists the keys of a range, page by page",
      parameters: [
        "prefix",
        "start",
        "end",
        "limit",
        "cursor",
        "keysOnly",
        "countOnly",
        "reverse",
        "encoding",
        ...FRESHNESS,
        ...WAIT,
      ],
      answers: { "200": answer("A page", json("Page")) },
      problems: READ_PROBLEMS,
      redirects: true,
    }),
  },
  "/v1/kv/{key}": {
    get: operation("get", {
      summary: "Reads a value",
      parameters: [
        "key",
        "format",
        "encoding",
        ...FRESHNESS,
        "ifMatch",
        "ifNoneMatch",
        ...WAIT,
      ],
      answers: {
        "200": answer("The value", { ...bytes(RAW) as object, ...json("Item") as object }),
        "304": answer("The client has it already"),
      },
      problems: [...READ_PROBLEMS, "key_not_found", "precondition_failed"],
      redirects: true,
    }),
    put: operation("put", {
      summary: "Stores a value",
      parameters: CONDITIONAL_WRITE,
      body: RAW,
      answers: {
        "200": answer("Replaced", json("Written")),
        "201": answer("Created", json("Written")),
      },
      problems: [...WRITE_PROBLEMS, "precondition_failed", "request_timeout"],
      redirects: true,
    }),
    delete: operation("delete", {
      summary: "Deletes a key, if it is there",
      parameters: CONDITIONAL_WRITE,
      answers: { "200": answer("The key is absent now", json("Deleted")) },
      problems: [...WRITE_PROBLEMS, "precondition_failed"],
      redirects: true,
    }),
    post: operation("increment", {
      summary: "Adds to a decimal number",
      parameters: ["key", "increment", ...RETRY, ...WAIT],
      answers: { "200": answer("The sum", json("Incremented")) },
      problems: [...WRITE_PROBLEMS, "not_a_number", "number_overflow"],
      redirects: true,
    }),
  },
};

const LOG_PATHS: Paths = {
  "/v1/log": {
    post: operation("append", {
      summary: "Appends a record",
      parameters: [...RETRY, ...WAIT],
      body: RAW,
      answers: { "201": answer("Appended", json("Appended")) },
      problems: [...WRITE_PROBLEMS, "log_full", "request_timeout"],
      redirects: true,
    }),
    get: operation("readLog", {
      summary: "Reads records from an offset on",
      parameters: ["from", "recordLimit", "encoding", ...FRESHNESS, ...WAIT],
      answers: { "200": answer("Records", json("Records")) },
      problems: [...READ_PROBLEMS, "offset_dropped"],
      redirects: true,
    }),
    delete: operation("trim", {
      summary: "Drops the records before an offset",
      parameters: ["before", ...RETRY, ...WAIT],
      answers: { "200": answer("What is left", json("Trimmed")) },
      problems: WRITE_PROBLEMS,
      redirects: true,
    }),
  },
  "/v1/log/latest": {
    get: operation("latest", {
      summary: "The offsets of the newest and of the oldest record",
      parameters: [...FRESHNESS, ...WAIT],
      answers: { "200": answer("The offsets", json("Latest")) },
      problems: READ_PROBLEMS,
      redirects: true,
    }),
  },
};

const ADMIN_PATHS: Paths = {
  "/v1/admin/show": {
    get: operation("show", {
      summary: "Who replicates what",
      answers: { "200": answer("What the master has decided", json("Configuration")) },
      problems: ADMIN_PROBLEMS,
    }),
  },
  "/v1/admin/chain": {
    get: operation("chain", {
      summary: "The same as /v1/admin/show",
      answers: { "200": answer("What the master has decided", json("Configuration")) },
      problems: ADMIN_PROBLEMS,
    }),
  },
  "/v1/admin/add": {
    post: operation("addNode", {
      summary: "Lets a node replicate volumes again",
      parameters: ["node"],
      answers: { "200": answer("Decided; it joins step by step", json("Configuration")) },
      problems: [...CHANGE_PROBLEMS, "no_such_node"],
    }),
  },
  "/v1/admin/remove": {
    post: operation("removeNode", {
      summary: "Takes a node out of all volumes",
      parameters: ["node"],
      answers: { "200": answer("Decided; it leaves step by step", json("Configuration")) },
      problems: [...CHANGE_PROBLEMS, "no_such_node", "last_member"],
    }),
  },
  "/v1/admin/rebalance": {
    post: operation("rebalance", {
      summary: "Moves all volumes to where the placement wants them",
      answers: { "200": answer("Decided; they move step by step", json("Configuration")) },
      problems: CHANGE_PROBLEMS,
    }),
  },
};

const STATE_MACHINE_PATHS: Paths = {
  "/v1/sessions": {
    post: operation("openSession", {
      summary: "Opens a session, for retries that never execute twice",
      parameters: WAIT,
      answers: { "201": answer("Opened", json("Session")) },
      problems: ["bad_request", "unavailable", "outcome_unknown"],
      redirects: true,
    }),
  },
  "/v1/commands": {
    post: operation("command", {
      summary: "Has a state machine of your own execute a command",
      parameters: [...RETRY, ...WAIT],
      body: RAW,
      answers: { "200": answer("The result", bytes(RAW)) },
      problems: [...WRITE_PROBLEMS, "request_timeout"],
      redirects: true,
    }),
  },
  "/v1/queries": {
    post: operation("query", {
      summary: "Has a state machine of your own answer a query",
      parameters: [...FRESHNESS, ...WAIT],
      body: RAW,
      answers: { "200": answer("The result", bytes(RAW)) },
      problems: [...READ_PROBLEMS, "request_timeout"],
      redirects: true,
    }),
  },
};

/** What every node is asked, whatever it replicates. */
export const NODE_PATHS: Paths = {
  "/v1/status": {
    get: operation("status", {
      summary: "The node's state",
      answers: { "200": answer("The state", json("Status")) },
    }),
  },
  "/livez": {
    get: operation("live", {
      summary: "Whether the process answers",
      answers: { "200": answer("It does", PLAIN) },
    }),
  },
  "/readyz": {
    get: operation("ready", {
      summary: "Whether the node can serve",
      parameters: ["verbose"],
      answers: { "200": answer("It can", PLAIN), "503": answer("It cannot", PLAIN) },
    }),
  },
  "/metrics": {
    get: operation("metrics", {
      summary: "Figures in Prometheus's text format",
      answers: { "200": answer("The figures", PLAIN) },
    }),
  },
  "/openapi.json": {
    get: operation("openapi", {
      summary: "This description",
      answers: { "200": answer("The description", { [JSON_TYPE]: {} }) },
    }),
  },
  "/v1/dev/actors/{name}/crash": {
    post: operation("crashActor", {
      summary: "Crashes an actor; only with --dev",
      parameters: ["actor"],
      answers: { "202": answer("It crashes", json("Crashed")) },
      problems: ["bad_request", "no_such_actor"],
    }),
  },
};

/** All of them. */
export const PATHS: Paths = {
  ...KEY_PATHS,
  ...LOG_PATHS,
  ...STATE_MACHINE_PATHS,
  ...NODE_PATHS,
  ...ADMIN_PATHS,
};
