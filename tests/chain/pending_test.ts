import { assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { PendingEntries } from "../../protocols/chain/pending.ts";
import { sealEntry } from "../../protocols/entry.ts";
import { Log } from "../../protocols/log.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { bytesOf, textOf } from "../vr/machine.ts";

/** `x=1` changes x, `x,y=1` changes both; `=1` nobody knows what. */
function objectsOf(command: Uint8Array): string[] | undefined {
  const [objects] = textOf(command).split("=");
  return objects === "" ? undefined : objects!.split(",");
}

function command(text: string): Uint8Array {
  return encodeRequest({ type: "command", clientId: 1, requestNumber: 1, command: bytesOf(text) });
}

/** A log of entries, each of these requests. */
function logOf(...entries: Uint8Array[][]): Log {
  const log = new Log();
  for (const requests of entries) {
    log.append(
      sealEntry({ opNumber: log.opNumber + 1, view: 1, time: 0, parent: log.head, requests }),
    );
  }
  return log;
}

Deno.test("PendingEntries.dirtOf() counts the commands that touch an object, and since when", () => {
  const log = logOf([command("x=1"), command("y=1")], [command("x=2")], [command("y=2")]);
  const pending = new PendingEntries(objectsOf);
  for (const opNumber of [1, 2, 3]) pending.add(opNumber, [], opNumber * 10);
  assertEquals(pending.dirtOf(log, 0, "x"), { commands: 2, since: 10 });
  assertEquals(pending.dirtOf(log, 1, "x"), { commands: 1, since: 20 });
  assertEquals(pending.dirtOf(log, 2, "x"), { commands: 0, since: Infinity });
  assertEquals(pending.dirtOf(log, 1, undefined), { commands: 2, since: 20 });
  assertEquals(pending.dirtOf(log, 3, undefined), { commands: 0, since: Infinity });
});

Deno.test("PendingEntries.dirtOf() counts a command for each of the objects that it changes", () => {
  const pending = new PendingEntries(objectsOf);
  pending.add(1, [], 5);
  const log = logOf([command("x,y=1")]);
  const counts = ["x", "y", "z"].map((object) => pending.dirtOf(log, 0, object).commands);
  assertEquals(counts, [1, 1, 0]);
});

Deno.test("PendingEntries.dirtOf() takes a command of an unknown object for one of any", () => {
  const log = logOf([command("=1")]);
  const pending = new PendingEntries(objectsOf);
  pending.add(1, [], 5);
  assertEquals(pending.dirtOf(log, 0, "x"), { commands: 1, since: 5 });
  const blind = new PendingEntries(undefined);
  assertEquals(blind.dirtOf(logOf([command("x=1")]), 0, "y").commands, 1);
});

Deno.test("PendingEntries.dirtOf() sees nothing in the opening of a session, nor in what is no request", () => {
  const opening = encodeRequest({ type: "open-session", nonce: 1, sessionsMax: 1 });
  const log = logOf([opening, bytesOf("nonsense")]);
  assertEquals(new PendingEntries(objectsOf).dirtOf(log, 0, undefined).commands, 0);
});

Deno.test("PendingEntries.dirtOf() looks up no more than so many entries: beyond that all is dirty", () => {
  const log = logOf(...Array.from({ length: 1_025 }, () => [command("x=1")]));
  const pending = new PendingEntries(objectsOf);
  assertEquals(pending.dirtOf(log, 0, "y"), { commands: Infinity, since: -Infinity });
  assertEquals(pending.dirtOf(log, 1, "y"), { commands: 0, since: Infinity });
});

Deno.test("PendingEntries remembers whom the tail owes an answer, until another has given it", () => {
  const pending = new PendingEntries(objectsOf);
  const owed = [{ request: 0, replyTo: refTo(1, "client") }];
  for (const opNumber of [1, 2, 3]) pending.add(opNumber, owed, 0);
  pending.settle(1);
  pending.forget(2);
  assertEquals([1, 2, 3, 4].map((op) => pending.owedOf(op).length), [0, 0, 1, 0]);
  pending.clearOutside(0, 2);
  assertEquals(pending.owedOf(3), []);
});
