/** A node of a gossip cluster that serves the real HTTP gateway, reached without a network. */
import { httpGateway } from "../../transport/http/app.ts";
import type { GossipFigures } from "../../protocols/gossip/figures.ts";
import { FakeService } from "../http/fake_service.ts";
import { FakeGossip } from "../http/gossip_support.ts";

const FIGURES: Partial<GossipFigures> = {
  members: [0, 1].map((node) => ({
    node,
    incarnation: 40 + node,
    isLiving: node === 0,
    lacks: 3 * node,
    ahead: node,
    syncedMsAgo: node === 0 ? 0 : null,
    hints: 2 * node,
    hintsBytes: 0,
    isHoldingCut: node === 1,
  })),
  closed: 2,
  keys: 7,
  tombstones: 4,
  fingerprint: "0123456789abcdef",
};

export class GossipCluster {
  readonly endpoints = ["http://127.0.0.1:7100", "http://127.0.0.1:7101"];
  readonly gossip = new FakeGossip();
  readonly service = new FakeService();
  /** Endpoints where nobody listens. */
  readonly down = new Set<string>();
  /** Endpoints whose answers are lost. */
  readonly mute = new Set<string>();
  /** The requests that arrived, but for those for the status: `PUT /v1/kv/a?...`. */
  readonly requests: { readonly line: string; readonly headers: Headers }[] = [];
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>;

  constructor() {
    this.service.says = {
      protocol: "gossip",
      role: "member",
      view: 2,
      opNumber: 12,
      gossip: FIGURES as GossipFigures,
    };
    const app = httpGateway(this.service, { gossip: this.gossip });
    this.fetch = async (input, init) => {
      const { origin, pathname, search } = new URL(input);
      if (this.down.has(origin)) {
        throw new TypeError("fetch failed", { cause: new Error("Connection refused") });
      }
      const request = new Request(input, init);
      if (pathname !== "/v1/status") {
        const line = `${request.method} ${pathname}${search}`;
        this.requests.push({ line, headers: request.headers });
      }
      const response = await app.fetch(request);
      if (this.mute.has(origin) && pathname !== "/v1/status") throw new TypeError("fetch failed");
      Object.defineProperty(response, "url", { value: input });
      return response;
    };
  }
}
