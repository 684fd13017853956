import type { Cancel } from "../actors/actor.ts";
import { randomInteger, type RandomStream, randomStream } from "../actors/random.ts";
import { refTo } from "../actors/ref.ts";
import type { ActorSystem } from "../actors/system.ts";
import type { VirtualClock } from "../actors/virtual_environment.ts";
import { type Envelope, type Fate, type JourneyEnd, MemoryNetwork } from "../transport/memory.ts";
import type { Transport } from "../transport/transport.ts";
import { drawDuration, type Duration } from "./distributions.ts";
import type { RunHash } from "./run_hash.ts";

/** How the links between nodes behave. */
export interface NetworkOptions {
  /** How long a message is on its way. */
  readonly latency: Duration;
  /** The share of messages that are lost. */
  readonly loss: number;
  /** The share of messages that come again, up to half a second later, a few of them up to three. */
  readonly replay: number;
  /** The share of messages that do not wait for those sent before them. */
  readonly reorder: number;
  /** Messages that may be on one link at once; what is sent beyond is lost. */
  readonly capacity: number;
  /**
   * Nodes that take one message after the other, each for some time: to see what they can do, and not only
   * what they do. All others take any number of messages at once.
   *
   * @default {none}
   */
  readonly service?: ServiceTime;
}

/** How long nodes take over a message. */
export interface ServiceTime {
  /** In milliseconds. */
  readonly ms: number;
  /** It is so for nodes with an index below. */
  readonly nodes: number;
  /**
   * Types of messages that cost nothing, as if they came along with others: they only wait their turn.
   *
   * @default {none}
   */
  readonly free?: readonly string[];
}

/** A network without faults. */
export const CALM_NETWORK: NetworkOptions = {
  latency: { minMs: 0.2, tailMs: 0.5 },
  loss: 0,
  replay: 0,
  reorder: 0,
  capacity: Infinity,
};

/** A message, as filters see it. */
export interface SentMessage {
  /** When it is sent, in milliseconds of virtual time. */
  readonly at: number;
  /** The index of the node that sends it. */
  readonly from: number;
  /** The index of the node that it is for. */
  readonly to: number;
  /** The name of the actor that it is for. */
  readonly actor: string;
  /** Its member `type`. */
  readonly type: string;
  /** The message as its sender gave it; not to be changed. */
  readonly message: unknown;
  /** Whether the network repeats what was sent before. */
  readonly isReplay: boolean;
}

/** Decides on the fate of a message, or leaves it to the network. */
export type SentFilter = (sent: SentMessage) => Fate | undefined;

/** Sees a message; what it returns is told of each copy how its way ended. */
export type MessageWatcher = (sent: SentMessage) => (end: JourneyEnd) => void;

interface Link {
  /** When what is on the link arrives; in no order. */
  arrivals: number[];
  /** When the newest message that keeps its order arrives. */
  lastArrival: number;
  /** Until when nothing arrives. */
  cloggedUntil: number;
}

const REPLAY_MS = 500;
/** One repetition in so many comes that many times as late: in another view, perhaps. */
const LATE_REPLAYS = 6;
/** What was sent last between replicas: so much of it may come again. */
const PAST_MAX = 1_000;
/** A clogged link lets its messages go within this time, once it is free. */
const RELEASE_MS = 5;

/**
 * The network between all nodes and clients. It is the transport for tests, which encodes and decodes
 * each message as TCP's does; what is added here is when a message arrives, and whether.
 */
export class SimNetwork {
  readonly #memory = new MemoryNetwork({ latencyMs: () => 0 });
  readonly #clock: VirtualClock;
  readonly #hash: RunHash;
  readonly #seed: bigint;
  readonly #systems = new Map<number, ActorSystem>();
  readonly #links = new Map<string, Link>();
  readonly #streams = new Map<string, RandomStream>();
  readonly #filters = new Set<SentFilter>();
  /** By node: until when it is busy with what it was sent so far. */
  readonly #busy = new Map<number, number>();
  #watcher: MessageWatcher | undefined;
  #options: NetworkOptions;
  #isReplaying = false;
  /** What was sent last between replicas, the newest at the end; now and then cut to its length. */
  #past: Envelope[] = [];

  constructor(clock: VirtualClock, hash: RunHash, seed: bigint, options: NetworkOptions) {
    this.#clock = clock;
    this.#hash = hash;
    this.#seed = seed;
    this.#options = options;
    this.#memory.intercept((envelope) => this.#decide(envelope));
  }

  /** What the network has done. */
  get figures() {
    return this.#memory.figures;
  }

  /** Changes how the links behave, from now on. */
  set options(options: NetworkOptions) {
    this.#options = options;
  }

  /** Connects a process; one that had its place before is dead. */
  join(system: ActorSystem): Transport {
    this.#systems.set(system.node, system);
    return this.#memory.join(system);
  }

  /** Disconnects a dead process; what is on its way to it is lost. */
  leave(node: number): void {
    this.#systems.delete(node);
    this.#memory.leave(node);
  }

  /** Has a filter asked about every message, before the faults; `undefined` leaves it to them. */
  filter(filter: SentFilter): Cancel {
    const entry: SentFilter = (sent) => filter(sent);
    this.#filters.add(entry);
    return () => this.#filters.delete(entry);
  }

  /** Has someone see every message from now on, and what becomes of it. */
  watch(watcher: MessageWatcher): void {
    this.#watcher = watcher;
  }

  /** Hands a message over now, whatever became of it when it was sent: for what a filter has held back. */
  deliver({ to, actor, message }: SentMessage): void {
    this.#systems.get(to)?.send(refTo(to, actor), message as never);
  }

  /** Nothing passes from one node to another. */
  cut(from: number, to: number): void {
    if (from !== to) this.#memory.cut(from, to);
  }

  /** Undoes every cut. */
  healAll(): void {
    this.#memory.healAll();
  }

  /** Nothing arrives over a link for some time; then everything at once, nearly. */
  clog(from: number, to: number, durationMs: number): void {
    const link = this.#link(from, to);
    link.cloggedUntil = Math.max(link.cloggedUntil, this.#clock.now + durationMs);
  }

  /** Frees every clogged link, for what is sent from now on. */
  unclogAll(): void {
    for (const link of this.#links.values()) link.cloggedUntil = 0;
  }

  /** Lets some of what replicas sent of late come once more, as if it had been on its way ever since. */
  echo(random: RandomStream, count: number, withinMs: number): void {
    const past = this.#past.slice(-PAST_MAX);
    for (let number = 0; number < count && past.length > 0; number++) {
      const envelope = past[randomInteger(random, past.length)]!;
      this.#clock.after(random() * withinMs, () => this.#repeat(envelope));
    }
  }

  #decide(envelope: Envelope): Fate {
    const { from, to, message, bytes } = envelope;
    const type = String((message as { readonly type?: unknown }).type);
    const at = this.#clock.now;
    this.#hash.step(at, from, type);
    this.#hash.number(to.node);
    this.#hash.number(bytes);
    const isReplay = this.#isReplaying;
    const sent: SentMessage = { at, from, to: to.node, actor: to.name, type, message, isReplay };
    if (!isReplay && to.name.endsWith("replica")) this.#remember(envelope);
    const fate = this.#filtered(sent) ?? this.#draw(envelope);
    return this.#watcher === undefined ? fate : { ...fate, onEnd: this.#watcher(sent) };
  }

  #filtered(sent: SentMessage): Fate | undefined {
    for (const filter of this.#filters) {
      const fate = filter(sent);
      if (fate !== undefined) return fate;
    }
    return undefined;
  }

  #draw(envelope: Envelope): Fate {
    const { from, to, message } = envelope;
    const { loss, replay, reorder, capacity, latency } = this.#options;
    if (this.#stream("loss", from)() < loss) return { copies: 0 };
    const link = this.#link(from, to.node);
    const { now } = this.#clock;
    if (link.arrivals.length >= capacity) {
      link.arrivals = link.arrivals.filter((at) => at > now);
      if (link.arrivals.length >= capacity) return { copies: 0 };
    }
    if (this.#stream("replay", from)() < replay) this.#replay(envelope);
    const random = this.#stream("latency", from);
    let arrival = now + drawDuration(random, latency);
    if (link.cloggedUntil > now) arrival = link.cloggedUntil + random() * RELEASE_MS;
    if (this.#stream("reorder", from)() >= reorder) {
      arrival = Math.max(arrival, link.lastArrival);
      link.lastArrival = arrival;
    }
    arrival = this.#served(to.node, arrival, message);
    if (capacity < Infinity) link.arrivals.push(arrival);
    return { delayMs: arrival - now };
  }

  /** When a node has taken a message that arrives at some time, after all that it was sent before. */
  #served(node: number, arrival: number, message: unknown): number {
    const { service } = this.#options;
    if (service === undefined || node >= service.nodes) return arrival;
    const { type } = message as { readonly type?: unknown };
    const isFree = service.free?.includes(String(type)) ?? false;
    const end = Math.max(arrival, this.#busy.get(node) ?? 0) + (isFree ? 0 : service.ms);
    this.#busy.set(node, end);
    return end;
  }

  /** Sends a message again after a while, unless its sender is dead by then. */
  #replay(envelope: Envelope): void {
    if (this.#isReplaying) return;
    const { from } = envelope;
    const system = this.#systems.get(from);
    const random = this.#stream("replay", from);
    const delayMs = random() * REPLAY_MS * (random() < 1 / LATE_REPLAYS ? LATE_REPLAYS : 1);
    this.#clock.after(delayMs, () => {
      if (system !== undefined && this.#systems.get(from) === system) this.#repeat(envelope);
    });
  }

  #remember(envelope: Envelope): void {
    this.#past.push(envelope);
    if (this.#past.length > PAST_MAX * 2) this.#past = this.#past.slice(-PAST_MAX);
  }

  #repeat({ from, to, message }: Envelope): void {
    this.#isReplaying = true;
    this.#systems.get(from)?.send(to, message as never);
    this.#isReplaying = false;
  }

  #link(from: number, to: number): Link {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = { arrivals: [], lastArrival: 0, cloggedUntil: 0 };
      this.#links.set(key, link);
    }
    return link;
  }

  /** Each kind of fault of each node has a stream of its own. */
  #stream(kind: string, node: number): RandomStream {
    const name = `network/${kind}/${node}`;
    let stream = this.#streams.get(name);
    if (stream === undefined) this.#streams.set(name, stream = randomStream(this.#seed, name));
    return stream;
  }
}
