/**
 * Goal: whatever fails, the nodes agree in the end, and what was acknowledged is there. Method: additions to sets and
 * increments at random nodes while messages are lost, links are cut, processes are killed and disks replaced; then
 * everything is healed. Only additions are made, so every acknowledged one must be shown.
 */
import { assert, assertEquals } from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { decode } from "../../actors/schema.ts";
import type { Level } from "../../protocols/gossip/client_messages.ts";
import { eventSchema } from "../../protocols/gossip/messages.ts";
import { type Attempt, GossipCluster } from "./cluster.ts";
import { bytesOf, textOf } from "./support.ts";

const LEVELS: readonly Level[] = ["local", "one", "quorum", "all"];

interface Addition {
  readonly key: string;
  readonly element: string;
  readonly level: Level;
  readonly node: number;
  readonly attempt: Attempt;
}

class RandomFaults {
  readonly cluster: GossipCluster;
  readonly additions: Addition[] = [];
  readonly #random: RandomStream;
  readonly #nodes: number;
  /** Additions of a node that were answered before its disk was replaced need not be there. */
  readonly excused = new Set<Addition>();

  /** What was said of each dot. */
  readonly #said = new Map<string, string>();

  constructor(seed: number) {
    this.#random = randomStream(seed, "faults");
    this.#nodes = 2 + this.#below(4);
    this.cluster = GossipCluster.of(this.#nodes, {
      seed,
      diskMs: [0.1, 5, 30][this.#below(3)]!,
      maybe: () => this.#below(20) === 0,
      tuning: {
        snapshotLogBytes: 3_000,
        indexMax: this.#below(2) === 0 ? 20 : 1_000_000,
        hintsMax: this.#below(2) === 0 ? 5 : 10_000,
        mailAllMax: this.#below(3) === 0 ? 2 : 16,
        scrubMs: 2_000,
      },
      coordinator: { spread: this.#below(2) === 0 ? "local" : "round-robin" },
    });
    const lost = this.#below(20);
    this.cluster.onMessage((message) => {
      if (message.type === "mail") { for (const event of message.events) this.#note(event); }
      const dice = this.#below(100);
      if (dice < lost) return { copies: 0 };
      return dice > 94 ? { copies: 2, delayMs: this.#below(300) } : undefined;
    });
  }

  /** A dot is that of one event for ever. */
  #note(bytes: Uint8Array): void {
    const { delta } = decode(eventSchema, bytes);
    const name = `${delta.dot.replica}/${delta.dot.n}`;
    const text = bytes.toHex();
    assertEquals(this.#said.get(name) ?? text, text, `${name} was issued twice`);
    this.#said.set(name, text);
  }

  #below(count: number): number {
    return randomInteger(this.#random, count);
  }

  step(n: number, canWipe: boolean): void {
    const node = this.#below(this.#nodes);
    const { cluster } = this;
    const dice = this.#below(100);
    if (dice < 80) this.#add(n, node);
    else if (dice < 85) cluster.cut(node, this.#below(this.#nodes));
    else if (dice < 88) cluster.heal();
    else if (dice < 92) cluster.crash(node);
    else if (dice < 97) cluster.start(node);
    else if (dice < 98 && canWipe) this.#wipe(node);
    cluster.run(this.#below(4) > 0 ? this.#below(10) : this.#below(500));
  }

  #add(n: number, node: number): void {
    if (this.cluster.node(node).system === undefined) return;
    const level = LEVELS[this.#below(4)]!;
    const key = `set/${this.#below(5)}`;
    const element = String(n);
    const attempt = this.cluster.begin(node, key, { type: "add", element: bytesOf(element) }, {
      level,
      timeoutMs: 1_000,
    });
    this.additions.push({ key, element, level, node, attempt });
  }

  /** Everybody else has to be there, so that what others acknowledged is not lost with it. */
  #wipe(node: number): void {
    const { cluster } = this;
    for (let each = 0; each < this.#nodes; each++) cluster.start(each);
    cluster.heal();
    cluster.until(
      () => cluster.nodes.every(({ replica }) => replica!.state === "ready"),
      120_000,
      "readiness before a disk is replaced",
    );
    for (const addition of this.additions) {
      const reply = addition.attempt.replies[0];
      const others = reply !== undefined && "acknowledged" in reply
        ? reply.acknowledged.filter((each) => each !== node)
        : [];
      if (others.length === 0) this.excused.add(addition);
    }
    cluster.wipe(node);
    cluster.start(node);
    cluster.until(() => cluster.isReady(node), 120_000, "readiness of a new disk");
  }

  check(): void {
    const { cluster } = this;
    cluster.heal();
    for (let each = 0; each < this.#nodes; each++) cluster.start(each);
    cluster.run(2_000);
    cluster.converge(300_000);
    for (const { key, element, level, attempt, node } of this.#acknowledged()) {
      const { reading } = cluster.replica(0).data.read(key);
      const has = reading.type === "set" &&
        reading.elements.some((each) => textOf(each) === element);
      const reply = JSON.stringify(attempt.replies[0]);
      assert(has, `${element} of ${key} at ${node}, level ${level}, is lost: ${reply}`);
    }
    assertEquals(cluster.failures, []);
  }

  *#acknowledged(): Generator<Addition> {
    for (const addition of this.additions) {
      const reply = addition.attempt.replies[0];
      const isStored = reply?.type === "written" || reply?.type === "insufficientWrite";
      if (isStored && !this.excused.has(addition)) yield addition;
    }
  }
}

const SEEDS = 20;

Deno.test(`nodes agree, and have all that was acknowledged, whatever has failed (${SEEDS} seeds)`, () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const faults = new RandomFaults(seed);
    try {
      for (let n = 0; n < 200; n++) faults.step(n, true);
      faults.check();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
