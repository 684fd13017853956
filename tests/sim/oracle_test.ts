import { assertEquals } from "@std/assert";
import { encodeCommand, encodeQuery } from "../../protocols/kv/commands.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { encodeRequest } from "../../protocols/request.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { WatchedMachine } from "../../sim/machine.ts";
import { Oracle } from "../../sim/oracle.ts";
import { Promises } from "../../sim/promises.ts";

const CONTEXT = { time: 0 };

function put(value: string): Uint8Array {
  return encodeCommand({ type: "put", key: "k", value: new TextEncoder().encode(value) });
}

function request(requestNumber: number, value: string): Uint8Array {
  return encodeRequest({ type: "command", clientId: 1, requestNumber, command: put(value) });
}

const OPEN = encodeRequest({ type: "open-session", nonce: 1, sessionsMax: 2 });

/** The first entry opens session 1. */
function execute(opNumber: number, ...others: Uint8Array[]) {
  const requests = opNumber === 1 ? [OPEN, ...others] : others;
  return { type: "execute", opNumber, time: opNumber, requests } as const;
}

function newOracle(): Oracle {
  return new Oracle(() => new KvStore(), () => 0);
}

/** What the oracle complains of, without the time. */
function complaints(oracle: Oracle): string[] {
  return oracle.violations.map((text) => text.replace(/^.*? ms: /, ""));
}

Deno.test("Oracle.committed() complains of two histories, and of gaps", () => {
  const oracle = newOracle();
  oracle.committed(0, execute(1, request(1, "a")));
  oracle.committed(1, execute(1, request(1, "a")));
  assertEquals(complaints(oracle), []);
  oracle.committed(2, execute(1, request(1, "b")));
  oracle.committed(0, execute(3, request(2, "c")));
  assertEquals(complaints(oracle), [
    "replica 2 commits another entry as 1 than others did",
    "replica 0 commits 3 after 1",
  ]);
});

Deno.test("Oracle.watch() complains of a request that is executed twice", () => {
  const oracle = newOracle();
  const machine = new WatchedMachine(new KvStore(), oracle.watch(0));
  oracle.committed(0, execute(1, request(1, "a")));
  machine.apply(put("a"), { ...CONTEXT, opNumber: 1 });
  oracle.committed(0, execute(2, request(1, "a")));
  assertEquals(complaints(oracle), []);
  machine.apply(put("a"), { ...CONTEXT, opNumber: 2 });
  assertEquals(complaints(oracle), [
    "replica 0 executes what is not command 0 of entry 2",
  ]);
});

Deno.test("Oracle.watch() complains of an entry left out, and of a state that differs", () => {
  const oracle = newOracle();
  const machine = new WatchedMachine(new KvStore(), oracle.watch(0));
  oracle.committed(1, execute(1, request(1, "a")));
  oracle.committed(1, execute(2, request(2, "b")));
  machine.apply(put("b"), { ...CONTEXT, opNumber: 2 });
  assertEquals(complaints(oracle), [
    "replica 0 has another state than the model at entry 2",
    "replica 0 executes entry 2 after 0",
  ]);
});

Deno.test("Oracle.watch() knows a restored snapshot by what was taken, and nothing else", () => {
  const oracle = newOracle();
  const source = new WatchedMachine(new KvStore(), oracle.watch(0));
  oracle.committed(0, execute(1, request(1, "a")));
  source.apply(put("a"), { ...CONTEXT, opNumber: 1 });
  const chunks = [...source.snapshot()];
  const target = new WatchedMachine(new KvStore(), oracle.watch(1));
  target.restore(chunks);
  oracle.committed(1, execute(2, request(2, "b")));
  target.apply(put("b"), { ...CONTEXT, opNumber: 2 });
  assertEquals(complaints(oracle), []);
  const stranger = new KvStore();
  stranger.apply(put("never written"));
  target.restore(stranger.snapshot());
  assertEquals(complaints(oracle), ["replica 1 restores a state that no replica ever had"]);
});

Deno.test("Oracle.checkWrite() complains of what is acknowledged and was not executed", () => {
  const oracle = newOracle();
  oracle.committed(0, execute(1, request(1, "a")));
  const question = { client: 7, floor: 0 };
  const result = new KvStore().apply(put("a"));
  const reply = { type: "result", opNumber: 1, result } as const;
  oracle.checkWrite(question, { clientId: 1, requestNumber: 1 }, reply);
  assertEquals(complaints(oracle), []);
  oracle.checkWrite(question, { clientId: 1, requestNumber: 2 }, reply);
  oracle.checkWrite(question, { clientId: 1, requestNumber: 1 }, { ...reply, opNumber: 2 });
  oracle.checkWrite({ ...question, floor: 1 }, { clientId: 1, requestNumber: 1 }, reply);
  assertEquals(complaints(oracle), [
    "client 7: request 1/2 is acknowledged and was never executed",
    "client 7: the answer to request 1/1 is not what its execution gave",
    "client 7: request 1/1 is at 1, not after 1",
  ]);
});

function readOf(oracle: Oracle, floor: number, opNumber: number, value: string | null) {
  const query = encodeQuery({ type: "get", key: "k" });
  const store = new KvStore();
  if (value !== null) store.apply(put(value));
  const reply = { type: "result", opNumber, result: store.query(query) } as const;
  const ask = (isStale: boolean) => oracle.checkRead({ client: 7, floor, query, isStale }, reply);
  return { fresh: () => ask(false), stale: () => ask(true) };
}

Deno.test("Oracle.checkRead() complains of a read that misses what had been seen", () => {
  const oracle = newOracle();
  oracle.committed(0, execute(1, request(1, "a")));
  oracle.committed(0, execute(2));
  readOf(oracle, 0, 2, "a").fresh();
  assertEquals(oracle.answered, 2);
  readOf(oracle, 2, 1, "a").fresh();
  assertEquals(complaints(oracle), ["client 7: a read sees 1, though 2 had been seen"]);
});

Deno.test("Oracle.checkRead() complains of a read of what was not there", () => {
  const oracle = newOracle();
  oracle.committed(0, execute(1, request(1, "a")));
  readOf(oracle, 0, 0, null).fresh();
  readOf(oracle, 0, 0, "a").fresh();
  readOf(oracle, 0, 1, "b").stale();
  readOf(oracle, 0, 2, "a").stale();
  assertEquals(complaints(oracle), [
    "client 7: a read at 0 is not what the model answers there",
    "client 7: a read at 1 is not what the model answers there",
    "client 7: a read sees 2, which is not committed",
  ]);
});

Deno.test("Oracle.checkRead() lets a stale read see any state of the past, which counts as seen by nobody", () => {
  const oracle = newOracle();
  oracle.committed(0, execute(1, request(1, "a")));
  readOf(oracle, 1, 0, null).stale();
  readOf(oracle, 0, 1, "a").stale();
  assertEquals(complaints(oracle), []);
  assertEquals(oracle.answered, 0);
});

Deno.test("Oracle.committed() asks for the invariant after every entry with commands", () => {
  let asked = 0;
  const isAtMostTwo = (machine: StateMachine) =>
    ++asked > 2 ? `${(machine as KvStore).revision} is too many` : undefined;
  const oracle = new Oracle(() => new KvStore(), () => 0, isAtMostTwo);
  for (const [index, value] of ["a", "b", "c"].entries()) {
    oracle.committed(0, execute(index * 2 + 1, request(index + 1, value)));
    oracle.committed(0, execute(index * 2 + 2));
  }
  assertEquals(asked, 3);
  assertEquals(complaints(oracle), ["after entry 5: 3 is too many"]);
});

Deno.test("Promises.sent() complains of a replica that forgets a view it has spoken in", () => {
  const oracle = newOracle();
  const promises = new Promises(oracle, 3);
  promises.sent(1, { type: "startViewChange", view: 3, replica: 1 }, 2);
  promises.started(1);
  promises.sent(1, { type: "prepareOk", view: 3, opNumber: 1, replica: 1 }, 2);
  assertEquals(complaints(oracle), []);
  promises.sent(1, { type: "prepareOk", view: 2, opNumber: 1, replica: 1 }, 2);
  promises.sent(0, { type: "exitView", view: 5, replica: 0 }, 2);
  promises.started(0);
  promises.sent(0, { type: "startViewChange", view: 4, replica: 0 }, 2);
  assertEquals(complaints(oracle), [
    "replica 1 sends prepareOk of view 2 after 3",
    "replica 0 sends startViewChange of view 4 after 5",
  ]);
});

Deno.test("Oracle.committed() complains of snapshots that do not restore the state", () => {
  class Forgetful extends KvStore {
    override restore(): void {}
  }
  const oracle = new Oracle(() => new Forgetful(), () => 0);
  for (let op = 1; op <= 16; op++) oracle.committed(0, execute(op, request(op, `${op}`)));
  assertEquals(complaints(oracle), [
    "after entry 16: a snapshot restores another state than it was taken of",
  ]);
});

Deno.test("Oracle.checkSession() knows which session was opened where", () => {
  const oracle = newOracle();
  oracle.committed(0, execute(1));
  oracle.committed(0, execute(2, OPEN));
  const question = { client: 7, floor: 0 };
  oracle.checkSession(question, 1, 1);
  oracle.checkSession(question, 2, 2);
  assertEquals(complaints(oracle), []);
  oracle.checkSession(question, 2, 1);
  oracle.checkSession(question, 3, 2);
  assertEquals(complaints(oracle), [
    "client 7: session 2 was opened at 2, not 1",
    "client 7: session 3 was opened at undefined, not 2",
  ]);
});

Deno.test("Oracle.checkEvicted() complains if a session is gone that nobody evicted, and of what it executes", () => {
  const oracle = newOracle();
  const question = { client: 7, floor: 0 };
  oracle.committed(0, execute(1));
  oracle.committed(0, execute(2, OPEN));
  oracle.checkEvicted(question, 1);
  assertEquals(complaints(oracle), [
    "client 7: session 1 is said to be gone, and nobody has evicted it",
  ]);
  // There is room for two: the one that has executed something last stays.
  oracle.committed(0, execute(3, request(1, "a"), OPEN));
  oracle.checkEvicted(question, 2);
  oracle.committed(0, execute(4, OPEN, request(2, "b")));
  oracle.checkEvicted(question, 1);
  const machine = new WatchedMachine(new KvStore(), oracle.watch(0));
  machine.apply(put("a"), { ...CONTEXT, opNumber: 3 });
  assertEquals(oracle.violations.length, 1);
  machine.apply(put("b"), { ...CONTEXT, opNumber: 4 });
  assertEquals(complaints(oracle).slice(1), [
    "replica 0 executes what is not command 0 of entry 4",
  ]);
});
