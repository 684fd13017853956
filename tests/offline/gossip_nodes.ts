/** Nodes of a gossip cluster, each with the real data and the real HTTP gateway, that gossip when told to. */
import { TroupeError } from "../../actors/errors.ts";
import { openContext, sealContext } from "../../protocols/gossip/token.ts";
import type { Dots } from "../../protocols/gossip/dot.ts";
import type { Operation } from "../../protocols/gossip/strategy.ts";
import { httpGateway } from "../../transport/http/app.ts";
import type { GossipAsk, GossipReply, GossipRequests } from "../../transport/gossip_requests.ts";
import { Hand } from "../gossip/support.ts";
import { FakeService } from "../http/fake_service.ts";

const CLUSTER = "gossip";

/** What befalls a request of a client: the connection breaks before it is done, or after. */
type Cut = "before" | "after";

class GossipNode implements GossipRequests {
  readonly hand: Hand;
  /** How many writes were done, repetitions not counted. */
  done = 0;
  readonly #newest = new Map<number, { readonly number: number; readonly reply: GossipReply }>();

  constructor(node: number) {
    this.hand = new Hand(node);
  }

  ask(ask: GossipAsk): Promise<GossipReply> {
    return Promise.try(() => {
      if (ask.type === "read") return this.#read(ask.key);
      if (ask.type !== "write") throw new Error(`Not played: ${ask.type}`);
      const { requester } = ask;
      const known = requester && this.#newest.get(requester.client);
      if (known && known.number === requester.number) return known.reply;
      const reply = this.#write(ask);
      if (requester) this.#newest.set(requester.client, { number: requester.number, reply });
      return reply;
    });
  }

  #read(key: string): GossipReply {
    const { reading, context } = this.hand.data.read(key);
    const token = this.#token(key, context);
    return { type: "found", reading, context: token, session: null, answered: [0] };
  }

  #write({ key, operation }: Extract<GossipAsk, { type: "write" }>): GossipReply {
    try {
      const { context, entries } = this.hand.do(key, opened(key, operation));
      this.done++;
      return {
        type: "written",
        context: this.#token(key, context),
        session: null,
        acknowledged: [0],
        siblings: entries,
        isRepeat: false,
      };
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
      return { type: "refused", code: error.code, message: error.message };
    }
  }

  #token(key: string, context: Dots): string {
    return key.startsWith("siblings") ? sealContext(CLUSTER, key, context) : "";
  }
}

function opened(
  key: string,
  operation: Extract<GossipAsk, { type: "write" }>["operation"],
): Operation {
  if (operation.type !== "put" && operation.type !== "delete") return operation;
  const { context, ...rest } = operation;
  return context === null ? rest : { ...rest, context: openContext(CLUSTER, key, context) };
}

/** The nodes, and how clients reach them. */
export class GossipNodes {
  readonly nodes: readonly GossipNode[];
  readonly endpoints: string[];
  /** Nodes that refuse connections. */
  readonly down = new Set<number>();
  /** Breaks the connection of the next write. */
  cut: Cut | undefined;
  /** Called when it was broken. */
  onCut: () => void = () => {};
  readonly #apps;

  constructor(count: number) {
    this.nodes = Array.from({ length: count }, (_, node) => new GossipNode(node));
    this.endpoints = this.nodes.map((_, node) => `http://node${node}.test:7100`);
    this.#apps = this.nodes.map((node) => {
      const service = new FakeService();
      service.says = { cluster: CLUSTER, protocol: "gossip" };
      return httpGateway(service, { gossip: node });
    });
  }

  hand(node: number): Hand {
    return this.nodes[node]!.hand;
  }

  /** Every node learns all that the others know. */
  gossip(): void {
    for (const { hand } of this.nodes) {
      for (const { hand: other } of this.nodes) if (other !== hand) hand.pull(other);
    }
  }

  readonly fetch = async (input: string, init: RequestInit): Promise<Response> => {
    const node = this.endpoints.indexOf(new URL(input).origin);
    if (this.down.has(node)) throw new TypeError("refused");
    const isWrite = new Headers(init.headers).has("client-id");
    const cut = isWrite ? this.cut : undefined;
    if (cut === "before") throw this.#broken();
    const url = input.replace(/^http:\/\/node\d+\.test:7100/, "http://127.0.0.1:7100");
    const response = await this.#apps[node]!.fetch(new Request(url, { ...init, signal: null }));
    if (cut === "after") throw this.#broken();
    return response;
  };

  #broken(): TypeError {
    this.onCut();
    return new TypeError("cut off");
  }
}
