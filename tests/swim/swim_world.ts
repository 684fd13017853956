import { randomStream } from "../../actors/random.ts";
import { decode, encode } from "../../actors/schema.ts";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import { SwimCore } from "../../protocols/swim/core.ts";
import type { SwimEvent, SwimMember } from "../../protocols/swim/events.ts";
import { type MemberRecord, type SwimMessage, swimMessage } from "../../protocols/swim/messages.ts";
import { SWIM_LAN, type SwimTuning } from "../../protocols/swim/options.ts";
import { sameMeta } from "../../protocols/swim/precedence.ts";
import type { SwimInput, SwimOutput } from "../../protocols/swim/step.ts";
import { Process } from "./process.ts";

/** How a test's cluster differs from the ordinary one. */
export interface SwimWorldOptions {
  /** Default 1. */
  readonly seed?: number;
  /** What differs from the preset for a LAN. */
  readonly tuning?: Partial<SwimTuning>;
  /** By whom members join. Default: node 0. */
  readonly seeds?: readonly number[];
  /** The share of messages that is lost. Default 0. */
  readonly loss?: number;
  /** The share of messages that comes twice. Default 0. */
  readonly duplicates?: number;
}

/** A message on its way. */
export interface Sent {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly message: SwimMessage;
}

/** What a member has told. */
export interface Told {
  readonly at: number;
  /** Who has told it. */
  readonly by: number;
  readonly type: SwimEvent["type"];
  /** Of whom. */
  readonly node: number;
}

/** Cores of many members on one clock, and a network of which the test has every say. */
export class SwimWorld {
  readonly clock = new VirtualClock();
  readonly tuning: SwimTuning;
  readonly told: Told[] = [];
  /** Messages by kind, and in all. */
  readonly counts = new Map<string, number>();
  /** Sees every message; `false` loses it. */
  onSend: (sent: Sent) => boolean = () => true;
  /** Sees everything that is told. */
  onTold: (told: Told) => void = () => {};
  /** What a message takes longer than the ordinary, in milliseconds. */
  slowMs: (from: number, to: number) => number = () => 0;
  readonly #options: SwimWorldOptions;
  readonly #processes = new Map<number, Process>();
  readonly #random: () => number;
  #starts = 0;

  constructor(options: SwimWorldOptions = {}) {
    this.#options = options;
    this.tuning = { ...SWIM_LAN, ...options.tuning };
    this.#random = randomStream(options.seed ?? 1, "network");
  }

  /** A cluster in which everyone knows everyone. */
  static formed(nodes: number, options: SwimWorldOptions = {}): SwimWorld {
    const world = new SwimWorld({ ...options, loss: 0 });
    for (let node = 0; node < nodes; node++) world.start(node);
    world.until(() => world.agrees(), 60_000, "the formation");
    // Nothing is to be left of the formation.
    world.run(10_000);
    world.#loss = options.loss ?? 0;
    world.told.length = 0;
    return world;
  }

  #loss = 0;

  /** A process starts, without any memory. */
  start(node: number, meta: Uint8Array = new Uint8Array([node])): void {
    const { seed = 1, seeds = [0] } = this.#options;
    const random = randomStream(seed, `node ${node}, start ${this.#starts++}`);
    const core = new SwimCore({ node, meta, seeds, tuning: this.tuning }, random);
    const process = new Process(this.clock, core, (output) => this.#carryOut(node, output));
    this.#processes.set(node, process);
    process.take({ type: "join" });
  }

  kill(node: number): void {
    this.#processes.get(node)!.kill();
    this.#processes.delete(node);
  }

  pause(node: number): void {
    this.#processes.get(node)!.pause();
  }

  resume(node: number): void {
    this.#processes.get(node)!.resume();
  }

  tell(node: number, input: SwimInput): void {
    this.#processes.get(node)!.take(input);
  }

  core(node: number): SwimCore {
    return this.#processes.get(node)!.core;
  }

  get nodes(): number[] {
    return [...this.#processes.keys()];
  }

  /** What one holds of another. */
  held(by: number, node: number): SwimMember | undefined {
    return this.core(by).figures.others.find((other) => other.node === node);
  }

  /** Whether all who run hold exactly each other to be alive, and to be as each says itself. */
  agrees(nodes: readonly number[] = this.nodes): boolean {
    return nodes.every((by) => {
      const living = this.core(by).figures.others.filter(({ state }) => state === "alive");
      return living.length === nodes.length - 1 && this.core(by).livingCount === nodes.length &&
        living.every((member) =>
          nodes.includes(member.node) && isSame(member, this.core(member.node).figures.self)
        );
    });
  }

  /** What was told of a kind, of a node or of any. */
  tales(type: SwimEvent["type"], node?: number): Told[] {
    return this.told.filter((told) =>
      told.type === type && (node === undefined || told.node === node)
    );
  }

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  /** Runs until something holds; fails the test if it does not in time. */
  until(condition: () => boolean, limitMs: number, what = "the condition"): void {
    // Only at times: it may be dear to find out.
    const end = this.clock.now + limitMs;
    while (!condition()) {
      if (this.clock.now >= end) {
        throw new Error(`${what} did not come true within ${limitMs} ms`);
      }
      this.run(50);
    }
  }

  #carryOut(from: number, output: SwimOutput): void {
    if (output.type === "event") {
      const { event } = output;
      const node = "member" in event ? event.member.node : from;
      const told = { at: this.clock.now, by: from, type: event.type, node };
      this.told.push(told);
      this.onTold(told);
    } else if (output.type === "send") {
      this.#send(from, output.to, output.message);
    }
  }

  #send(from: number, to: number, message: SwimMessage): void {
    const bytes = encode(swimMessage, message);
    this.counts.set(message.type, (this.counts.get(message.type) ?? 0) + 1);
    this.counts.set("bytes", (this.counts.get("bytes") ?? 0) + bytes.length);
    if (!this.onSend({ at: this.clock.now, from, to, message })) return;
    if (this.#loss > 0 && this.#random() < this.#loss) return;
    const { duplicates = 0 } = this.#options;
    const copies = duplicates > 0 && this.#random() < duplicates ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delayMs = 0.5 + this.#random() + this.slowMs(from, to);
      this.clock.after(delayMs, () => {
        this.#processes.get(to)?.take({ type: "message", message: decode(swimMessage, bytes) });
      });
    }
  }
}

function isSame(a: SwimMember, b: SwimMember): boolean {
  return a.incarnation === b.incarnation && sameMeta(a.meta, b.meta);
}

/** Lets nothing pass between two sides. */
export function partition(one: readonly number[]): (sent: Sent) => boolean {
  return ({ from, to }) => one.includes(from) === one.includes(to);
}

/** What a member says of itself. */
export function record(world: SwimWorld, node: number): MemberRecord {
  const { incarnation, meta } = world.held(node === 0 ? 1 : 0, node)!;
  return { node, incarnation, meta, state: "alive", by: node };
}

/** What node 0 would say of one that it suspects. */
export function accusation(world: SwimWorld, node: number): MemberRecord {
  return { ...record(world, node), state: "suspect", by: 0 };
}
