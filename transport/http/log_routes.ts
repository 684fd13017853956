/**
 * The replicated log: appending, reading from an offset, and where it begins and ends.
 *
 * @module
 */
import {
  decodeLogQueryResult,
  decodeLogResult,
  encodeLogCommand,
  encodeLogQuery,
  type LogCommand,
  type LogQuery,
  type LogQueryResult,
  type LogResult,
  READ_LIMIT_DEFAULT,
  READ_LIMIT_MAX,
} from "../../protocols/log/commands.ts";
import { TroupeError } from "../../actors/errors.ts";
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
import { HttpProblem } from "./problems.ts";
import { badRequest, integer, type Parameters, parseParameters, word } from "./query_string.ts";
import { respondJson, respondToWriteAsJson } from "./replies.ts";
import { type Encoding, ENCODINGS, jsonValue } from "./values.ts";

const APPEND_PARAMETERS: ReadonlySet<string> = new Set(COMMON_PARAMETERS);
const TRIM_PARAMETERS: ReadonlySet<string> = new Set(["before", ...COMMON_PARAMETERS]);
const LATEST_PARAMETERS: ReadonlySet<string> = new Set(READ_PARAMETERS);
const RECORDS_PARAMETERS: ReadonlySet<string> = new Set([
  "from",
  "limit",
  "encoding",
  ...READ_PARAMETERS,
]);
const OFFSET = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** `/v1/log` and `/v1/log/latest`. */
export function logRoutes(gateway: Gateway): Route[] {
  return [
    { method: "POST", path: "/v1/log", handler: (asked) => append(asked, gateway) },
    { method: "GET", path: "/v1/log", handler: (asked) => read(asked, gateway) },
    { method: "DELETE", path: "/v1/log", handler: (asked) => trim(asked, gateway) },
    { method: "GET", path: "/v1/log/latest", handler: (asked) => latest(asked, gateway) },
  ];
}

async function append(asked: Asked, gateway: Gateway): Promise<Response> {
  const request = asked.raw;
  const parameters = parseParameters(request.url, APPEND_PARAMETERS);
  submitOptions(request, parameters); // A malformed header is found before the body is read.
  const record = await gateway.bodies.read(request, gateway.valueBytesMax);
  return await submit({ type: "append", record }, request, parameters, gateway);
}

function trim(asked: Asked, gateway: Gateway): Promise<Response> {
  const request = asked.raw;
  const parameters = parseParameters(request.url, TRIM_PARAMETERS);
  const before = integer(parameters, "before", OFFSET);
  if (before === undefined) throw badRequest('Trimming takes the query parameter "before"');
  return submit({ type: "trim", before }, request, parameters, gateway);
}

async function submit(
  command: LogCommand,
  request: Request,
  parameters: Parameters,
  gateway: Gateway,
): Promise<Response> {
  const options = submitOptions(request, parameters);
  const answer = await gateway.service.submit(encodeLogCommand(command), options);
  return mark(written(decodeLogResult(answer.result)), answer);
}

function written(result: LogResult): Response {
  switch (result.type) {
    case "appended":
      return respondToWriteAsJson(`{"offset":${result.offset}}`, 201);
    case "trimmed":
      return respondToWriteAsJson(`{"first":${result.first},"next":${result.next}}`, 200);
    case "full":
      throw new HttpProblem(
        "log_full",
        `The log would take ${result.bytes} bytes, and its limit is ${result.limit}: drop old records`,
      );
    case "too_large":
      throw new HttpProblem(
        "too_large",
        `The record of ${result.bytes} bytes exceeds the limit of ${result.limit}`,
      );
    case "malformed":
      throw badRequest(result.reason);
  }
}

async function read(asked: Asked, gateway: Gateway): Promise<Response> {
  const parameters = parseParameters(asked.raw.url, RECORDS_PARAMETERS);
  const from = integer(parameters, "from", OFFSET) ?? 0;
  const limit = integer(parameters, "limit", { min: 1, max: READ_LIMIT_MAX }) ?? READ_LIMIT_DEFAULT;
  const encoding = word(parameters, "encoding", ENCODINGS);
  return await query({ type: "read", from, limit }, parameters, gateway, (result) => {
    if (result.type === "dropped") throw dropped(from, result.first, result.next);
    if (result.type !== "records") throw unexpected(result);
    return recordsJson(from, result, encoding);
  });
}

function latest(asked: Asked, gateway: Gateway): Promise<Response> {
  const parameters = parseParameters(asked.raw.url, LATEST_PARAMETERS);
  return query({ type: "latest" }, parameters, gateway, (result) => {
    if (result.type !== "latest") throw unexpected(result);
    const { first, next } = result;
    return { latest: next > first ? next - 1 : null, first, next };
  });
}

async function query(
  query: LogQuery,
  parameters: Parameters,
  gateway: Gateway,
  toJson: (result: LogQueryResult) => unknown,
): Promise<Response> {
  const options = queryOptions(parameters);
  const answer = await gateway.service.query(encodeLogQuery(query), options);
  const response = respondJson(toJson(decodeLogQueryResult(answer.result)));
  return markRead(response, gateway, answer, options.consistency);
}

function recordsJson(
  from: number,
  { records, first, next }: Extract<LogQueryResult, { type: "records" }>,
  encoding: Encoding | undefined,
) {
  return {
    records: records.map((record, index) => ({
      offset: from + index,
      ...jsonValue(record, encoding),
    })),
    first,
    next,
  };
}

function dropped(from: number, first: number, next: number): HttpProblem {
  return new HttpProblem(
    "offset_dropped",
    `Offset ${from} was dropped: the oldest record is at ${first}`,
    { members: { first, next } },
  );
}

function unexpected(result: LogQueryResult): TroupeError {
  if (result.type === "malformed") return badRequest(result.reason);
  return new TroupeError("unexpected_result", `Log answered with "${result.type}"`);
}
