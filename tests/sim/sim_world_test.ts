import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ActorFactory } from "../../actors/actor.ts";
import { TroupeError } from "../../actors/errors.ts";
import { refTo } from "../../actors/ref.ts";
import { type Infer, struct, u53 } from "../../actors/schema.ts";
import { SimWorld } from "../../sim/api/sim_world.ts";
import type { SimWorldOptions } from "../../sim/api/sim_world_options.ts";

const tick = struct({ number: u53 });
type Tick = Infer<typeof tick>;

/** Sends every other node a number each 100 ms, and tells what it is sent. */
function talker(nodes: number): ActorFactory<Tick | "tick"> {
  return (context) => {
    let number = 0;
    context.setTimer("tick", 100, "tick");
    return {
      receive(message) {
        if (message !== "tick") return context.publish("heard", message.number);
        number++;
        context.publish("said", number);
        for (let node = 0; node < nodes; node++) {
          if (node !== context.node) context.send(refTo(node, "talker", tick), { number });
        }
        context.setTimer("tick", 100, "tick");
      },
    };
  };
}

/** A world of talkers, and what each node has published, under `heard` and `said`. */
function talkers(options: Partial<SimWorldOptions> = {}) {
  const nodes = options.nodes ?? 2;
  const told: { node: number; topic: string; detail: unknown; at: number }[] = [];
  const world: SimWorld = new SimWorld({
    seed: 1,
    nodes,
    start: (system) => {
      system.expose("talker", tick);
      system.spawn("talker", talker(nodes));
    },
    observe: (node, event) => {
      if (event.type !== "published") return;
      told.push({ node, topic: event.topic, detail: event.detail, at: world.now });
    },
    ...options,
  });
  const of = (node: number, topic: string) =>
    told.filter((each) => each.node === node && each.topic === topic);
  return { world, of };
}

Deno.test("SimWorld.crash() loses what a process had in memory, and start() begins anew", () => {
  const { world, of } = talkers();
  world.runFor(550);
  world.crash(1);
  assertEquals(world.system(1), undefined);
  const heard = of(0, "heard").length;
  world.runFor(500);
  assertEquals(of(0, "heard").length, heard);
  world.start(1);
  world.start(1);
  world.runFor(150);
  assertEquals(of(1, "said").map(({ detail }) => detail), [1, 2, 3, 4, 5, 1]);
});

Deno.test("SimWorld.pause() stops a node in its tracks, and resume() lets it catch up", () => {
  const { world, of } = talkers();
  world.runFor(250);
  world.pause(0);
  world.runFor(1_000);
  assertEquals([of(0, "said").length, of(0, "heard").length], [2, 2]);
  world.resume(0);
  world.runFor(10);
  assertEquals(of(0, "said").length, 3);
  assertEquals(of(0, "heard").length, 12);
});

Deno.test("SimWorld.partition() divides nodes, cut() in one direction, and heal() undoes both", () => {
  const { world, of } = talkers({ nodes: 3 });
  world.partition([0], [1]);
  world.cut(2, 0);
  world.runFor(250);
  assertEquals([0, 1, 2].map((node) => of(node, "heard").length), [0, 2, 4]);
  world.heal();
  world.runFor(100);
  assertEquals([0, 1, 2].map((node) => of(node, "heard").length), [2, 4, 6]);
});

Deno.test("SimWorld.intercept() decides on single messages", () => {
  const { world, of } = talkers();
  const stop = world.intercept(({ from, message }) =>
    from === 0 && (message as Tick).number === 2 ? { copies: 0 } : undefined
  );
  world.runFor(350);
  stop();
  assertEquals(of(1, "heard").map(({ detail }) => detail), [1, 3]);
});

Deno.test("SimWorld.runFor() ends at the step that breaks an invariant, returned or thrown", () => {
  for (const isThrown of [false, true]) {
    let count = 0;
    const { world, of } = talkers({
      invariant: () => {
        count = of(0, "said").length;
        if (count < 3) return undefined;
        if (isThrown) throw new Error("said too much");
        return "said too much";
      },
    });
    assertEquals(world.runFor(10_000), false);
    assertEquals(world.violations, ["300.000 ms: said too much"]);
    assertEquals([count, world.now], [3, 300]);
    assertEquals(world.runFor(10_000), false);
    assertEquals(world.now, 300);
    assert(world.report.startsWith("seed 1\n") && world.report.endsWith("said too much"));
  }
});

Deno.test("SimWorld takes the failure of an actor for a violation, unless it may fail", () => {
  const failing: ActorFactory<"fail"> = (context) => {
    context.setTimer("fail", 100, "fail");
    return {
      receive() {
        throw new Error("Cannot do it");
      },
    };
  };
  const start: SimWorldOptions["start"] = (system) => {
    system.spawn("failing", failing);
  };
  const strict = new SimWorld({ seed: 1, nodes: 1, start });
  assertEquals(strict.runFor(1_000), false);
  assertEquals(strict.violations, ["100.000 ms: failing of node 0 fails: Cannot do it"]);
  let starts = 0;
  const lax = new SimWorld({
    seed: 1,
    nodes: 1,
    start: (system) => {
      starts++;
      start(system);
    },
    supervision: { maxRestarts: 1 },
    mayFail: (error) => error instanceof Error && error.message === "Cannot do it",
  });
  assert(lax.runFor(2_000), lax.report);
  // Its failures escalate: the process ends, and another takes its place.
  assert(starts > 1, `${starts} starts`);
});

Deno.test("SimWorld.crashActor() crashes a running actor, which is no violation", () => {
  const { world, of } = talkers();
  world.runFor(250);
  world.crashActor(0, "talker");
  world.crashActor(0, "nobody");
  assert(world.runFor(250), world.report);
  assertEquals(of(0, "said").map(({ detail }) => detail), [1, 2, 1, 2]);
});

Deno.test("SimWorld.calm() ends all faults, and everyone is there again", () => {
  const { world, of } = talkers({
    nodes: 4,
    network: { loss: 0.2 },
    faults: { crash: 50, actorCrash: 50, pause: 50, partition: 100, clog: 50 },
  });
  assert(world.runFor(5_000), world.report);
  world.calm();
  // Backoffs of restarts have to end, too.
  world.runFor(5_000);
  const before = [0, 1, 2, 3].map((node) => of(node, "heard").length);
  world.runFor(1_000);
  const after = [0, 1, 2, 3].map((node) => of(node, "heard").length);
  assertEquals(after.map((count, node) => count - before[node]!), [30, 30, 30, 30]);
});

Deno.test("SimWorld does the same under the same seed, and something else under another", () => {
  const faults = { crash: 300, actorCrash: 300, pause: 300, partition: 500, clog: 300 };
  const hashes = [7, 7n, 8].map((seed) => {
    const { world } = talkers({ seed, nodes: 4, faults, network: { loss: 0.1, reorder: 0.3 } });
    world.runFor(3_000);
    return world.hash;
  });
  assertEquals(hashes[0], hashes[1]);
  assert(hashes[0] !== hashes[2]);
});

Deno.test("SimWorld refuses a seed or a number of nodes that is none", () => {
  for (const wrong of [{ seed: -1 }, { seed: 0.5 }, { seed: 2n ** 64n }, { nodes: 0 }]) {
    assertThrows(() => talkers(wrong), TroupeError, "is not");
  }
});

Deno.test("SimWorld refuses faults that would never end, and shares of messages that are none", () => {
  for (const crash of [-1, NaN, Infinity]) {
    assertThrows(() => talkers({ faults: { crash } }), TroupeError, "is not 0 or more");
  }
  for (const loss of [-0.1, 1.1, NaN]) {
    assertThrows(() => talkers({ network: { loss } }), TroupeError, "is not 0 to 1");
  }
});
