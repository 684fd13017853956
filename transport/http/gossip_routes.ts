/**
 * One key of a gossip cluster: values, counters and sets.
 *
 * @module
 */
import { INTEGER_MAX, INTEGER_MIN } from "../../protocols/kv/commands.ts";
import type { ClientOperation, GossipRequests } from "../gossip_requests.ts";
import type { Asked, Gateway, Route } from "./gateway.ts";
import {
  contextOf,
  GOSSIP_READ_PARAMETERS,
  GOSSIP_WRITE_PARAMETERS,
  readOptions,
  refuseConditions,
  writeOptions,
} from "./gossip_options.ts";
import type { ReadingForm } from "./gossip_readings.ts";
import { type Absence, readResponse, writeResponse } from "./gossip_replies.ts";
import { decodeKey } from "./paths.ts";
import { badRequest, excerpt, type Parameters, parseParameters, word } from "./query_string.ts";
import { ENCODINGS } from "./values.ts";

const KV = "/v1/kv/";
const SETS = "/v1/sets/";
const GET_PARAMETERS: ReadonlySet<string> = new Set([
  "format",
  "encoding",
  ...GOSSIP_READ_PARAMETERS,
]);
const WRITE_PARAMETERS: ReadonlySet<string> = new Set(GOSSIP_WRITE_PARAMETERS);
const INCREMENT_PARAMETERS: ReadonlySet<string> = new Set([
  "increment",
  ...GOSSIP_WRITE_PARAMETERS,
]);
const MEMBERS_PARAMETERS: ReadonlySet<string> = new Set(["encoding", ...GOSSIP_READ_PARAMETERS]);
const ELEMENT_PARAMETERS: ReadonlySet<string> = new Set([
  "element",
  "element-base64",
  ...GOSSIP_WRITE_PARAMETERS,
]);
const FORMATS = ["json", "raw", "multipart"] as const;
const INTEGER = /^-?\d{1,19}$/;
const textEncoder = new TextEncoder();

/** What the routes of a gossip cluster are given beside the rest. */
export interface GossipMeans {
  readonly gossip: GossipRequests;
  /** How long a request may take that does not say, in milliseconds. */
  readonly requestMs: number;
}

/** `/v1/kv/{key}` and `/v1/sets/{key}`. */
export function gossipRoutes(gateway: Gateway, means: GossipMeans): Route[] {
  const routes = new GossipRoutes(gateway, means);
  const kv = `${KV}:key{.+}`;
  const sets = `${SETS}:key{.+}`;
  return [
    { method: "GET", path: kv, handler: (asked) => routes.get(asked) },
    { method: "PUT", path: kv, handler: (asked) => routes.put(asked) },
    { method: "DELETE", path: kv, handler: (asked) => routes.remove(asked) },
    { method: "POST", path: kv, handler: (asked) => routes.increment(asked) },
    { method: "GET", path: sets, handler: (asked) => routes.members(asked) },
    { method: "PUT", path: sets, handler: (asked) => routes.add(asked) },
    { method: "DELETE", path: sets, handler: (asked) => routes.take(asked) },
  ];
}

class GossipRoutes {
  readonly #gateway: Gateway;
  readonly #means: GossipMeans;

  constructor(gateway: Gateway, means: GossipMeans) {
    this.#gateway = gateway;
    this.#means = means;
  }

  get(asked: Asked): Promise<Response> {
    const request = asked.raw;
    const parameters = parseParameters(request.url, GET_PARAMETERS);
    const key = this.#key(asked, KV);
    return this.#read(key, request, parameters, readingForm(request, parameters), "problem");
  }

  async put(asked: Asked): Promise<Response> {
    const request = asked.raw;
    refuseConditions(request);
    const parameters = parseParameters(request.url, WRITE_PARAMETERS);
    const key = this.#key(asked, KV);
    const seen = contextOf(request);
    const value = await this.#gateway.bodies.read(request, this.#gateway.valueBytesMax);
    return await this.#write(key, { type: "put", value, context: seen }, request, parameters);
  }

  async remove(asked: Asked): Promise<Response> {
    const request = asked.raw;
    refuseConditions(request);
    const parameters = parseParameters(request.url, WRITE_PARAMETERS);
    const operation = { type: "delete", context: contextOf(request) } as const;
    return await this.#write(this.#key(asked, KV), operation, request, parameters);
  }

  async increment(asked: Asked): Promise<Response> {
    const request = asked.raw;
    refuseConditions(request);
    const parameters = parseParameters(request.url, INCREMENT_PARAMETERS);
    const operation = { type: "increment", by: amount(parameters) } as const;
    return await this.#write(this.#key(asked, KV), operation, request, parameters);
  }

  members(asked: Asked): Promise<Response> {
    const request = asked.raw;
    const parameters = parseParameters(request.url, MEMBERS_PARAMETERS);
    const key = this.#key(asked, SETS);
    const form = { format: "json", encoding: word(parameters, "encoding", ENCODINGS) } as const;
    return this.#read(key, request, parameters, form, "empty-set");
  }

  async add(asked: Asked): Promise<Response> {
    const request = asked.raw;
    const parameters = parseParameters(request.url, ELEMENT_PARAMETERS);
    const key = this.#key(asked, SETS);
    const element = elementOf(parameters) ??
      await this.#gateway.bodies.read(request, this.#gateway.valueBytesMax);
    return await this.#write(key, { type: "add", element }, request, parameters);
  }

  async take(asked: Asked): Promise<Response> {
    const request = asked.raw;
    const parameters = parseParameters(request.url, ELEMENT_PARAMETERS);
    const element = elementOf(parameters);
    if (element === undefined) {
      throw badRequest('Query parameter "element" or "element-base64" is missing');
    }
    const operation = { type: "remove", element } as const;
    return await this.#write(this.#key(asked, SETS), operation, request, parameters);
  }

  #key(asked: Asked, prefix: string): string {
    return decodeKey(asked.path, prefix, this.#gateway.keyBytesMax);
  }

  async #read(
    key: string,
    request: Request,
    parameters: Parameters,
    form: ReadingForm,
    absence: Absence,
  ): Promise<Response> {
    const { gossip, requestMs } = this.#means;
    const options = readOptions(request, parameters, requestMs);
    const reply = await gossip.ask({ type: "read", key, ...options });
    return readResponse(key, reply, form, this.#gateway, absence);
  }

  async #write(
    key: string,
    operation: ClientOperation,
    request: Request,
    parameters: Parameters,
  ): Promise<Response> {
    const { gossip, requestMs } = this.#means;
    const options = writeOptions(request, parameters, requestMs);
    const reply = await gossip.ask({ type: "write", key, operation, ...options });
    return writeResponse(key, reply, options.requester, this.#gateway);
  }
}

function amount(parameters: Parameters): bigint {
  const text = parameters.get("increment");
  if (text === undefined) throw badRequest('A POST to a key takes the query parameter "increment"');
  const by = INTEGER.test(text) ? BigInt(text) : undefined;
  if (by !== undefined && by >= INTEGER_MIN && by <= INTEGER_MAX) return by;
  throw badRequest(
    `Query parameter "increment" takes an integer of 64 bits, not "${excerpt(text)}"`,
  );
}

/** The element that the address names, if it does. */
function elementOf(parameters: Parameters): Uint8Array | undefined {
  const text = parameters.get("element");
  const base64 = parameters.get("element-base64");
  if (text !== undefined && base64 !== undefined) {
    throw badRequest('Query parameters "element" and "element-base64" exclude each other');
  }
  if (text !== undefined) return textEncoder.encode(text);
  if (base64 === undefined) return undefined;
  try {
    // A plus sign of base64 that was not percent-encoded has become a space.
    return Uint8Array.fromBase64(base64.replaceAll(" ", "+"));
  } catch (cause) {
    throw badRequest(
      `Query parameter "element-base64" is not base64: "${excerpt(base64)}"`,
      cause,
    );
  }
}

function readingForm(request: Request, parameters: Parameters): ReadingForm {
  const format = word(parameters, "format", FORMATS) ?? accepted(request);
  const encoding = word(parameters, "encoding", ENCODINGS);
  if (encoding === undefined || format === "json") return { format, encoding };
  throw badRequest('Query parameter "encoding" goes with JSON only, and JSON is not asked for');
}

function accepted(request: Request): ReadingForm["format"] {
  const accept = request.headers.get("accept") ?? "";
  if (accept.includes("multipart/mixed")) return "multipart";
  return accept.includes("application/json") ? "json" : "raw";
}
