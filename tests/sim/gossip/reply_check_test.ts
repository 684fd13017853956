import { assert, assertEquals } from "@std/assert";
import type { ClientSession, GossipReplyOf } from "../../../protocols/gossip/client_messages.ts";
import type { Dot } from "../../../protocols/gossip/dot.ts";
import { sealContext } from "../../../protocols/gossip/token.ts";
import type { EventTable } from "../../../sim/gossip/event_table.ts";
import type { GossipAskOf } from "../../../sim/gossip/gossip_client.ts";
import { GossipPromises } from "../../../sim/gossip/promises.ts";
import { CLUSTER, ReplyCheck } from "../../../sim/gossip/reply_check.ts";
import { SimSession } from "../../../sim/gossip/sim_session.ts";
import { bytesOf, clockOf, delta, dot, encoded, plain, tableOf } from "./events.ts";

const NONE: ClientSession["guarantees"] = {
  readYourWrites: false,
  monotonicReads: false,
  monotonicWrites: false,
  writesFollowReads: false,
};
const KEY = "siblings/0";

/** Somebody who asks, and is told things that may be wrong. */
class Asked {
  readonly complaints: string[] = [];
  readonly promises = new GossipPromises((what) => this.complaints.push(what));
  readonly check: ReplyCheck;

  constructor(readonly table: EventTable) {
    this.check = new ReplyCheck(table, this.promises);
  }

  read(
    key: string,
    shown: readonly string[],
    { session, answered = [1], needed, level = "quorum", membersMin = 1 }: {
      session?: SimSession;
      answered?: number[];
      needed?: number;
      level?: "quorum" | "all";
      membersMin?: number;
    } = {},
  ) {
    const ask: GossipAskOf<"read"> = {
      type: "read",
      key,
      level,
      session: null,
      maxStalenessMs: null,
      timeoutMs: 1,
    };
    const reading = shown.length === 0
      ? { type: "absent" } as const
      : { type: "values", values: shown.map(bytesOf) } as const;
    const common = { reading, context: "", session: null, answered };
    const reply: GossipReplyOf<"found" | "insufficientRead"> = needed === undefined
      ? { type: "found", ...common }
      : { type: "insufficientRead", ...common, needed };
    const before = this.promises.snapshot();
    return this.check.read({ ask, reply, session, before, membersMin });
  }

  write(
    number: number,
    { given = null, answered = [], acknowledged = [1], session, membersMin = 1, isRemoval = false }:
      {
        isRemoval?: boolean;
        given?: Dot[] | null;
        answered?: Dot[];
        acknowledged?: number[];
        session?: SimSession;
        membersMin?: number;
      } = {},
  ) {
    const context = given === null ? null : sealContext(CLUSTER, KEY, given);
    const ask: GossipAskOf<"write"> = {
      type: "write",
      key: KEY,
      operation: isRemoval
        ? { type: "delete", context }
        : { type: "put", value: bytesOf("v"), context },
      level: "quorum",
      requester: { client: 1, number },
      session: null,
      timeoutMs: 1,
    };
    const reply: GossipReplyOf<"written"> = {
      type: "written",
      context: sealContext(CLUSTER, KEY, answered),
      session: null,
      acknowledged,
      siblings: 1,
      isRepeat: false,
    };
    this.check.asks(ask, session);
    return this.check.write({ ask, reply, session, before: this.promises.snapshot(), membersMin });
  }

  /** An event that came of a request. */
  made(number: number, at: Dot, value: string, ...supersedes: Dot[]) {
    const event = delta(KEY, at, plain(value), ...supersedes);
    this.table.add(encoded(event, { client: 1, number }));
  }
}

Deno.test("ReplyCheck: read your writes: a session that misses its own write is found, and one that does not want it not", () => {
  for (const [guarantees, isWrong] of [[undefined, true], [NONE, false]] as const) {
    const asked = new Asked(tableOf());
    const session = new SimSession(guarantees);
    asked.made(1, dot(1, 1), "own");
    assertEquals(asked.write(1, { session, answered: [dot(1, 1)] }), undefined);
    assertEquals(asked.read(KEY, [], { session })?.includes("its session") ?? false, isWrong);
    assertEquals(asked.read(KEY, ["own"], { session }), undefined);
  }
});

Deno.test("ReplyCheck: monotonic reads: what was shown once is shown again, or superseded", () => {
  for (const [guarantees, isWrong] of [[undefined, true], [NONE, false]] as const) {
    const asked = new Asked(tableOf(delta(KEY, dot(2, 1), plain("seen"))));
    const session = new SimSession(guarantees);
    assertEquals(asked.read(KEY, ["seen"], { session }), undefined);
    assertEquals(asked.read(KEY, [], { session })?.includes("its session") ?? false, isWrong);
  }
});

Deno.test("ReplyCheck: writes follow reads, and each other: who sees an answer sees the question", () => {
  const asked = new Asked(tableOf(delta("siblings/1", dot(2, 1), plain("question"))));
  const writer = new SimSession();
  assertEquals(asked.read("siblings/1", ["question"], { session: writer }), undefined);
  asked.made(1, dot(1, 1), "answer");
  assertEquals(asked.write(1, { session: writer, answered: [dot(1, 1)] }), undefined);
  asked.made(2, dot(1, 2), "more");
  assertEquals(asked.write(2, { session: writer, answered: [dot(1, 2)] }), undefined);
  const reader = new SimSession();
  assertEquals(asked.read(KEY, ["more", "answer"], { session: reader }), undefined);
  assert(asked.read("siblings/1", [], { session: reader })?.includes("its session"));
  const another = new SimSession();
  assertEquals(asked.read(KEY, ["more"], { session: another }), undefined);
  assert(asked.read(KEY, ["more"], { session: another })?.includes("its session"));
});

Deno.test("ReplyCheck: who sees a write sees nothing before it that its session did not want to be before it", () => {
  const asked = new Asked(tableOf(delta("siblings/1", dot(2, 1), plain("question"))));
  const writer = new SimSession(NONE);
  assertEquals(asked.read("siblings/1", ["question"], { session: writer }), undefined);
  asked.made(1, dot(1, 1), "answer");
  assertEquals(asked.write(1, { session: writer, answered: [dot(1, 1)] }), undefined);
  const reader = new SimSession();
  assertEquals(asked.read(KEY, ["answer"], { session: reader }), undefined);
  assertEquals(asked.read("siblings/1", [], { session: reader }), undefined);
});

Deno.test("ReplyCheck: who took part in a read had what it had acknowledged before", () => {
  const asked = new Asked(tableOf());
  asked.promises.serves(dot(1, 1).replica);
  asked.promises.serves(dot(3, 1).replica);
  asked.made(1, dot(1, 1), "a");
  assertEquals(asked.write(1, { answered: [dot(1, 1)], acknowledged: [1, 3] }), undefined);
  assertEquals(asked.read(KEY, [], { answered: [2] }), undefined);
  assert(asked.read(KEY, [], { answered: [2, 3] })?.includes("node 3 took part"));
  // Another life of it may have forgotten.
  asked.promises.excuse(3);
  const before = asked.promises.snapshot();
  asked.promises.serves(dot(3, 1, 2).replica);
  assertEquals(before.get(3)?.clock.has(dot(1, 1)), true);
  assertEquals(asked.read(KEY, [], { answered: [2, 3] }), undefined);
});

Deno.test("ReplyCheck: who was removed and does not know it yet may lack what tokens leave out", () => {
  const asked = new Asked(tableOf());
  const session = new SimSession();
  asked.made(1, dot(1, 1), "own");
  assertEquals(asked.write(1, { session, answered: [dot(1, 1)] }), undefined);
  asked.promises.runs(dot(2, 1).replica);
  asked.promises.removed(2);
  assertEquals(asked.read(KEY, [], { session, answered: [2] }), undefined);
  asked.promises.runs(dot(2, 1, 2).replica);
  assert(asked.read(KEY, [], { session, answered: [2] })?.includes("its session"));
});

Deno.test("ReplyCheck: a removal that is asked for again where nothing is to be removed promises nothing", () => {
  const asked = new Asked(tableOf());
  for (const node of [1, 2]) asked.promises.serves(dot(node, 1).replica);
  asked.table.add(encoded(delta(KEY, dot(1, 1), null), { client: 1, number: 1 }));
  const hasPromised = (node: number) => asked.promises.snapshot().get(node)?.clock.has(dot(1, 1));
  assertEquals(asked.write(1, { isRemoval: true, acknowledged: [2] }), undefined);
  assertEquals([hasPromised(1), hasPromised(2)], [false, false]);
  assertEquals(asked.write(1, { isRemoval: true, acknowledged: [1, 2] }), undefined);
  assertEquals([hasPromised(1), hasPromised(2)], [true, true]);
});

Deno.test("ReplyCheck: levels: too few are found, and too many to be too few", () => {
  const asked = new Asked(tableOf());
  assertEquals(asked.read(KEY, [], { answered: [0, 1], membersMin: 3 }), undefined);
  assert(asked.read(KEY, [], { answered: [0], membersMin: 3 })?.includes("1 took part, of 2"));
  assert(
    asked.read(KEY, [], { answered: [0, 1], level: "all", membersMin: 3 })?.includes("of 3"),
  );
  assertEquals(asked.read(KEY, [], { answered: [0], needed: 2 }), undefined);
  assert(asked.read(KEY, [], { answered: [0, 1], needed: 2 })?.includes("fewer than 2"));
});

Deno.test("ReplyCheck: a write that is acknowledged is durable somewhere", () => {
  const asked = new Asked(tableOf());
  assert(asked.write(1)?.includes("nowhere durable"));
});

Deno.test("ReplyCheck: a put takes away what its client has seen, and answers no more than that as seen", () => {
  const asked = new Asked(tableOf(delta(KEY, dot(2, 1), plain("unseen"))));
  asked.made(1, dot(1, 1), "a", dot(2, 1));
  assert(asked.write(1, { answered: [dot(1, 1)] })?.includes("takes away event 1 of node 2"));
  asked.made(2, dot(1, 2), "b", dot(2, 1));
  const given = [dot(2, 1)];
  assertEquals(asked.write(2, { given, answered: [dot(1, 2), dot(2, 1)] }), undefined);
  asked.made(3, dot(1, 3), "c");
  assert(asked.write(3, { answered: [dot(1, 3), dot(2, 1)] })?.includes("as seen"));
});

Deno.test("ReplyCheck: a promise that a session made stands: its clocks grow with what it saw", () => {
  const session = new SimSession();
  assertEquals(session.required.count, 0);
  session.writes.add(dot(1, 1));
  assertEquals(session.required.equals(clockOf(dot(1, 1))), true);
});
