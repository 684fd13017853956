import { assertEquals, assertThrows } from "@std/assert";
import { Mailbox, NOTHING } from "../../actors/mailbox.ts";

function drain<M>(mailbox: Mailbox<M>): M[] {
  const messages: M[] = [];
  for (let next = mailbox.take(); next !== NOTHING; next = mailbox.take()) messages.push(next);
  return messages;
}

Deno.test("Mailbox.offer() refuses a message for a full mailbox under the policy reject", () => {
  const mailbox = new Mailbox<number>(2, "reject");
  assertEquals([1, 2, 3].map((message) => mailbox.offer(message)), [
    "accepted",
    "accepted",
    "rejected",
  ]);
  assertEquals(drain(mailbox), [1, 2]);
});

Deno.test("Mailbox.offer() drops the oldest message under the policy drop-oldest", () => {
  const mailbox = new Mailbox<number>(2, "drop-oldest");
  assertEquals([1, 2, 3].map((message) => mailbox.offer(message)), [
    "accepted",
    "accepted",
    "dropped-oldest",
  ]);
  assertEquals(drain(mailbox), [2, 3]);
});

Deno.test("Mailbox.take() yields system messages first, also when the mailbox is full", () => {
  const mailbox = new Mailbox<number>(1, "reject");
  mailbox.offer(1);
  assertEquals(mailbox.offerSystem({ take: () => 10 }), true);
  mailbox.offerSystem({ take: () => 11 });
  assertEquals(mailbox.length, 3);
  assertEquals(drain(mailbox), [10, 11, 1]);
});

Deno.test("Mailbox.take() skips system messages withdrawn meanwhile", () => {
  const mailbox = new Mailbox<number>(1, "reject");
  mailbox.offerSystem({ take: () => NOTHING });
  mailbox.offerSystem({ take: () => 2 });
  assertEquals(drain(mailbox), [2]);
});

Deno.test("Mailbox.take() yields undefined if that is what was sent", () => {
  const mailbox = new Mailbox<undefined>(2, "reject");
  mailbox.offer(undefined);
  mailbox.offerSystem({ take: () => undefined });
  assertEquals(drain(mailbox), [undefined, undefined]);
});

Deno.test("Mailbox.putBack() puts messages in front, in their order, of a full mailbox too", () => {
  const mailbox = new Mailbox<number>(3, "reject");
  for (const message of [7, 8, 9]) mailbox.offer(message);
  mailbox.putBack([1, 2, 3]);
  assertEquals(mailbox.take(), 1);
  mailbox.putBack([1]);
  assertEquals(drain(mailbox), [1, 2, 3, 7, 8, 9]);
});

Deno.test("Mailbox.putBack() takes no more than the capacity altogether", () => {
  const mailbox = new Mailbox<number>(3, "reject");
  mailbox.putBack([1, 2]);
  assertThrows(() => mailbox.putBack([3, 4]), RangeError);
});

Deno.test("Mailbox.highWater is the most messages that waited at once, system messages aside", () => {
  const mailbox = new Mailbox<number>(3, "reject");
  for (const message of [1, 2]) mailbox.offer(message);
  mailbox.offerSystem({ take: () => 3 });
  drain(mailbox);
  mailbox.offer(4);
  assertEquals(mailbox.highWater, 2);
});
