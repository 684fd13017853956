import { assertEquals } from "@std/assert";
import type { NodeClock } from "../../../protocols/gossip/clock.ts";
import type { Dot } from "../../../protocols/gossip/dot.ts";
import type { PeerMessageOf } from "../../../protocols/gossip/messages.ts";
import type { MemberRecord } from "../../../protocols/swim/messages.ts";
import { MailWatch } from "../../../sim/gossip/mail_watch.ts";
import { GossipPromises } from "../../../sim/gossip/promises.ts";
import { SwimWatch } from "../../../sim/gossip/swim_watch.ts";
import { clockOf, delta, dot, encoded, plain } from "./events.ts";

function watched(isToAll = true) {
  const complaints: string[] = [];
  const fail = (what: string) => void complaints.push(what);
  const promises = new GossipPromises(fail);
  const mail = new MailWatch({ isToAll, fanout: 2 }, promises, fail);
  return { complaints, promises, mail };
}

function mailOf(from: number, ...events: Dot[]): PeerMessageOf<"mail"> {
  const bytes = events.map((each) => encoded(delta("siblings/0", each, plain("v"))));
  return { type: "mail", from: dot(from, 1).replica, ttl: 0, events: bytes };
}

function digestOf(from: number, clock: NodeClock): PeerMessageOf<"digest"> {
  const replica = dot(from, 1).replica;
  const report = { replica, clock, promised: { ms: 0, counter: 0 }, members: [], closed: [] };
  return {
    type: "digest",
    from: replica,
    report,
    admitters: [],
    strategies: 0,
    asked: 0,
    answers: null,
  };
}

Deno.test("MailWatch finds an own event that is shown before it is durable", () => {
  const { complaints, mail } = watched();
  mail.durable(dot(1, 1).replica, 1);
  mail.sent(mailOf(1, dot(1, 1)), 2);
  mail.sent(digestOf(1, clockOf(dot(1, 1))), 2);
  assertEquals(complaints, []);
  mail.sent(mailOf(1, dot(1, 2)), 2);
  mail.sent(digestOf(1, clockOf(dot(1, 1), dot(1, 2))), 2);
  assertEquals(complaints, Array(2).fill("node 1 shows its event 2 before that is durable"));
});

Deno.test("MailWatch finds mail that goes back, and what everybody was mailed passed on", () => {
  const { complaints, mail } = watched();
  mail.sent(mailOf(1, dot(2, 1)), 2);
  assertEquals(complaints, [
    "node 1 mails event 1 of node 2 (1) back to where it was made",
    "node 1 passes on event 1 of node 2 (1), which was mailed to everybody",
  ]);
});

Deno.test("MailWatch finds a rumor that is passed on to too many, but not by one that has started anew", () => {
  const { complaints, mail } = watched(false);
  for (const to of [3, 4]) mail.sent(mailOf(1, dot(2, 1)), to);
  mail.started(1);
  for (const to of [3, 4]) mail.sent(mailOf(1, dot(2, 1)), to);
  assertEquals(complaints, []);
  mail.sent(mailOf(1, dot(2, 1)), 5);
  assertEquals(complaints.length, 1);
});

Deno.test("GossipPromises finds a replica that has forgotten what it said to have", () => {
  const { complaints, promises, mail } = watched();
  mail.sent({ type: "stored", from: dot(1, 1).replica, dots: clockOf(dot(2, 7)) }, 2);
  promises.require(dot(1, 1).replica, clockOf(dot(2, 7), dot(3, 1)));
  assertEquals(complaints, []);
  mail.sent(digestOf(1, clockOf(dot(2, 6))), 3);
  assertEquals(complaints, ["node 1 has not event 7 of node 2 (1), which it said to have"]);
});

Deno.test("GossipPromises finds another life that nothing is the reason of", () => {
  const { complaints, promises } = watched();
  const life = (number: number) => promises.serves(dot(1, 1, number).replica);
  life(1);
  life(1);
  promises.excuse(1);
  life(2);
  promises.harmed(1);
  life(3);
  life(4);
  promises.renewed(1);
  life(5);
  assertEquals(complaints, []);
  life(6);
  assertEquals(complaints, ["node 1 began another life (6) for no reason"]);
});

Deno.test("GossipPromises lets whom a lost replica has admitted begin another life", () => {
  const { complaints, promises } = watched();
  promises.serves(dot(1, 1, 1).replica);
  promises.serves(dot(2, 1, 1).replica);
  promises.admitted(dot(2, 1, 1).replica, dot(1, 1, 1).replica);
  promises.excuse(1);
  promises.serves(dot(1, 1, 2).replica);
  promises.serves(dot(2, 1, 2).replica);
  assertEquals(complaints, []);
});

Deno.test("SwimWatch finds a member that somebody else calls alive, or otherwise raises", () => {
  const complaints: string[] = [];
  const watch = new SwimWatch((what) => void complaints.push(what));
  const record = (node: number, incarnation: number, state: MemberRecord["state"]) =>
    ({ node, incarnation, state, by: 1, meta: new Uint8Array() }) as const;
  const says = (node: number, ...updates: MemberRecord[]) =>
    watch.sent({ type: "gossip", node, updates });
  says(2, record(2, 3, "alive"));
  says(1, record(2, 3, "suspect"));
  says(2, record(2, 4, "alive"));
  says(1, record(2, 4, "alive"));
  assertEquals(complaints, []);
  says(1, record(2, 5, "alive"));
  assertEquals(complaints, [
    "node 1 says that 2 is alive in incarnation 5, where that one has told of 4",
  ]);
});
