import { assertEquals } from "@std/assert";
import { type Act, puppet, world } from "./support.ts";

Deno.test("DeadLetters counts every message and says why, per actor", () => {
  const { system, settle, events } = world();
  const actor = system.spawn<Act>("actor", puppet, { mailboxCapacity: 2 });
  for (let count = 0; count < 4; count++) system.send(actor, () => {});
  system.stop(actor);
  system.send(actor, () => {});
  settle();
  const letters = events.flatMap((event) =>
    event.type === "dead-letter" ? [`${event.actor} ${event.reason} ${event.count}`] : []
  );
  assertEquals(letters, [
    "actor mailbox-full 1",
    "actor mailbox-full 1",
    "actor stopped 2",
    "actor no-such-actor 1",
  ]);
  assertEquals(system.deadLetters, 5);
});

Deno.test("DeadLetters counts neither timers nor notices of an actor that ends", () => {
  const { system, clock } = world();
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.setTimer("stop", 5, (inner) => inner.stop(inner.self));
    context.setTimer("late", 5, () => {});
    context.watch(system.named("nobody"), () => {});
  });
  clock.runFor(10);
  assertEquals(system.figures(), []);
  assertEquals(system.deadLetters, 0);
});

Deno.test("DeadLetters logs the first ten, then one line in ten seconds with their number", () => {
  const { system, clock, log } = world();
  const nobody = system.named<string>("nobody");
  for (let count = 0; count < 1_000; count++) system.send(nobody, "lost");
  assertEquals(log.length, 10);
  clock.runFor(9_999);
  system.send(nobody, "lost");
  assertEquals(log.length, 10);
  clock.runFor(1);
  system.send(nobody, "lost");
  assertEquals(log.length, 11);
  assertEquals(log.at(-1), {
    level: "debug",
    source: "nobody",
    text: "1 dead letters (no-such-actor) and 991 more since the last line",
  });
  assertEquals(system.deadLetters, 1_002);
});
