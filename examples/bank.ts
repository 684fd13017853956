/**
 * A bank: accounts, and money that moves between them and is never lost. A state machine of one's
 * own, replicated like the key-value store:
 *
 * ```sh
 * deno task cluster --machine ./examples/bank.ts --data ./data/bank
 * ```
 *
 * Amounts are whole cents. `docs/state_machines.md` shows how to talk to it.
 *
 * @module
 */
import { jsonStateMachine, TroupeError } from "../mod.ts";

/** The state of the bank. */
export interface Bank {
  /** All that was ever deposited, in cents: what the balances must add up to. */
  deposited: number;
  /** The balance of every account, in cents. */
  readonly balances: Record<string, number>;
}

/** What a customer may ask to be done. */
export type BankCommand =
  | { readonly type: "open"; readonly account: string }
  | { readonly type: "deposit"; readonly account: string; readonly amount: number }
  | {
    readonly type: "transfer";
    readonly from: string;
    readonly to: string;
    readonly amount: number;
  };

/** What a customer may ask to be told. */
export type BankQuery =
  | { readonly type: "balance"; readonly account: string }
  | { readonly type: "total" };

/** The balance of the account (of a transfer: of the one it came from), or the total of all. */
export type BankResult = { readonly balance: number } | { readonly total: number };

export default jsonStateMachine<Bank, BankCommand, BankResult, BankQuery>({
  initial: { deposited: 0, balances: {} },

  apply(bank, command) {
    const { balances } = bank;
    switch (command.type) {
      case "open": {
        const account = requireName(command.account);
        if (account in balances) refuse("account_exists", `Account "${account}" exists`);
        return { balance: balances[account] = 0 };
      }
      case "deposit": {
        const { account, amount } = command;
        bank.deposited += requireAmount(amount);
        // While this is exact, so is every balance and the total.
        if (!Number.isSafeInteger(bank.deposited)) refuse("too_much", "The bank is full");
        return { balance: balances[requireAccount(bank, account)]! += amount };
      }
      case "transfer": {
        const { from, to, amount } = command;
        balances[requireAccount(bank, from)]! -= requireAmount(amount);
        if (balances[from]! < 0) refuse("insufficient_funds", `Account "${from}" has not enough`);
        // If this is refused, the money is back where it came from: nothing happens by halves.
        balances[requireAccount(bank, to)]! += amount;
        return { balance: balances[from]! };
      }
      default:
        return refuse("unknown_command", "Command is none of open, deposit and transfer");
    }
  },

  query(bank, query) {
    switch (query.type) {
      case "balance":
        return { balance: bank.balances[requireAccount(bank, query.account)]! };
      case "total":
        return { total: Object.values(bank.balances).reduce((sum, balance) => sum + balance, 0) };
      default:
        return refuse("unknown_query", "Query is none of balance and total");
    }
  },
});

function refuse(code: string, why: string): never {
  throw new TroupeError(code, why);
}

function requireName(account: string): string {
  if (typeof account === "string" && /^[a-z0-9-]{1,64}$/.test(account)) return account;
  return refuse("bad_name", "Name of an account is not 1 to 64 of a to z, 0 to 9 and -");
}

function requireAmount(amount: number): number {
  if (Number.isSafeInteger(amount) && amount > 0) return amount;
  return refuse("bad_amount", `Amount is not a positive number of cents: ${amount}`);
}

function requireAccount(bank: Bank, account: string): string {
  if (account in bank.balances) return account;
  return refuse("no_account", `No account "${account}"`);
}
