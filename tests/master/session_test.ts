import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { decode, encode } from "../../actors/schema.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { ClientReply, ClientRequest } from "../../protocols/client_messages.ts";
import {
  type MasterAnswer,
  masterAnswer,
  type MasterCommand,
  masterQuery,
  masterSubmission,
} from "../../protocols/master/commands.ts";
import {
  masterSession,
  type SessionEvent,
  type SessionRequest,
} from "../../protocols/master/session.ts";
import { decodeRequest } from "../../protocols/request.ts";
import { ScriptedMaster } from "./scripted_master.ts";

const RETRY_MS = 100;
const ADD: MasterCommand = { type: "add", node: 0 };
const REMOVE: MasterCommand = { type: "remove", node: 1 };

/** A session whose master is the test. */
class SessionWorld {
  readonly clock = new VirtualClock();
  readonly requests: ClientRequest[] = [];
  readonly events: SessionEvent[] = [];
  readonly #configuration = ScriptedMaster.formed().configuration;
  readonly #system: ActorSystem;

  constructor() {
    const environment = new VirtualEnvironment(this.clock, { seed: 1 });
    this.#system = new ActorSystem({ node: 0, environment });
    const master = this.#system.spawn<ClientRequest>("master", () => ({
      receive: (request) => void this.requests.push(request),
    }));
    const subscriber = this.#system.spawn<SessionEvent>("member", () => ({
      receive: (event) => void this.events.push(event),
    }));
    const options = { node: 0, master, subscriber, retryMs: RETRY_MS };
    this.#system.spawn("session", masterSession(options));
    this.run(0);
  }

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  tell(message: SessionRequest | ClientReply): void {
    this.#system.send(refTo<SessionRequest | ClientReply>(0, "session"), message);
    this.run(0);
  }

  answer(answer: MasterAnswer): void {
    this.tell({ type: "result", opNumber: 1, result: encode(masterAnswer, answer) });
  }

  executed(ticket: number): void {
    const configuration = this.#configuration;
    this.answer({ type: "executed", ticket, outcome: "done", configuration });
  }

  /** The newest request that was submitted. */
  get submitted() {
    const submit = this.requests.findLast((request) => request.type === "submit");
    return decodeRequest((submit as Extract<ClientRequest, { type: "submit" }>).request)!;
  }

  /** The newest command that was submitted, and under which ids. */
  get command() {
    const request = this.submitted;
    if (request.type !== "command") throw new Error("No command was submitted");
    const { ticket, command } = decode(masterSubmission, request.command);
    const { clientId, requestNumber } = request;
    return { clientId, requestNumber, ticket, command };
  }

  /** The numbers of the polls so far. */
  get nonces(): number[] {
    return this.requests.flatMap((request) => {
      if (request.type !== "query") return [];
      assertEquals(request.consistency, "linearizable");
      const query = decode(masterQuery, request.query);
      return query.type === "poll" ? query.nonce : [];
    });
  }

  get executedCommands(): MasterCommand[] {
    return this.events.flatMap((event) => event.type === "executed" ? event.command : []);
  }
}

/** A session that is open. */
function opened(clientId = 5): SessionWorld {
  const world = new SessionWorld();
  world.tell({ type: "command", command: ADD });
  world.tell({ type: "session", opNumber: 1, clientId });
  return world;
}

Deno.test("masterSession() opens a session and submits the command under its ids", () => {
  const world = new SessionWorld();
  assertEquals(world.events, [{ type: "session-started" }]);
  world.tell({ type: "command", command: ADD });
  assertEquals(world.submitted.type, "open-session");
  world.tell({ type: "session", opNumber: 1, clientId: 5 });
  assertEquals(world.command, { clientId: 5, requestNumber: 1, ticket: 1, command: ADD });
  world.executed(1);
  assertEquals(world.executedCommands, [ADD]);
});

Deno.test("masterSession() submits the same again under the same ids until it is answered", () => {
  const world = opened();
  const first = world.command;
  const before = world.requests.length;
  // None of these says that it was executed.
  const answers: ClientReply[] = [
    { type: "interrupted" },
    { type: "unavailable", why: "" },
    { type: "notPrimary", primary: null },
    { type: "overloaded", what: "" },
  ];
  for (const [index, answer] of answers.entries()) {
    world.tell(answer);
    assertEquals(world.requests.length, before + index);
    world.run(RETRY_MS);
    assertEquals(world.requests.length, before + index + 1);
    assertEquals(world.command, first);
  }
  world.executed(1);
  world.run(10 * RETRY_MS);
  assertEquals(world.requests.length, before + answers.length);
});

Deno.test("masterSession() submits nothing again while nothing is answered, as it may be heard all the same", () => {
  const world = new SessionWorld();
  world.tell({ type: "command", command: ADD });
  assertEquals(world.requests.length, 1);
  world.run(10 * RETRY_MS);
  assertEquals(world.requests.length, 1);
  world.tell({ type: "poll", poll: 1, known: 0 });
  world.answer({ type: "polled", nonce: world.nonces[0]!, lease: false, configuration: null });
  world.run(RETRY_MS);
  assertEquals(world.requests.length, 3);
});

Deno.test("masterSession() does not take an answer for one to a later command", () => {
  const world = opened();
  world.executed(1);
  world.tell({ type: "command", command: REMOVE });
  // The same was submitted twice, and answered twice.
  world.executed(1);
  assertEquals(world.executedCommands, [ADD]);
  world.executed(2);
  assertEquals(world.executedCommands, [ADD, REMOVE]);
  world.executed(2);
  assertEquals(world.executedCommands, [ADD, REMOVE]);
});

Deno.test("masterSession() opens another session if its own is gone, and never repeats a number", () => {
  for (const reply of [{ type: "noSession" }, { type: "superseded", newest: 9 }] as const) {
    const world = opened();
    world.executed(1);
    world.tell({ type: "command", command: REMOVE });
    world.tell(reply);
    assertEquals(world.submitted.type, "open-session");
    world.tell({ type: "session", opNumber: 9, clientId: 6 });
    const { clientId, requestNumber, command } = world.command;
    assertEquals([clientId, requestNumber, command], [6, 2, REMOVE]);
  }
});

Deno.test("masterSession() opens one session though it is told of two, and asks for a third anew", () => {
  const world = opened(5);
  world.tell({ type: "session", opNumber: 2, clientId: 6 });
  world.run(RETRY_MS);
  assertEquals(world.command.clientId, 5);
  const openings = () =>
    world.requests.flatMap((request) => {
      const opening = request.type === "submit" ? decodeRequest(request.request) : undefined;
      return opening?.type === "open-session" ? opening.nonce : [];
    });
  assertEquals(openings().length, 1);
  world.tell({ type: "noSession" });
  const [first, second] = openings();
  assertNotEquals(first, second);
});

Deno.test("masterSession() says of each answered poll which it was, and when it was sent", () => {
  const world = new SessionWorld();
  for (let beat = 0; beat < 3; beat++) {
    world.tell({ type: "poll", poll: beat + 1, known: 0 });
    world.run(50);
  }
  const [first, second, third] = world.nonces as [number, number, number];
  const polled = (nonce: number) =>
    world.answer({ type: "polled", nonce, lease: true, configuration: null });
  const told = () =>
    world.events.flatMap((event) => event.type === "polled" ? [[event.poll, event.sentAt]] : []);
  polled(second);
  assertEquals(told(), [[2, 50]]);
  // Twice, or late: neither says anything new.
  polled(second);
  polled(first);
  assertEquals(told(), [[2, 50]]);
  // Never asked by this incarnation.
  polled(third + 1);
  assertEquals(told(), [[2, 50]]);
  polled(third);
  assertEquals(told(), [[2, 50], [3, 100]]);
});

Deno.test("masterSession() remembers no more polls than are of use", () => {
  const world = new SessionWorld();
  for (let beat = 0; beat < 100; beat++) world.tell({ type: "poll", poll: beat, known: 0 });
  const { nonces } = world;
  world.answer({ type: "polled", nonce: nonces[50]!, lease: true, configuration: null });
  assertEquals(world.events.length, 1);
  world.answer({ type: "polled", nonce: nonces[99]!, lease: true, configuration: null });
  assert(world.events.at(-1)!.type === "polled");
});
