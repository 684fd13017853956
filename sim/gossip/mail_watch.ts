import { decode } from "../../actors/schema.ts";
import type { NodeClock } from "../../protocols/gossip/clock.ts";
import { nodeOf, type ReplicaId } from "../../protocols/gossip/dot.ts";
import { eventSchema, type PeerMessage } from "../../protocols/gossip/messages.ts";
import { dotName, dotWords } from "./event_table.ts";
import type { GossipPromises } from "./promises.ts";

/** What the rules of mail depend on. */
export interface MailRules {
  /** Whether every write is mailed to everybody: then nobody passes anything on. */
  readonly isToAll: boolean;
  /** To how many an event is passed on at most. */
  readonly fanout: number;
}

/**
 * What replicas tell each other: nothing of their own that is not durable, nothing back to where it came from, and
 * nothing that everybody was mailed; and what they say to have, they have promised.
 */
export class MailWatch {
  readonly #rules: MailRules;
  readonly #promises: GossipPromises;
  readonly #fail: (what: string) => void;
  /** The last own event of each replica that is durable. */
  readonly #durable = new Map<ReplicaId, number>();
  /** How often a node has passed on an event. */
  readonly #passed = new Map<number, Map<string, number>>();

  constructor(rules: MailRules, promises: GossipPromises, fail: (what: string) => void) {
    this.#rules = rules;
    this.#promises = promises;
    this.#fail = fail;
  }

  /** An own event of a replica is durable. */
  durable(replica: ReplicaId, n: number): void {
    this.#durable.set(replica, Math.max(n, this.#durable.get(replica) ?? 0));
  }

  /** The replica of a node has started: it does not know what it has passed on. */
  started(node: number): void {
    this.#passed.delete(node);
  }

  /** A replica sends a message to that of another node. */
  sent(message: PeerMessage, to: number): void {
    switch (message.type) {
      case "mail":
        return this.#mail(message.from, to, message.events);
      case "stored":
        return this.#promises.promise(message.from, message.dots);
      case "digest":
        this.#promises.admitted(message.from, message.admitters[0] ?? null);
        this.#shows(message.from, message.report.clock);
        return this.#promises.reports(message.from, message.report.clock);
      case "repair":
        return this.#shows(message.from, message.repair.clock);
      case "fetched":
      case "scrub":
        return this.#shows(message.from, message.clock);
    }
  }

  #mail(from: ReplicaId, to: number, events: readonly Uint8Array[]): void {
    const sender = nodeOf(from);
    for (const bytes of events) {
      const { delta: { dot } } = decode(eventSchema, bytes);
      if (dot.replica === from) this.#requireDurable(from, dot.n);
      if (nodeOf(dot.replica) === to) {
        this.#fail(`node ${sender} mails ${dotWords(dot)} back to where it was made`);
      }
      if (nodeOf(dot.replica) === sender) continue;
      if (this.#rules.isToAll) {
        this.#fail(`node ${sender} passes on ${dotWords(dot)}, which was mailed to everybody`);
      } else this.#passesOn(sender, dotName(dot));
    }
  }

  #passesOn(node: number, event: string): void {
    const passed = this.#passed.get(node) ?? new Map<string, number>();
    this.#passed.set(node, passed);
    const count = (passed.get(event) ?? 0) + 1;
    passed.set(event, count);
    if (count === this.#rules.fanout + 1) {
      this.#fail(`node ${node} passes on event ${event} to more than ${this.#rules.fanout}`);
    }
  }

  #shows(replica: ReplicaId, clock: NodeClock): void {
    this.#requireDurable(replica, clock.top(replica));
  }

  #requireDurable(replica: ReplicaId, n: number): void {
    if (n <= (this.#durable.get(replica) ?? 0)) return;
    this.#fail(`node ${nodeOf(replica)} shows its event ${n} before that is durable`);
  }
}
