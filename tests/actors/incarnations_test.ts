import { assertEquals, assertNotEquals } from "@std/assert";
import type { Ref } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { type Act, fail, puppet, world } from "./support.ts";

/** An actor that has given out a ref to itself, and has a successor by now. */
function succeeded() {
  const w = world();
  const selves: Ref<Act>[] = [];
  const actor = w.system.spawn<Act>("actor", (context) => {
    selves.push(context.self);
    return puppet(context);
  });
  w.system.send(actor, fail());
  w.clock.runFor(1_000);
  return { ...w, actor, selves };
}

Deno.test("ActorSystem.send() with a ref of a dead incarnation is a dead letter", () => {
  const { system, selves, settle, events } = succeeded();
  const seen: string[] = [];
  assertNotEquals(selves[0]!.incarnation, selves[1]!.incarnation);
  assertEquals(system.send(selves[0]!, () => seen.push("old")), "dead");
  assertEquals(system.send(selves[1]!, () => seen.push("new")), "accepted");
  settle();
  assertEquals(seen, ["new"]);
  assertEquals(events.at(-1), {
    type: "dead-letter",
    actor: "actor",
    reason: "stale-incarnation",
    count: 1,
  });
});

Deno.test("ActorSystem.receive() from another node drops what is for a dead incarnation", () => {
  const { system, selves, settle } = succeeded();
  const seen: string[] = [];
  const message: Act = () => seen.push("received");
  system.receive("actor", selves[0]!.incarnation, message);
  settle();
  assertEquals(seen, []);
  system.receive("actor", selves[1]!.incarnation, message);
  system.receive("actor", 0, message);
  settle();
  assertEquals(seen, ["received", "received"]);
});

Deno.test("ActorSystem.send() while an actor waits to restart is a dead letter", () => {
  const { system, actor, clock } = succeeded();
  const seen: string[] = [];
  system.send(actor, fail());
  clock.runFor(0);
  assertEquals(system.figures()[0]?.state, "restarting");
  assertEquals(system.send(actor, () => seen.push("lost")), "dead");
  clock.runFor(1_000);
  assertEquals(seen, []);
});

Deno.test("ActorSystem drops what waited in the mailbox of an incarnation that failed", () => {
  const { system, clock } = world();
  const seen: string[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, fail());
  system.send(actor, () => seen.push("first"));
  system.send(actor, () => seen.push("second"));
  clock.runFor(1_000);
  assertEquals(seen, []);
  assertEquals(system.deadLetters, 2);
});

Deno.test("ActorSystem gives an actor spawned under the name of a stopped one a new incarnation", () => {
  const { system, settle } = world();
  const selves: Ref<Act>[] = [];
  const seen: string[] = [];
  const spawn = () =>
    system.spawn<Act>("actor", (context) => {
      selves.push(context.self);
      return puppet(context);
    });
  const first = spawn();
  system.send(first, () => seen.push("for the first"));
  system.stop(first);
  spawn();
  system.send(selves[0]!, () => seen.push("for the first too"));
  settle();
  assertEquals(seen, []);
  assertNotEquals(selves[0]!.incarnation, selves[1]!.incarnation);
});

Deno.test("ActorSystem begins to count incarnations elsewhere under another name or seed", () => {
  const bases = [["a", 1], ["b", 1], ["a", 2]].map(([name, seed]) => {
    const environment = new VirtualEnvironment(new VirtualClock(), {
      name: name as string,
      seed: seed as number,
    });
    const system = new ActorSystem({ node: 0, environment });
    system.spawn<Act>("actor", puppet);
    return system.figures()[0]!.incarnation;
  });
  assertEquals(new Set(bases).size, 3);
});

Deno.test("ActorSystem.find() tells of the actor that a ref reaches, of its very incarnation", () => {
  const { system, actor, selves } = succeeded();
  assertEquals(system.find(selves[0]!), undefined);
  assertEquals(system.find(system.named("nobody")), undefined);
  assertEquals(system.find({ ...actor, node: 1 }), undefined);
  assertEquals(system.find(selves[1]!), system.figures()[0]);
  assertEquals(system.find(actor), system.figures()[0]);
});
