import { assert, assertEquals, assertLess } from "@std/assert";
import type { Supervision } from "../../actors/actor.ts";
import { type Act, fail, notingPuppet, puppet, type World, world } from "./support.ts";

/** Runs a child that fails at every start, and returns the times of its starts. */
function startTimes(supervision: Supervision, seed = 1): number[] {
  const { system, clock } = world({ seed, supervision: { maxRestarts: 1_000, ...supervision } });
  const times: number[] = [];
  system.spawn<Act>("child", () => {
    times.push(clock.now);
    throw new Error("no start");
  });
  clock.runFor(5_000);
  return times;
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - times[index]!);
}

Deno.test("Supervision doubles the backoff with each failure, up to its cap", () => {
  const times = startTimes({ backoffMinMs: 10, backoffMaxMs: 100, jitter: 0 });
  assertEquals(gaps(times).slice(0, 7), [10, 20, 40, 80, 100, 100, 100]);
});

Deno.test("Supervision draws a share of the backoff at random, and no more", () => {
  const first = gaps(startTimes({ backoffMinMs: 100, backoffMaxMs: 100, jitter: 0.5 }));
  assertEquals(first, gaps(startTimes({ backoffMinMs: 100, backoffMaxMs: 100, jitter: 0.5 })));
  const delays = [1, 2, 3].flatMap((seed) =>
    gaps(startTimes({ backoffMinMs: 100, backoffMaxMs: 100, jitter: 0.5 }, seed))
  );
  for (const delay of delays) assert(delay > 50 - 1e-6 && delay <= 100 + 1e-6, String(delay));
  assertLess(Math.min(...delays), 60);
  assert(Math.max(...delays) > 90);
});

Deno.test("Supervision forgets failures older than its window", () => {
  const { system, clock, story } = world({
    supervision: { maxRestarts: 2, windowMs: 1_000, backoffMinMs: 10, jitter: 0 },
  });
  const actor = system.spawn<Act>("actor", puppet);
  for (let round = 0; round < 10; round++) {
    system.send(actor, fail());
    clock.runFor(500);
  }
  assertEquals(story("actor").filter((type) => type === "escalated"), []);
  assertEquals(system.figures()[0]?.restarts, 10);
});

Deno.test("Supervision escalates one failure more than the window tolerates", () => {
  const failures: unknown[] = [];
  const { system, clock, story } = world({
    supervision: { maxRestarts: 2, windowMs: 1_000, backoffMinMs: 10, jitter: 0 },
    onFailure: (error) => failures.push((error as Error).message),
  });
  const actor = system.spawn<Act>("actor", puppet);
  for (let round = 0; round < 3; round++) {
    assertEquals(failures, []);
    system.send(actor, fail(`boom ${round}`));
    clock.runFor(300);
  }
  assertEquals(failures, ["boom 2"]);
  assertEquals(story("actor"), [
    "started",
    "failed",
    "restarted",
    "failed",
    "restarted",
    "failed",
    "escalated",
    "stopped",
  ]);
  assertEquals(system.figures(), []);
});

Deno.test("Supervision counts the failures of all children of a supervisor together", () => {
  const failures: unknown[] = [];
  const { system, clock } = world({
    supervision: { maxRestarts: 1 },
    onFailure: (error) => failures.push(error),
  });
  for (const name of ["a", "b"]) system.send(system.spawn<Act>(name, puppet), fail());
  clock.runFor(1);
  assertEquals(failures.length, 1);
});

/** A leaf under a branch under the root; both supervisors tolerate one restart. */
function twoLevels(): { w: World; notes: string[]; failures: unknown[]; failLeaf: () => void } {
  const failures: unknown[] = [];
  const supervision = { maxRestarts: 1, backoffMinMs: 10, jitter: 0 };
  const w = world({ supervision, onFailure: (error) => failures.push(error) });
  const notes: string[] = [];
  w.system.spawn<Act>(
    "branch",
    notingPuppet(notes, (context) => context.spawn("leaf", notingPuppet(notes))),
    { supervision },
  );
  w.settle();
  notes.length = 0;
  const failLeaf = () => {
    w.system.send(w.system.named<Act>("branch/leaf"), fail());
    w.clock.runFor(100);
  };
  return { w, notes, failures, failLeaf };
}

Deno.test("Supervision escalates through two levels, intensities multiplying", () => {
  const { w, notes, failures, failLeaf } = twoLevels();
  failLeaf();
  assertEquals(notes.splice(0), ["-branch/leaf", "+branch/leaf"]);
  // The second is too much for the branch, which fails in its turn and restarts with a new leaf.
  failLeaf();
  assertEquals(notes.splice(0), ["-branch/leaf", "-branch", "+branch", "+branch/leaf"]);
  // The new branch has forgotten what the old one had counted.
  failLeaf();
  assertEquals(notes.splice(0), ["-branch/leaf", "+branch/leaf"]);
  assertEquals(failures, []);
  // The fourth is too much for the branch, and the second failure of a branch too much for the root.
  failLeaf();
  assertEquals(notes.splice(0), ["-branch/leaf", "-branch"]);
  assertEquals(failures.length, 1);
  assertEquals(w.system.figures(), []);
  assertEquals(w.clock.pending, 0);
});

Deno.test("Supervision publishes an escalation at each level", () => {
  const { w, failLeaf } = twoLevels();
  for (let round = 0; round < 4; round++) failLeaf();
  const escalated = w.events.flatMap((event) => event.type === "escalated" ? [event.actor] : []);
  assertEquals(escalated, ["branch/leaf", "branch/leaf", "branch"]);
  assertEquals(w.story("branch"), [
    "started",
    "failed",
    "restarted",
    "failed",
    "escalated",
    "stopped",
  ]);
});

Deno.test("Supervision escalates a child's failing start to a parent that is starting itself", () => {
  const { system, clock, story } = world({ supervision: { backoffMinMs: 10, jitter: 0 } });
  let hasFailed = false;
  const notes: string[] = [];
  system.spawn<Act>("p", (context) => {
    context.spawn<Act>("bad", (inner) => {
      if (!hasFailed) {
        hasFailed = true;
        throw new Error("no start");
      }
      return puppet(inner);
    });
    context.spawn("good", notingPuppet(notes));
    return puppet(context);
  }, { supervision: { decide: () => "escalate" } });
  clock.runFor(1_000);
  assertEquals(story("p"), ["started", "failed", "restarted"]);
  assertEquals(notes, ["+p/good", "-p/good", "+p/good"]);
  assertEquals(system.figures().map(({ name, state }) => `${name} ${state}`), [
    "p running",
    "p/bad running",
    "p/good running",
  ]);
});

Deno.test("Supervision escalates from within a restart of a group, and restarts all of it once", () => {
  const { system, clock } = world({
    supervision: { strategy: "all-for-one", backoffMinMs: 10, jitter: 0 },
  });
  const notes: string[] = [];
  let failuresLeft = 0;
  system.spawn<Act>(
    "p",
    notingPuppet(notes, (context) => {
      context.spawn<Act>("bad", (inner) => {
        if (failuresLeft-- > 0) throw new Error("no start");
        return puppet(inner);
      });
    }),
    { supervision: { decide: () => "escalate" } },
  );
  system.spawn("q", notingPuppet(notes));
  notes.length = 0;
  failuresLeft = 1;
  system.crash("q");
  clock.runFor(10);
  assertEquals(notes.splice(0), ["-q", "-p", "+p", "-p"]);
  clock.runFor(1_000);
  assertEquals(notes, ["+p", "+q"]);
});

Deno.test("Supervision at the root stops everything before it reports", () => {
  const notes: string[] = [];
  const { system, settle, clock } = world({
    supervision: { decide: () => "escalate" },
    onFailure: () => notes.push("reported"),
  });
  system.spawn("a", notingPuppet(notes));
  system.spawn("b", notingPuppet(notes));
  system.crash("a");
  settle();
  assertEquals(notes, ["+a", "+b", "-a", "-b", "reported"]);
  assertEquals(clock.pending, 0);
});
