import { assert, assertEquals } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { partition, type Sent, SwimWorld, type Told } from "./swim_world.ts";

/**
 * Clusters in which much goes wrong, at random, for some minutes. Meanwhile nobody claims what only a
 * member itself may claim; and once nothing goes wrong any more, all agree, and nothing is told.
 */
class Torture {
  readonly world: SwimWorld;
  readonly #random: () => number;
  readonly #size: number;
  readonly #down = new Set<number>();
  readonly #stopped = new Set<number>();
  /** The greatest incarnation that a node has ever claimed. */
  readonly #greatest = new Map<number, number>();
  #link: (sent: Sent) => boolean = () => true;

  constructor(seed: number) {
    this.#random = randomStream(seed, "torture");
    this.#size = 3 + randomInteger(this.#random, 10);
    const tuning = {
      reapMs: this.#random() < 0.3 ? 40_000 : 86_400_000,
      reconnectIntervalMs: 5_000,
    };
    const seeds = this.#random() < 0.5 ? [0] : [0, 1, 2];
    this.world = new SwimWorld({ seed, tuning, seeds, duplicates: 0.05 });
    for (let node = 0; node < this.#size; node++) this.world.start(node);
    this.world.onSend = (sent) => this.#onSend(sent);
  }

  run(): void {
    for (let turn = 0; turn < 60; turn++) {
      this.#break();
      this.world.run(this.#random() * 10_000);
    }
    this.#heal();
    for (const node of this.#stopped) this.world.resume(node);
    for (const node of this.#down) this.world.start(node);
    for (const node of this.world.nodes) this.world.tell(node, { type: "join" });
    this.world.until(() => this.world.agrees(), 120_000, "agreement");
    // News of the reunion may still be under way.
    this.world.run(60_000);
    this.world.told.length = 0;
    this.world.run(120_000);
    assertEquals(this.world.told, []);
    assert(this.world.agrees());
  }

  #break(): void {
    const node = randomInteger(this.#random, this.#size);
    const fault = randomInteger(this.#random, 8);
    if (fault < 2 && this.#down.has(node)) {
      this.#down.delete(node);
      this.world.start(node, new Uint8Array([node, this.world.clock.now % 256]));
    } else if (fault < 2) {
      this.#down.add(node);
      this.#stopped.delete(node);
      this.world.kill(node);
    } else if (fault === 2 && !this.#down.has(node)) {
      this.#stopOrGoOn(node);
    } else if (fault === 3) {
      const side = this.world.nodes.filter(() => this.#random() < 0.5);
      this.#link = partition(side);
    } else if (fault === 4) {
      const share = this.#random() * 0.4;
      const slowMs = this.#random() * 500;
      this.#link = () => this.#random() >= share;
      this.world.slowMs = () => this.#random() * slowMs;
    } else if (fault === 5) {
      this.#heal();
    } else if (!this.#down.has(node)) {
      this.world.tell(node, { type: fault === 6 ? "leave" : "join" });
    }
  }

  #stopOrGoOn(node: number): void {
    if (this.#stopped.delete(node)) return this.world.resume(node);
    this.#stopped.add(node);
    this.world.pause(node);
  }

  #heal(): void {
    this.#link = () => true;
    this.world.slowMs = () => 0;
  }

  #onSend(sent: Sent): boolean {
    const { message, from } = sent;
    const records = "updates" in message
      ? message.updates
      : "members" in message
      ? message.members
      : [];
    for (const { node, incarnation, state, by } of records) {
      const own = this.world.nodes.includes(node)
        ? this.world.core(node).figures.self.incarnation
        : 0;
      const greatest = Math.max(this.#greatest.get(node) ?? 0, own);
      this.#greatest.set(node, greatest);
      assert(incarnation <= greatest, `node ${from} has raised the incarnation of node ${node}`);
      const isOwn = state === "alive" || state === "left";
      assertEquals(by === node, isOwn, `node ${from} says that node ${node} is ${state}`);
    }
    return this.#link(sent);
  }
}

for (let seed = 1; seed <= 20; seed++) {
  Deno.test(`SwimCore: members agree in the end, whatever goes wrong (seed ${seed})`, () => {
    new Torture(seed).run();
  });
}

Deno.test("SwimCore: the same seed makes the same story, and another seed another", () => {
  const story = (seed: number): Told[] => {
    const world = new SwimWorld({ seed, loss: 0.2 });
    for (let node = 0; node < 10; node++) world.start(node);
    world.run(20_000);
    world.kill(3);
    world.run(40_000);
    return world.told;
  };
  const first = story(1);
  assertEquals(first, story(1));
  assert(JSON.stringify(first) !== JSON.stringify(story(2)));
});

/** As a process starts anew, it tells anew who is there. */
Deno.test("SwimCore: the telling of a member alternates between its coming and its going", () => {
  const torture = new Torture(99);
  const states = new Map<string, string>();
  torture.world.onTold = ({ by, type, node }) => {
    const key = `${by} of ${node}`;
    const isIn = states.get(key) === "in";
    if (type === "member-joined") states.set(key, "in");
    else if (type === "member-left" || type === "member-forgotten") states.set(key, "out");
    else if (type !== "swim-departed") assert(isIn, `${key}: ${type}`);
    if (type === "member-failed") states.set(key, "out");
  };
  torture.run();
});
