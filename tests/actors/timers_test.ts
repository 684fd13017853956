import { assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { type Act, fail, puppet, world } from "./support.ts";

function actorWorld() {
  const w = world();
  const actor = w.system.spawn<Act>("actor", puppet);
  const seen: string[] = [];
  /** An act that notes a word and the time. */
  const note = (word: string): Act => (context) => seen.push(`${word} ${context.now()}`);
  const tell = (act: Act) => w.system.send(actor, act);
  return { ...w, actor, seen, note, tell };
}

Deno.test("Context.setTimer() posts its message once, after the delay", () => {
  const { tell, note, seen, clock } = actorWorld();
  tell((context) => context.setTimer("a", 10, note("a")));
  clock.runFor(9.9);
  assertEquals(seen, []);
  clock.runFor(1_000);
  assertEquals(seen, ["a 10"]);
});

Deno.test("Context.setTimer() replaces a timer of the same key, and of no other", () => {
  const { tell, note, seen, clock } = actorWorld();
  tell((context) => {
    context.setTimer("a", 10, note("old"));
    context.setTimer("b", 10, note("b"));
  });
  clock.runFor(5);
  tell((context) => context.setTimer("a", 10, note("new")));
  clock.runFor(1_000);
  assertEquals(seen, ["b 10", "new 15"]);
});

Deno.test("Context.setTimer() withdraws a timer of the same key that has fired unreceived", () => {
  const { tell, note, seen, clock } = actorWorld();
  tell((context) => {
    context.setTimer("first", 10, (inner) => {
      note("first")(inner);
      // Both have fired by now, and "second" waits in the mailbox.
      inner.setTimer("second", 5, note("replaced"));
    });
    context.setTimer("second", 10, note("withdrawn"));
  });
  clock.runFor(1_000);
  assertEquals(seen, ["first 10", "replaced 15"]);
});

Deno.test("Context.cancelTimer() withdraws a timer, also one that has fired unreceived", () => {
  const { tell, note, seen, clock } = actorWorld();
  tell((context) => {
    context.setTimer("first", 10, (inner) => inner.cancelTimer("second"));
    context.setTimer("second", 10, note("withdrawn"));
    context.setTimer("third", 20, note("cancelled"));
  });
  clock.runFor(10);
  tell((context) => {
    context.cancelTimer("third");
    context.cancelTimer("unknown");
  });
  clock.runFor(1_000);
  assertEquals(seen, []);
  assertEquals(clock.pending, 0);
});

Deno.test("Context.setTimer() may be called again for its key when it is received", () => {
  const { tell, seen, note, clock } = actorWorld();
  const tick: Act = (context) => {
    note("tick")(context);
    context.setTimer("tick", 10, tick);
  };
  tell(tick);
  clock.runFor(35);
  assertEquals(seen, ["tick 0", "tick 10", "tick 20", "tick 30"]);
});

Deno.test("Context.setTimer() and cancelTimer() take effect in the order of their calls", () => {
  const { tell, note, seen, clock } = actorWorld();
  tell((context) => {
    context.setTimer("a", 10, note("a"));
    context.cancelTimer("a");
    context.cancelTimer("b");
    context.setTimer("b", 10, note("b"));
  });
  clock.runFor(100);
  assertEquals(seen, ["b 10"]);
});

Deno.test("Context.setTimer() gets through to an actor whose mailbox is full", () => {
  const { system, clock } = world();
  const seen: string[] = [];
  const actor = system.spawn<Act>("actor", puppet, { mailboxCapacity: 1 });
  system.send(actor, (context) => context.setTimer("a", 10, () => seen.push("timer")));
  clock.runFor(9);
  clock.after(1, () => system.send(actor, () => seen.push("message")));
  clock.runFor(10);
  assertEquals(seen, ["timer", "message"]);
});

Deno.test("Context.setTimer() takes a negative delay for none", () => {
  const { tell, note, seen, clock } = actorWorld();
  clock.runFor(50);
  tell((context) => context.setTimer("a", -20, note("a")));
  clock.runFor(0);
  assertEquals(seen, ["a 50"]);
});

Deno.test("Context.setTimer() refuses a delay that is no number of milliseconds", () => {
  const { tell, clock, events } = actorWorld();
  tell((context) => {
    for (const delayMs of [NaN, Infinity]) {
      const error = assertThrows(
        () => context.setTimer("a", delayMs, () => {}),
        TroupeError,
        String(delayMs),
      );
      assertEquals(error.code, "bad_delay");
    }
  });
  clock.runFor(1);
  assertEquals(events.filter(({ type }) => type === "failed"), []);
});

Deno.test("Context.setTimer() dies with its incarnation, also if it has fired unreceived", () => {
  const { tell, note, seen, clock, story } = actorWorld();
  tell((context) => {
    context.setTimer("waiting", 500, note("waiting"));
    context.setTimer("boom", 10, fail());
    context.setTimer("fired", 10, note("fired"));
  });
  clock.runFor(10_000);
  assertEquals(seen, []);
  assertEquals(story("actor"), ["started", "failed", "restarted"]);
  assertEquals(clock.pending, 0);
});

Deno.test("Context.setTimer() of an actor that stops leaves no timer behind", () => {
  const { tell, clock } = actorWorld();
  tell((context) => {
    context.setTimer("a", 500, fail());
    context.stop(context.self);
  });
  clock.runFor(0);
  assertEquals(clock.pending, 0);
});
