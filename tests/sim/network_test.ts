import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Ref, refTo } from "../../actors/ref.ts";
import { type Infer, oneOf, struct, u32 } from "../../actors/schema.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { CALM_NETWORK, type NetworkOptions, SimNetwork } from "../../sim/network.ts";
import { RunHash } from "../../sim/run_hash.ts";

const counted = struct({ type: oneOf("heavy", "light"), number: u32 });
type Counted = Infer<typeof counted>;

/** Two nodes; what arrives at the second, and when. */
class Pair {
  readonly clock = new VirtualClock();
  readonly network: SimNetwork;
  readonly arrived: { readonly number: number; readonly at: number }[] = [];
  readonly #sender: ActorSystem;
  readonly #target: Ref<Counted> = refTo(1, "sink", counted);

  constructor(options: Partial<NetworkOptions> = {}) {
    const network = { ...CALM_NETWORK, ...options };
    this.network = new SimNetwork(this.clock, new RunHash(), 1n, network);
    const [sender, receiver] = [0, 1].map((node) => {
      const environment = new VirtualEnvironment(this.clock, { seed: 1, name: `node ${node}` });
      const system = new ActorSystem({ node, environment });
      this.network.join(system);
      return system;
    });
    this.#sender = sender!;
    receiver!.expose("sink", counted);
    receiver!.spawn<Counted>("sink", (context) => ({
      receive: ({ number }) => this.arrived.push({ number, at: context.now() }),
    }));
  }

  send(count: number, type: Counted["type"] = "heavy"): void {
    for (let number = 0; number < count; number++) {
      this.#sender.send(this.#target, { type, number });
    }
  }

  get numbers(): number[] {
    return this.arrived.map(({ number }) => number);
  }
}

const TEN = Array.from({ length: 10 }, (_, number) => number);

Deno.test("SimNetwork delivers in order, none before the least latency", () => {
  const pair = new Pair({ latency: { minMs: 5, tailMs: 50 } });
  pair.send(10);
  pair.clock.runFor(10_000);
  assertEquals(pair.numbers, TEN);
  assert(pair.arrived.every(({ at }) => at >= 5));
  assert(pair.arrived.at(-1)!.at > 10, "latencies have a tail");
});

Deno.test("SimNetwork loses, repeats and reorders as many messages as it is told to", () => {
  const lossy = new Pair({ loss: 0.3 });
  lossy.send(1_000);
  lossy.clock.runFor(10_000);
  assert(Math.abs(lossy.arrived.length - 700) < 60, `${lossy.arrived.length} of 1000 arrived`);
  const repeating = new Pair({ replay: 0.3 });
  repeating.send(1_000);
  repeating.clock.runFor(10_000);
  assert(Math.abs(repeating.arrived.length - 1_300) < 60, `${repeating.arrived.length} arrived`);
  assertEquals(new Set(repeating.numbers).size, 1_000);
  const unordered = new Pair({ reorder: 1, latency: { minMs: 0, tailMs: 10 } });
  unordered.send(10);
  unordered.clock.runFor(10_000);
  assertNotEquals(unordered.numbers, TEN);
  assertEquals(unordered.numbers.toSorted((a, b) => a - b), TEN);
});

Deno.test("SimNetwork takes no more messages on a link than its capacity", () => {
  const pair = new Pair({ capacity: 4 });
  pair.send(10);
  pair.clock.runFor(1_000);
  assertEquals(pair.numbers, [0, 1, 2, 3]);
  pair.send(3);
  pair.clock.runFor(1_000);
  assertEquals(pair.numbers.slice(4), [0, 1, 2]);
});

Deno.test("SimNetwork.clog() holds messages back until the link is free", () => {
  const pair = new Pair();
  pair.network.clog(0, 1, 300);
  pair.send(10);
  pair.clock.runFor(299);
  assertEquals(pair.numbers, []);
  pair.clock.runFor(10);
  assertEquals(pair.numbers, TEN);
});

Deno.test("SimNetwork.cut() cuts one direction, what is under way included", () => {
  const pair = new Pair({ latency: { minMs: 10, tailMs: 0 } });
  pair.network.cut(1, 0);
  pair.send(1);
  pair.clock.runFor(100);
  assertEquals(pair.numbers, [0]);
  pair.send(1);
  pair.clock.runFor(5);
  pair.network.cut(0, 1);
  pair.clock.runFor(100);
  assertEquals(pair.numbers, [0]);
  pair.network.healAll();
  pair.send(1);
  pair.clock.runFor(100);
  assertEquals(pair.numbers, [0, 0]);
});

Deno.test("SimNetwork.filter() decides before the faults do, until it is cancelled", () => {
  const pair = new Pair();
  const seen: number[] = [];
  const cancel = pair.network.filter(({ actor, message }) => {
    const { number } = message as Counted;
    if (actor === "sink") seen.push(number);
    return number % 2 === 0 ? { copies: 0 } : undefined;
  });
  pair.send(4);
  pair.clock.runFor(100);
  assertEquals(seen, [0, 1, 2, 3]);
  assertEquals(pair.numbers, [1, 3]);
  cancel();
  pair.send(1);
  pair.clock.runFor(100);
  assertEquals(pair.numbers, [1, 3, 0]);
});

Deno.test("SimNetwork has a node with a service time take one message after the other", () => {
  const pair = new Pair({ latency: { minMs: 5, tailMs: 0 }, service: { ms: 10, nodes: 2 } });
  pair.send(3);
  pair.clock.runFor(100);
  assertEquals(pair.arrived.map(({ at }) => at), [15, 25, 35]);
  const free = new Pair({ latency: { minMs: 5, tailMs: 0 }, service: { ms: 10, nodes: 1 } });
  free.send(3);
  free.clock.runFor(100);
  assertEquals(free.arrived.map(({ at }) => at), [5, 5, 5], "this node is not among those that do");
});

Deno.test("SimNetwork has messages that cost a node nothing wait their turn", () => {
  const service = { ms: 10, nodes: 2, free: ["light"] };
  const pair = new Pair({ latency: { minMs: 5, tailMs: 0 }, service });
  pair.send(1, "light");
  pair.send(2);
  pair.send(2, "light");
  pair.send(1);
  pair.clock.runFor(100);
  assertEquals(pair.arrived.map(({ at }) => at), [5, 15, 25, 25, 25, 35]);
});
