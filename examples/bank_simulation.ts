/**
 * The bank, on clusters that are broken in every way: a state machine of one's own, simulated.
 *
 * ```sh
 * deno run examples/bank_simulation.ts
 * ```
 *
 * @module
 */
import {
  type Asker,
  decodeResult,
  encodeCommand,
  simulate,
  type Simulation,
  type StateMachine,
} from "../mod.ts";
import makeBank, { type BankCommand, type BankQuery, type BankResult } from "./bank.ts";

/** Runs the bank, or a machine that should do the same, under one seed. */
export function simulateBank(seed: number, machine: () => StateMachine = makeBank): Simulation {
  return simulate({ seed, machine, workload: { draw, invariant } });
}

/** What a client does next: it opens an account, or moves money. */
function draw({ random }: Asker) {
  const anyone = () => ["ada", "bob", "eve"][Math.floor(random() * 3)]!;
  const amount = 1 + Math.floor(random() * 100);
  const commands: readonly BankCommand[] = [
    { type: "open", account: anyone() },
    { type: "deposit", account: anyone(), amount },
    { type: "transfer", from: anyone(), to: anyone(), amount },
  ];
  return { command: encodeCommand(commands[Math.floor(random() * 3)]!) };
}

/** What must hold whenever anything has changed: nobody owes the bank anything. */
function invariant(bank: StateMachine): string | undefined {
  let sum = 0;
  for (const account of ["ada", "bob", "eve"]) {
    const balance = ask(bank, { type: "balance", account });
    if (balance < 0) return `${account} owes the bank ${-balance}`;
    sum += balance;
  }
  const total = ask(bank, { type: "total" });
  return sum === total ? undefined : `the accounts hold ${sum}, and the bank ${total}`;
}

function ask(bank: StateMachine, query: BankQuery): number {
  const outcome = decodeResult<BankResult>(bank.query!(encodeCommand(query)));
  if (!outcome.ok) return 0;
  return "total" in outcome.result ? outcome.result.total : outcome.result.balance;
}

if (import.meta.main) {
  for (let seed = 1; seed <= 20; seed++) {
    const { outcome, plan, report } = simulateBank(seed);
    console.log(`${seed} ${outcome}: ${plan}`);
    if (outcome !== "ok") throw new Error(report);
  }
}
