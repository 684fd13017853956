import { assert, assertEquals } from "@std/assert";
import makeBank from "../../examples/bank.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import type { KvOperation } from "../../sim/checker/kv/operations.ts";
import type { MachineOperation } from "../../sim/checker/machine_model.ts";
import { BankWorkload } from "../../sim/workloads/bank.ts";
import { KvWorkload } from "../../sim/workloads/kv.ts";
import { answer, run } from "./ask.ts";

const KV_MIX = {
  get: 3,
  scan: 3,
  size: 1,
  put: 3,
  delete: 1,
  cas: 2,
  conditional: 2,
  increment: 2,
};
const BANK_MIX = { open: 1, deposit: 2, transfer: 4, balance: 1, total: 1 };

function newKv(): KvWorkload {
  return new KvWorkload({ keys: 3, valueBytes: 0, stale: 0, mix: KV_MIX });
}

function newBank(): BankWorkload {
  return new BankWorkload({ accounts: 4, stale: 0, mix: BANK_MIX });
}

Deno.test("KvWorkload does everything that the store can, and finds nothing wrong with it", () => {
  const { asks, complaints, history } = run(newKv(), new KvStore(), 2_000);
  assertEquals(complaints, []);
  const types = new Set(asks.map(({ meant }) => meant.type));
  assertEquals([...types].sort(), ["delete", "get", "increment", "put", "scan", "size"]);
  const conditions = asks.map(({ meant }) => "condition" in meant ? meant.condition?.type : "none");
  for (const type of ["exists", "absent", "value", "mod-revision"] as const) {
    assert(conditions.includes(type), type);
  }
  assert(asks.some(({ meant }) => meant.type === "scan" && meant.cursor !== undefined));
  const ops = history as KvOperation[];
  assert(ops.some((op) => op.op === "cas" && op.output.swapped === true));
  assert(ops.some((op) => op.op === "cas" && op.output.swapped === false));
  assert(ops.some((op) => op.op === "put" && op.output.applied === false));
  assert(ops.some((op) => op.op === "increment" && op.output.refused === "not_a_number"));
  assert(ops.some((op) => op.op === "increment" && op.output.refused === "number_overflow"));
});

Deno.test("KvWorkload.answered() complains of an answer to something else", () => {
  const { asks } = run(newKv(), new KvStore(), 50);
  const get = asks.find(({ meant }) => meant.type === "get")!;
  const put = asks.find(({ meant }) => meant.type === "put")!;
  const result = answer(new KvStore(), get, 1);
  const swapped = answer(new KvStore(), put, 1);
  assertEquals(newKv().answered(get, swapped, 0), 'a get is answered by "unreadable"');
  assertEquals(newKv().answered(put, result, 0), 'a put is answered by "unreadable"');
});

Deno.test("BankWorkload finds nothing wrong with the bank", () => {
  const { asks, complaints, history } = run(newBank(), makeBank(), 1_000);
  assertEquals(complaints, []);
  assertEquals(new Set(asks.map(({ meant }) => meant.type)).size, 5);
  const kinds = new Set((history as MachineOperation[]).map(({ kind }) => kind));
  assertEquals([...kinds].sort(), ["command", "query"]);
});

Deno.test("BankWorkload complains of a bank that executes a deposit twice, or forgets one", () => {
  for (const times of [2, 0]) {
    const bank = makeBank();
    const faulty: StateMachine = {
      apply: (command, context) => {
        const { meant } = JSON.parse(`{"meant":${new TextDecoder().decode(command)}}`);
        const result = bank.apply(command, context);
        if (meant.type !== "deposit") return result;
        if (times === 2) return bank.apply(command, context);
        // Takes it back behind everyone's back: the money is in neither sum.
        const state = JSON.parse(new TextDecoder().decode([...bank.snapshot()][0]));
        if (meant.account in state.balances) {
          state.balances[meant.account] -= meant.amount;
          state.deposited -= meant.amount;
        }
        bank.restore([new TextEncoder().encode(JSON.stringify(state))]);
        return result;
      },
      query: (query) => bank.query!(query),
      snapshot: () => bank.snapshot(),
      restore: (chunks) => bank.restore(chunks),
    };
    const { complaints } = run(newBank(), faulty, 1_000);
    const expected = times === 2 ? /no more than \d+ was ever/ : /and \d+ had been deposited/;
    assert(complaints.some((text) => expected.test(text!)), complaints.slice(0, 5).join("\n"));
  }
});

Deno.test("BankWorkload.invariant() complains of money that comes from nowhere", () => {
  const bank = makeBank();
  const state = { deposited: 5, balances: { ada: 3, bob: 1 } };
  bank.restore([new TextEncoder().encode(JSON.stringify(state))]);
  assertEquals(newBank().invariant(bank), "the bank holds 4, and 5 was deposited");
  const overdrawn = { deposited: 2, balances: { ada: 3, bob: -1 } };
  bank.restore([new TextEncoder().encode(JSON.stringify(overdrawn))]);
  assertEquals(newBank().invariant(bank), "an account is overdrawn");
});
