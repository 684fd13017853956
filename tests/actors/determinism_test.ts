import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { type Act, fail, notingPuppet, puppet, world } from "./support.ts";

/** A busy little world: actors that chat at random, fail now and then, and restart. */
function transcript(seed: number): string[] {
  const { system, clock, events } = world({ seed, supervision: { maxRestarts: 1_000 } });
  const lines: string[] = [];
  const names = ["a", "b", "c", "d"];
  const chat = (from: string, left: number): Act => (context) => {
    lines.push(`${clock.now} ${from} -> ${context.self.name} #${context.self.incarnation}`);
    if (left === 0) return;
    if (context.random() < 0.1) throw new Error("boom");
    const to = names[Math.floor(context.random() * names.length)]!;
    context.send(system.named<Act>(to), chat(context.self.name, left - 1));
    context.setTimer("later", context.random() * 20, chat("timer", left - 1));
  };
  for (const name of names) {
    system.send(system.spawn<Act>(name, notingPuppet(lines)), chat("start", 6));
  }
  clock.runFor(10_000);
  return [...lines, ...events.map((event) => event.type)];
}

Deno.test("ActorSystem does the same under the same seed", () => {
  for (const seed of [1, 2, 3]) assertEquals(transcript(seed), transcript(seed));
});

Deno.test("ActorSystem does otherwise under another seed", () => {
  assertNotEquals(transcript(1), transcript(2));
});

Deno.test("ActorSystem interleaves actors differently under different seeds", () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const { system, settle } = world({ seed });
    const order: string[] = [];
    for (const name of ["a", "b"]) {
      const actor = system.spawn<Act>(name, puppet);
      for (const turn of [1, 2]) system.send(actor, () => order.push(`${name}${turn}`));
    }
    settle();
    orders.add(order.join(" "));
  }
  // Every interleaving that keeps the order of each sender is reached, the finest too.
  assertEquals([...orders].sort(), [
    "a1 a2 b1 b2",
    "a1 b1 a2 b2",
    "a1 b1 b2 a2",
    "b1 a1 a2 b2",
    "b1 a1 b2 a2",
    "b1 b2 a1 a2",
  ]);
});

Deno.test("ActorSystem does not let an actor that floods itself starve another", () => {
  const { system, clock } = world();
  const flood: Act = (context) => context.send(context.self, flood);
  let handled = 0;
  const meek: Act = (context) => {
    handled++;
    context.send(context.self, meek);
  };
  system.send(system.spawn<Act>("flood", puppet), flood);
  system.send(system.spawn<Act>("meek", puppet), meek);
  // Neither ever has nothing to do: a turn of the dispatcher must come to an end nevertheless.
  for (let turn = 0; turn < 20; turn++) assert(clock.step());
  assert(handled > 1_000, String(handled));
});

Deno.test("ActorSystem yields to I/O when messages take long, however few they are", () => {
  const clock = new VirtualClock();
  let now = 0;
  class SlowEnvironment extends VirtualEnvironment {
    override now(): number {
      return now;
    }
  }
  const system = new ActorSystem({ node: 0, environment: new SlowEnvironment(clock, { seed: 1 }) });
  let handled = 0;
  const slow: Act = (context) => {
    handled++;
    now++;
    context.send(context.self, slow);
  };
  system.send(system.spawn<Act>("slow", puppet), slow);
  for (let turn = 0; turn < 10; turn++) clock.step();
  assert(handled <= 160, `${handled} messages of a millisecond each in ten turns`);
});

Deno.test("ActorSystem draws an actor's random numbers from a stream of its own", () => {
  const draws = (names: readonly string[]) => {
    const { system, settle } = world();
    const drawn: number[] = [];
    for (const name of names) {
      system.send(system.spawn<Act>(name, puppet), (context) => {
        const value = context.random();
        if (name === "a") drawn.push(value);
      });
    }
    settle();
    return drawn;
  };
  assertEquals(draws(["a"]), draws(["b", "a", "c"]));
});

Deno.test("Context.random() goes on where the last incarnation was", () => {
  const { system, clock } = world();
  const drawn: number[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  const draw: Act = (context) => drawn.push(context.random());
  system.send(actor, draw);
  system.send(actor, fail());
  clock.runFor(1_000);
  system.send(actor, draw);
  clock.runFor(1);
  assertEquals(new Set(drawn).size, 2);
});
