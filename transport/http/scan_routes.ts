/**
 * Scans: the keys of a range, page by page.
 *
 * @module
 */
import {
  decodeQueryResult,
  encodeQuery,
  type KvQueryResult,
  type Scan,
  SCAN_LIMIT_MAX,
  type Unreadable,
} from "../../protocols/kv/commands.ts";
import {
  type Asked,
  type Gateway,
  markRead,
  queryOptions,
  READ_PARAMETERS,
  type Route,
} from "./gateway.ts";
import { refusal } from "./kv_replies.ts";
import { flag, integer, type Parameters, parseParameters, word } from "./query_string.ts";
import { respondJson } from "./replies.ts";
import { type Encoding, ENCODINGS, jsonItem } from "./values.ts";

const PARAMETERS: ReadonlySet<string> = new Set([
  "prefix",
  "start",
  "end",
  "limit",
  "cursor",
  "keys-only",
  "count-only",
  "reverse",
  "encoding",
  ...READ_PARAMETERS,
]);

/** `/v1/kv`. */
export function scanRoutes(gateway: Gateway): Route[] {
  return [{ method: "GET", path: "/v1/kv", handler: (asked) => scan(asked, gateway) }];
}

async function scan(asked: Asked, gateway: Gateway): Promise<Response> {
  const { url } = asked.raw;
  const parameters = parseParameters(url, PARAMETERS);
  const encoding = word(parameters, "encoding", ENCODINGS);
  const options = queryOptions(parameters);
  const answer = await gateway.service.query(encodeQuery(scanQuery(parameters)), options);
  const page = pageJson(decodeQueryResult(answer.result), encoding);
  return markRead(respondJson(page), gateway, answer, options.consistency);
}

function scanQuery(parameters: Parameters): Scan {
  return {
    type: "scan",
    prefix: parameters.get("prefix"),
    start: parameters.get("start"),
    end: parameters.get("end"),
    cursor: parameters.get("cursor"),
    limit: integer(parameters, "limit", { min: 1, max: SCAN_LIMIT_MAX }),
    keysOnly: flag(parameters, "keys-only"),
    countOnly: flag(parameters, "count-only"),
    reverse: flag(parameters, "reverse"),
  };
}

function pageJson(result: KvQueryResult | Unreadable, encoding: Encoding | undefined) {
  const { type } = result;
  if (type === "count") {
    const { count, revision } = result;
    return { items: [], more: false, cursor: null, count, revision };
  }
  if (type !== "page") throw refusal(result);
  const items = result.items.map((item) => jsonItem(item.key, item.value, item, encoding));
  const { cursor, revision } = result;
  return { items, more: cursor !== null, cursor, count: items.length, revision };
}
