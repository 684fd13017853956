import { assertEquals } from "@std/assert";
import { shutdown } from "../../actors/shutdown.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";

function scene() {
  const clock = new VirtualClock();
  const log: string[] = [];
  const environment = new VirtualEnvironment(clock, {
    seed: 1,
    onLog: (level, source, text) => log.push(`${level} ${source}: ${text}`),
  });
  return { clock, environment, log };
}

/** Lets promises settle and virtual time pass until nothing is left to do. */
async function runOut(clock: VirtualClock): Promise<void> {
  for (let round = 0; round < 100; round++) {
    await Promise.resolve();
    if (round % 10 === 9) clock.runFor(1_000);
  }
}

Deno.test("shutdown() runs phases one after the other, and the tasks of one at once", async () => {
  const { clock, environment, log } = scene();
  const order: string[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const ended = shutdown([
    {
      name: "drain",
      deadlineMs: 1_000,
      tasks: [
        async () => {
          order.push("slow begins");
          await gate;
          order.push("slow ends");
        },
        () => {
          order.push("quick");
          open();
        },
      ],
    },
    { name: "close", deadlineMs: 1_000, tasks: [() => void order.push("close")] },
  ], environment);
  assertEquals(await ended, true);
  assertEquals(order, ["slow begins", "quick", "slow ends", "close"]);
  assertEquals([clock.now, clock.pending, log], [0, 0, []]);
});

Deno.test("shutdown() goes on after a deadline", async () => {
  const { clock, environment, log } = scene();
  const order: string[] = [];
  const ended = shutdown([
    { name: "hang", deadlineMs: 500, tasks: [() => new Promise<void>(() => {})] },
    { name: "close", deadlineMs: 500, tasks: [() => void order.push("close")] },
  ], environment);
  await runOut(clock);
  assertEquals(await ended, false);
  assertEquals(order, ["close"]);
  assertEquals(log, ['warn shutdown: phase "hang" not over after 500 ms']);
});

Deno.test("shutdown() goes on after a task that fails, now or later, and says so", async () => {
  const { environment, log } = scene();
  const order: string[] = [];
  const ended = shutdown([
    {
      name: "break",
      deadlineMs: 500,
      tasks: [
        () => {
          throw new Error("at once");
        },
        () => Promise.reject(new Error("later")),
        () => void order.push("sibling"),
      ],
    },
    { name: "close", deadlineMs: 500, tasks: [() => void order.push("close")] },
  ], environment);
  assertEquals(await ended, false);
  assertEquals(order, ["sibling", "close"]);
  assertEquals(log, [
    'warn shutdown: phase "break": at once',
    'warn shutdown: phase "break": later',
  ]);
});

Deno.test("shutdown() without phases or tasks ends cleanly", async () => {
  const { environment } = scene();
  assertEquals(await shutdown([], environment), true);
  assertEquals(await shutdown([{ name: "empty", deadlineMs: 1, tasks: [] }], environment), true);
});
