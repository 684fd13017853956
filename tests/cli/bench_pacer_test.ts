import { assertEquals } from "@std/assert";
import { Pacer } from "../../cli/bench/pacer.ts";
import { FakeClock } from "./fake_clock.ts";

/** Asks for a turn and says, later, from when it counts, as milliseconds since the clock's start. */
function ask(pacer: Pacer): { start: number | null | "waiting" } {
  const answer: { start: number | null | "waiting" } = { start: "waiting" };
  const turn = pacer.next();
  const settle = (start: number | null) => answer.start = start === null ? null : start - 1_000;
  if (turn instanceof Promise) turn.then(settle);
  else settle(turn);
  return answer;
}

/** Lets promises that are already resolved reach those who await them. */
const settled = () => Promise.resolve();

Deno.test("Pacer.next() grants every turn at once when there is no rate", () => {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, durationMs: 100 });
  assertEquals(ask(pacer).start, 0);
  clock.advance(60);
  assertEquals(ask(pacer).start, 60);
  clock.advance(40);
  assertEquals(ask(pacer).start, null);
});

Deno.test("Pacer.next() spaces turns evenly at a rate", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, durationMs: 1_000, rate: 100 });
  const starts: unknown[] = [];
  for (let turn = 0; turn < 4; turn++) {
    const asked = ask(pacer);
    if (asked.start === "waiting") clock.advance(10);
    await settled();
    starts.push(asked.start);
  }
  assertEquals(starts, [0, 10, 20, 30]);
});

Deno.test("Pacer.next() counts a turn that had to wait for a busy client from when it was due", () => {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, durationMs: 1_000, rate: 100 });
  assertEquals(ask(pacer).start, 0);
  clock.advance(55); // the only client waits for an answer: requests 1 to 5 become due
  assertEquals([1, 2, 3, 4, 5].map(() => ask(pacer).start), [10, 20, 30, 40, 50]);
  assertEquals(ask(pacer).start, "waiting");
});

Deno.test("Pacer.next() counts a turn that only a timer delayed from when it is granted", async () => {
  const clock = new FakeClock();
  const lags: number[] = [];
  const pacer = new Pacer({ clock, durationMs: 1_000, rate: 100, onLag: (ms) => lags.push(ms) });
  assertEquals(ask(pacer).start, 0);
  const idle = ask(pacer); // due at 10
  clock.advance(13);
  await settled();
  assertEquals(idle.start, 13);
  assertEquals(lags, [0, 3]);
});

Deno.test("Pacer.next() counts what a late timer finds beyond the free clients from when it was due", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, durationMs: 1_000, rate: 1_000 });
  assertEquals(ask(pacer).start, 0);
  const first = ask(pacer);
  const second = ask(pacer);
  clock.advance(4.5); // 1, 2, 3 and 4 are due, two clients are free
  await settled();
  assertEquals([first.start, second.start], [4.5, 4.5]);
  clock.advance(1); // one of them is answered; request 3 has waited since then for a client
  assertEquals(ask(pacer).start, 3);
});

Deno.test("Pacer.next() ends at the duration, for those who wait as well", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, durationMs: 15, rate: 50 });
  assertEquals(ask(pacer).start, 0);
  const waiting = [ask(pacer), ask(pacer)];
  clock.advance(15); // request 1 would be due at 20
  await settled();
  assertEquals(waiting.map(({ start }) => start), [null, null]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Pacer.next() ends after the most requests, for those who wait as well", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, durationMs: 1_000, rate: 100, requestsMax: 2 });
  assertEquals(ask(pacer).start, 0);
  const waiting = [ask(pacer), ask(pacer)];
  clock.advance(10);
  await settled();
  assertEquals(waiting.map(({ start }) => start), [10, null]);
  assertEquals(ask(pacer).start, null);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Pacer.stop() ends the run for all", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, durationMs: 1_000, rate: 100 });
  ask(pacer);
  const waiting = ask(pacer);
  pacer.stop();
  await settled();
  assertEquals([waiting.start, ask(pacer).start, pacer.unsent()], [null, null, 0]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Pacer.unsent() counts what was due and found no client", () => {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, durationMs: 100, rate: 100 });
  ask(pacer);
  clock.advance(35);
  ask(pacer);
  clock.advance(500);
  assertEquals(ask(pacer).start, null);
  assertEquals(pacer.unsent(), 8);
});
