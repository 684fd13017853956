/**
 * What clients are told is held against what is known: levels, sessions, causality, contexts.
 *
 * @module
 */
import type {
  GossipAsk,
  GossipReply,
  GossipReplyOf,
} from "../../protocols/gossip/client_messages.ts";
import type { GossipAskOf } from "./gossip_client.ts";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import { type Dots, hasDot, nodeOf } from "../../protocols/gossip/dot.ts";
import { openContext } from "../../protocols/gossip/token.ts";
import { dotWords, type EventTable, type KnownEvent } from "./event_table.ts";
import type { GossipPromises, Promised } from "./promises.ts";
import { seenEvents, type Shown, wrongReading } from "./readings.ts";
import type { SimSession } from "./sim_session.ts";
import { strategyOf } from "./strategies.ts";

/** The name of every simulated cluster. */
export const CLUSTER = "simulated";

/** What a client was told, and what was known when it asked. */
export interface Told<Ask extends GossipAsk, Reply extends GossipReply> {
  readonly ask: Ask;
  readonly reply: Reply;
  readonly session: SimSession | undefined;
  /** What replicas had promised when it was first asked. */
  readonly before: ReadonlyMap<number, Promised>;
  /** The fewest members that any replica knew of, from the question to the answer. */
  readonly membersMin: number;
}

/** Refusals that clients may well meet. */
const REFUSALS: readonly string[] = ["too_many_siblings", "lease_exhausted", "set_full"];

/** Holds what clients are told against what is known. */
export class ReplyCheck {
  readonly #table: EventTable;
  readonly #promises: GossipPromises;
  /** What the session of each request had seen, by client and number. */
  readonly #pasts = new Map<string, NodeClock>();

  constructor(table: EventTable, promises: GossipPromises) {
    this.#table = table;
    this.#promises = promises;
  }

  /** A session asks for a write. */
  asks({ requester }: GossipAskOf<"write">, session: SimSession | undefined): void {
    if (requester === null || session === undefined) return;
    this.#pasts.set(`${requester.client}/${requester.number}`, session.past);
  }

  /** What is wrong with the answer to a write. */
  write(
    told: Told<GossipAskOf<"write">, GossipReplyOf<"written" | "insufficientWrite">>,
  ): string | undefined {
    const { ask: { requester, key, level }, reply, session, before } = told;
    const { acknowledged } = reply;
    const events = this.#table.madeBy(requester!.client, requester!.number);
    if (events.length === 0) return this.#withoutEvent(told);
    // A removal that is asked for again where nothing is known of the key has nothing to store there.
    const wrong = isFutile(told.ask) ? undefined : wrongCount(told, acknowledged.length);
    if (wrong !== undefined) return `a write of ${key} at level ${level}: ${wrong}`;
    const contexts = this.#wrongContexts(told, events);
    if (contexts !== undefined || events.length > 1) return contexts;
    const [{ delta: { dot } }] = events as [KnownEvent];
    // Where nothing was known of the key it is answered, too, and not of this event.
    const isOfEvent = reply.isRepeat || acknowledged.includes(nodeOf(dot.replica));
    if (isFutile(told.ask) && !isOfEvent) return undefined;
    session?.writes.add(dot);
    for (const node of acknowledged) {
      const life = before.get(node)?.replica;
      if (life !== undefined && life === this.#promises.lifeOf(node)) {
        this.#promises.promiseDot(life, dot);
      }
    }
    return undefined;
  }

  /** What is wrong with the answer to a read. */
  read(
    told: Told<GossipAskOf<"read">, GossipReplyOf<"found" | "insufficientRead">>,
  ): string | undefined {
    const { ask: { key, level }, reply: { answered, reading }, session } = told;
    const wrong = wrongCount(told, answered.length) ??
      this.#wrongReading(told, key, reading, answered);
    if (wrong !== undefined) return `a read of ${key} at level ${level}: ${wrong}`;
    session?.saw(seenEvents(this.#table, key, reading), (event) => this.#pastOf(event));
    return undefined;
  }

  /** What is wrong with a page of keys. */
  page(
    { ask, reply, session }: Told<GossipAskOf<"scan">, GossipReplyOf<"page">>,
  ): string | undefined {
    const { rows, next } = reply;
    const required = this.#requiredOf(session);
    const shown = new Map<string, Shown>(rows.map(({ key, reading }) => [key, reading]));
    const isDue = (key: string) =>
      key.startsWith(ask.prefix) && key >= ask.from && (next === null || key < next);
    for (const key of new Set([...this.#table.keys.filter(isDue), ...shown.keys()])) {
      if (!isDue(key)) return `a page from ${ask.from} to ${next} has ${key}`;
      const wrong = wrongReading(this.#table, key, shown.get(key) ?? { type: "absent" }, required);
      if (wrong !== undefined) return `a scan: ${wrong}`;
    }
    for (const [key, reading] of shown) {
      session?.saw(seenEvents(this.#table, key, reading), (event) => this.#pastOf(event));
    }
    return undefined;
  }

  /** What is wrong with a refusal. */
  refused({ code, message }: GossipReplyOf<"refused">): string | undefined {
    return REFUSALS.includes(code) ? undefined : `a client is refused: ${code}: ${message}`;
  }

  /** Only what changes nothing is answered without an event. */
  #withoutEvent({ ask }: Told<GossipAskOf<"write">, GossipReply>): string | undefined {
    return isFutile(ask)
      ? undefined
      : `a write of ${ask.key} is acknowledged that is nowhere durable`;
  }

  /** A write takes away what the client has seen, and answers what it may take away next: not more. */
  #wrongContexts(
    { ask: { operation, key }, reply }: Told<
      GossipAskOf<"write">,
      GossipReplyOf<"written" | "insufficientWrite">
    >,
    events: readonly KnownEvent[],
  ): string | undefined {
    if (strategyOf(key) !== "siblings" || operation.type !== "put") return undefined;
    const given = operation.context === null ? [] : openContext(CLUSTER, key, operation.context);
    for (const { delta } of events) {
      const erased = delta.supersedes.find((dot) => !hasDot(given, dot));
      if (erased) return `a put of ${key} takes away ${dotWords(erased)}, unseen by its client`;
    }
    const own: Dots = events.map(({ delta }) => delta.dot);
    const unseen = openContext(CLUSTER, key, reply.context)
      .find((dot) => !hasDot(given, dot) && !own.some((each) => dotWords(each) === dotWords(dot)));
    return unseen &&
      `a put of ${key} answers ${dotWords(unseen)} as seen, which its client has not`;
  }

  /** A read shows what its session must see, and all that those had who took part in it. */
  #wrongReading(
    { session, before }: Told<GossipAskOf<"read">, GossipReply>,
    key: string,
    reading: Shown,
    answered: readonly number[],
  ): string | undefined {
    const ofSession = wrongReading(this.#table, key, reading, this.#requiredOf(session));
    if (ofSession !== undefined) return `its session: ${ofSession}`;
    for (const node of answered) {
      const promised = before.get(node);
      if (promised === undefined || promised.replica !== this.#promises.lifeOf(node)) continue;
      const wrong = wrongReading(this.#table, key, reading, promised.clock);
      if (wrong !== undefined) return `node ${node} took part: ${wrong}`;
    }
    return undefined;
  }

  /** Tokens leave out what all members have: who was removed and has not heard of it may lack that. */
  #requiredOf(session: SimSession | undefined): NodeClock {
    return session === undefined || this.#promises.hasRemoved ? new NodeClock() : session.required;
  }

  #pastOf({ requester }: KnownEvent): NodeClock | undefined {
    return requester === null
      ? undefined
      : this.#pasts.get(`${requester.client}/${requester.number}`);
  }
}

/** Whether it changes nothing where nothing is known of the key. */
function isFutile({ operation: { type }, key }: GossipAskOf<"write">): boolean {
  return strategyOf(key) !== "lww" && (type === "delete" || type === "remove");
}

/** Whether so many are what the level takes; of those that are too few, whether they are. */
function wrongCount(
  { ask: { level }, reply, membersMin }: Told<
    GossipAskOf<"write" | "read">,
    GossipReplyOf<"written" | "insufficientWrite" | "found" | "insufficientRead">
  >,
  count: number,
): string | undefined {
  if ("needed" in reply) {
    return count < reply.needed ? undefined : `${count} are said to be fewer than ${reply.needed}`;
  }
  const needed = { local: 1, one: 1, quorum: Math.floor(membersMin / 2) + 1, all: membersMin };
  return count >= needed[level] ? undefined : `${count} took part, of ${needed[level]}`;
}
