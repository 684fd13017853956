/**
 * What operators ask of the cluster's configuration, and change in it.
 *
 * @module
 */
import type { ClusterAdmin, ClusterChange, ClusterLayout } from "../service.ts";
import type { Asked, Gateway, Route } from "./gateway.ts";
import { HttpProblem } from "./problems.ts";
import { badRequest, integer, parseParameters } from "./query_string.ts";
import { respondJson } from "./replies.ts";

const TAKES_NONE: ReadonlySet<string> = new Set();
const NODE: ReadonlySet<string> = new Set(["node"]);
const NODE_MAX = 255;

/** `/v1/admin/show`, or `chain`, `/v1/admin/add`, `/v1/admin/remove` and `/v1/admin/rebalance`. */
export function adminRoutes(gateway: Gateway): Route[] {
  return [
    { method: "GET", path: "/v1/admin/show", handler: (asked) => show(asked, gateway) },
    { method: "GET", path: "/v1/admin/chain", handler: (asked) => show(asked, gateway) },
    { method: "POST", path: "/v1/admin/add", handler: (asked) => move("add", asked, gateway) },
    {
      method: "POST",
      path: "/v1/admin/remove",
      handler: (asked) => move("remove", asked, gateway),
    },
    {
      method: "POST",
      path: "/v1/admin/rebalance",
      handler: (asked) => rebalance(asked, gateway),
    },
  ];
}

async function show(asked: Asked, gateway: Gateway): Promise<Response> {
  parseParameters(asked.raw.url, TAKES_NONE);
  return answer(await adminOf(gateway).show(), gateway);
}

function move(
  type: "add" | "remove",
  asked: Asked,
  gateway: Gateway,
): Promise<Response> {
  const parameters = parseParameters(asked.raw.url, NODE);
  const node = integer(parameters, "node", { min: 0, max: NODE_MAX });
  if (node === undefined) throw badRequest('Query parameter "node" is missing: it names the node');
  return change({ type, node }, gateway);
}

function rebalance(asked: Asked, gateway: Gateway): Promise<Response> {
  parseParameters(asked.raw.url, TAKES_NONE);
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
