/**
 * What the runtime costs: nanoseconds per message, microseconds per ask. Each benchmark does its
 * work a thousand times over, so divide by {@linkcode COUNT}: milliseconds read as microseconds.
 *
 * Run with `deno bench bench/actors_bench.ts`.
 *
 * @module
 */
import type { ActorFactory, Context } from "../actors/actor.ts";
import { RealEnvironment } from "../actors/real_environment.ts";
import type { Ref } from "../actors/ref.ts";
import { ActorSystem } from "../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../actors/virtual_environment.ts";

/** Messages or asks in one iteration of a benchmark. */
const COUNT = 1_000;

interface Question {
  readonly replyTo: Ref<number>;
}

/** Passes a number on to another actor, one smaller, until it is zero. */
function relay(to: (context: Context<number>) => Ref<number>): ActorFactory<number> {
  return (context) => ({
    receive: (hops) => {
      if (hops > 0) context.send(to(context), hops - 1);
    },
  });
}

function echo(context: Context<Question>) {
  return { receive: ({ replyTo }: Question) => context.send(replyTo, 1) };
}

function virtualSystem(): { system: ActorSystem; clock: VirtualClock } {
  const clock = new VirtualClock();
  const environment = new VirtualEnvironment(clock, { seed: 1 });
  return { system: new ActorSystem({ node: 0, environment }), clock };
}

function realSystem(): ActorSystem {
  const environment = new RealEnvironment({ onLog: () => {} });
  return new ActorSystem({ node: 0, environment });
}

{
  const { system, clock } = virtualSystem();
  const sink = system.spawn<number>("sink", () => ({ receive: () => {} }));
  Deno.bench("1,000 messages from outside", { group: "messages" }, () => {
    for (let count = 0; count < COUNT; count++) system.send(sink, count);
    while (clock.step());
  });
}

{
  const { system, clock } = virtualSystem();
  const self = system.spawn("self", relay((context) => context.self));
  Deno.bench("1,000 messages of an actor to itself", { group: "messages" }, () => {
    system.send(self, COUNT);
    while (clock.step());
  });
}

{
  const { system, clock } = virtualSystem();
  const pong = system.named<number>("pong");
  const ping = system.spawn("ping", relay(() => pong));
  system.spawn("pong", relay(() => ping));
  Deno.bench("1,000 messages between two actors", { group: "messages" }, () => {
    system.send(ping, COUNT);
    while (clock.step());
  });
}

{
  const { system, clock } = virtualSystem();
  const timed = system.spawn<number>("timed", (context) => ({
    receive: (left) => {
      if (left > 0) context.setTimer("next", 1, left - 1);
    },
  }));
  Deno.bench("1,000 timers", { group: "timers" }, () => {
    system.send(timed, COUNT);
    while (clock.step());
  });
}

{
  const { system, clock } = virtualSystem();
  const parent = system.spawn<number>("parent", (context) => ({
    receive: (left) => {
      const child = context.spawn(`child${left}`, () => ({ receive: () => {} }));
      context.stop(child);
      if (left > 1) context.send(context.self, left - 1);
    },
  }));
  Deno.bench("1,000 actors spawned and stopped", { group: "spawn" }, () => {
    system.send(parent, COUNT);
    while (clock.step());
  });
}

{
  const system = realSystem();
  const answerer = system.spawn("echo", echo);
  const ask = () =>
    system.ask<Question, number>(answerer, (replyTo) => ({ replyTo }), { timeoutMs: 5_000 });

  Deno.bench("1,000 asks, one after the other", { group: "asks" }, async () => {
    for (let count = 0; count < COUNT; count++) await ask();
  });

  Deno.bench("1,000 asks at once", { group: "asks" }, async () => {
    const asks: Promise<number>[] = [];
    for (let count = 0; count < COUNT; count++) asks.push(ask());
    await Promise.all(asks);
  });
}
