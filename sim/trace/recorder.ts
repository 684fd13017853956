import type { ClientReply, ClientRequest } from "../../protocols/client_messages.ts";
import type { JourneyEnd } from "../../transport/memory.ts";
import type { SentMessage } from "../network.ts";
import type { World } from "../world.ts";
import type { WorldEvent } from "../world_events.ts";
import { ClientWords } from "./client_words.ts";
import type {
  Arrival,
  Trace,
  TracedCommit,
  TracedMessage,
  TracedState,
  TraceEvent,
} from "./events.ts";
import { nameOf, wordsOf } from "./words.ts";

type Stands = Extract<WorldEvent, { type: "stands" }>;

/** A message as it is written down, before it is known how it ends. */
interface OpenMessage extends Omit<TracedMessage, "isRepeated"> {
  readonly arrivals: Arrival[];
  /** The last one of its kind on the same way, if it said the same. */
  readonly before: OpenMessage | undefined;
}

/** Writes down everything that happens in a world, from the moment that it is made. */
export class TraceRecorder {
  readonly #world: World;
  readonly #clientWords = new ClientWords();
  readonly #events: (Exclude<TraceEvent, TracedMessage> | OpenMessage)[] = [];
  /** The last message of each kind on each way. */
  readonly #lastSent = new Map<string, OpenMessage>();
  readonly #underWay = new Set<OpenMessage>();
  /** By node and log. */
  readonly #lastState = new Map<string, TracedState>();

  /** @param world Best given before anything runs in it. */
  constructor(world: World) {
    this.#world = world;
    world.observe((event) => this.#observe(event));
    world.network.watch((sent) => this.#sent(sent));
  }

  /**
   * What happened between two moments, in milliseconds of virtual time; all of it if none are given. What
   * each node was at the beginning comes first.
   */
  trace(from = 0, until = Infinity): Trace {
    const known = this.#events.map((event) => event.kind === "message" ? closed(event) : event);
    const all = [...known, ...this.#violations()].sort((a, b) => a.at - b.at);
    const events = all.filter(({ at }) => at >= from && at <= until);
    events.unshift(...standingAt(all.filter(({ at }) => at < from)));
    return {
      nodes: this.#world.nodes.length,
      from,
      until: Math.min(until, this.#world.clock.now),
      events,
    };
  }

  #violations(): TraceEvent[] {
    return this.#world.violations.map((text) => {
      // Violations begin with their time.
      return { kind: "violation", at: Number.parseFloat(text), node: undefined, text };
    });
  }

  #sent(sent: SentMessage): (end: JourneyEnd) => void {
    const { from, to, actor, isReplay } = sent;
    const { now: at } = this.#world.clock;
    const text = this.#wordsOf(sent);
    const name = text.slice(0, `${text} `.indexOf(" "));
    const way = `${from}>${to}/${actor}/${name}`;
    const last = this.#lastSent.get(way);
    // What clients ask and are told is always news.
    const isBetweenReplicas = to < this.#world.nodes.length && !actor.endsWith("client-table");
    const before = isBetweenReplicas && last?.text === text ? last : undefined;
    const message: OpenMessage = {
      kind: "message",
      at,
      from,
      to,
      name,
      text,
      before,
      isReplay,
      arrivals: [],
    };
    this.#lastSent.set(way, message);
    this.#underWay.add(message);
    this.#events.push(message);
    return (end) => {
      this.#underWay.delete(message);
      message.arrivals.push({ at: this.#world.clock.now, end });
    };
  }

  #wordsOf(sent: SentMessage): string {
    const part = this.#world.partOf(sent.actor);
    return `${this.#plainWordsOf(sent)}${part === undefined ? "" : ` (${part})`}`;
  }

  #plainWordsOf({ from, to, actor, type, message }: SentMessage): string {
    const isClient = (node: number) => node >= this.#world.nodes.length;
    if (isClient(to)) return this.#clientWords.reply(message as ClientReply, actor);
    if (isClient(from) || type === "submit" || type === "query") {
      return this.#clientWords.request(message as ClientRequest);
    }
    return typeof message === "object" && message !== null ? wordsOf(message) : nameOf(type);
  }

  #observe(event: WorldEvent): void {
    const { now: at } = this.#world.clock;
    switch (event.type) {
      case "note":
        return this.#note(at, event.text);
      case "process":
        if (event.what === "dies") this.#died(at, event.node);
        if (event.what === "starts") this.#forget(event.node);
        this.#events.push({ kind: "process", at, node: event.node, what: event.what });
        return;
      case "commits":
        return this.#commits(at, event.node, event.log, event.opNumber);
      case "stands":
        return this.#stands(at, event);
    }
  }

  /** Nothing that is on its way to a process arrives once that is dead. */
  #died(at: number, node: number): void {
    for (const message of this.#underWay) {
      if (message.to !== node) continue;
      this.#underWay.delete(message);
      message.arrivals.push({ at, end: "no-receiver" });
    }
  }

  /** What a process says is news again when another one says it. */
  #forget(node: number): void {
    for (const key of this.#lastState.keys()) {
      if (key.startsWith(`${node}/`)) this.#lastState.delete(key);
    }
    for (const way of this.#lastSent.keys()) {
      if (way.startsWith(`${node}>`)) this.#lastSent.delete(way);
    }
  }

  #note(at: number, line: string): void {
    // An error comes with its stack, which is for those who look at the code.
    const first = line.split("\n")[0]!;
    const [, index, text] = /^node (\d+) (.*)$/.exec(first) ?? [];
    const kind = line.startsWith("fault: ") ? "fault" : "note";
    const node = index === undefined ? undefined : Number(index);
    this.#events.push({ kind, at, node, text: text ?? first });
  }

  /** What is committed in one go is one event. */
  #commits(at: number, node: number, log: string | undefined, opNumber: number): void {
    const last = this.#events.at(-1);
    const isNext = last?.kind === "commit" && last.node === node && last.at === at &&
      last.log === log && last.last === opNumber - 1;
    const first = isNext ? last.first : opNumber;
    const commit: TracedCommit = { kind: "commit", at, node, log, first, last: opNumber };
    if (isNext) this.#events[this.#events.length - 1] = commit;
    else this.#events.push(commit);
  }

  #stands(at: number, { node, log: name, standing }: Stands): void {
    const { status, view, isLeading, log } = standing;
    const text = name === undefined ? standing.text : `${name}: ${standing.text}`;
    const key = `${node}/${name ?? ""}`;
    const last = this.#lastState.get(key);
    if (last?.text === text) return;
    const state: TracedState = { kind: "state", at, node, status, view, isLeading, text };
    this.#lastState.set(key, state);
    // Where the log ends is said along with the rest, and alone is no news: messages show it.
    this.#events.push({ ...state, text: `${text}; ${log}` });
  }
}

/** Of what happened so far, what still holds: the last that became of each process and each replica. */
function standingAt(events: readonly TraceEvent[]): TraceEvent[] {
  const last = new Map<string, TraceEvent>();
  for (const event of events) {
    if (event.kind !== "process" && event.kind !== "state") continue;
    if (event.kind === "process" && event.what === "dies") last.delete(`state ${event.node}`);
    last.set(`${event.kind} ${event.node}`, event);
  }
  return [...last.values()].sort((a, b) => a.at - b.at);
}

/** A message as far as its fate is known: what ends like the one before it says nothing new. */
function closed({ before, ...message }: OpenMessage): TracedMessage {
  const endOf = ({ arrivals }: Pick<TracedMessage, "arrivals">) =>
    arrivals.some(({ end }) => end === "arrived") ? "arrived" : arrivals[0]?.end;
  const isRepeated = before !== undefined &&
    (endOf(before) === "arrived" || endOf(before) === endOf(message));
  return { ...message, isRepeated };
}
