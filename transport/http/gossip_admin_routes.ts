/**
 * What operators ask of a gossip cluster's members, and do to them.
 *
 * @module
 */
import type { GossipAsk } from "../gossip_requests.ts";
import type { Asked, Gateway, Route } from "./gateway.ts";
import { refusal } from "./gossip_replies.ts";
import type { GossipMeans } from "./gossip_routes.ts";
import { badRequest, integer, parseParameters, timeout } from "./query_string.ts";
import { respondJson } from "./replies.ts";

const TAKES_NONE: ReadonlySet<string> = new Set();
const NODE: ReadonlySet<string> = new Set(["node"]);
const TIMEOUT: ReadonlySet<string> = new Set(["timeout"]);
const NODE_MAX = 255;
/** How long a node that leaves may take to hand over, unless it is said, in milliseconds. */
const LEAVE_MS = 10_000;

/** `/v1/admin/members`, `/v1/admin/remove` and `/v1/admin/leave`. */
export function gossipAdminRoutes(gateway: Gateway, means: GossipMeans): Route[] {
  return [
    { method: "GET", path: "/v1/admin/members", handler: (asked) => members(asked, gateway) },
    {
      method: "POST",
      path: "/v1/admin/remove",
      handler: (asked) => remove(asked, gateway, means),
    },
    {
      method: "POST",
      path: "/v1/admin/leave",
      handler: (asked) => leave(asked, gateway, means),
    },
  ];
}

function members(asked: Asked, { service, node }: Gateway): Response {
  parseParameters(asked.raw.url, TAKES_NONE);
  const { gossip, peers } = service.status();
  const addresses = new Map(peers.map((peer) => [peer.node, peer]));
  const rows = (gossip?.members ?? []).map((member) => {
    const { http = "", address = "" } = addresses.get(member.node) ?? {};
    return { ...member, http, address };
  });
  return answer({ members: rows, closed: gossip?.closed ?? 0 }, node);
}

async function remove(asked: Asked, gateway: Gateway, means: GossipMeans): Promise<Response> {
  const parameters = parseParameters(asked.raw.url, NODE);
  const node = integer(parameters, "node", { min: 0, max: NODE_MAX });
  if (node === undefined) throw badRequest('Query parameter "node" is missing: it names the node');
  return await change({ type: "remove", node }, gateway, means);
}

function leave(asked: Asked, gateway: Gateway, means: GossipMeans): Promise<Response> {
  const parameters = parseParameters(asked.raw.url, TIMEOUT);
  const timeoutMs = Math.ceil(timeout(parameters) ?? LEAVE_MS);
  return change({ type: "leave", timeoutMs }, gateway, means);
}

async function change(
  ask: GossipAsk,
  { node }: Gateway,
  { gossip }: GossipMeans,
): Promise<Response> {
  const reply = await gossip.ask(ask);
  switch (reply.type) {
    case "removed":
      return answer({ removed: reply.node }, node);
    case "left":
      return answer({ left: Number(node), missing: reply.missing }, node);
    default:
      throw refusal(reply, null);
  }
}

function answer(value: unknown, node: string): Response {
  const response = respondJson(value);
  response.headers.set("troupe-node", node);
  return response;
}
