import { assert, assertEquals } from "@std/assert";
import makeBank, {
  type BankCommand,
  type BankQuery,
  type BankResult,
} from "../../examples/bank.ts";
import { decodeResult, encodeCommand, type StateMachine } from "../../mod.ts";
import { Random } from "../kv/helpers.ts";

function send(bank: StateMachine, command: BankCommand) {
  return decodeResult<BankResult>(bank.apply(encodeCommand(command), { opNumber: 1, time: 0 }));
}

function ask(bank: StateMachine, query: BankQuery) {
  return decodeResult<BankResult>(bank.query!(encodeCommand(query)));
}

function open(bank: StateMachine, account: string, amount: number): void {
  assertEquals(send(bank, { type: "open", account }), { ok: true, result: { balance: 0 } });
  assertEquals(send(bank, { type: "deposit", account, amount }).ok, true);
}

function balance(bank: StateMachine, account: string): number | undefined {
  const outcome = ask(bank, { type: "balance", account });
  return outcome.ok && "balance" in outcome.result ? outcome.result.balance : undefined;
}

function stateOf(bank: StateMachine): string {
  return [...bank.snapshot()].map((chunk) => new TextDecoder().decode(chunk)).join("");
}

Deno.test("bank moves money between accounts", () => {
  const bank = makeBank();
  open(bank, "ada", 100);
  open(bank, "bob", 50);
  const transfer = { type: "transfer", from: "ada", to: "bob", amount: 30 } as const;
  assertEquals(send(bank, transfer), { ok: true, result: { balance: 70 } });
  assertEquals([balance(bank, "ada"), balance(bank, "bob")], [70, 80]);
  assertEquals(ask(bank, { type: "total" }), { ok: true, result: { total: 150 } });
});

Deno.test("bank moves money from an account to the same account", () => {
  const bank = makeBank();
  open(bank, "ada", 100);
  const transfer = { type: "transfer", from: "ada", to: "ada", amount: 30 } as const;
  assertEquals(send(bank, transfer), { ok: true, result: { balance: 100 } });
});

Deno.test("bank refuses what it must, and nothing moves", () => {
  const bank = makeBank();
  open(bank, "ada", 100);
  open(bank, "bob", 50);
  const before = stateOf(bank);
  const most = Number.MAX_SAFE_INTEGER;
  const cases: [string, unknown][] = [
    ["account_exists", { type: "open", account: "ada" }],
    ["bad_name", { type: "open", account: "" }],
    ["bad_name", { type: "open", account: "Ada Lovelace" }],
    ["bad_name", { type: "open" }],
    ["no_account", { type: "deposit", account: "eve", amount: 1 }],
    ["no_account", { type: "deposit", account: "__proto__", amount: 1 }],
    ["bad_amount", { type: "deposit", account: "ada", amount: 0 }],
    ["bad_amount", { type: "deposit", account: "ada", amount: -5 }],
    ["bad_amount", { type: "deposit", account: "ada", amount: 0.5 }],
    ["bad_amount", { type: "deposit", account: "ada", amount: "5" }],
    ["too_much", { type: "deposit", account: "ada", amount: most }],
    ["insufficient_funds", { type: "transfer", from: "ada", to: "bob", amount: 101 }],
    ["insufficient_funds", { type: "transfer", from: "ada", to: "ada", amount: 101 }],
    ["no_account", { type: "transfer", from: "ada", to: "eve", amount: 1 }],
    ["no_account", { type: "transfer", from: "eve", to: "ada", amount: 1 }],
    ["no_account", { type: "transfer", from: "ada", to: "constructor", amount: 1 }],
    ["bad_amount", { type: "transfer", from: "ada", to: "bob", amount: -1 }],
    ["unknown_command", { type: "rob" }],
    ["unknown_command", {}],
  ];
  for (const [code, command] of cases) {
    const outcome = send(bank, command as BankCommand);
    assert(!outcome.ok && outcome.error.code === code, JSON.stringify([command, outcome]));
    assertEquals(stateOf(bank), before);
  }
  const outcome = ask(bank, { type: "rob" } as unknown as BankQuery);
  assert(!outcome.ok && outcome.error.code === "unknown_query");
});

Deno.test("bank conserves money through random transfers", () => {
  const random = new Random(40);
  const bank = makeBank();
  let deposited = 0;
  for (let account = 0; account < 20; account++) {
    const amount = 1 + random.below(1_000);
    open(bank, `account-${account}`, amount);
    deposited += amount;
  }
  const outcomes = { done: 0, refused: 0 };
  for (let step = 0; step < 5_000; step++) {
    const [from, to] = [random.below(22), random.below(22)].map((index) => `account-${index}`);
    const amount = random.below(400) - 20;
    const outcome = send(bank, { type: "transfer", from: from!, to: to!, amount });
    outcomes[outcome.ok ? "done" : "refused"]++;
    if (step % 100 === 0) {
      assertEquals(ask(bank, { type: "total" }), { ok: true, result: { total: deposited } });
    }
  }
  let sum = 0;
  for (let account = 0; account < 20; account++) {
    const held = balance(bank, `account-${account}`)!;
    assert(held >= 0);
    sum += held;
  }
  assertEquals(sum, deposited);
  assert(outcomes.done > 1_000 && outcomes.refused > 500, JSON.stringify(outcomes));
});

Deno.test("bank restored from a snapshot is the same bank", () => {
  const random = new Random(41);
  const bank = makeBank();
  for (let account = 0; account < 50; account++) open(bank, `account-${account}`, 1_000);
  const copy = makeBank();
  copy.restore(bank.snapshot());
  for (let step = 0; step < 1_000; step++) {
    const [from, to] = [random.below(50), random.below(50)].map((index) => `account-${index}`);
    const command = { type: "transfer", from: from!, to: to!, amount: random.below(500) } as const;
    assertEquals(send(copy, command), send(bank, command));
  }
  assertEquals(stateOf(copy), stateOf(bank));
});

Deno.test("bank is deterministic: the same commands make the same bank, byte for byte", () => {
  const random = new Random(42);
  const banks = [makeBank(), makeBank()];
  for (let step = 0; step < 1_000; step++) {
    const [from, to] = [random.below(9), random.below(9)].map((index) => `account-${index}`);
    const amount = random.below(100);
    const commands: readonly BankCommand[] = [
      { type: "open", account: from! },
      { type: "deposit", account: from!, amount },
      { type: "transfer", from: from!, to: to!, amount },
    ];
    const command = commands[random.below(3)]!;
    const [one, other] = banks.map((bank) => send(bank, command));
    assertEquals(one, other);
  }
  assertEquals(stateOf(banks[0]!), stateOf(banks[1]!));
});
