import { hash } from "node:crypto";
import type { RequestId } from "../../transport/service.ts";
import { Courier, Undelivered } from "../client/courier.ts";
import { RequestRefused, Unavailable } from "../client/errors.ts";
import { type ApiAnswer, type ApiRequest, exchange, type Fetch } from "../client/exchange.ts";
import { keyPath, readJson, readList, readValue, refusalOf, toBase64 } from "../client/wire.ts";
import type { Change, View } from "./entries.ts";
import type { Done, SharedStore, Sight, StoreCalls, WriteRequest } from "./shared_store.ts";
import { decodeText } from "../output.ts";

/** How a gossip cluster is reached. */
export interface GossipStoreOptions {
  readonly cluster: string;
  readonly endpoints: readonly string[];
  readonly fetch: Fetch;
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** A position: what the key is, as a hash (empty if that is not known), and the token of its context. */
interface Position {
  readonly digest: string;
  readonly context: string;
}

const ABSENT: View = { type: "absent" };

/**
 * A gossip cluster. It knows the newest request of a client wherever the event of that is known: to be answered
 * from memory for certain, a retry has to go to the node that the first went to. So a merge talks to one node, as
 * long as that answers, and writes at its level `local`: durable there, and mailed to all at once.
 *
 * A position is a hash of what the key is, and its context. Where they differ others have written, as far as that
 * node knows.
 */
export class GossipStore implements SharedStore {
  readonly cluster: string;
  readonly protocol = "gossip";
  readonly #options: GossipStoreOptions;
  /** Whom the merge talks to, the others after it. */
  #endpoints: readonly string[];

  /** Takes the base addresses of nodes. Nothing is sent. */
  constructor(options: GossipStoreOptions) {
    this.cluster = options.cluster;
    this.#options = options;
    this.#endpoints = options.endpoints;
  }

  /** Gossip clusters open no sessions: clients draw their ids. */
  openSession(): Promise<number> {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    return Promise.resolve((high! & 0x1f_ffff) * 2 ** 32 + low!);
  }

  async look(key: string, kind: "value" | "set", calls: StoreCalls): Promise<Sight> {
    const path = kind === "set" ? setPath(key) : keyPath(key);
    const request: ApiRequest = {
      method: "GET",
      path,
      query: { read: "local" },
      headers: { accept: "application/json" },
    };
    let failure: unknown;
    for (const place of this.#endpoints) {
      try {
        const answer = await this.#ask(place, request, undefined, calls);
        this.#endpoints = [place, ...this.#endpoints.filter((other) => other !== place)];
        return sightOf(answer, place);
      } catch (error) {
        if (calls.signal?.aborted || error instanceof RequestRefused) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  isSame(left: string, right: string): boolean {
    const [a, b] = [parse(left), parse(right)];
    return a.digest !== "" && a.digest === b.digest || a.context !== "" && a.context === b.context;
  }

  /** Only keys with siblings, or a merge function, have contexts. */
  sitsBeside(seen: string): boolean {
    return parse(seen).context !== "";
  }

  async write({ id, key, change, on, place }: WriteRequest, calls: StoreCalls): Promise<Done> {
    const answer = await this.#ask(place, requestOf(key, change, on), id, calls);
    const json = readJson(answer);
    const context = typeof json.context === "string" ? json.context : "";
    switch (change.type) {
      case "put": {
        const view = { type: "value", value: change.value } as const;
        return { seen: position(digestOf(view), context), view };
      }
      case "delete":
        return { seen: position(digestOf(ABSENT), context), view: ABSENT };
      default:
        return { seen: null, view: null };
    }
  }

  async #ask(
    place: string,
    request: ApiRequest,
    id: RequestId | undefined,
    { signal }: StoreCalls,
  ): Promise<ApiAnswer> {
    const { fetch, timeoutMs } = this.#options;
    const courier = new Courier({
      endpoints: [place],
      fetch,
      attemptTimeoutMs: timeoutMs,
      backoffMinMs: 50,
      backoffMaxMs: 1_000,
      preferPrimary: false,
    });
    const numbered = id === undefined ? request : {
      ...request,
      headers: {
        ...request.headers,
        "Client-Id": String(id.clientId),
        "Request-Number": String(id.requestNumber),
      },
    };
    const effort = { deadline: performance.now() + timeoutMs, timeoutMs, signal };
    try {
      const { answer } = await courier.deliver(numbered, effort);
      if (answer.status < 400 || answer.status === 404 && request.method === "GET") return answer;
      throw refusalOf(answer);
    } catch (error) {
      if (!(error instanceof Undelivered)) throw error;
      throw id === undefined ? error.forRead() : error.forWrite(id);
    }
  }
}

/** What a node says of itself, asked of one endpoint after the other. */
export async function identify(
  endpoints: readonly string[],
  fetch: Fetch,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<{ readonly cluster: string; readonly protocol: string }> {
  let reason = "there is no endpoint";
  for (const endpoint of endpoints) {
    const request = { method: "GET", path: "/v1/status" } as const;
    const { answer, failure } = await exchange(fetch, endpoint, request, timeoutMs, signal);
    signal?.throwIfAborted();
    if (answer === undefined) {
      reason = `${endpoint}: ${failure.reason}`;
      continue;
    }
    const { cluster, protocol } = readJson(answer);
    if (typeof cluster === "string" && typeof protocol === "string") return { cluster, protocol };
    reason = `${endpoint}: it does not say what it is`;
  }
  throw new Unavailable(`No node says which cluster it belongs to: ${reason}`);
}

function requestOf(key: string, change: Change, on: string | null): ApiRequest {
  const query = { write: "local" };
  const context = on === null ? "" : parse(on).context;
  const headers: Record<string, string> = context === "" ? {} : { "Troupe-Context": context };
  switch (change.type) {
    case "put":
      return {
        method: "PUT",
        path: keyPath(key),
        query,
        headers,
        body: new Uint8Array(change.value),
      };
    case "delete":
      return { method: "DELETE", path: keyPath(key), query, headers };
    case "increment":
      return {
        method: "POST",
        path: keyPath(key),
        query: { ...query, increment: String(change.by) },
      };
    case "add":
    case "remove":
      return {
        method: change.type === "add" ? "PUT" : "DELETE",
        path: setPath(key),
        query: { ...query, "element-base64": toBase64(change.element) },
      };
  }
}

function setPath(key: string): string {
  return keyPath(key).replace(/^\/v1\/kv\//, "/v1/sets/");
}

function sightOf(answer: ApiAnswer, place: string): Sight {
  const context = answer.headers.get("troupe-context") ?? "";
  if (answer.status === 404) {
    if (refusalOf(answer, { key: "?" }).code !== "key_not_found") throw refusalOf(answer);
    return { seen: position(digestOf(ABSENT), context), view: ABSENT, place };
  }
  const json = readJson(answer);
  if (answer.status === 300) {
    const values = readList(answer, json, "siblings").map((item) => readValue(answer, item));
    // Of several values none is what the key is: whoever began from one of them did not begin from this.
    const digest = values.map((value) => digestOf({ type: "value", value })).join("+");
    return { seen: position(digest, context), view: siblingsView(values), place };
  }
  const view = viewOf(answer, json);
  return { seen: position(digestOf(view), context), view, place };
}

function viewOf(answer: ApiAnswer, json: Readonly<Record<string, unknown>>): View {
  if (typeof json.counter === "string") {
    return { type: "value", value: new TextEncoder().encode(json.counter) };
  }
  if (json.elements !== undefined) {
    const elements = readList(answer, json, "elements").map((item) => readValue(answer, item));
    return { type: "set", elements };
  }
  return { type: "value", value: readValue(answer, json) };
}

/** Shown here as what they are to a reader that cannot decide: all of them, as text if they are text. */
function siblingsView(values: readonly Uint8Array[]): View {
  const shown = values.map((value) => decodeText(value) ?? toBase64(value));
  return { type: "value", value: new TextEncoder().encode(JSON.stringify({ siblings: shown })) };
}

function digestOf(view: View): string {
  if (view.type === "absent") return "absent";
  if (view.type === "value") return hash("sha256", view.value);
  const elements = view.elements.map((element) => hash("sha256", element)).sort();
  return `set ${hash("sha256", elements.join())}`;
}

function position(digest: string, context: string): string {
  // A long list of siblings is told apart by its context alone.
  return `${digest.length > 512 ? "" : digest}|${context}`;
}

function parse(seen: string): Position {
  const bar = seen.indexOf("|");
  return bar < 0
    ? { digest: "", context: "" }
    : { digest: seen.slice(0, bar), context: seen.slice(bar + 1) };
}
