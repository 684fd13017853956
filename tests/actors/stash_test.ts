import { assertEquals, assertThrows } from "@std/assert";
import type { Actor, Context } from "../../actors/actor.ts";
import { TroupeError } from "../../actors/errors.ts";
import { world } from "./support.ts";

/** Stashes numbers until it is told to open, then handles them. */
function gate(seen: unknown[]) {
  return (context: Context<number | "open" | "close">): Actor<number | "open" | "close"> => {
    let isOpen = false;
    return {
      receive: (message) => {
        if (message === "open" || message === "close") {
          isOpen = message === "open";
          if (isOpen) context.unstash();
          return;
        }
        if (isOpen) seen.push(message);
        else context.stash(message);
      },
    };
  };
}

Deno.test("Context.unstash() puts messages back in their order, before those that came later", () => {
  const { system, settle } = world();
  const seen: unknown[] = [];
  const actor = system.spawn("gate", gate(seen));
  for (const message of [1, 2, "open", 3, 4] as const) system.send(actor, message);
  settle();
  assertEquals(seen, [1, 2, 3, 4]);
});

Deno.test("Context.unstash() works again and again", () => {
  const { system, settle } = world();
  const seen: unknown[] = [];
  const actor = system.spawn("gate", gate(seen));
  const messages = [1, "open", 2, "close", 3, 4, "close", 5, "open", 6] as const;
  for (const message of messages) system.send(actor, message);
  settle();
  assertEquals(seen, [1, 2, 3, 4, 5, 6]);
});

Deno.test("Context.unstash() loses nothing when the mailbox is full", () => {
  const { system, settle } = world();
  const seen: unknown[] = [];
  const actor = system.spawn("gate", gate(seen), { mailboxCapacity: 4 });
  for (const message of [1, 2, 3, 4]) system.send(actor, message);
  settle();
  for (const message of ["open", 5, 6, 7] as const) system.send(actor, message);
  settle();
  assertEquals(seen, [1, 2, 3, 4, 5, 6, 7]);
  assertEquals(system.deadLetters, 0);
});

Deno.test("Context.unstash() does not put back what the same turn stashes after it", () => {
  const { system, settle } = world();
  const handled: string[] = [];
  const actor = system.spawn<string>("actor", (context) => ({
    receive: (message) => {
      handled.push(message);
      if (message === "first") context.stash("kept");
      if (message === "second") {
        context.unstash();
        context.stash("later");
      }
    },
  }));
  system.send(actor, "first");
  system.send(actor, "second");
  settle();
  assertEquals(handled, ["first", "second", "kept"]);
});

Deno.test("Context.unstash() in the middle of what it put back keeps the order", () => {
  const { system, settle } = world();
  const handled: string[] = [];
  const actor = system.spawn<string>("actor", (context) => {
    const postponed = new Set(["a", "b", "c"]);
    return {
      receive: (message) => {
        handled.push(message);
        if (message === "go") context.unstash();
        if (!postponed.delete(message)) return;
        context.stash(message);
        if (message === "b") context.unstash();
      },
    };
  });
  system.send(actor, "a");
  system.send(actor, "b");
  system.send(actor, "c");
  system.send(actor, "go");
  settle();
  assertEquals(handled, ["a", "b", "a", "b", "c", "go", "c"]);
});

Deno.test("Context.stash() refuses more than the capacity of the mailbox", () => {
  const { system, settle, log } = world();
  const actor = system.spawn<number>("actor", (context) => ({
    receive: (message) => {
      if (message < 3) return context.stash(message);
      const error = assertThrows(() => context.stash(message), TroupeError, "3 are stashed");
      assertEquals(error.code, "stash_full");
      context.log("info", "refused");
    },
  }), { mailboxCapacity: 3 });
  for (let message = 0; message < 4; message++) {
    system.send(actor, message);
    settle();
  }
  assertEquals(log.map(({ text }) => text), ["refused"]);
});

Deno.test("Context.stash() counts what is put back and not yet received", () => {
  const { system, settle, log } = world();
  const actor = system.spawn<string>("actor", (context) => ({
    receive: (message) => {
      if (message !== "go") return;
      for (const postponed of ["a", "b", "c"]) context.stash(postponed);
      context.unstash();
      assertThrows(() => context.stash("d"), TroupeError, "3 are stashed");
      context.log("info", "refused");
    },
  }), { mailboxCapacity: 3 });
  system.send(actor, "go");
  settle();
  assertEquals(log.map(({ text }) => text), ["refused"]);
});

Deno.test("Context.stash() holds nothing over to the next incarnation", () => {
  const { system, clock } = world();
  const seen: unknown[] = [];
  const actor = system.spawn("gate", gate(seen));
  system.send(actor, 1);
  clock.runFor(1);
  system.crash("gate");
  clock.runFor(1_000);
  system.send(actor, "open");
  clock.runFor(1);
  assertEquals(seen, []);
  assertEquals(system.deadLetters, 1);
});

Deno.test("Context.unstash() in a factory is received in the first turn", () => {
  const { system, settle } = world();
  const seen: string[] = [];
  system.spawn<string>("actor", (context) => {
    context.stash("early");
    context.unstash();
    return { receive: (message) => seen.push(message) };
  });
  settle();
  assertEquals(seen, ["early"]);
});
