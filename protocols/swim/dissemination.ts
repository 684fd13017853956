import type { RandomStream } from "../../actors/random.ts";
import { choose } from "./choice.ts";
import { retransmitLimit, syncIntervalMs } from "./formulas.ts";
import type { MemberList } from "./member_list.ts";
import type { SwimOptions } from "./options.ts";
import type { Step } from "./step.ts";

/** Nodes that a node tries to join by at a time. */
const JOIN_MAX = 16;

/**
 * How all hear of what one knows (SWIM 3.2): on the back of probes, as SWIM has it; and, as memberlist has
 * it, by rounds of news alone, which may be more frequent, and by exchanges of whole lists, which put right
 * what news has missed.
 */
export class Dissemination {
  readonly #options: SwimOptions;
  readonly #step: Step;
  readonly #list: MemberList;
  readonly #random: RandomStream;
  #isGossiping = false;

  constructor(options: SwimOptions, step: Step, list: MemberList, random: RandomStream) {
    this.#options = options;
    this.#step = step;
    this.#list = list;
    this.#random = random;
  }

  /** Looks for others, and exchanges lists with them from now on. */
  start(): void {
    this.#step.cancelTimer({ type: "departed" });
    this.#step.setTimer({ type: "sync" }, this.#random() * this.#syncMs);
    this.reconnect();
  }

  /** Only passes on what there is; by then the node has left. */
  stop(): void {
    this.#step.cancelTimer({ type: "sync" });
    this.#step.cancelTimer({ type: "reconnect" });
    const { tuning } = this.#options;
    const times = retransmitLimit(tuning, this.#list.livingCount);
    const rounds = Math.ceil(times / tuning.gossipNodes) + 1;
    this.#step.setTimer({ type: "departed" }, rounds * tuning.gossipIntervalMs);
  }

  /** Rounds are made only while there is something to say, and someone to say it to. */
  gossipSoon(): void {
    if (this.#isGossiping || this.#list.newsCount === 0) return;
    if (this.#list.chooseListeners(1).length === 0) return;
    this.#isGossiping = true;
    this.#step.setTimer({ type: "gossip" }, this.#options.tuning.gossipIntervalMs);
  }

  /** One round. */
  gossip(): void {
    this.#isGossiping = false;
    const { node, tuning } = this.#options;
    for (const listener of this.#list.chooseListeners(tuning.gossipNodes)) {
      const updates = this.#list.newsFor(listener);
      if (updates.length > 0) this.#step.send(listener, { type: "gossip", node, updates });
    }
  }

  /** Exchanges lists with someone. */
  sync(): void {
    this.#list.reap();
    this.#step.setTimer({ type: "sync" }, this.#syncMs);
    for (const other of this.#list.chooseLiving(1)) this.sendList(other, "sync");
  }

  /** Looks for one who may be there all the same; a node that knows nobody, for many and often. */
  reconnect(): void {
    const { probeIntervalMs, reconnectIntervalMs } = this.#options.tuning;
    const isAlone = this.#list.livingCount === 1;
    const sought = choose(this.#list.lost(), isAlone ? JOIN_MAX : 1, this.#random);
    for (const node of sought) this.sendList(node, "sync");
    const delayMs = isAlone ? probeIntervalMs : reconnectIntervalMs;
    this.#step.setTimer({ type: "reconnect" }, delayMs);
  }

  /** Tells a node of everyone. */
  sendList(to: number, type: "sync" | "syncReply"): void {
    const { node } = this.#options;
    this.#step.send(to, { type, node, members: this.#list.records() });
  }

  get #syncMs(): number {
    return syncIntervalMs(this.#options.tuning, this.#list.livingCount);
  }
}
