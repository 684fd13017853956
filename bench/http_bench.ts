/**
 * What the HTTP gateway costs above bare Hono, in process: `deno bench bench/http_bench.ts`.
 *
 * "bare" reads the same body and answers the same bytes with a content type, and nothing else. Both
 * include making the request, which costs 3 to 4 µs of each figure. The service behind the gateway
 * answers at once, and always the same. Compare the p75: averages are those of the garbage collector.
 */
import { Hono } from "hono";
import { encodeQueryResult, encodeResult } from "../protocols/kv/commands.ts";
import { httpGateway } from "../transport/http/app.ts";
import type { Answer, NodeStatus, Service } from "../transport/service.ts";

const value = new Uint8Array(100).fill(120);
const url = "http://127.0.0.1:7100/v1/kv/user:1000";
const received = { host: "127.0.0.1:7100", "user-agent": "bench", accept: "*/*" };
const putHeaders = { ...received, "content-length": "100" };

const status: NodeStatus = {
  cluster: "bench",
  node: 0,
  pid: 1,
  protocol: "vr",
  role: "primary",
  status: "normal",
  view: 0,
  opNumber: 1,
  commitNumber: 1,
  primary: 0,
  uptimeMs: 1,
  sessions: 0,
  peers: [],
  actors: [],
};
const metadata = { revision: 9, createRevision: 7, modRevision: 9, version: 2 };
const put = Promise.resolve<Answer>({
  result: encodeResult({ type: "put", created: false, ...metadata }),
  opNumber: 9,
});
const found = Promise.resolve<Answer>({
  result: encodeQueryResult({ type: "found", value, ...metadata }),
  opNumber: 9,
});
const service: Service = {
  submit: () => put,
  query: () => found,
  openSession: () => Promise.resolve(1),
  status: () => status,
  readiness: () => [],
  metrics: () => [],
  crashActor: () => {},
};

const gateway = httpGateway(service);
const bare = new Hono();
bare.get("/v1/kv/:key{.+}", (context) => {
  context.req.param("key");
  return context.body(value, 200, { "Content-Type": "application/octet-stream" });
});
bare.put("/v1/kv/:key{.+}", async (context) => {
  context.req.param("key");
  const body = await context.req.arrayBuffer();
  return context.json({ revision: body.byteLength });
});

function getRequest(): Request {
  return new Request(url, { headers: received });
}

function putRequest(): Request {
  return new Request(url, { method: "PUT", body: value, headers: putHeaders });
}

Deno.bench("bare Hono, GET", { group: "get", baseline: true }, async () => {
  await bare.fetch(getRequest());
});
Deno.bench("gateway, GET", { group: "get" }, async () => {
  await gateway.fetch(getRequest());
});
Deno.bench("gateway, GET as JSON", { group: "get" }, async () => {
  await gateway.fetch(new Request(`${url}?format=json`, { headers: received }));
});
Deno.bench("bare Hono, PUT", { group: "put", baseline: true }, async () => {
  await bare.fetch(putRequest());
});
Deno.bench("gateway, PUT", { group: "put" }, async () => {
  await gateway.fetch(putRequest());
});
Deno.bench("gateway, PUT with a session and a condition", { group: "put" }, async () => {
  const headers = {
    ...putHeaders,
    "client-id": "17",
    "request-number": "4711",
    "if-match": '"9"',
  };
  await gateway.fetch(new Request(url, { method: "PUT", body: value, headers }));
});
