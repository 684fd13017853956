/**
 * What operators ask of the cluster's configuration, and change in it.
 *
 * @module
 */
import type { Context } from "hono";
import type { ClusterAdmin, ClusterChange, ClusterLayout } from "../service.ts";
import type { Gateway, Route } from "./gateway.ts";
import { HttpProblem } from "./problems.ts";
import { badRequest, integer, parseParameters } from "./query_string.ts";
import { respondJson } from "./replies.ts";

const TAKES_NONE: ReadonlySet<string> = new Set();
const NODE: ReadonlySet<string> = new Set(["node"]);
const NODE_MAX = 255;

/** `/v1/admin/show`, or `chain`, `/v1/admin/add`, `/v1/admin/remove` and `/v1/admin/rebalance`. */
export function adminRoutes(gateway: Gateway): Route[] {
  return [
    { method: "GET", path: "/v1/admin/show", handler: (context) => show(context, gateway) },
    { method: "GET", path: "/v1/admin/chain", handler: (context) => show(context, gateway) },
    { method: "POST", path: "/v1/admin/add", handler: (context) => move("add", context, gateway) },
    {
      method: "POST",
      path: "/v1/admin/remove",
      handler: (context) => move("remove", context, gateway),
    },
    {
      method: "POST",
      path: "/v1/admin/rebalance",
      handler: (context) => rebalance(context, gateway),
    },
  ];
}

async function show(context: Context, gateway: Gateway): Promise<Response> {
  parseParameters(context.req.raw.url, TAKES_NONE);
  return answer(await adminOf(gateway).show(), gateway);
}

function move(
  type: "add" | "remove",
  context: Context,
  gateway: Gateway,
): Promise<Response> {
  const parameters = parseParameters(context.req.raw.url, NODE);
  const node = integer(parameters, "node", { min: 0, max: NODE_MAX });
  if (node === undefined) throw badRequest('Query parameter "node" is missing: it names the node');
  return change({ type, node }, gateway);
}

function rebalance(context: Context, gateway: Gateway): Promise<Response> {
  parseParameters(context.req.raw.url, TAKES_NONE);
  return change({ type: "rebalance" }, gateway);
}

async function change(wanted: ClusterChange, gateway: Gateway): Promise<Response> {
  return answer(await adminOf(gateway).change(wanted), gateway);
}

function adminOf({ service }: Gateway): ClusterAdmin {
  const { admin } = service;
  if (admin !== undefined) return admin;
  const { protocol } = service.status();
  throw new HttpProblem(
    "not_supported",
    `The protocol "${protocol}" has no master: its replicas are those of the configuration file`,
  );
}

function answer(configuration: ClusterLayout, gateway: Gateway): Response {
  const response = respondJson(configuration);
  response.headers.set("troupe-node", gateway.node);
  return response;
}
