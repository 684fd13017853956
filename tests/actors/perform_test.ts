import { assertEquals } from "@std/assert";
import type { Operation, Outcome } from "../../actors/actor.ts";
import { type Act, fail, puppet, world } from "./support.ts";

function performer() {
  const w = world();
  const outcomes: unknown[] = [];
  const actor = w.system.spawn<Act>("actor", puppet);
  const perform = (operation: Operation<number>) =>
    w.system.send(actor, (context) => {
      context.perform(operation, (outcome) => () => outcomes.push(summary(outcome)));
    });
  return { ...w, actor, outcomes, perform };
}

function summary(outcome: Outcome<number>): unknown {
  return outcome.ok ? outcome.value : outcome.error.message;
}

Deno.test("Context.perform() starts the operation after the turn and posts its outcome", () => {
  const { system, actor, clock, settle } = performer();
  const order: string[] = [];
  system.send(actor, (context) => {
    context.perform<number>(
      (done) => {
        order.push("started");
        clock.after(5, () => done({ ok: true, value: 7 }));
      },
      (outcome) => () => order.push(`outcome ${summary(outcome)}`),
    );
    order.push("turn ends");
  });
  settle();
  assertEquals(order, ["turn ends", "started"]);
  clock.runFor(5);
  assertEquals(order, ["turn ends", "started", "outcome 7"]);
});

Deno.test("Context.perform() posts the error of an operation that throws", () => {
  const { perform, outcomes, settle } = performer();
  perform(() => {
    throw new Error("no such disk");
  });
  perform(() => {
    throw "a mere string";
  });
  settle();
  assertEquals(outcomes, ["no such disk", "a mere string"]);
});

Deno.test("Context.perform() posts one outcome of an operation that reports two", () => {
  const { perform, outcomes, settle } = performer();
  perform((done) => {
    done({ ok: true, value: 1 });
    done({ ok: true, value: 2 });
  });
  perform((done) => {
    done({ ok: true, value: 3 });
    throw new Error("after the end");
  });
  settle();
  assertEquals(outcomes, [1, 3]);
});

Deno.test("Context.perform() drops an outcome for an incarnation that is gone", () => {
  const { system, actor, perform, outcomes, clock, story } = performer();
  perform((done) => clock.after(500, () => done({ ok: true, value: 1 })));
  system.send(actor, fail());
  clock.runFor(1_000);
  assertEquals(story("actor"), ["started", "failed", "restarted"]);
  assertEquals(outcomes, []);
});

Deno.test("Context.perform() fails the actor if its outcome cannot be made a message", () => {
  const { system, actor, clock, story } = performer();
  system.send(actor, (context) => {
    context.perform<number>((done) => done({ ok: true, value: 1 }), () => {
      throw new Error("no message for that");
    });
  });
  clock.runFor(1_000);
  assertEquals(story("actor"), ["started", "failed", "restarted"]);
});
