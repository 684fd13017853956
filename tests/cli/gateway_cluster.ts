/** Nodes that serve the real HTTP gateway over one key-value store, reached without a network. */
import { httpGateway } from "../../transport/http/app.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { TroupeError } from "../../actors/errors.ts";
import {
  type Answer,
  type NodeStatus,
  NoSession,
  NotPrimary,
  type QueryOptions,
  RequestSuperseded,
  type Service,
  type SubmitOptions,
} from "../../transport/service.ts";

const ORIGINS = ["http://127.0.0.1:7100", "http://127.0.0.1:7101", "http://127.0.0.1:7102"];
const PRIMARY = 1;

export class GatewayCluster {
  readonly endpoints = ORIGINS;
  readonly crashed: string[] = [];
  /** Commands executed, repetitions not counted. */
  executed = 0;
  /** Breaks the connection of the next request for a key after it was executed. */
  dropNext = false;
  readonly #store = new KvStore();
  readonly #sessions = new Map<number, { newest: number; answer: Answer }>();
  readonly #apps = ORIGINS.map((_, node) => httpGateway(this.#service(node), { dev: true }));

  readonly fetch = async (input: string, init: RequestInit): Promise<Response> => {
    const { origin, pathname } = new URL(input);
    const app = this.#apps[ORIGINS.indexOf(origin)];
    if (app === undefined) throw new TypeError("fetch failed");
    const response = await app.fetch(new Request(input, init));
    const location = response.headers.get("location");
    if (response.status === 307 && location !== null) return await this.fetch(location, init);
    if (this.dropNext && pathname.startsWith("/v1/kv/")) {
      this.dropNext = false;
      throw new TypeError("fetch failed");
    }
    Object.defineProperty(response, "url", { value: input });
    return response;
  };

  #service(node: number): Service {
    return {
      submit: (command, options) => this.#submit(node, command, options),
      query: (query, options) => Promise.resolve(this.#query(node, query, options)),
      openSession: () => {
        const clientId = 1 + this.#sessions.size;
        this.#sessions.set(clientId, {
          newest: 0,
          answer: { result: new Uint8Array(), opNumber: 0 },
        });
        return Promise.resolve(clientId);
      },
      status: () => statusOf(node),
      readiness: () => [{ name: "journal", ok: true, detail: "open" }],
      metrics: () => [{ name: "troupe_up", help: "Up", type: "gauge", value: 1 }],
      crashActor: (name) => {
        if (name !== "client/table") throw new TroupeError("no_such_actor", `No actor "${name}"`);
        this.crashed.push(`${node}:${name}`);
      },
    };
  }

  #submit(node: number, command: Uint8Array, { id, forward }: SubmitOptions = {}): Promise<Answer> {
    return Promise.resolve().then(() => {
      if (forward === false && node !== PRIMARY) throw new NotPrimary(node, PRIMARY);
      if (id === undefined) return this.#apply(command);
      const session = this.#sessions.get(id.clientId);
      if (session === undefined) throw new NoSession(id.clientId);
      if (id.requestNumber < session.newest) throw new RequestSuperseded(id, session.newest);
      if (id.requestNumber > session.newest) {
        session.answer = this.#apply(command);
        session.newest = id.requestNumber;
      }
      return session.answer;
    });
  }

  #apply(command: Uint8Array): Answer {
    const opNumber = ++this.executed;
    return { result: this.#store.apply(command), opNumber };
  }

  #query(node: number, query: Uint8Array, { forward }: QueryOptions = {}): Answer {
    if (forward === false && node !== PRIMARY) throw new NotPrimary(node, PRIMARY);
    return { result: this.#store.query(query), opNumber: this.executed };
  }
}

function statusOf(node: number): NodeStatus {
  return {
    cluster: "test",
    node,
    pid: 4_000 + node,
    protocol: "vr",
    role: node === PRIMARY ? "primary" : "backup",
    status: "normal",
    view: PRIMARY,
    opNumber: 0,
    commitNumber: 0,
    primary: PRIMARY,
    uptimeMs: 0,
    sessions: 0,
    peers: ORIGINS.map((http, peer) => ({
      node: peer,
      http,
      address: "",
      connected: true,
      suspected: false,
    })),
    actors: [],
  };
}
