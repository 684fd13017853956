import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { RealEnvironment } from "../../actors/real_environment.ts";
import { ActorSystem } from "../../actors/system.ts";
import { type Act, puppet, type Question, question } from "./support.ts";

function real(): { environment: RealEnvironment; system: ActorSystem } {
  const environment = new RealEnvironment({ onLog: () => {} });
  return { environment, system: new ActorSystem({ node: 0, environment }) };
}

const canRun = Deno.permissions.querySync({ name: "run" }).state === "granted";

/** A machine on which no time passes until it is let go. */
class HeldEnvironment extends RealEnvironment {
  readonly start = super.now();
  isHeld = true;

  override now(): number {
    return this.isHeld ? this.start : super.now();
  }
}

Deno.test("RealEnvironment.after() fires in the order of the delays, never early", async () => {
  const environment = new HeldEnvironment({ onLog: () => {} });
  const fired: string[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  environment.after(15, () => resolve(environment.now() - environment.start));
  environment.after(5, () => fired.push("b"));
  environment.after(1, () => fired.push("a"));
  environment.after(10, () => fired.push("cancelled"))();
  environment.isHeld = false;
  const elapsedMs = await promise;
  assertEquals(fired, ["a", "b"]);
  assert(elapsedMs >= 15, String(elapsedMs));
});

Deno.test("RealEnvironment.after() may be called again by what it runs", async () => {
  const { environment } = real();
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = 3;
  const tick = () => --left === 0 ? resolve() : void environment.after(1, tick);
  environment.after(0, tick);
  await promise;
  assertEquals(left, 0);
});

Deno.test("RealEnvironment.after() asks setTimeout for no delay that would fire at once", () => {
  const environment = new HeldEnvironment({ onLog: () => {} });
  const delays: unknown[] = [];
  const original = globalThis.setTimeout;
  globalThis.setTimeout = ((run: () => void, delay: number) => {
    delays.push(delay);
    return original(run, delay);
  }) as typeof setTimeout;
  try {
    environment.after(2 ** 40, () => {})();
    environment.after(0.5, () => {})();
    environment.after(-7, () => {})();
  } finally {
    globalThis.setTimeout = original;
  }
  assertEquals(delays, [2 ** 31 - 1, 1, 0]);
});

Deno.test("RealEnvironment.after() leaves no timer of the event loop behind when all are cancelled", () => {
  // The test sanitizer fails this test if the shared timer is still armed at its end.
  const { environment } = real();
  const cancels = [1, 2, 3].map((delay) => environment.after(delay * 10_000, () => {}));
  for (const cancel of cancels) cancel();
});

Deno.test("RealEnvironment.after() goes on after something that throws", async () => {
  const { environment } = real();
  const errors: string[] = [];
  const note = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.message);
  };
  addEventListener("error", note);
  const { promise, resolve } = Promise.withResolvers<void>();
  environment.after(0, () => {
    throw new Error("boom");
  });
  environment.after(2, resolve);
  await promise;
  removeEventListener("error", note);
  assertEquals(errors, ["Uncaught Error: boom"]);
});

Deno.test("RealEnvironment.log() does not fail whoever writes to a log that is broken", () => {
  const environment = new RealEnvironment({
    onLog: () => {
      throw new Error("broken pipe");
    },
  });
  environment.log("info", "test", "text");
});

Deno.test("RealEnvironment.wallTime() is the machine's, and nothing rare is forced", () => {
  const { environment } = real();
  const before = Date.now();
  const wallTime = environment.wallTime();
  assert(before <= wallTime && wallTime <= Date.now());
  assertEquals(environment.maybe("rare"), false);
});

Deno.test("RealEnvironment.random() differs from process to process, not within one", () => {
  const { environment } = real();
  assertEquals(environment.random("a")(), environment.random("a")());
  assertNotEquals(environment.random("a")(), environment.random("b")());
  assertNotEquals(environment.random("a")(), real().environment.random("a")());
});

Deno.test("RealEnvironment lets timers fire while an actor never has nothing to do", async () => {
  const { environment, system } = real();
  const { promise, resolve } = Promise.withResolvers<void>();
  const loop: Act = (context) => context.send(context.self, loop);
  system.send(system.spawn<Act>("loop", puppet), loop);
  // One timer of the runtime, then one of the event loop itself.
  environment.after(1, () => setTimeout(resolve, 1));
  await promise;
  system.shutdown();
  await new Promise<void>((done) => setImmediate(done));
});

Deno.test("RealEnvironment answers asks, and leaves nothing behind", async () => {
  const { system } = real();
  const actor = system.spawn<Question>("actor", (context) => ({
    receive: ({ text, replyTo }) => context.send(replyTo, `re: ${text}`),
  }));
  const replies = await Promise.all(
    ["a", "b"].map((text) =>
      system.ask<Question, string>(actor, question(text), { timeoutMs: 60_000 })
    ),
  );
  assertEquals(replies, ["re: a", "re: b"]);
  system.shutdown();
});

Deno.test({
  name: "RealEnvironment lets the process exit after a shutdown, restarts and timers pending",
  ignore: !canRun,
  fn: async () => {
    const root = new URL("../../", import.meta.url);
    const code = `
      import { RealEnvironment } from "${new URL("actors/real_environment.ts", root)}";
      import { ActorSystem } from "${new URL("actors/system.ts", root)}";
      const environment = new RealEnvironment({ onLog: () => {} });
      const supervision = { backoffMinMs: 3_600_000, backoffMaxMs: 3_600_000 };
      const system = new ActorSystem({ node: 0, environment, supervision });
      system.spawn("crashing", () => { throw new Error("no start"); });
      const actor = system.spawn("timed", (context) => ({
        receive: () => context.setTimer("hour", 3_600_000, undefined),
      }));
      system.send(actor, undefined);
      const ask = system.ask(actor, () => undefined, { timeoutMs: 3_600_000 });
      ask.catch(({ code }) => console.log(code));
      setTimeout(() => system.shutdown(), 1);
    `;
    const { code: exitCode, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", code],
    }).output();
    const decoder = new TextDecoder();
    assertEquals([exitCode, decoder.decode(stderr)], [0, ""]);
    assertEquals(decoder.decode(stdout).trim(), "actor_stopped");
  },
});
