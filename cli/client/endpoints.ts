import { TroupeError } from "../../actors/errors.ts";

/** Where the nodes of a local cluster listen. */
export const DEFAULT_ENDPOINTS = "http://127.0.0.1:7100,7101,7102";

/**
 * Reads a list of base addresses, separated by commas. `host:port` means `http://host:port`, and a
 * bare port continues with the host of the address before it: `http://127.0.0.1:7100,7101`.
 *
 * @throws {TroupeError} `bad_endpoint`.
 */
export function parseEndpoints(list: string | readonly string[]): readonly string[] {
  const items = typeof list === "string" ? list.split(",") : list;
  const endpoints: string[] = [];
  for (const item of items) {
    const endpoint = parseEndpoint(item.trim(), endpoints.at(-1));
    if (!endpoints.includes(endpoint)) endpoints.push(endpoint);
  }
  if (endpoints.length === 0) throw badEndpoint("", "the list is empty");
  return endpoints;
}

function parseEndpoint(text: string, previous: string | undefined): string {
  const port = /^:?(\d{1,5})$/.exec(text)?.[1];
  if (port !== undefined) {
    if (Number(port) > 65_535) throw badEndpoint(text, "a port is at most 65535");
    const base = new URL(previous ?? "http://127.0.0.1");
    base.port = port;
    return withoutSlash(base);
  }
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  } catch {
    throw badEndpoint(text, "it is not an address");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw badEndpoint(text, "only http and https are spoken");
  }
  if (url.search !== "" || url.hash !== "" || url.username !== "") {
    throw badEndpoint(text, "give the base address only, without user, query or fragment");
  }
  return withoutSlash(url);
}

function withoutSlash(url: URL): string {
  return url.href.replace(/\/+$/, "");
}

function badEndpoint(text: string, why: string): TroupeError {
  return new TroupeError("bad_endpoint", `Cannot use the endpoint ${JSON.stringify(text)}: ${why}`);
}
