import { assert, assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import type { Ref } from "../../actors/ref.ts";
import { type Schema, text, u32 } from "../../actors/schema.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import {
  type Act,
  fail,
  notingPuppet,
  puppet,
  type Question,
  question,
  recorder,
  world,
} from "./support.ts";

Deno.test("ActorSystem refuses a node whose index does not fit a byte", () => {
  const environment = new VirtualEnvironment(new VirtualClock(), { seed: 1 });
  for (const node of [-1, 256, 0.5, NaN]) {
    const error = assertThrows(() => new ActorSystem({ node, environment }), TroupeError);
    assertEquals(error.code, "bad_option");
  }
});

Deno.test("ActorSystem.spawn() refuses a name taken, empty, too long, or with a / or $", () => {
  const { system } = world();
  system.spawn<Act>("actor", puppet);
  assertEquals(assertThrows(() => system.spawn("actor", puppet), TroupeError).code, "name_taken");
  for (const name of ["", "a/b", "$1", "a$", "x".repeat(129)]) {
    assertEquals(assertThrows(() => system.spawn(name, puppet), TroupeError).code, "bad_name");
  }
  system.spawn("x".repeat(128), puppet);
});

Deno.test("ActorSystem.send() says what became of the message", () => {
  const { system } = world();
  const actor = system.spawn<string>("actor", recorder([]), { mailboxCapacity: 1 });
  const ring = system.spawn<string>("ring", recorder([]), {
    mailboxCapacity: 1,
    overflow: "drop-oldest",
  });
  assertEquals([1, 2].map(() => system.send(actor, "message")), ["accepted", "full"]);
  assertEquals([1, 2].map(() => system.send(ring, "message")), ["accepted", "accepted"]);
  assertEquals(system.send(system.named("nobody"), "message"), "dead");
  assertEquals(system.send({ ...actor, node: 1 }, "message"), "dead");
  assertEquals(system.deadLetters, 4);
});

Deno.test("ActorSystem.send() of undefined is a message like any other", () => {
  const { system, settle } = world();
  const seen: unknown[] = [];
  const actor = system.spawn<unknown>("actor", recorder(seen));
  for (const message of [undefined, 1, null, 0, "", false]) system.send(actor, message);
  settle();
  assertEquals(seen, [undefined, 1, null, 0, "", false]);
});

Deno.test("ActorSystem.stop() ends an actor that waits in the queue of runnable actors", () => {
  const { system, settle } = world();
  const seen: string[] = [];
  const actor = system.spawn("actor", recorder(seen));
  system.send(actor, "never received");
  system.stop(actor);
  system.stop(actor);
  settle();
  assertEquals(seen, []);
  assertEquals(system.deadLetters, 1);
});

Deno.test("ActorSystem.stop() within the actor's own turn lets none of it out", () => {
  const { system, settle } = world();
  const notes: string[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.spawn("orphan", notingPuppet(notes));
    context.setTimer("key", 1, () => {});
    system.stop(actor);
  });
  settle();
  assertEquals(notes, []);
  assertEquals(system.figures(), []);
});

Deno.test("ActorSystem.crash() fails the actor before it receives what waits for it", () => {
  const { system, clock, story, events } = world();
  const seen: string[] = [];
  const actor = system.spawn("actor", recorder(seen), { mailboxCapacity: 1 });
  system.send(actor, "waiting");
  system.crash("actor");
  clock.runFor(1_000);
  assertEquals(seen, []);
  assertEquals(story("actor"), ["started", "failed", "restarted"]);
  const failed = events.find((event) => event.type === "failed");
  assert(failed?.type === "failed" && failed.error instanceof TroupeError);
  assertEquals(failed.error.code, "injected_crash");
});

Deno.test("ActorSystem.crash() refuses a name that is not that of a running actor", () => {
  const { system, settle } = world();
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, fail());
  settle();
  for (const name of ["nobody", "", "actor"]) {
    const error = assertThrows(() => system.crash(name), TroupeError);
    assertEquals(error.code, "no_such_actor");
  }
});

Deno.test("ActorSystem.crash() asked for twice at once crashes one incarnation", () => {
  const { system, clock } = world();
  system.spawn<Act>("actor", puppet);
  system.crash("actor");
  system.crash("actor");
  clock.runFor(1_000);
  assertEquals(system.figures()[0]?.restarts, 1);
});

Deno.test("ActorSystem.figures() tells what each actor has done and has before it", () => {
  const { system, clock } = world();
  const actor = system.spawn<Act>("actor", puppet);
  const act: Act = () => {};
  for (let count = 0; count < 3; count++) system.send(actor, act);
  assertEquals(system.figures()[0]!.mailbox, 3);
  clock.runFor(1);
  system.send(actor, act);
  system.send(actor, fail());
  system.send(actor, act);
  clock.runFor(0);
  const { incarnation: first, ...failed } = system.figures()[0]!;
  assertEquals(failed, {
    name: "actor",
    state: "restarting",
    mailbox: 0,
    mailboxHighWater: 3,
    processed: 5,
    restarts: 0,
  });
  clock.runFor(1_000);
  const { incarnation, ...restarted } = system.figures()[0]!;
  assert(incarnation > first);
  assertEquals(restarted, {
    name: "actor",
    state: "running",
    mailbox: 0,
    mailboxHighWater: 0,
    processed: 5,
    restarts: 1,
  });
});

Deno.test("ActorSystem.shutdown() stops everything in reverse and runs nothing any more", () => {
  const { system, clock } = world();
  const notes: string[] = [];
  const a = system.spawn("a", notingPuppet(notes, (context) => context.spawn("child", puppet)));
  system.spawn("b", notingPuppet(notes));
  system.send(a, (context) => context.setTimer("key", 5, () => notes.push("timer")));
  clock.runFor(1);
  system.send(a, () => notes.push("message"));
  system.shutdown();
  system.shutdown();
  assertEquals(system.send(a, () => notes.push("dead")), "dead");
  clock.runFor(1_000);
  assertEquals(notes, ["+a", "+b", "-b", "-a"]);
  assertEquals(system.figures(), []);
  const error = assertThrows(() => system.spawn("c", puppet), TroupeError);
  assertEquals(error.code, "system_stopped");
});

Deno.test("ActorSystem.shutdown() gives up restarts that were to come", () => {
  const { system, clock, settle } = world();
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, fail());
  settle();
  system.shutdown();
  assertEquals(clock.pending, 0);
});

Deno.test("ActorSystem.connect() sends what is for other nodes through the remoting", () => {
  const { system, settle } = world();
  const sent: unknown[] = [];
  system.connect({
    send: (to, message) => {
      sent.push([to.node, to.name, message]);
      return to.node === 1;
    },
  });
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.send({ node: 1, name: "peer", incarnation: 0 }, "to 1");
    context.send({ node: 2, name: "peer", incarnation: 0 }, "to 2");
  });
  settle();
  assertEquals(sent, [[1, "peer", "to 1"], [2, "peer", "to 2"]]);
  assertEquals(system.deadLetters, 1);
  assertEquals(system.send({ node: 1, name: "peer", incarnation: 0 }, "outside"), "remote");
});

Deno.test("ActorSystem.connect() does not let a message that cannot be written fail the turn", () => {
  const { system, settle, log } = world();
  const seen: string[] = [];
  system.connect({
    send: () => {
      throw new Error("does not fit its schema");
    },
  });
  const sink = system.spawn("sink", recorder(seen));
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    context.send({ node: 1, name: "peer", incarnation: 0 }, "remote");
    context.send(sink, "local");
  });
  settle();
  assertEquals(seen, ["local"]);
  assertEquals(log[0]?.level, "error");
  assertEquals(system.deadLetters, 1);
});

Deno.test("ActorSystem.onTurnEnd() runs after what was sent, wherever it was sent from", () => {
  const { system, settle, clock } = world();
  const order: string[] = [];
  const peer: Ref<string> = { node: 1, name: "peer", incarnation: 0 };
  system.connect({
    send: (_, message) => {
      order.push(message as string);
      return true;
    },
  });
  system.onTurnEnd(() => {
    if (order.at(-1) !== "flush") order.push("flush");
  });
  const actor = system.spawn<Act>("actor", (context) => {
    context.send(peer, "factory");
    return puppet(context);
  });
  settle();
  system.send(actor, (context) => context.send(peer, "turn"));
  system.send(actor, (context) => context.send(peer, "same turn"));
  settle();
  system.send(peer, "outside");
  settle();
  system.send(actor, fail());
  clock.runFor(1_000);
  assertEquals(order, [
    "factory",
    "flush",
    "turn",
    "same turn",
    "flush",
    "outside",
    "flush",
    "factory",
    "flush",
  ]);
});

Deno.test("ActorSystem.onTurnEnd() may throw without bringing the dispatcher to a standstill", () => {
  const { system, clock, settle } = world();
  const seen: string[] = [];
  const actor = system.spawn<Act>("actor", puppet);
  const cancel = system.onTurnEnd(() => {
    throw new Error("no flush");
  });
  const loop: Act = (context) => context.send(context.self, loop);
  system.send(actor, loop);
  assertThrows(() => clock.step(), Error, "no flush");
  cancel();
  assert(clock.step());
  system.stop(actor);
  system.send(system.spawn("recorder", recorder(seen)), "message");
  settle();
  assertEquals(seen, ["message"]);
});

Deno.test("ActorSystem.expose() opens actors, and questions while they are open", async () => {
  const { system, clock } = world();
  const questions: Question[] = [];
  const actor = system.spawn("actor", recorder(questions));
  assertEquals(system.schemaOf("actor"), undefined);
  system.expose("actor", u32);
  assertEquals(system.schemaOf("actor"), u32 as Schema<never>);
  const reply = system.ask<Question, string>(actor, question("q"), { timeoutMs: 10 });
  clock.runFor(1);
  const { name, incarnation } = questions[0]!.replyTo;
  assertEquals([system.openAsks, system.schemaOf(name, incarnation)], [1, undefined]);
  system.expose(name, text(9), incarnation);
  assert(system.schemaOf(name, incarnation) !== undefined);
  assertEquals(system.schemaOf(name, incarnation + 1), undefined);
  system.receive(name, incarnation, "answer");
  assertEquals([system.openAsks, system.schemaOf(name, incarnation)], [0, undefined]);
  system.expose(name, text(9), incarnation);
  assertEquals(system.schemaOf(name, incarnation), undefined);
  assertEquals(await reply, "answer");
});

Deno.test("ActorSystem.onTurnEnd() returns a cancel that removes this hook alone, however often", () => {
  const { system, settle } = world();
  const runs: string[] = [];
  const cancel = system.onTurnEnd(() => runs.push("first"));
  system.onTurnEnd(() => runs.push("second"));
  cancel();
  cancel();
  system.send(system.spawn<Act>("actor", puppet), () => {});
  settle();
  assertEquals(runs, ["second"]);
});

Deno.test("ActorSystem fails an actor whose system lane overflows", () => {
  const { system, clock, story } = world();
  const actor = system.spawn<Act>("actor", puppet);
  system.send(actor, (context) => {
    const nobody = system.named<never>("nobody");
    const message: Act = () => {};
    for (let count = 0; count <= 1 << 20; count++) context.watch(nobody, message);
  });
  clock.runFor(1_000);
  assertEquals(story("actor"), ["started", "failed", "restarted"]);
});

Deno.test("EventStream.subscribe() returns a cancel", () => {
  const { system, settle } = world();
  const seen: string[] = [];
  const cancel = system.events.subscribe(({ type }) => seen.push(type));
  const actor = system.spawn<Act>("actor", puppet);
  cancel();
  system.stop(actor);
  settle();
  assertEquals(seen, ["started"]);
});
