import { assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import type { Ref } from "../../actors/ref.ts";
import { DeadLetters } from "../../actors/dead_letters.ts";
import { EventStream } from "../../actors/events.ts";
import { ActorTree } from "../../actors/tree.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { type Act, fail, puppet, world } from "./support.ts";

function watched() {
  const w = world();
  const seen: string[] = [];
  const watcher = w.system.spawn<Act>("watcher", puppet);
  const target = w.system.spawn<Act>("target", puppet);
  const watch = (ref: Ref<never> = target, word = "gone") =>
    w.system.send(watcher, (context) => context.watch(ref, () => seen.push(word)));
  return { ...w, seen, watcher, target, watch };
}

Deno.test("Context.watch() tells once when the target stops", () => {
  const { watch, settle, seen, system, target } = watched();
  watch();
  settle();
  assertEquals(seen, []);
  system.stop(target);
  settle();
  assertEquals(seen, ["gone"]);
});

Deno.test("Context.watch() tells once when the target fails, and nothing of its successor", () => {
  const { watch, clock, seen, system, target } = watched();
  watch();
  clock.runFor(1);
  system.send(target, fail());
  clock.runFor(0);
  assertEquals(seen, ["gone"]);
  clock.runFor(1_000);
  system.stop(target);
  clock.runFor(1_000);
  assertEquals(seen, ["gone"]);
});

Deno.test("Context.watch() tells at once if the target is dead, restarting, unknown or an old incarnation", () => {
  const { watch, clock, seen, system, target, watcher } = watched();
  watch(system.named("nobody"), "unknown");
  clock.runFor(0);
  let old: Ref<never> | undefined;
  system.send(target, (context) => {
    old = context.self;
    throw new Error("boom");
  });
  clock.runFor(0);
  assertEquals(system.figures()[1]?.state, "restarting");
  watch(target, "restarting");
  clock.runFor(0);
  assertEquals(seen, ["unknown", "restarting"]);
  clock.runFor(1_000);
  watch(old!, "old incarnation");
  clock.runFor(0);
  system.stop(target);
  system.send(watcher, (context) => context.watch(old!, () => seen.push("stopped")));
  clock.runFor(1_000);
  assertEquals(seen, ["unknown", "restarting", "old incarnation", "stopped"]);
});

Deno.test("Context.watch() of a child spawned in the same turn sees its failing start", () => {
  const { system, settle, seen, watcher } = watched();
  system.send(watcher, (context) => {
    const child = context.spawn<Act>("child", () => {
      throw new Error("no start");
    });
    context.watch(child, () => seen.push("gone"));
  });
  settle();
  assertEquals(seen, ["gone"]);
});

Deno.test("Context.watch() tells as often as it was called, in that order", () => {
  const { watch, settle, seen, system, target } = watched();
  for (const word of ["one", "two", "three"]) watch(target, word);
  settle();
  system.stop(target);
  settle();
  assertEquals(seen, ["one", "two", "three"]);
});

Deno.test("Context.watch() of a dead incarnation never tells its successor", () => {
  const { watch, clock, seen, system, target, watcher } = watched();
  watch();
  system.send(watcher, fail());
  clock.runFor(1_000);
  system.stop(target);
  clock.runFor(1_000);
  assertEquals(seen, []);
});

Deno.test("Context.watch() gets through to a watcher whose mailbox is full", () => {
  const { system, settle } = world();
  const seen: string[] = [];
  const target = system.spawn<Act>("target", puppet);
  const watcher = system.spawn<Act>("watcher", puppet, { mailboxCapacity: 1 });
  system.send(watcher, (context) => context.watch(target, () => seen.push("gone")));
  settle();
  system.send(watcher, () => seen.push("message"));
  system.stop(target);
  settle();
  assertEquals(seen, ["gone", "message"]);
});

Deno.test("Context.watch() refuses an actor of another node", () => {
  const { system, settle, watcher, target, story } = watched();
  system.send(watcher, (context) => {
    const error = assertThrows(
      () => context.watch({ ...target, node: 3 }, () => {}),
      TroupeError,
      "node 3",
    );
    assertEquals(error.code, "not_local");
  });
  settle();
  assertEquals(story("watcher"), ["started"]);
});

Deno.test("Context.watch() of the actor itself never comes back to it", () => {
  const { system, clock, seen, watcher, story } = watched();
  system.send(watcher, (context) => context.watch(context.self, () => seen.push("gone")));
  system.send(watcher, fail());
  clock.runFor(1_000);
  assertEquals(seen, []);
  assertEquals(story("watcher"), ["started", "failed", "restarted"]);
});

/** A tree of which one can see the insides. */
function bareTree(): ActorTree {
  const environment = new VirtualEnvironment(new VirtualClock(), { seed: 1 });
  const events = new EventStream();
  return new ActorTree({
    node: 0,
    environment,
    events,
    deadLetters: new DeadLetters(environment, events),
    deliver: () => {},
    ended: () => {},
    failed: () => {},
  }, {});
}

Deno.test("Context.watch() leaves nothing with a long-lived target when the watchers are gone", () => {
  const tree = bareTree();
  const target = tree.spawn<Act>("target", puppet, {});
  for (let round = 0; round < 100; round++) {
    tree.spawn<Act>("visitor", (context) => {
      context.watch(target, () => {});
      context.stop(context.self);
      return puppet(context);
    }, {});
  }
  assertEquals([...tree.cells.keys()], ["target"]);
  assertEquals(tree.find(target)!.watchers.size, 0);
});

Deno.test("Context.watch() leaves nothing with a long-lived watcher when the targets are gone", () => {
  const tree = bareTree();
  let watch = (_target: Ref<never>) => {};
  const watcher = tree.spawn<Act>("watcher", (context) => {
    watch = (target) => context.watch(target, () => {});
    return puppet(context);
  }, {});
  const cell = tree.find(watcher)!;
  for (let round = 0; round < 100; round++) {
    watch(tree.spawn<Act>("target", puppet, {}));
    tree.release(cell.turn!);
    assertEquals(cell.watching.size, 1);
    tree.stopCell(tree.cells.get("target")!);
  }
  assertEquals(cell.watching.size, 0);
});
