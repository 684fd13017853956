/**
 * One key: reading, writing, deleting and adding to it.
 *
 * @module
 */
import {
  decodeQueryResult,
  decodeResult,
  encodeCommand,
  encodeQuery,
  INTEGER_MAX,
  INTEGER_MIN,
  type KeyCommand,
} from "../../protocols/kv/commands.ts";
import type { Answer, SubmitOptions } from "../service.ts";
import { CONDITION_PARAMETERS, writeCondition } from "./conditions.ts";
import {
  type Asked,
  COMMON_PARAMETERS,
  type Gateway,
  mark,
  markRead,
  queryOptions,
  READ_PARAMETERS,
  type Route,
  submitOptions,
} from "./gateway.ts";
import { commandReply, type ValueForm, valueReply } from "./kv_replies.ts";
import { decodeKey } from "./paths.ts";
import { badRequest, excerpt, type Parameters, parseParameters, word } from "./query_string.ts";
import { ENCODINGS } from "./values.ts";

const PREFIX = "/v1/kv/";
const PATH = `${PREFIX}:key{.+}`;
const GET_PARAMETERS: ReadonlySet<string> = new Set([
  "format",
  "encoding",
  ...READ_PARAMETERS,
]);
const WRITE_PARAMETERS: ReadonlySet<string> = new Set([
  ...CONDITION_PARAMETERS,
  ...COMMON_PARAMETERS,
]);
const INCREMENT_PARAMETERS: ReadonlySet<string> = new Set(["increment", ...COMMON_PARAMETERS]);
const FORMATS = ["json", "raw"] as const;
const RAW_FORM: ValueForm = { json: false, encoding: undefined };
const INTEGER = /^-?\d{1,19}$/;

/** `/v1/kv/{key}`. */
export function kvRoutes(gateway: Gateway): Route[] {
  return [
    { method: "GET", path: PATH, handler: (asked) => get(asked, gateway) },
    { method: "PUT", path: PATH, handler: (asked) => put(asked, gateway) },
    { method: "DELETE", path: PATH, handler: (asked) => remove(asked, gateway) },
    { method: "POST", path: PATH, handler: (asked) => increment(asked, gateway) },
  ];
}

async function get(asked: Asked, gateway: Gateway): Promise<Response> {
  const request = asked.raw;
  const parameters = parseParameters(request.url, GET_PARAMETERS);
  const key = decodeKey(asked.path, PREFIX, gateway.keyBytesMax);
  const form = valueForm(request, parameters);
  const options = queryOptions(parameters);
  const answer = await gateway.service.query(encodeQuery({ type: "get", key }), options);
  const response = valueReply(request, key, decodeQueryResult(answer.result), form);
  return markRead(response, gateway, answer, options.consistency);
}

async function put(asked: Asked, gateway: Gateway): Promise<Response> {
  const request = asked.raw;
  const parameters = parseParameters(request.url, WRITE_PARAMETERS);
  const key = decodeKey(asked.path, PREFIX, gateway.keyBytesMax);
  const condition = writeCondition(request, parameters);
  const options = submitOptions(request, parameters);
  const value = await gateway.bodies.read(request, gateway.valueBytesMax);
  const command: KeyCommand = condition === undefined
    ? { type: "put", key, value }
    : { type: "put", key, value, condition };
  return answerTo(key, await gateway.service.submit(encodeCommand(command), options));
}

function remove(asked: Asked, gateway: Gateway): Promise<Response> {
  const request = asked.raw;
  const parameters = parseParameters(request.url, WRITE_PARAMETERS);
  const key = decodeKey(asked.path, PREFIX, gateway.keyBytesMax);
  const condition = writeCondition(request, parameters);
  const command: KeyCommand = condition === undefined
    ? { type: "delete", key }
    : { type: "delete", key, condition };
  return submit(command, submitOptions(request, parameters), gateway);
}

function increment(asked: Asked, gateway: Gateway): Promise<Response> {
  const request = asked.raw;
  const parameters = parseParameters(request.url, INCREMENT_PARAMETERS);
  const key = decodeKey(asked.path, PREFIX, gateway.keyBytesMax);
  if (request.headers.has("if-match") || request.headers.has("if-none-match")) {
    throw badRequest("An increment takes no If-Match and no If-None-Match");
  }
  const command: KeyCommand = { type: "increment", key, delta: parseDelta(parameters) };
  return submit(command, submitOptions(request, parameters), gateway);
}

async function submit(
  command: KeyCommand,
  options: SubmitOptions,
  gateway: Gateway,
): Promise<Response> {
  return answerTo(command.key, await gateway.service.submit(encodeCommand(command), options));
}

function answerTo(key: string, answer: Answer): Response {
  return mark(commandReply(key, decodeResult(answer.result)), answer);
}

function parseDelta(parameters: Parameters): bigint {
  const text = parameters.get("increment");
  const delta = text !== undefined && INTEGER.test(text) ? BigInt(text) : undefined;
  if (delta === undefined || delta < INTEGER_MIN || delta > INTEGER_MAX) {
    throw badRequest(
      text === undefined
        ? 'A POST to a key takes the query parameter "increment"'
        : `Query parameter "increment" takes an integer of 64 bits, not "${excerpt(text)}"`,
    );
  }
  return delta;
}

function valueForm(request: Request, parameters: Parameters): ValueForm {
  const format = word(parameters, "format", FORMATS);
  if (format === "json" || (format === undefined && acceptsJson(request))) {
    return { json: true, encoding: word(parameters, "encoding", ENCODINGS) };
  }
  if (!parameters.has("encoding")) return RAW_FORM;
  throw badRequest('Query parameter "encoding" goes with JSON only, and raw bytes are asked for');
}

function acceptsJson(request: Request): boolean {
  const accept = request.headers.get("accept");
  return accept !== null && accept.includes("application/json");
}
