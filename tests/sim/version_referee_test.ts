import { assertEquals } from "@std/assert";
import type { Update } from "../../protocols/hermes/messages.ts";
import { cidOf, nextRmw, nextWrite, ORIGIN, revisionOf } from "../../protocols/hermes/timestamp.ts";
import {
  encodeCommand,
  encodeQuery,
  type KvCommand,
  type Put,
} from "../../protocols/kv/commands.ts";
import { KvObjects } from "../../protocols/kv/objects.ts";
import type { MasterMachine } from "../../protocols/master/machine.ts";
import { check } from "../../sim/checker/check.ts";
import type { KvOperation } from "../../sim/checker/kv/operations.ts";
import { RegisterModel } from "../../sim/checker/kv/register_model.ts";
import { byObject } from "../../sim/hermes/by_object.ts";
import { keysShown } from "../../sim/hermes/kv_pages.ts";
import { VersionReferee } from "../../sim/hermes/version_referee.ts";
import { VersionWatch } from "../../sim/hermes/version_watch.ts";
import { Decided } from "../../sim/master/decided.ts";

const MACHINE = new KvObjects();
const GET = encodeQuery({ type: "get", key: "k" });
const LINEARIZABLE = { client: 5, isStale: false } as const;

function put(value: string): Put {
  return { type: "put", key: "k", value: new TextEncoder().encode(value) };
}

/** A single replica, what it has executed, and what is complained of when clients are told of it. */
class Judged {
  readonly #complaints: string[] = [];
  readonly #decided = new Decided(1);
  now = 0;
  readonly watch = new VersionWatch({
    volume: 0,
    decided: this.#decided,
    leases: true,
    now: () => this.now,
    fail: (what) => this.#complaints.push(what),
  });
  readonly referee = new VersionReferee({
    watch: this.watch,
    machine: MACHINE,
    sessionsMax: 2,
    violations: this.#complaints,
    now: () => this.now,
    name: "",
    page: (result) => keysShown(this.watch.versions, result),
  });
  #last: Update | undefined;

  constructor() {
    const member = { node: 0, birth: 1 };
    const volume = { volume: 0, epoch: 1, members: [member], joining: null, leaving: null };
    const configuration = { version: 1, formed: true, nodes: [], volumes: [volume] };
    this.#decided.take({ configuration } as unknown as MasterMachine);
    this.watch.published(0, { birth: 1, epoch: 1 });
  }

  get complaints(): string[] {
    return this.#complaints.map((text) => text.replace(/^[\d.]+ ms: /, ""));
  }

  /** Executes a command of client 8 from the newest state; returns what it is to be told. */
  execute(requestNumber: number, meant: KvCommand, base = this.#last) {
    const command = encodeCommand(meant);
    const isRmw = MACHINE.isReadModifyWrite(command);
    const from = base?.ts ?? ORIGIN;
    const ts = (isRmw ? nextRmw : nextWrite)(from, cidOf(0, 1, 0));
    const opNumber = revisionOf(ts);
    const before = base?.state ?? null;
    const { result, after } = MACHINE.execute(command, before, revisionOf(from), opNumber);
    const requester = { clientId: 8, requestNumber, result, resultBytes: result.length };
    const update = { object: "k", ts, base: from, isRmw, state: after ?? null, requester };
    this.#last = update;
    this.watch.keeps(0, update);
    this.watch.holdings.loaded(0, [update]);
    this.watch.takes(0, "k", ts);
    return { command, reply: { type: "result", opNumber, result } as const, state: after ?? null };
  }

  /** A client is told what came of a request. */
  told(requestNumber: number, { command, reply }: ReturnType<Judged["execute"]>, floor = 0): void {
    const id = { clientId: 8, requestNumber };
    this.referee.checkWrite({ client: 5, floor, command }, id, reply);
  }

  /** What a client that reads is told. */
  read({ state, reply }: Pick<ReturnType<Judged["execute"]>, "state" | "reply">) {
    const { opNumber } = reply;
    return { type: "result", opNumber, result: MACHINE.answer(GET, state, opNumber) } as const;
  }
}

function complaintsOf(act: (judged: Judged) => void): string[] {
  const judged = new Judged();
  act(judged);
  return judged.complaints;
}

Deno.test("VersionReferee has nothing against answers that tell what was executed, in order", () => {
  const complaints = complaintsOf((judged) => {
    const first = judged.execute(1, put("1"));
    judged.told(1, first);
    const floor = judged.referee.answered;
    judged.referee.checkRead({ ...LINEARIZABLE, floor, query: GET }, judged.read(first));
    const second = judged.execute(2, { type: "increment", key: "k", delta: 1n });
    judged.told(2, second, floor);
    // Asked before the second was told.
    judged.referee.checkRead({ ...LINEARIZABLE, floor, query: GET }, judged.read(first));
  });
  assertEquals(complaints, []);
});

Deno.test("VersionReferee tells an attempt that was committed from one with the same revision that was not", () => {
  const complaints = complaintsOf((judged) => {
    const meant = { type: "increment", key: "k", delta: 1n } as const;
    const first = judged.execute(1, { ...meant, delta: 5n });
    // It was tried from another state before, by the same coordinator.
    const { ts: from } = judged.watch.versions.committedOf("k").at(-1)!.update;
    const base = { ...from, cid: from.cid + 1 };
    const ts = nextRmw(base, cidOf(0, 1, 0));
    const requester = { clientId: 8, requestNumber: 2, result: new Uint8Array(), resultBytes: 0 };
    judged.watch.keeps(0, { object: "k", ts, base, isRmw: true, state: first.state, requester });
    const executed = judged.execute(2, meant);
    assertEquals(executed.reply.opNumber, revisionOf(ts));
    judged.told(2, executed);
  });
  assertEquals(complaints, []);
});

Deno.test("VersionReferee complains of reads that are older than what was told before", () => {
  const complaints = complaintsOf((judged) => {
    const first = judged.execute(1, put("1"));
    const second = judged.execute(2, put("2"));
    judged.told(2, second);
    const floor = judged.referee.answered;
    judged.referee.checkRead({ ...LINEARIZABLE, floor, query: GET }, judged.read(first));
    const never = { type: "result", opNumber: 0, result: MACHINE.answer(GET, null, 0) } as const;
    judged.referee.checkRead({ ...LINEARIZABLE, floor, query: GET }, never);
    judged.referee.checkRead({ client: 5, isStale: true, floor, query: GET }, never);
    judged.told(1, first, floor);
  });
  assertEquals(complaints, [
    'client 5 sees "k" at 65537, though 131073 had been seen',
    'client 5 sees "k" at 0, though 131073 had been seen',
    "client 5: request 8/1 is at 65537, not after 131073",
  ]);
});

Deno.test("VersionReferee complains of what was never executed, and of what gave something else", () => {
  const complaints = complaintsOf((judged) => {
    const first = judged.execute(1, put("1"));
    const { reply } = first;
    judged.told(1, { ...first, reply: { ...reply, result: new Uint8Array([1]) } });
    judged.told(1, { ...first, command: encodeCommand(put("2")) });
    judged.told(9, first);
    judged.told(9, { ...first, reply: { ...reply, opNumber: 7 } });
    const wrong = { ...judged.read(first), opNumber: 7 };
    judged.referee.checkRead({ ...LINEARIZABLE, floor: 0, query: GET }, wrong);
    const other = { ...judged.read(first), result: MACHINE.answer(GET, null, 7) };
    judged.referee.checkRead({ ...LINEARIZABLE, floor: 0, query: GET }, other);
  });
  assertEquals(complaints, [
    "client 5: request 8/1 is not told what its execution gave",
    "client 5: request 8/1 has another outcome than its execution has",
    "client 5: what is acknowledged at 65537 was never executed",
    'client 5 sees "k" at 7, where it never was',
    'client 5 sees "k" at 7, where it never was',
    "client 5: a read at 65537 is not what the object was then",
  ]);
});

Deno.test("VersionReferee takes what changes nothing for a read", () => {
  const condition = { type: "absent" } as const;
  const complaints = complaintsOf((judged) => {
    const first = judged.execute(1, put("1"));
    judged.told(1, first);
    const command = encodeCommand({ ...put("2"), condition });
    const { opNumber } = first.reply;
    const { result } = MACHINE.execute(command, first.state, opNumber, opNumber + 1);
    const refused = { ...first, command, reply: { type: "result", opNumber, result } as const };
    judged.told(2, refused);
    const second = judged.execute(3, put("3"));
    judged.told(3, second);
    judged.told(2, refused, judged.referee.answered);
    // At nothing, it would not have been refused.
    judged.told(2, { ...refused, reply: { ...refused.reply, opNumber: 0 } });
  });
  assertEquals(complaints, [
    'client 5 sees "k" at 65537, though 131073 had been seen',
    "client 5: what is acknowledged at 0 was never executed",
  ]);
});

Deno.test("VersionReferee counts what a read within a bound lacks, and since when", () => {
  const of = (ageMs: number | null, versions: number | null) =>
    complaintsOf((judged) => {
      const first = judged.execute(1, put("1"));
      judged.now = 100;
      judged.told(2, judged.execute(2, put("2")));
      judged.told(3, judged.execute(3, put("3")));
      const floor = judged.referee.answered;
      const bound = { ageMs, versions, calledAt: 300 };
      judged.referee.checkRead(
        { client: 5, isStale: false, floor, query: GET, bound },
        judged.read(first),
      );
    });
  assertEquals([of(200, null), of(null, 2)], [[], []]);
  assertEquals(of(150, null), ["client 5: a read is 200 ms old, not 150"]);
  assertEquals(of(null, 1), ["client 5: a read lacks 2 versions, not 1"]);
});

Deno.test("VersionReferee complains of ids given out twice, and of evictions without need", () => {
  const complaints = complaintsOf(({ referee, watch }) => {
    const question = { client: 5, floor: 0 };
    referee.checkSession(question, 8);
    referee.checkSession(question, 16);
    referee.checkSession(question, 8);
    referee.checkEvicted(question, 8);
    for (const clientId of [8, 16, 24]) {
      const requester = { clientId, requestNumber: 1, result: new Uint8Array(), resultBytes: 0 };
      const ts = nextWrite(ORIGIN, clientId);
      const state = new Uint8Array();
      watch.keeps(0, { object: "k", ts, base: ORIGIN, isRmw: false, state, requester });
    }
    referee.checkEvicted(question, 8);
  });
  assertEquals(complaints, [
    "client 5: session 8 was given to another one before",
    "client 5: session 8 is said to be gone, and nobody has evicted it",
  ]);
});

Deno.test("byObject() leaves revisions out, and takes a page for reads of its keys", () => {
  const common = { client: 1, call: 1, return: 2, outcome: "ok" } as const;
  const history: KvOperation[] = [
    {
      ...common,
      op: "put",
      key: "a",
      args: { value: "1" },
      output: { revision: 7, modRevision: 7, created: true, applied: true },
    },
    {
      ...common,
      op: "put",
      key: "b",
      args: { value: "2", condition: { type: "mod-revision", modRevision: 7 } },
      output: { applied: false, revision: 3, created: false },
    },
    { ...common, op: "get", key: "c", args: {}, output: { value: null, revision: 0 } },
    {
      ...common,
      op: "scan",
      args: { limit: 1 },
      output: { items: [{ key: "b", value: "3", modRevision: 9 }], more: true, revision: 9 },
    },
    { ...common, op: "scan", args: {}, output: { count: 2, revision: 9 } },
  ];
  assertEquals(byObject(history, (key, revision) => `${key}${revision}`, () => 9), [
    { ...common, op: "put", key: "a", args: { value: "1" }, output: { applied: true } },
    {
      ...common,
      op: "put",
      key: "b",
      args: { value: "2", condition: { type: "value", value: "b7" } },
      output: { applied: false, created: false },
    },
    { ...common, op: "get", key: "c", args: {}, output: { value: null } },
    { ...common, op: "get", key: "a", args: {}, output: { value: null } },
    { ...common, client: 9, op: "get", key: "b", args: {}, output: { value: "3" } },
  ]);
});

/** An increment, a delete, and the same increment: the value is what it was, the revision is another one. */
const COME_BACK: readonly KvOperation[] = [
  { ...at(1), op: "increment", key: "k", args: { delta: "7" }, output: { value: "7" } },
  { ...at(2), op: "delete", key: "k", args: {}, output: { applied: true, existed: true } },
  { ...at(3), op: "increment", key: "k", args: { delta: "7" }, output: { value: "7" } },
];

function at(call: number) {
  return { client: 1, call: 2 * call, return: 2 * call + 1, outcome: "ok" } as const;
}

/** What the checker makes of a delete, on condition of a revision, after these operations. */
function judgedOf(
  history: readonly KvOperation[],
  { applied, value }: { applied: boolean; value: string },
): string {
  const condition = { type: "mod-revision", modRevision: 1 } as const;
  const output = { applied, ...(applied && { existed: true }) };
  const last: KvOperation = { ...at(9), op: "delete", key: "k", args: { condition }, output };
  return check(new RegisterModel(), byObject([...history, last], () => value, () => 9)).outcome;
}

Deno.test("byObject() takes no revision for the present one because an integer has come back since", () => {
  assertEquals(judgedOf(COME_BACK, { applied: false, value: "7" }), "linearizable");
});

Deno.test("byObject() has conditions on revisions judged by the values that stand for them", () => {
  const stored = { ...at(1), op: "put", key: "k", args: { value: "v" }, output: {} } as const;
  assertEquals(judgedOf([stored], { applied: true, value: "v" }), "linearizable");
  assertEquals(judgedOf([stored], { applied: false, value: "v" }), "violation");
  assertEquals(judgedOf([stored], { applied: true, value: "w" }), "violation");
  assertEquals(judgedOf(COME_BACK, { applied: true, value: "7" }), "linearizable");
  assertEquals(judgedOf(COME_BACK, { applied: true, value: "8" }), "violation");
});
