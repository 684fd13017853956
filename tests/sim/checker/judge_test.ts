import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import makeBank from "../../../examples/bank.ts";
import {
  decodeResult,
  encodeCommand,
  jsonStateMachine,
} from "../../../protocols/json_state_machine.ts";
import type { StateMachine } from "../../../protocols/state_machine.ts";
import { simulate } from "../../../sim/api/simulate.ts";
import { judge } from "../../../sim/checker/judge.ts";
import type { KvOperation } from "../../../sim/checker/kv/operations.ts";
import type { MachineOperation } from "../../../sim/checker/machine_model.ts";
import { generate } from "./generate.ts";

/** What a machine answers, one after the other; each is called when the one before was answered. */
function serve(
  machine: StateMachine,
  asked: readonly (readonly ["command" | "query", unknown])[],
): MachineOperation[] {
  const context = { opNumber: 7, time: 1_000 };
  return asked.map(([kind, meant], client) => {
    const input = encodeCommand(meant);
    const output = kind === "query" ? machine.query!(input) : machine.apply(input, context);
    const times = { call: 10 * client, return: 10 * client + 5, outcome: "ok" } as const;
    return { kind, input, output: output.slice(), client, ...times };
  });
}

const BUSINESS = [
  ["command", { type: "open", account: "a" }],
  ["command", { type: "deposit", account: "a", amount: 10 }],
  ["query", { type: "total" }],
  ["command", { type: "deposit", account: "a", amount: 5 }],
  ["query", { type: "balance", account: "a" }],
] as const;

Deno.test("judge() compares a history of bytes with what the machine does alone", () => {
  const history = serve(makeBank(), BUSINESS);
  assertEquals(judge(history, makeBank).outcome, "linearizable");
  // The answer of another moment.
  const [, , total, , balance] = history;
  assertEquals(decodeResult(total!.output!), { ok: true, result: { total: 10 } });
  const wrong = history.with(4, { ...balance!, input: total!.input, output: total!.output });
  const { outcome, reason, report } = judge(wrong, makeBank);
  assertEquals(outcome, "violation");
  assertStringIncludes(reason, "Client 4 was told");
  assert(report.some((line) => line.includes("✗")), report.join("\n"));
});

Deno.test("judge() lets a deposit that nobody answered have happened, but not twice", () => {
  const [deposit, balance] = [BUSINESS[1], BUSINESS[4]];
  const lost = { output: null, return: null, outcome: "unknown" } as const;
  const once = serve(makeBank(), [...BUSINESS, deposit, balance]);
  assertEquals(judge(once.with(5, { ...once[5]!, ...lost }), makeBank).outcome, "linearizable");
  const twice = serve(makeBank(), [...BUSINESS, deposit, deposit, balance]);
  const asked = twice.with(5, { ...twice[5]!, ...lost }).toSpliced(6, 1);
  assertEquals(judge(asked, makeBank).outcome, "violation");
});

Deno.test("judge() is undecided about machines that ask for the time", () => {
  const makeClock = jsonStateMachine<{ last: number }, object, number>({
    initial: { last: 0 },
    apply: (state, _, { time }) => state.last = time,
  });
  const { outcome, reason } = judge(serve(makeClock(), [["command", {}]]), makeClock);
  assertEquals(outcome, "undecided");
  assertStringIncludes(reason, "depend on op-number or time");
});

Deno.test("simulate() says that it cannot judge the history of a machine that asks for the time", () => {
  const machine = jsonStateMachine<{ last: number }, object, number>({
    initial: { last: 0 },
    apply: (state, _, { time }) => state.last = time,
  });
  const workload = { draw: () => ({ command: encodeCommand({}) }) };
  const { outcome, undecided } = simulate({ machine, workload, nodes: 3 });
  assertEquals(outcome, "ok");
  assertStringIncludes(undecided ?? "", "depend on op-number or time");
});

Deno.test("judge() is undecided if the machine fails, which says nothing of the history", () => {
  const history = serve(makeBank(), BUSINESS);
  const makeBroken = (): StateMachine => ({
    apply: () => {
      throw new Error("Out of order");
    },
    snapshot: () => [new Uint8Array()],
    restore: () => {},
  });
  const { outcome, reason } = judge(history, makeBroken);
  assertEquals(outcome, "undecided");
  assertStringIncludes(reason, "Out of order");
});

Deno.test("judge() checks the store whole if answers have revisions, and by key if not", () => {
  const kinds = ["put", "get", "delete", "cas"] as const;
  const size = { seed: 1, clients: 4, operations: 200, keys: 3, kinds };
  for (const revisions of [false, true]) {
    const history = generate({ ...size, revisions });
    assertEquals(judge(history, makeBank).outcome, "linearizable");
    // Keys may each be in order, and the store not.
    const swapped = withSwappedRevisions(history);
    assertEquals(judge(swapped, makeBank).outcome, revisions ? "violation" : "linearizable");
  }
});

/** Two writes of different keys, one after the other, have each other's revisions. */
function withSwappedRevisions(history: readonly KvOperation[]): KvOperation[] {
  const writes = history.filter((op) => op.op === "put");
  const first = writes[3]!;
  const later = writes.find((op) => op.call > first.return! && op.key !== first.key)!;
  if (first.output.revision === undefined) return [...history];
  const swap = (op: KvOperation, other: KvOperation) =>
    ({ ...op, output: { ...op.output, revision: other.output.revision } }) as KvOperation;
  return history.map((op) => op === first ? swap(op, later) : op === later ? swap(op, first) : op);
}
