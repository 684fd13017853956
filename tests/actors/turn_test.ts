import { assertEquals, assertThrows } from "@std/assert";
import type { Ref } from "../../actors/ref.ts";
import { TroupeError } from "../../actors/errors.ts";
import { type Act, fail, notingPuppet, puppet, recorder, world } from "./support.ts";

Deno.test("Context releases nothing of a turn that throws", () => {
  const { system, settle, clock, events } = world();
  const seen: string[] = [];
  const performed: string[] = [];
  const sink = system.spawn("sink", recorder(seen));
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.send(sink, "sent");
    context.setTimer("key", 1, () => seen.push("timer"));
    context.spawn("child", notingPuppet(seen));
    context.perform(() => performed.push("operation"), () => () => {});
    context.watch(system.named("nobody"), () => seen.push("watched"));
    context.publish("topic", "detail");
    context.stop(context.self);
    throw new Error("after all that");
  });
  clock.runFor(1_000);
  settle();
  assertEquals(seen, []);
  assertEquals(performed, []);
  assertEquals(events.filter(({ type }) => type === "published" || type === "stopped"), []);
  assertEquals(system.figures().map(({ name }) => name), ["sink", "actor"]);
});

Deno.test("Context releases nothing of a factory that throws", () => {
  const { system, settle } = world();
  const seen: string[] = [];
  const sink = system.spawn("sink", recorder(seen));
  let starts = 0;
  system.spawn<Act>("actor", (context) => {
    context.send(sink, `start ${++starts}`);
    context.spawn("child", notingPuppet(seen));
    throw new Error("no start");
  });
  settle();
  assertEquals(seen, []);
  assertEquals(starts, 1);
  assertEquals(system.figures().map(({ name }) => name), ["sink", "actor"]);
});

Deno.test("Context.send() reaches a child spawned in the same turn, even if it was called before", () => {
  const { system, settle } = world();
  const seen: string[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.send<string>(system.named("actor/child"), "before");
    const child = context.spawn("child", recorder(seen));
    context.send(child, "after");
  });
  settle();
  assertEquals(seen, ["before", "after"]);
});

Deno.test("Context.send() keeps the order of the messages of one sender to one receiver", () => {
  for (let seed = 0; seed < 20; seed++) {
    const { system, settle } = world({ seed });
    const seen: number[] = [];
    const sink = system.spawn("sink", recorder(seen));
    const relay = system.spawn<Act>("relay", puppet);
    for (let turn = 0; turn < 30; turn++) {
      system.send(relay, (context) => {
        context.send(sink, turn * 2);
        context.send(sink, turn * 2 + 1);
      });
    }
    settle();
    assertEquals(seen, Array.from({ length: 60 }, (_, index) => index));
  }
});

Deno.test("Context.send() goes out before the actor stops itself in the same turn", () => {
  const { system, settle } = world();
  const seen: string[] = [];
  const sink = system.spawn("sink", recorder(seen));
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.stop(context.self);
    context.send(sink, "last words");
  });
  system.send(actor, () => seen.push("never handled"));
  settle();
  assertEquals(seen, ["last words"]);
  assertEquals(system.deadLetters, 1);
});

Deno.test("Context.self is the exact incarnation, and spawn() returns a ref to any", () => {
  const { system, settle } = world();
  const refs: Ref<Act>[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => refs.push(context.self, context.spawn("child", puppet)));
  settle();
  assertEquals(refs[0]!.incarnation, system.figures()[0]!.incarnation);
  assertEquals(refs[1], { node: 0, name: "actor/child", incarnation: 0 });
});

Deno.test("Context.spawn() refuses the name of a living child, twice in a turn too", () => {
  const { system, settle, events } = world();
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.spawn("child", puppet);
    const error = assertThrows(() => context.spawn("child", puppet), TroupeError);
    assertEquals(error.code, "name_taken");
  });
  system.send(actor, (context) => {
    assertThrows(() => context.spawn("child", puppet), TroupeError, "taken");
  });
  settle();
  assertEquals(events.filter(({ type }) => type === "failed"), []);
});

Deno.test("Context.spawn() refuses a name that could be taken for another actor's", () => {
  const { system, settle, events } = world();
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    for (const name of ["", "a/b", "$1", "x".repeat(129), "é".repeat(64)]) {
      const error = assertThrows(() => context.spawn(name, puppet), TroupeError);
      assertEquals(error.code, "bad_name");
    }
  });
  settle();
  assertEquals(events.filter(({ type }) => type === "failed"), []);
});

Deno.test("Context.spawn() takes a name again once its actor has stopped", () => {
  const { system, settle } = world();
  const notes: string[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    const child = context.spawn("child", notingPuppet(notes));
    context.stop(child);
  });
  system.send(actor, (context) => {
    context.send(context.spawn("child", notingPuppet(notes)), () => notes.push("handled"));
  });
  settle();
  assertEquals(notes, ["+actor/child", "-actor/child", "+actor/child", "handled"]);
});

Deno.test("Context.stop() refuses an actor that is neither a child nor the actor itself", () => {
  const { system, settle, events } = world();
  const other = system.spawn<Act>("other", puppet);
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => context.spawn("child", puppet));
  settle();
  system.send(system.named<Act>("actor/child"), (context) => context.spawn("grandchild", puppet));
  settle();
  system.send(actor, (context) => {
    for (const ref of [other, system.named<Act>("actor/child/grandchild"), { ...other, node: 1 }]) {
      const error = assertThrows(() => context.stop(ref), TroupeError);
      assertEquals(error.code, "not_a_child");
    }
  });
  settle();
  assertEquals(events.filter(({ type }) => type === "failed"), []);
  assertEquals(system.figures().length, 4);
});

Deno.test("Context.stop() leaves the successor alone if the ref is of a dead incarnation", () => {
  const { system, clock } = world();
  const children: Ref<Act>[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.spawn<Act>("child", (inner) => {
      children.push(inner.self);
      return puppet(inner);
    });
  });
  clock.runFor(1);
  system.send(children[0]!, fail());
  clock.runFor(1_000);
  assertEquals(children.length, 2);
  system.send(actor, (context) => context.stop(children[0]!));
  clock.runFor(1);
  assertEquals(system.figures().at(-1)?.name, "actor/child");
  system.send(actor, (context) => context.stop(children[1]!));
  clock.runFor(1);
  assertEquals(system.figures().length, 1);
});

Deno.test("Context.stop() ends a subtree, children first and in the reverse order of their start", () => {
  const { system, settle } = world();
  const notes: string[] = [];
  const tree = (depth: number): (context: Parameters<Act>[0]) => void => (context) => {
    if (depth === 0) return;
    for (const name of ["a", "b"]) context.spawn(name, notingPuppet(notes, tree(depth - 1)));
  };
  const actor = system.spawn("x", notingPuppet(notes, tree(2)));
  settle();
  const started = notes.splice(0).map((note) => note.slice(1));
  assertEquals(started, ["x", "x/a", "x/a/a", "x/a/b", "x/b", "x/b/a", "x/b/b"]);
  system.send(actor, (context) => context.stop(context.self));
  settle();
  assertEquals(notes.map((note) => note.slice(1)), [
    "x/b/b",
    "x/b/a",
    "x/b",
    "x/a/b",
    "x/a/a",
    "x/a",
    "x",
  ]);
  assertEquals(system.figures(), []);
});

Deno.test("Context.stop() twice in a turn ends the actor once", () => {
  const { system, settle, story } = world();
  const notes: string[] = [];
  const actor = system.spawn("actor", notingPuppet(notes));
  system.send(actor, (context) => {
    context.stop(context.self);
    context.stop(context.self);
  });
  settle();
  assertEquals(notes, ["+actor", "-actor"]);
  assertEquals(story("actor"), ["started", "stopped"]);
});

Deno.test("Context tells time, node, randomness and rare branches from the environment", () => {
  const { system, clock, settle } = world({ maybe: (label) => label === "rare" });
  clock.runFor(1_234);
  const actor = system.spawn<Act>("actor", puppet);
  const told: unknown[] = [];
  const draws: number[] = [];
  system.send(actor, (context) => {
    told.push(context.now(), context.node, context.maybe("rare"), context.maybe("other"));
    told.push(context.wallTime() - 1_700_000_000_000);
    draws.push(context.random(), context.random());
  });
  settle();
  assertEquals(told, [1_234, 0, true, false, 1_234]);
  assertEquals(new Set(draws).size, 2);
});

Deno.test("Context.log() writes at once, even if the turn fails", () => {
  const { system, settle, log } = world();
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.log("info", "about to fail");
    throw new Error("boom");
  });
  settle();
  assertEquals(log[0], { level: "info", source: "actor", text: "about to fail" });
  assertEquals(log[1]?.level, "error");
});

Deno.test("Context.publish() reaches every observer, even behind one that throws", () => {
  const { system, settle } = world();
  const seen: unknown[] = [];
  system.events.subscribe(() => {
    throw new Error("a poor observer");
  });
  const cancel = system.events.subscribe((event) => {
    if (event.type === "published") seen.push(event.actor, event.topic, event.detail);
  });
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => context.publish("topic", 7));
  settle();
  cancel();
  system.send(actor, (context) => context.publish("topic", 8));
  settle();
  assertEquals(seen, ["actor", "topic", 7]);
});

Deno.test("Context releases nothing more once an observer has stopped its actor", () => {
  const { system, settle } = world();
  const notes: string[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  system.events.subscribe((event) => {
    if (event.type === "published") system.stop(actor);
  });
  system.send(actor, (context) => {
    context.publish("stop me", undefined);
    context.spawn("orphan", notingPuppet(notes));
    context.setTimer("key", 1, () => {});
  });
  settle();
  assertEquals(notes, []);
  assertEquals(system.figures(), []);
});

Deno.test("Context releases the whole turn before the failure of a child's start is dealt with", () => {
  const { system, clock } = world();
  const seen: string[] = [];
  const sink = system.spawn("sink", recorder(seen));
  const actor = system.spawn<Act>("actor", puppet, {
    supervision: { decide: () => "escalate" },
  });
  system.send(actor, (context) => {
    context.spawn("bad", () => {
      throw new Error("no start");
    });
    context.spawn("good", notingPuppet(seen));
    context.send(sink, "sent all the same");
    context.perform(() => seen.push("performed"), () => () => {});
  });
  clock.runFor(0);
  assertEquals(seen, ["+actor/good", "performed", "-actor/good", "sent all the same"]);
  assertEquals(system.figures().map(({ name, state }) => `${name} ${state}`), [
    "sink running",
    "actor restarting",
  ]);
  clock.runFor(1_000);
  assertEquals(system.figures().map(({ name, state }) => `${name} ${state}`), [
    "sink running",
    "actor running",
  ]);
});
