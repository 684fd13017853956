import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  ActorStopped,
  AskTimeout,
  AssertionFailed,
  InjectedCrash,
  invariant,
  MailboxFull,
  toError,
  TroupeError,
} from "../../actors/errors.ts";

Deno.test("TroupeError has a name and a code that do not change, and a sentence for people", () => {
  const errors = [
    new AskTimeout("a", 5),
    new ActorStopped("a"),
    new MailboxFull("a", 9),
    new InjectedCrash("a"),
    new AssertionFailed("x < y"),
    new TroupeError("some_code", "Cannot do it", { cause: "why" }),
  ];
  assertEquals(errors.map(({ name, code, message }) => `${name} ${code}: ${message}`), [
    'AskTimeout ask_timeout: No answer from actor "a" within 5 ms',
    'ActorStopped actor_stopped: Actor "a" is not running',
    'MailboxFull mailbox_full: The mailbox of actor "a" is full: 9 messages',
    'InjectedCrash injected_crash: Actor "a" was crashed by an operator',
    "AssertionFailed assertion_failed: Invariant violated: x < y",
    "TroupeError some_code: Cannot do it",
  ]);
  assertEquals(errors.at(-1)!.cause, "why");
});

Deno.test("invariant() throws unless its condition holds", () => {
  invariant(true, "never seen");
  assertThrows(() => invariant(false, "one primary a view"), AssertionFailed, "one primary a view");
});

Deno.test("toError() makes an error of whatever was thrown", () => {
  const error = new TypeError("as it is");
  assertStrictEquals(toError(error), error);
  assertEquals(toError("a text").message, "a text");
  assertEquals(toError(undefined).message, "undefined");
  assertEquals(toError(Object.create(null)).message, "Something without a text was thrown");
});
