import type { Clock } from "../clock.ts";
import type { Level } from "../client/gossip_types.ts";
import { HttpConnection } from "./http_connection.ts";
import { BadResponse, type HttpResponse } from "./http_response.ts";
import { type Outcome, outcomeOf, outcomeOfError, TIMED_OUT } from "./outcome.ts";
import type { Target, Targets } from "./targets.ts";
import type { Operation, OperationKind } from "./workload.ts";

/** What all clients of a run have in common. */
export interface ClientOptions {
  readonly clock: Clock;
  readonly targets: Targets;
  /** Whether writes are numbered in a session of the client's own. */
  readonly sessions: boolean;
  readonly consistency: "linearizable" | "stale";
  /** With the protocol `gossip`: how many members must take part. */
  readonly level?: Level;
  /** When to give up on an answer. */
  readonly timeoutMs: number;
  /** Whether to keep what answers say. */
  readonly keepsAnswers: boolean;
}

interface Connection {
  readonly target: Target;
  readonly http: HttpConnection;
}

/** One connection's worth of load: sends a request, awaits the answer, and sends the next. */
export class Client {
  readonly #options: ClientOptions;
  readonly #index: number;
  #connection: Connection | null = null;
  #connecting: AbortController | null = null;
  /** The session and the number of its last request; `null` until it is opened. */
  #session: { readonly clientId: number; requestNumber: number } | null = null;
  #failures = 0;
  #startedAt: number | null = null;
  #timedOut = false;

  constructor(index: number, options: ClientOptions) {
    this.#index = index;
    this.#options = options;
  }

  /** Connects, and opens the session, so that no request's latency includes that. */
  async prepare(): Promise<Outcome> {
    return await this.#attempt(async () => {
      await this.#connect();
      return await this.#ensureSession() ?? { kind: "ok" };
    });
  }

  /** Sends a request and says what became of it. Never throws for what a server or network does. */
  async execute(operation: Operation): Promise<Outcome> {
    return await this.#attempt(async (sending) => {
      const refused = operation.kind === "get" ? null : await this.#ensureSession();
      if (refused !== null) return refused;
      if (this.#session !== null && operation.kind !== "get") this.#session.requestNumber++;
      return await this.#send(operation, sending);
    });
  }

  /**
   * Whether the last write can be sent again without being executed again: it was numbered in a session
   * that is still there, as far as is known.
   */
  get canRepeat(): boolean {
    return this.#session !== null;
  }

  /** Sends the last write again, under the same number. */
  async repeat(operation: Operation): Promise<Outcome> {
    return await this.#attempt((sending) => this.#send(operation, sending));
  }

  async #send(operation: Operation, sending: () => void): Promise<Outcome> {
    const { target, http } = this.#connection ?? await this.#connect();
    const head = this.#head(operation, target);
    sending();
    const response = await http.exchange(head, operation.value);
    return this.#understand(response, operation.kind);
  }

  /** Gives up on a request that has been under way for too long. */
  giveUpIfLate(now: number): void {
    if (this.#startedAt === null || now - this.#startedAt < this.#options.timeoutMs) return;
    this.#timedOut = true;
    this.#connecting?.abort();
    this.close();
  }

  /** Closes the connection. */
  close(): void {
    this.#connection?.http.close();
    this.#connection = null;
  }

  async #attempt(work: (sending: () => void) => Promise<Outcome>): Promise<Outcome> {
    this.#startedAt = this.#options.clock.now();
    this.#timedOut = false;
    let sent = false;
    try {
      return await work(() => sent = true);
    } catch (error) {
      this.close();
      this.#failures++;
      return this.#timedOut ? { ...TIMED_OUT, unknown: sent } : outcomeOfError(error, { sent });
    } finally {
      this.#startedAt = null;
    }
  }

  /** Makes sure of a connection to the right node. */
  async #connect(): Promise<Connection> {
    const target = this.#options.targets.pick(this.#index, this.#failures);
    if (this.#connection !== null && this.#connection.target !== target) this.close();
    if (this.#connection !== null) return this.#connection;
    this.#connecting = new AbortController();
    const { signal } = this.#connecting;
    try {
      const http = await HttpConnection.open(target.hostname, target.port, signal);
      this.#connection = { target, http };
    } finally {
      this.#connecting = null;
    }
    return this.#connection;
  }

  /** Opens the session if one is wanted and missing; the answer says why it could not. */
  async #ensureSession(): Promise<Outcome | null> {
    if (!this.#options.sessions || this.#session !== null) return null;
    const { target, http } = await this.#connect();
    const head = requestHead("POST", "/v1/sessions", target, "Content-Length: 0\r\n");
    const response = await http.exchange(head, null);
    const outcome = this.#understand(response, "session");
    if (outcome.kind === "ok") {
      this.#session = { clientId: readClientId(response.body), requestNumber: 0 };
      return null;
    }
    // Nothing was written yet.
    return outcome.kind === "failed" ? { ...outcome, unknown: false } : outcome;
  }

  #understand(response: HttpResponse, asked: OperationKind | "session"): Outcome {
    const outcome = outcomeOf(response, asked);
    if (response.status === 410) this.#session = null;
    // Another node may do better.
    if (response.status >= 500) this.#failures++;
    if (response.status >= 500 || !response.keepAlive) this.close();
    if (outcome.kind !== "ok" || !this.#options.keepsAnswers) return outcome;
    return { kind: "ok", body: new TextDecoder().decode(response.body) };
  }

  #head(operation: Operation, target: Target): string {
    const { kind, key, value } = operation;
    const { consistency, level } = this.#options;
    if (kind === "get") {
      const query = consistency === "stale" ? "?consistency=stale" : levelQuery("read", level);
      return requestHead("GET", `/v1/kv/${key}${query}`, target, "");
    }
    let headers = value === null ? "" : `Content-Length: ${value.length}\r\n`;
    if (this.#session !== null) {
      const { clientId, requestNumber } = this.#session;
      headers += `Client-Id: ${clientId}\r\nRequest-Number: ${requestNumber}\r\n`;
    }
    const wanted = { query: levelQuery("write", level), header: "" };
    if (kind === "delete") {
      return requestHead("DELETE", `/v1/kv/${key}${wanted.query}`, target, headers);
    }
    const { query, header } = kind === "cas" ? conditionOf(operation) : wanted;
    return requestHead("PUT", `/v1/kv/${key}${query}`, target, headers + header);
  }
}

function levelQuery(name: "read" | "write", level: Level | undefined): string {
  return level === undefined ? "" : `?${name}=${level}`;
}

/** How a swap says what it expects. */
function conditionOf({ expect = null }: Operation): { query: string; header: string } {
  if (expect === null) return { query: "", header: "If-None-Match: *\r\n" };
  return { query: `?if-value=${encodeURIComponent(expect)}`, header: "" };
}

function requestHead(method: string, path: string, target: Target, headers: string): string {
  return `${method} ${target.basePath}${path} HTTP/1.1\r\nHost: ${target.host}\r\n${headers}\r\n`;
}

function readClientId(body: Uint8Array): number {
  const text = new TextDecoder().decode(body);
  const clientId = /"clientId"\s*:\s*(\d+)/.exec(text)?.[1];
  if (clientId === undefined) throw new BadResponse(`no clientId in ${text.slice(0, 80)}`);
  return Number(clientId);
}
