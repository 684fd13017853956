/** The key-value part of docs/http.md over a map, with sessions that answer repeated requests. */

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: BodyInit | null;
}

interface Item {
  value: Uint8Array<ArrayBuffer>;
  createRevision: number;
  modRevision: number;
  version: number;
}

const ALLOWED = {
  write: ["timeout", "redirect", "increment", "if-value", "if-value-base64"],
  get: ["timeout", "redirect", "consistency", "format", "encoding"],
  scan: [
    ...["timeout", "redirect", "consistency", "prefix", "start", "end", "limit", "cursor"],
    ...["keys-only", "count-only", "reverse"],
  ],
};

export class FakeStore {
  readonly items = new Map<string, Item>();
  /** How many writes were executed, repetitions not counted. */
  executed = 0;
  revision = 0;
  #lastClient = 16;
  readonly #sessions = new Map<string, { newest: number; reply: Reply }>();

  get sessions(): number {
    return this.#sessions.size;
  }

  openSession(): number {
    this.#lastClient++;
    this.#sessions.set(String(this.#lastClient), { newest: 0, reply: json(200, {}) });
    return this.#lastClient;
  }

  evictSessions(): void {
    this.#sessions.clear();
  }

  set(key: string, value: string | Uint8Array): void {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    this.#store(key, new Uint8Array(bytes));
  }

  text(key: string): string | undefined {
    const item = this.items.get(key);
    return item === undefined ? undefined : new TextDecoder().decode(item.value);
  }

  async handle(request: Request): Promise<Reply> {
    const url = new URL(request.url);
    const scan = url.pathname === "/v1/kv";
    const kind = scan ? "scan" : request.method === "GET" ? "get" : "write";
    for (const name of url.searchParams.keys()) {
      if (!ALLOWED[kind].includes(name)) return refusal(400, "bad_request", `parameter ${name}`);
    }
    if (scan) return this.#scan(url.searchParams);
    const key = decodeURIComponent(url.pathname.slice("/v1/kv/".length));
    if (request.method === "GET") return this.#get(key);
    const body = new Uint8Array(await request.arrayBuffer());
    return this.#once(request.headers, () => this.#write(request, url.searchParams, key, body));
  }

  #once(headers: Headers, execute: () => Reply): Reply {
    const client = headers.get("client-id");
    const number = Number(headers.get("request-number"));
    if (client === null) return execute();
    const session = this.#sessions.get(client);
    if (session === undefined) return refusal(410, "no_session", `No session ${client}`);
    if (number < session.newest) {
      return refusal(409, "request_superseded", `Request ${number} is older than the newest`);
    }
    if (number > session.newest) {
      session.reply = execute();
      session.newest = number;
    }
    return session.reply;
  }

  #write(request: Request, query: URLSearchParams, key: string, body: Uint8Array): Reply {
    const before = this.items.get(key);
    if (!this.#holds(request.headers, query, before)) {
      const etag = before === undefined ? {} : { ETag: `"${before.modRevision}"` };
      return refusal(412, "precondition_failed", "The condition does not hold", etag);
    }
    this.executed++;
    if (request.method === "DELETE") {
      const deleted = this.items.delete(key);
      if (deleted) this.revision++;
      return json(200, { deleted, revision: this.revision });
    }
    if (request.method === "POST") return this.#increment(key, BigInt(query.get("increment")!));
    const item = this.#store(key, new Uint8Array(body));
    return json(before === undefined ? 201 : 200, metadata(key, item));
  }

  #increment(key: string, by: bigint): Reply {
    const text = this.text(key) ?? "0";
    if (!/^-?\d+$/.test(text)) return refusal(409, "not_a_number", `"${text}" is not a number`);
    const value = (BigInt(text) + by).toString();
    const item = this.#store(key, new TextEncoder().encode(value));
    return json(200, { ...metadata(key, item), value, revision: this.revision });
  }

  #holds(headers: Headers, query: URLSearchParams, item: Item | undefined): boolean {
    const match = headers.get("if-match");
    const text = item && btoa(String.fromCharCode(...item.value));
    if (match !== null && item === undefined) return false;
    if (match !== null && match !== "*" && match !== `"${item!.modRevision}"`) return false;
    if (headers.get("if-none-match") === "*" && item !== undefined) return false;
    const plain = query.get("if-value");
    const value = plain === null ? query.get("if-value-base64") : btoa(plain);
    return value === null || value === text;
  }

  #store(key: string, value: Uint8Array<ArrayBuffer>): Item {
    const before = this.items.get(key);
    const modRevision = ++this.revision;
    const item = {
      value,
      createRevision: before?.createRevision ?? modRevision,
      modRevision,
      version: (before?.version ?? 0) + 1,
    };
    this.items.set(key, item);
    return item;
  }

  #get(key: string): Reply {
    const item = this.items.get(key);
    if (item === undefined) return refusal(404, "key_not_found", `No such key: ${key}`);
    const headers = {
      "content-type": "application/octet-stream",
      ETag: `"${item.modRevision}"`,
      "Troupe-Create-Revision": String(item.createRevision),
      "Troupe-Version": String(item.version),
    };
    return { status: 200, headers, body: item.value };
  }

  #scan(query: URLSearchParams): Reply {
    const prefix = query.get("prefix") ?? "";
    const start = query.get("start") ?? "";
    const end = query.get("end");
    const keys = [...this.items.keys()].sort()
      .filter((key) => key.startsWith(prefix) && key >= start && (end === null || key < end));
    if (query.has("reverse")) keys.reverse();
    if (query.has("count-only")) {
      return json(200, { items: [], more: false, cursor: null, count: keys.length, revision: 9 });
    }
    const from = Number(query.get("cursor") ?? 0);
    const limit = Number(query.get("limit") ?? 100);
    const page = keys.slice(from, from + limit);
    const more = from + limit < keys.length;
    const items = page.map((key) =>
      query.has("keys-only")
        ? metadata(key, this.items.get(key)!)
        : { ...metadata(key, this.items.get(key)!), ...encoded(this.items.get(key)!.value) }
    );
    const cursor = more ? String(from + limit) : null;
    return json(200, { items, more, cursor, count: items.length, revision: this.revision });
  }
}

function metadata(key: string, { createRevision, modRevision, version }: Item) {
  return { key, createRevision, modRevision, version };
}

function encoded(value: Uint8Array): { value: string; encoding: string } {
  try {
    return { value: new TextDecoder("utf-8", { fatal: true }).decode(value), encoding: "utf8" };
  } catch {
    return { value: btoa(String.fromCharCode(...value)), encoding: "base64" };
  }
}

function json(status: number, value: unknown): Reply {
  const headers = { "content-type": "application/json" };
  return { status, headers, body: JSON.stringify(value) };
}

/** An error as `application/problem+json`. */
export function refusal(
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
): Reply {
  const body = JSON.stringify({ type: `urn:troupe:problem:${code}`, status, detail, code });
  return { status, headers: { "content-type": "application/problem+json", ...headers }, body };
}
