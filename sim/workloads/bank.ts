import { randomInteger } from "../../actors/random.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { decodeResult, encodeCommand } from "../../protocols/json_state_machine.ts";
import type { Bank, BankCommand, BankQuery, BankResult } from "../../examples/bank.ts";
import { drawWeighted } from "../distributions.ts";
import type { AskCommand, Asker, AskQuery, Workload } from "./workload.ts";

/** What clients do with the bank. */
export interface BankWorkloadOptions {
  readonly accounts: number;
  /** The share of queries that any state of the past may answer. */
  readonly stale: number;
  readonly mix: BankMix;
}

/** How often each operation is drawn, relative to the others. */
export type BankMix = Readonly<Record<(BankCommand | BankQuery)["type"], number>>;

/** An operation on the bank: as it is sent, and as it is meant. */
export type BankAsk =
  | AskCommand & { readonly meant: BankCommand }
  | AskQuery & {
    readonly meant: BankQuery;
    /** What had been deposited for sure when the client asked. */
    readonly depositedAtLeast: number;
  };

/** Why the bank may refuse what these clients ask for. */
const REFUSALS: readonly string[] = ["account_exists", "no_account", "insufficient_funds"];
const AMOUNT_MAX = 100;

const decoder = new TextDecoder();

/**
 * Customers of the bank in `examples/`, who know that money is neither lost nor made: not when it is
 * transferred, and not when a deposit is asked for again and again until it is answered.
 */
export class BankWorkload implements Workload<BankAsk> {
  readonly #options: BankWorkloadOptions;
  /** All deposits that were acknowledged. */
  #deposited = 0;
  /** All deposits that were asked for, whatever became of them. */
  #asked = 0;

  constructor(options: BankWorkloadOptions) {
    this.#options = options;
  }

  draw(asker: Asker): BankAsk {
    const { random } = asker;
    const type = drawWeighted(random, this.#options.mix);
    const account = this.#account(asker);
    switch (type) {
      case "open":
        return command({ type, account });
      case "deposit": {
        const amount = this.#amount(asker);
        this.#asked += amount;
        return command({ type, account, amount });
      }
      case "transfer": {
        const amount = this.#amount(asker);
        return command({ type, from: account, to: this.#account(asker), amount });
      }
      case "balance":
        return this.#query(asker, { type, account });
      case "total":
        return this.#query(asker, { type });
    }
  }

  answered(op: BankAsk, bytes: Uint8Array): string | undefined {
    const outcome = decodeResult<BankResult>(bytes);
    const { meant } = op;
    if (!outcome.ok) {
      const { code, message } = outcome.error;
      // No account can be missing from the total, and none is where it was refused.
      if (meant.type === "deposit") this.#asked -= meant.amount;
      return REFUSALS.includes(code) ? undefined : `a ${meant.type} is refused: ${message}`;
    }
    if (meant.type === "deposit") this.#deposited += meant.amount;
    if ("total" in outcome.result && "query" in op) {
      return this.#checkTotal(op, outcome.result.total);
    }
    return undefined;
  }

  invariant(machine: StateMachine): string | undefined {
    const text = Array.from(machine.snapshot(), (chunk) => decoder.decode(chunk)).join("");
    const { deposited, balances } = JSON.parse(text) as Bank;
    const amounts = Object.values(balances);
    const sum = amounts.reduce((total, balance) => total + balance, 0);
    if (sum !== deposited) return `the bank holds ${sum}, and ${deposited} was deposited`;
    return amounts.some((balance) => balance < 0) ? "an account is overdrawn" : undefined;
  }

  /** Everything acknowledged is there once; of the rest, what happened so far. */
  #checkTotal(op: Extract<BankAsk, AskQuery>, total: number): string | undefined {
    const isStale = (op.consistency ?? "linearizable") !== "linearizable";
    if (total < op.depositedAtLeast && !isStale) {
      return `the total is ${total}, and ${op.depositedAtLeast} had been deposited`;
    }
    if (total <= this.#asked) return undefined;
    return `the total is ${total}, and no more than ${this.#asked} was ever to be deposited`;
  }

  #query({ random }: Asker, meant: BankQuery): BankAsk {
    const isStale = random() < this.#options.stale;
    const query = encodeCommand(meant);
    const depositedAtLeast = this.#deposited;
    return { query, ...(isStale && { consistency: "stale" }), meant, depositedAtLeast };
  }

  #account({ random }: Asker): string {
    return `account-${randomInteger(random, this.#options.accounts)}`;
  }

  #amount({ random }: Asker): number {
    return 1 + randomInteger(random, AMOUNT_MAX);
  }
}

function command(meant: BankCommand): BankAsk {
  return { command: encodeCommand(meant), meant };
}
