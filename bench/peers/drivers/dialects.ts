import { Buffer } from "node:buffer";
import type { Work } from "../load.ts";

/** How a system wants to be asked over HTTP. */
export interface Dialect {
  readonly method: Readonly<Record<Work, string>>;
  readonly path: (work: Work, key: string) => string;
  /** The request's body; empty for none. */
  readonly body: (work: Work, key: string, value: string) => string;
}

/** Troupe's HTTP API. */
export const TROUPE_DIALECT: Dialect = {
  method: { put: "PUT", get: "GET" },
  path: (_, key) => `/v1/kv/${key}`,
  body: (work, _, value) => work === "put" ? value : "",
};

/** The JSON gateway of etcd's version 3 API, in which keys and values are base64. */
export const ETCD_DIALECT: Dialect = {
  method: { put: "POST", get: "POST" },
  path: (work) => work === "put" ? "/v3/kv/put" : "/v3/kv/range",
  body: (work, key, value) =>
    JSON.stringify(
      work === "put" ? { key: base64(key), value: base64(value) } : { key: base64(key) },
    ),
};

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
