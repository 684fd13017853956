/**
 * Goal: no sequence of spawns, stops, failures, timers, watches and asks breaks the promises of the
 * runtime. Method: a tree of puppets is told at random what to do, and what holds always is checked
 * after every step, what holds at rest at the end. Each run is drawn from a numbered seed.
 *
 * @module
 */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import type { Directive, Supervision } from "../../actors/actor.ts";
import { TroupeError } from "../../actors/errors.ts";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { type Act, fail, puppet, type World, world } from "./support.ts";

const STEPS = 150;

interface Watch {
  readonly watcher: string;
  readonly watcherIncarnation: number;
  readonly target: string;
  /** 0 if there was no such actor running. */
  readonly targetIncarnation: number;
  told: number;
}

class Chaos {
  readonly world: World;
  readonly watches: Watch[] = [];
  readonly replies: Promise<unknown>[] = [];
  handled = 0;
  readonly #random: RandomStream;

  constructor(seed: number) {
    this.#random = randomStream(seed, "chaos");
    this.world = world({ seed, supervision: { maxRestarts: Infinity, backoffMaxMs: 50 } });
    for (const name of ["a", "b", "c"]) this.#spawnTop(name);
  }

  step(): void {
    const { system, clock } = this.world;
    const name = this.#anyName();
    const target = system.named<Act>(name);
    switch (randomInteger(this.#random, 12)) {
      case 0:
        if (system.find(target)?.state === "running") system.crash(name);
        break;
      case 1:
        if (name.includes("/") || this.#random() < 0.2) system.stop(target);
        break;
      case 2:
        this.#ask(name);
        break;
      case 3:
        this.#spawnTop(["a", "b", "c"][randomInteger(this.#random, 3)]!);
        break;
      default:
        system.send(target, this.#anyAct());
    }
    if (this.#random() < 0.5) clock.runFor(this.#random() * 20);
  }

  #spawnTop(name: string): void {
    try {
      this.world.system.spawn<Act>(name, puppet, { supervision: this.#anySupervision() });
    } catch (error) {
      assert(error instanceof TroupeError && error.code === "name_taken", String(error));
    }
  }

  #ask(name: string): void {
    const target = this.world.system.named<Act>(name);
    const reply = this.world.system.ask<Act, string>(
      target,
      (replyTo) => (context) => {
        if (this.#random() < 0.7) context.send(replyTo, "answer");
      },
      { timeoutMs: 30 },
    );
    this.replies.push(reply.catch((error) => assert(error instanceof TroupeError, String(error))));
  }

  #anyName(): string {
    const figures = this.world.system.figures();
    return figures.length === 0 ? "a" : figures[randomInteger(this.#random, figures.length)]!.name;
  }

  #anySupervision(): Supervision {
    const strategies = ["one-for-one", "all-for-one", "rest-for-one"] as const;
    const directives: Directive[] = ["restart", "restart", "restart", "stop", "escalate"];
    return {
      strategy: strategies[randomInteger(this.#random, 3)]!,
      maxRestarts: randomInteger(this.#random, 4),
      backoffMinMs: randomInteger(this.#random, 20),
      backoffMaxMs: 50,
      decide: () => directives[randomInteger(this.#random, 5)]!,
    };
  }

  #anyAct(): Act {
    const act = this.#drawAct();
    return (context) => {
      this.handled++;
      act(context);
    };
  }

  #drawAct(): Act {
    const random = this.#random;
    switch (randomInteger(random, 10)) {
      case 0:
        return fail();
      case 1:
        return (context) => context.stop(context.self);
      case 2:
      case 3:
        return (context) => this.#spawn(context);
      case 4:
        return (context) => {
          const children = this.world.system.figures().filter(({ name }) =>
            name.startsWith(`${context.self.name}/`) &&
            !name.includes("/", context.self.name.length + 1)
          );
          for (const { name } of children) context.stop(this.world.system.named(name));
        };
      case 5:
      case 6:
        return (context) => this.#watch(context);
      case 7:
        return (context) =>
          context.setTimer(`t${randomInteger(random, 3)}`, random() * 30, this.#anyAct());
      case 8:
        return (context) =>
          context.perform<void>(
            (done) =>
              this.world.clock.after(random() * 30, () => done({ ok: true, value: undefined })),
            () => this.#anyAct(),
          );
      default: {
        const first = this.#drawAct();
        const second = this.#drawAct();
        return (context) => {
          context.stash(second);
          context.unstash();
          first(context);
        };
      }
    }
  }

  #spawn(context: Parameters<Act>[0]): void {
    const name = `c${randomInteger(this.#random, 3)}`;
    if (context.self.name.split("/").length > 3) return;
    try {
      context.spawn<Act>(name, (inner) => {
        if (this.#random() < 0.3) this.#spawn(inner);
        if (this.#random() < 0.2) throw new Error("no start");
        return puppet(inner);
      }, { supervision: this.#anySupervision() });
    } catch (error) {
      assert(error instanceof TroupeError, String(error));
      if (error.code !== "name_taken") throw error;
    }
  }

  #watch(context: Parameters<Act>[0]): void {
    const target = this.#anyName();
    const found = this.world.system.find(this.world.system.named(target));
    const watch: Watch = {
      watcher: context.self.name,
      watcherIncarnation: context.self.incarnation,
      target,
      targetIncarnation: found?.state === "running" ? found.incarnation : 0,
      told: 0,
    };
    context.watch(this.world.system.named(target), (inner) => {
      watch.told++;
      assertEquals(inner.self.incarnation, watch.watcherIncarnation);
    });
    this.watches.push(watch);
  }
}

/** Every actor has its parent, and none lives under one that does not. */
function checkTree({ system }: World): void {
  const states = new Map(system.figures().map(({ name, state }) => [name, state]));
  for (const name of states.keys()) {
    if (!name.includes("/")) continue;
    assertEquals(states.get(name.slice(0, name.lastIndexOf("/"))), "running", `parent of ${name}`);
  }
}

/** Starts and ends alternate. */
function checkStory({ events }: World): void {
  const last = new Map<string, string>();
  for (const event of events) {
    if (!("actor" in event) || event.type === "dead-letter" || event.type === "escalated") continue;
    const before = last.get(event.actor) ?? "stopped";
    const isStart = event.type === "started" || event.type === "restarted";
    const wasStart = before === "started" || before === "restarted";
    if (isStart) assert(!wasStart, `${event.actor}: ${before}, then ${event.type}`);
    if (event.type === "stopped") assert(before !== "stopped", `${event.actor} stopped twice`);
    last.set(event.actor, event.type);
  }
}

/** Whoever watched, and is still there, was told exactly once of a target that is not. */
function checkWatches(watches: readonly Watch[], { system }: World): void {
  const alive = new Set(
    system.figures().filter(({ state }) => state === "running").map(({ name, incarnation }) =>
      `${name}#${incarnation}`
    ),
  );
  for (const { watcher, watcherIncarnation, target, targetIncarnation, told } of watches) {
    assertLessOrEqual(told, 1);
    if (!alive.has(`${watcher}#${watcherIncarnation}`)) continue;
    const isTargetAlive = alive.has(`${target}#${targetIncarnation}`);
    assertEquals(told, isTargetAlive ? 0 : 1, `${watcher} watching ${target}`);
  }
}

Deno.test("ActorSystem keeps its promises, whatever happens in whatever order", async () => {
  let handled = 0;
  let told = 0;
  for (let seed = 0; seed < 150; seed++) {
    try {
      const chaos = new Chaos(seed);
      const { system, clock } = chaos.world;
      for (let step = 0; step < STEPS; step++) {
        chaos.step();
        checkTree(chaos.world);
      }
      clock.runFor(10_000);
      checkStory(chaos.world);
      checkWatches(chaos.watches, chaos.world);
      assertEquals(system.openAsks, 0);
      await Promise.all(chaos.replies);
      handled += chaos.handled;
      told += chaos.watches.filter((watch) => watch.told === 1).length;

      system.shutdown();
      const atShutdown = chaos.handled;
      assertEquals(clock.pending, 0);
      assertEquals(system.figures(), []);
      assertEquals(chaos.handled, atShutdown);
    } catch (error) {
      throw new Error(`Chaos of seed ${seed}`, { cause: error });
    }
  }
  // It would prove nothing if nothing happened.
  assert(handled > 5_000 && told > 300, `${handled} handled, ${told} told`);
});
