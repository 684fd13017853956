import { assertEquals } from "@std/assert";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";

Deno.test("VirtualClock.step() moves to the next event and runs it alone", () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.after(5, () => seen.push(`b ${clock.now}`));
  clock.after(3, () => seen.push(`a ${clock.now}`));
  clock.after(5, () => seen.push(`c ${clock.now}`));
  assertEquals([clock.step(), [...seen]], [true, ["a 3"]]);
  assertEquals(clock.pending, 2);
  assertEquals(clock.step(4), false);
  assertEquals(clock.now, 3);
  clock.step();
  clock.step();
  assertEquals(seen, ["a 3", "b 5", "c 5"]);
  assertEquals(clock.step(), false);
});

Deno.test("VirtualClock.runFor() ends exactly when it should", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const tick = () => {
    seen.push(clock.now);
    clock.after(10, tick);
  };
  tick();
  clock.runFor(25);
  assertEquals([clock.now, seen], [25, [0, 10, 20]]);
  clock.runFor(5);
  assertEquals([clock.now, seen], [30, [0, 10, 20, 30]]);
});

Deno.test("VirtualClock.runUntil() stops at the event that makes the condition hold", () => {
  const clock = new VirtualClock();
  let done = false;
  clock.after(7, () => done = true);
  clock.after(7, () => {});
  assertEquals(clock.runUntil(() => done, 100), true);
  assertEquals([clock.now, clock.pending], [7, 1]);
  assertEquals(clock.runUntil(() => false, 100), false);
  assertEquals(clock.now, 107);
});

Deno.test("VirtualClock.after() returns a cancel", () => {
  const clock = new VirtualClock();
  clock.after(5, () => {
    throw new Error("Cancelled, and run all the same");
  })();
  clock.runFor(10);
  assertEquals(clock.pending, 0);
});

Deno.test("VirtualEnvironment gives each node streams of its own", () => {
  const clock = new VirtualClock();
  const draw = (seed: number, name: string) =>
    new VirtualEnvironment(clock, { seed, name }).random("stream")();
  assertEquals(draw(1, "a"), draw(1, "a"));
  assertEquals(new Set([draw(1, "a"), draw(1, "b"), draw(2, "a")]).size, 3);
});

Deno.test("VirtualEnvironment.wallTime() passes with the clock", () => {
  const clock = new VirtualClock();
  const environment = new VirtualEnvironment(clock, { seed: 1, wallTimeStart: 5_000 });
  clock.runFor(12.5);
  assertEquals([environment.now(), environment.wallTime()], [12.5, 5_012]);
});

Deno.test("VirtualEnvironment.pick() reaches every choice", () => {
  const environment = new VirtualEnvironment(new VirtualClock(), { seed: 1 });
  const picked = new Set<number>();
  for (let count = 0; count < 200; count++) picked.add(environment.pick(3));
  assertEquals([...picked].sort(), [0, 1, 2]);
  assertEquals(environment.pick(1), 0);
});
