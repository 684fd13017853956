import { assertEquals, assertThrows } from "@std/assert";
import type { Context, Supervision } from "../../actors/actor.ts";
import { TroupeError } from "../../actors/errors.ts";
import { type Act, fail, notingPuppet, puppet, world } from "./support.ts";

/** Four siblings under a top-level parent, all noting their starts and ends. */
function family(supervision: Supervision) {
  const w = world();
  const notes: string[] = [];
  const parent = w.system.spawn<Act>("p", (context) => {
    for (const name of ["a", "b", "c", "d"]) context.spawn(name, notingPuppet(notes));
    return puppet(context);
  }, { supervision: { backoffMinMs: 100, backoffMaxMs: 100, jitter: 0, ...supervision } });
  w.settle();
  /** What was noted since the last call. */
  const noted = () => notes.splice(0).map((note) => note.replace("p/", "")).join(" ");
  const crash = (child: string) => w.system.send(w.system.named<Act>(`p/${child}`), fail());
  noted();
  return { ...w, parent, noted, crash };
}

Deno.test("Supervision one-for-one restarts the failed child alone", () => {
  const { crash, noted, clock } = family({ strategy: "one-for-one" });
  crash("b");
  clock.runFor(99);
  assertEquals(noted(), "-b");
  clock.runFor(1);
  assertEquals(noted(), "+b");
});

Deno.test("Supervision all-for-one ends all in reverse and restarts all in the order of their start", () => {
  const { crash, noted, clock } = family({ strategy: "all-for-one" });
  crash("b");
  clock.runFor(99);
  assertEquals(noted(), "-d -c -b -a");
  clock.runFor(1);
  assertEquals(noted(), "+a +b +c +d");
});

Deno.test("Supervision rest-for-one restarts the failed child and those started after it", () => {
  const { crash, noted, clock } = family({ strategy: "rest-for-one" });
  crash("c");
  clock.runFor(100);
  assertEquals(noted(), "-d -c +c +d");
  crash("a");
  clock.runFor(100);
  assertEquals(noted(), "-d -c -b -a +a +b +c +d");
});

Deno.test("Supervision keeps the order of the siblings through restarts", () => {
  const { crash, noted, clock, system } = family({ strategy: "rest-for-one" });
  crash("b");
  clock.runFor(100);
  crash("d");
  clock.runFor(100);
  assertEquals(noted(), "-d -c -b +b +c +d -d +d");
  assertEquals(system.figures().map(({ name }) => name), ["p", "p/a", "p/b", "p/c", "p/d"]);
});

Deno.test("Supervision rest-for-one takes in siblings that are waiting to restart", () => {
  const { crash, noted, clock } = family({ strategy: "rest-for-one" });
  crash("c");
  clock.runFor(50);
  crash("b");
  clock.runFor(50);
  // The restart that the failure of c had scheduled is overtaken.
  assertEquals(noted(), "-d -c -b");
  clock.runFor(50);
  assertEquals(noted(), "+b +c +d");
  clock.runFor(1_000);
  assertEquals(noted(), "");
});

Deno.test("Supervision one-for-one lets siblings restart independently", () => {
  const { crash, noted, clock } = family({ strategy: "one-for-one" });
  crash("c");
  clock.runFor(50);
  crash("b");
  clock.runFor(50);
  assertEquals(noted(), "-c -b +c");
  clock.runFor(50);
  assertEquals(noted(), "+b");
});

Deno.test("Supervision drops a child stopped while it waits to restart", () => {
  const { crash, noted, clock, system, parent, story } = family({ strategy: "one-for-one" });
  crash("b");
  clock.runFor(50);
  system.send(parent, (context) => context.stop(system.named("p/b")));
  clock.runFor(0);
  assertEquals(clock.pending, 0);
  clock.runFor(1_000);
  assertEquals(noted(), "-b");
  assertEquals(story("p/b"), ["started", "failed", "stopped"]);
});

Deno.test("Supervision restarts the rest of a group when one of it is stopped meanwhile", () => {
  const { crash, noted, clock, system, parent } = family({ strategy: "all-for-one" });
  crash("a");
  clock.runFor(50);
  system.send(parent, (context) => context.stop(system.named("p/b")));
  clock.runFor(1_000);
  assertEquals(noted(), "-d -c -b -a +a +c +d");
});

Deno.test("Supervision lets a child spawned while its siblings wait live on", () => {
  const { crash, noted, clock, system, parent } = family({ strategy: "all-for-one" });
  const notes: string[] = [];
  crash("a");
  clock.runFor(50);
  system.send(parent, (context) => context.spawn("e", notingPuppet(notes)));
  clock.runFor(1_000);
  assertEquals(noted(), "-d -c -b -a +a +b +c +d");
  assertEquals(notes, ["+p/e"]);
});

Deno.test("Supervision ends the children of a failed actor for good; its factory makes new ones", () => {
  const { noted, clock, system, parent, story } = family({});
  system.send(parent, (context) => context.spawn("dynamic", puppet));
  system.send(parent, fail());
  clock.runFor(1_000);
  assertEquals(noted(), "-d -c -b -a +a +b +c +d");
  assertEquals(story("p/a"), ["started", "stopped", "started"]);
  assertEquals(story("p/dynamic"), ["started", "stopped"]);
});

Deno.test("Supervision by a child's error: restart, stop or escalate", () => {
  const { crash: _, ...w } = family({
    decide: (error) => {
      const { message } = error as Error;
      return message === "stop" || message === "escalate" ? message : "restart";
    },
  });
  const tell = (child: string, act: Act) => w.system.send(w.system.named<Act>(`p/${child}`), act);
  tell("a", fail("anything"));
  w.clock.runFor(100);
  assertEquals(w.noted(), "-a +a");
  tell("b", fail("stop"));
  w.clock.runFor(1_000);
  assertEquals(w.noted(), "-b");
  assertEquals(w.story("p/b"), ["started", "failed", "stopped"]);
  tell("c", fail("escalate"));
  w.clock.runFor(0);
  assertEquals(w.noted(), "-c -d -a");
  assertEquals(w.story("p/c"), ["started", "failed", "escalated", "stopped"]);
  w.clock.runFor(1_000);
  assertEquals(w.story("p"), ["started", "failed", "restarted"]);
  assertEquals(w.noted(), "+a +b +c +d");
});

Deno.test("Supervision takes a decision that throws for an escalation", () => {
  const { crash, clock, story, log } = family({
    decide: () => {
      throw new Error("cannot decide");
    },
  });
  crash("a");
  clock.runFor(1_000);
  assertEquals(story("p"), ["started", "failed", "restarted"]);
  assertEquals(log.some(({ text }) => text.includes("cannot decide")), true);
});

Deno.test("Supervision treats the failure of a factory like any other", () => {
  const { system, clock, story } = world();
  let starts = 0;
  system.spawn<Act>("actor", (context) => {
    if (++starts < 3) throw new Error("not yet");
    return puppet(context);
  });
  clock.runFor(1_000);
  assertEquals(starts, 3);
  assertEquals(story("actor"), ["failed", "failed", "restarted"]);
  assertEquals(system.figures()[0]?.restarts, 2);
});

Deno.test("Supervision starts a group anew when one of it fails during the group's restart", () => {
  const { system, clock, settle } = world();
  const notes: string[] = [];
  let failuresLeft = 0;
  system.spawn<Act>("p", (context) => {
    for (const name of ["a", "b", "c"]) {
      context.spawn(
        name,
        notingPuppet(notes, () => {
          if (name === "b" && failuresLeft-- > 0) throw new Error("no start");
        }),
      );
    }
    return puppet(context);
  }, { supervision: { strategy: "all-for-one", backoffMinMs: 10, jitter: 0 } });
  settle();
  notes.length = 0;
  failuresLeft = 1;
  system.crash("p/c");
  clock.runFor(10);
  // a and b are started, b fails: c has not been started, and a ends again.
  assertEquals(notes.splice(0), ["-p/c", "-p/b", "-p/a", "+p/a", "+p/b", "-p/a"]);
  clock.runFor(19);
  assertEquals(notes, []);
  clock.runFor(1);
  assertEquals(notes, ["+p/a", "+p/b", "+p/c"]);
});

Deno.test("Supervision ends an actor whose stopped() throws like any other", () => {
  const { system, settle, log, story } = world();
  const actor = system.spawn<Act>("actor", (context) => ({
    receive: (act) => act(context),
    stopped: () => {
      throw new Error("no end");
    },
  }));
  system.send(actor, (context) => context.stop(context.self));
  settle();
  assertEquals(story("actor"), ["started", "stopped"]);
  assertEquals(log.map(({ text }) => text), ["failed while stopping: no end"]);
});

Deno.test("Supervision survives whatever is thrown", () => {
  const { system, clock, story } = world({ supervision: { maxRestarts: 10 } });
  const actor = system.spawn<Act>("actor", puppet);
  for (const thrown of [undefined, null, 7, "text", Object.create(null)]) {
    system.send(actor, () => {
      throw thrown;
    });
    clock.runFor(5_000);
  }
  assertEquals(story("actor").filter((type) => type === "restarted").length, 5);
});

Deno.test("Supervision does nothing about an actor that was stopped in the turn in which it fails", () => {
  const { system, clock, story } = world({ supervision: { strategy: "rest-for-one" } });
  const first = system.spawn<Act>("first", puppet);
  system.spawn<Act>("last", puppet);
  system.send(first, () => {
    system.stop(first);
    throw new Error("too late");
  });
  clock.runFor(1_000);
  assertEquals(story("first"), ["started", "stopped", "failed"]);
  assertEquals(story("last"), ["started"]);
});

Deno.test("Supervision options out of range are refused where they are given", () => {
  const cases: Supervision[] = [
    { maxRestarts: -1 },
    { maxRestarts: NaN },
    { windowMs: 0 },
    { backoffMinMs: -1 },
    { backoffMinMs: 10, backoffMaxMs: 5 },
    { backoffMaxMs: Infinity },
    { jitter: 1.5 },
  ];
  for (const supervision of cases) {
    const error = assertThrows(() => world({ supervision }), TroupeError);
    assertEquals(error.code, "bad_option");
    const { system, settle, events } = world();
    const actor = system.spawn<Act>("actor", puppet);
    system.send(actor, (context: Context<Act>) => {
      assertThrows(() => context.spawn("child", puppet, { supervision }), TroupeError);
    });
    settle();
    assertEquals(events.filter(({ type }) => type === "failed"), []);
  }
});
