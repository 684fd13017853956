import { assert, assertEquals, assertMatch } from "@std/assert";
import makeBank from "../../examples/bank.ts";
import { simulateBank } from "../../examples/bank_simulation.ts";
import type { ApplyContext, StateMachine } from "../../mod.ts";

/** A bank with something wrong. */
function faulty(change: (bank: StateMachine) => Partial<StateMachine>): () => StateMachine {
  return () => {
    const bank = makeBank();
    const good: StateMachine = {
      apply: (command, context) => bank.apply(command, context),
      query: (query) => bank.query!(query),
      snapshot: () => bank.snapshot(),
      restore: (chunks) => bank.restore(chunks),
    };
    return { ...good, ...change(bank) };
  };
}

/** What is said of a machine under the first seed that finds something. */
function findFault(machine: () => StateMachine): string {
  for (let seed = 1; seed <= 20; seed++) {
    const { outcome, violations, report } = simulateBank(seed, machine);
    if (outcome === "ok") continue;
    assert(report.includes(violations[0]!), report);
    return violations[0]!;
  }
  return "nothing";
}

Deno.test("simulate() finds nothing wrong with the bank", () => {
  let answered = 0;
  let faults = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const result = simulateBank(seed);
    assertEquals(result.outcome, "ok", result.report);
    assertEquals([result.report, result.violations], ["", []]);
    answered += result.answered;
    faults += result.faults;
  }
  assert(answered > 1_000 && faults > 20, `${answered} answers, ${faults} faults`);
});

Deno.test("simulate() does the same under the same seed", () => {
  assertEquals(simulateBank(3).hash, simulateBank(3).hash);
  assert(simulateBank(3).hash !== simulateBank(4).hash);
});

Deno.test("simulate() finds a machine whose answers depend on the node", () => {
  let made = 0;
  const machine = faulty((bank) => {
    const number = made++;
    const apply = (command: Uint8Array, context: ApplyContext) =>
      number % 3 === 2 && context.opNumber > 20
        ? new Uint8Array([1])
        : bank.apply(command, context);
    return { apply };
  });
  assertMatch(findFault(machine), /another state than the model/);
});

Deno.test("simulate() finds a snapshot that does not hold everything", () => {
  const machine = faulty((bank) => ({
    restore: (chunks) => {
      const state = JSON.parse(
        [...chunks].map((chunk) => new TextDecoder().decode(chunk)).join(""),
      );
      delete state.balances.ada;
      bank.restore([new TextEncoder().encode(JSON.stringify(state))]);
    },
  }));
  assertMatch(findFault(machine), /a snapshot restores another state than it was taken of/);
});

Deno.test("simulate() finds a machine that throws, and one that breaks the invariant", () => {
  const throwing = faulty((bank) => ({
    apply: (command, context) => {
      if (context.opNumber > 30) throw new Error("Cannot go on");
      return bank.apply(command, context);
    },
  }));
  assertMatch(findFault(throwing), /client-table fails: Cannot go on/);
  const losing = faulty((bank) => ({
    query: (query) => {
      const text = new TextDecoder().decode(query);
      return text.includes("total")
        ? new TextEncoder().encode('{"ok":true,"result":{"total":-1}}')
        : bank.query!(query);
    },
  }));
  assertMatch(findFault(losing), /after entry \d+: the accounts hold \d+, and the bank -1/);
});
