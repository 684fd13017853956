/**
 * Scans of a gossip cluster: the keys of a range as one replica has them, page by page.
 *
 * @module
 */
import { PAGE_KEYS_MAX } from "../../protocols/gossip/client_messages.ts";
import { SCAN_LIMIT_DEFAULT } from "../../protocols/kv/commands.ts";
import type { GossipAsk, GossipReply } from "../gossip_requests.ts";
import type { Asked, Gateway, Route } from "./gateway.ts";
import { readOptions } from "./gossip_options.ts";
import { readingItem } from "./gossip_readings.ts";
import { refusal } from "./gossip_replies.ts";
import type { GossipMeans } from "./gossip_routes.ts";
import { flag, integer, type Parameters, parseParameters, word } from "./query_string.ts";
import { respondJson } from "./replies.ts";
import { ENCODINGS } from "./values.ts";

const PARAMETERS: ReadonlySet<string> = new Set([
  "prefix",
  "start",
  "end",
  "limit",
  "cursor",
  "keys-only",
  "count-only",
  "encoding",
  "max_age_ms",
  "timeout",
]);

/** `/v1/kv`. */
export function gossipScanRoutes(gateway: Gateway, means: GossipMeans): Route[] {
  return [{ method: "GET", path: "/v1/kv", handler: (asked) => scan(asked, gateway, means) }];
}

async function scan(asked: Asked, gateway: Gateway, means: GossipMeans): Promise<Response> {
  const request = asked.raw;
  const parameters = parseParameters(request.url, PARAMETERS);
  const reply = await means.gossip.ask(question(request, parameters, means.requestMs));
  const response = respondJson(pageOf(reply, parameters));
  const { session } = reply as { readonly session?: string | null };
  if (typeof session === "string") response.headers.set("troupe-session", session);
  response.headers.set("troupe-node", gateway.node);
  return response;
}

function question(request: Request, parameters: Parameters, requestMs: number): GossipAsk {
  const { session, maxStalenessMs, timeoutMs } = readOptions(request, parameters, requestMs);
  const prefix = parameters.get("prefix") ?? "";
  return {
    type: "scan",
    prefix,
    from: parameters.get("cursor") ?? parameters.get("start") ?? prefix,
    until: parameters.get("end") ?? null,
    countsOnly: flag(parameters, "count-only"),
    limit: integer(parameters, "limit", { min: 1, max: PAGE_KEYS_MAX }) ?? SCAN_LIMIT_DEFAULT,
    session,
    maxStalenessMs,
    timeoutMs,
  };
}

function pageOf(reply: GossipReply, parameters: Parameters): Record<string, unknown> {
  const encoding = word(parameters, "encoding", ENCODINGS);
  if (reply.type === "size") return { items: [], more: false, cursor: null, count: reply.keys };
  if (reply.type !== "page") throw refusal(reply, null);
  const keysOnly = flag(parameters, "keys-only");
  const items = reply.rows.map((row) => keysOnly ? { key: row.key } : readingItem(row, encoding));
  return { items, more: reply.next !== null, cursor: reply.next, count: items.length };
}
