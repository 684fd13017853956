import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ActorStopped, AskTimeout, MailboxFull, TroupeError } from "../../actors/errors.ts";
import type { Ref } from "../../actors/ref.ts";
import { fail, puppet, type Question, question, recorder, world } from "./support.ts";

/** A node with an actor that keeps its questions and answers none. */
function asked(options: { readonly mailboxCapacity?: number } = {}) {
  const w = world();
  const questions: Question[] = [];
  const actor = w.system.spawn("actor", recorder(questions), options);
  const ask = (text = "q", timeoutMs = 1_000) =>
    w.system.ask<Question, string>(actor, question(text), { timeoutMs });
  return { ...w, actor, questions, ask };
}

Deno.test("ActorSystem.ask() resolves to the reply, and leaves no timer", async () => {
  const { ask, questions, system, settle, clock } = asked();
  const reply = ask();
  settle();
  system.send(questions[0]!.replyTo, "answer");
  assertEquals(clock.pending, 0);
  assertEquals(await reply, "answer");
});

Deno.test("ActorSystem.ask() keeps its questions apart", async () => {
  const { ask, questions, system, settle } = asked();
  const replies = Promise.all(["a", "b", "c"].map((text) => ask(text)));
  settle();
  for (const { replyTo, text } of questions.toReversed()) system.send(replyTo, `re: ${text}`);
  assertEquals(await replies, ["re: a", "re: b", "re: c"]);
});

Deno.test("ActorSystem.ask() rejects at its timeout; a late reply is a dead letter", async () => {
  const { ask, questions, system, clock } = asked();
  const reply = ask("q", 50);
  clock.runFor(49);
  assertEquals(system.deadLetters, 0);
  clock.runFor(1);
  const error = await assertRejects(() => reply, AskTimeout, '"actor" within 50 ms');
  assertEquals(error.code, "ask_timeout");
  assertEquals(system.send(questions[0]!.replyTo, "late"), "dead");
  assertEquals(system.deadLetters, 1);
});

Deno.test("ActorSystem.ask() rejects each question at its own timeout, whatever was answered before", async () => {
  const { ask, questions, system, settle, clock } = asked();
  const replies = [ask("answered", 10), ask("late", 30.3)];
  clock.runFor(0.1);
  replies.push(ask("early", 20.2), ask("also early", 20.2));
  settle();
  system.send(questions[0]!.replyTo, "answer");
  const settled = Promise.allSettled(replies);
  const openAt = (at: number) => {
    clock.runFor(at - clock.now);
    return system.openAsks;
  };
  assertEquals([20.2, 20.3, 30.2, 30.3].map(openAt), [3, 1, 1, 0]);
  assertEquals(clock.pending, 0);
  const [first, ...others] = await settled;
  assertEquals(first, { status: "fulfilled", value: "answer" });
  assertEquals(others.map(({ status }) => status), ["rejected", "rejected", "rejected"]);
});

Deno.test("ActorSystem.ask() takes one reply; a second is a dead letter", async () => {
  const { ask, questions, system, settle } = asked();
  const reply = ask();
  settle();
  assertEquals(system.send(questions[0]!.replyTo, "one"), "accepted");
  assertEquals(system.send(questions[0]!.replyTo, "two"), "dead");
  assertEquals(await reply, "one");
});

Deno.test("ActorSystem.ask() takes no reply for a reply address of another incarnation", async () => {
  const { ask, questions, system, settle, clock } = asked();
  const reply = ask();
  settle();
  const { replyTo } = questions[0]!;
  const forged: Ref<string> = { ...replyTo, incarnation: replyTo.incarnation + 1 };
  assertEquals(system.send(forged, "forged"), "dead");
  assertEquals(system.send({ ...replyTo, incarnation: 0 }, "forged"), "dead");
  clock.runFor(1_000);
  await assertRejects(() => reply, AskTimeout);
});

Deno.test("ActorSystem.ask() rejects at once if the target is unknown, restarting or another incarnation", async () => {
  const { system, clock, settle } = asked();
  const targets: Ref<Question>[] = [system.named("nobody"), {
    node: 0,
    name: "actor",
    incarnation: 7,
  }];
  const broken = system.spawn<Question>("broken", () => {
    throw new Error("no start");
  });
  for (const target of [...targets, broken]) {
    const reply = system.ask(target, question("q"), { timeoutMs: 1_000 });
    settle();
    const error = await assertRejects(() => reply, ActorStopped);
    assertEquals(error.code, "actor_stopped");
  }
  assertEquals(clock.now, 0);
});

Deno.test("ActorSystem.ask() rejects at once if the mailbox is full", async () => {
  const { ask, settle, clock } = asked({ mailboxCapacity: 1 });
  const first = ask();
  const error = await assertRejects(() => ask(), MailboxFull, "full: 1 messages");
  assertEquals(error.code, "mailbox_full");
  settle();
  clock.runFor(1_000);
  await assertRejects(() => first, AskTimeout);
});

Deno.test("ActorSystem.ask() rejects when the target stops or fails before it answers", async () => {
  for (const end of ["stop", "crash"] as const) {
    const { ask, system, actor, settle, clock } = asked();
    const reply = ask();
    const unhandled = ask();
    settle();
    if (end === "stop") system.stop(actor);
    else system.crash("actor");
    settle();
    await assertRejects(() => reply, ActorStopped);
    await assertRejects(() => unhandled, ActorStopped);
    system.shutdown();
    assertEquals(clock.pending, 0);
  }
});

Deno.test("ActorSystem.ask() resolves if the target answers in the turn in which it stops itself", async () => {
  const { system, settle } = world();
  const actor = system.spawn<Question>("actor", (context) => ({
    receive: ({ replyTo }) => {
      context.stop(context.self);
      context.send(replyTo, "last words");
    },
  }));
  const reply = system.ask<Question, string>(actor, question("q"), { timeoutMs: 10 });
  settle();
  assertEquals(await reply, "last words");
});

Deno.test("ActorSystem.ask() rejects if the target answers in the turn in which it fails", async () => {
  const { system, settle } = world();
  const actor = system.spawn<Question>("actor", (context) => ({
    receive: ({ replyTo }) => {
      context.send(replyTo, "never sent");
      throw new Error("boom");
    },
  }));
  const reply = system.ask<Question, string>(actor, question("q"), { timeoutMs: 10 });
  settle();
  await assertRejects(() => reply, ActorStopped);
});

Deno.test("ActorSystem.ask() leaves the questions to other actors alone when one ends", async () => {
  const { system, ask, questions, settle } = asked();
  const other = system.spawn<Question>("other", recorder([]));
  const reply = ask();
  const unanswered = system.ask<Question, string>(other, question("q"), { timeoutMs: 10 });
  settle();
  system.stop(other);
  await assertRejects(() => unanswered, ActorStopped, "other");
  system.send(questions[0]!.replyTo, "answer");
  assertEquals(await reply, "answer");
});

Deno.test("ActorSystem.ask() rejects with the error of the function that makes the message", async () => {
  const { system, actor, clock } = asked();
  const thrown = new Error("no message");
  const reply = system.ask<Question, string>(actor, () => {
    throw thrown;
  }, { timeoutMs: 10 });
  const error = await assertRejects(() => reply, Error);
  assertStrictEquals(error, thrown);
  assertEquals(clock.pending, 0);
});

Deno.test("ActorSystem.ask() refuses a timeout that is no number of milliseconds", async () => {
  const { ask, clock } = asked();
  for (const timeoutMs of [NaN, Infinity, -1]) {
    const error = await assertRejects(() => ask("q", timeoutMs), TroupeError, String(timeoutMs));
    assertEquals(error.code, "bad_option");
  }
  assertEquals(clock.pending, 0);
});

Deno.test("ActorSystem.ask() survives a target that asks for its own crash", async () => {
  const { system, settle } = world();
  const actor = system.spawn("actor", puppet);
  const reply = system.ask(actor, () => fail(), { timeoutMs: 10 });
  settle();
  await assertRejects(() => reply, ActorStopped);
});
