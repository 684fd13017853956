import { assert, assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import {
  decodeResult,
  encodeCommand,
  JsonSnapshotError,
  jsonStateMachine,
} from "../../protocols/json_state_machine.ts";
import { NotJson } from "../../protocols/json_value.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { Random } from "../kv/helpers.ts";

interface Log {
  lines: { text: string; time: number }[];
  lengths: Record<string, number>;
}
type Command = { say: string } | { fail: string } | { bad: true } | { big: true };

const makeLog = jsonStateMachine<Log, Command, unknown, { line: number } | { spoil: true }>({
  initial: { lines: [], lengths: {} },
  apply(state, command, context) {
    const text = "say" in command ? command.say : "failing";
    state.lines.push({ text, time: context.time });
    state.lengths[text] = text.length;
    if ("fail" in command) fail(command.fail);
    if ("bad" in command) state.lines[0]!.time = NaN;
    if ("big" in command) return { big: 1n };
    return state.lines.length;
  },
  query(state, query) {
    if ("spoil" in query) state.lines = [];
    else return state.lines[query.line]!.text;
  },
});

function fail(how: string): never {
  switch (how) {
    case "typed":
      throw new TroupeError("no_such_thing", "There is no such thing");
    case "engine":
      return (undefined as unknown as { x: never }).x;
    case "string":
      throw "text";
    default:
      throw new Error(how);
  }
}

function send(machine: StateMachine, command: unknown) {
  return decodeResult(machine.apply(encodeCommand(command), { opNumber: 1, time: 1_000 }));
}

function ask(machine: StateMachine, query: unknown) {
  return decodeResult(machine.query!(encodeCommand(query)));
}

function textOf(machine: StateMachine): string {
  return [...machine.snapshot()].map((chunk) => new TextDecoder().decode(chunk)).join("");
}

Deno.test("jsonStateMachine() applies commands and answers queries", () => {
  const machine = makeLog();
  assertEquals(send(machine, { say: "one" }), { ok: true, result: 1 });
  assertEquals(send(machine, { say: "two" }), { ok: true, result: 2 });
  assertEquals(ask(machine, { line: 1 }), { ok: true, result: "two" });
  assertEquals(
    textOf(machine),
    '{"lines":[{"text":"one","time":1000},' +
      '{"text":"two","time":1000}],"lengths":{"one":3,"two":3}}',
  );
});

Deno.test("jsonStateMachine() makes machines that share nothing", () => {
  const [one, other] = [makeLog(), makeLog()];
  send(one, { say: "one" });
  assertEquals(textOf(other), '{"lines":[],"lengths":{}}');
});

Deno.test("jsonStateMachine() answers what apply throws with an error, and changes nothing", () => {
  const machine = makeLog();
  send(machine, { say: "one" });
  const before = textOf(machine);
  const cases = [
    [{ fail: "Something went wrong" }, "command_failed", "Something went wrong"],
    [{ fail: "typed" }, "no_such_thing", "There is no such thing"],
    [{ fail: "engine" }, "command_failed", "TypeError"],
    [{ fail: "string" }, "command_failed", "Something was thrown that is no Error"],
    [{ bad: true }, "not_json", "Value is not JSON: it is NaN"],
    [{ big: true }, "not_json", "Result cannot be written as JSON"],
    [null, "command_failed", "TypeError"],
  ] as const;
  for (const [command, code, message] of cases) {
    assertEquals(send(machine, command), { ok: false, error: { code, message } });
    assertEquals(textOf(machine), before);
  }
});

Deno.test("jsonStateMachine() answers bytes that are not JSON with an error", () => {
  const machine = makeLog();
  const deep = "[".repeat(200) + "]".repeat(200);
  const random = new Random(30);
  const inputs = ["", "{", "undefined", "\ufeff{}", deep].map((text) =>
    new TextEncoder().encode(text)
  );
  inputs.push(Uint8Array.of(0xff), Uint8Array.of(0x22, 0xc3, 0x22));
  for (let round = 0; round < 1_000; round++) {
    inputs.push(Uint8Array.of(0x80, ...random.bytes(random.below(20))));
  }
  for (const input of inputs) {
    const outcomes = [
      decodeResult(machine.apply(input, { opNumber: 1, time: 0 })),
      decodeResult(machine.query!(input)),
    ];
    for (const outcome of outcomes) assert(!outcome.ok && outcome.error.code === "malformed_json");
  }
  assertEquals(textOf(machine), '{"lines":[],"lengths":{}}');
});

Deno.test("jsonStateMachine() lets no query change the state", () => {
  const machine = makeLog();
  send(machine, { say: "one" });
  const outcome = ask(machine, { spoil: true });
  assert(!outcome.ok && outcome.error.code === "state_read_only");
  assertEquals(ask(machine, { line: 0 }), { ok: true, result: "one" });
});

Deno.test("jsonStateMachine() has no query if the definition has none", () => {
  const machine = jsonStateMachine<{ n: number }, unknown, number>({
    initial: { n: 0 },
    apply: (state) => ++state.n,
  })();
  assertEquals(machine.query, undefined);
  assertEquals(send(machine, null), { ok: true, result: 1 });
});

Deno.test("jsonStateMachine() refuses an initial state that is not JSON", () => {
  const definition = { apply: () => 0 };
  assertThrows(() => jsonStateMachine({ ...definition, initial: { at: new Date(0) } }), NotJson);
  assertThrows(() => jsonStateMachine({ ...definition, initial: { a: [undefined] } }), NotJson);
});

Deno.test("snapshot() of a JSON state machine describes the moment of the call", () => {
  const machine = makeLog();
  for (let line = 0; line < 20_000; line++) send(machine, { say: `schön ${line}` });
  const expected = textOf(machine);
  const chunks: Uint8Array[] = [];
  const snapshot = machine.snapshot();
  send(machine, { say: "at once" });
  for (const chunk of snapshot) {
    chunks.push(chunk);
    send(machine, { say: "meanwhile" });
  }
  assert(chunks.length > 2 && chunks.every((chunk) => chunk.length <= 256 * 1024));
  const other = makeLog();
  other.restore(chunks);
  assertEquals(textOf(other), expected);
});

Deno.test("restore() of a JSON state machine keeps the order of members", () => {
  // Sorted members would iterate in another order in the replica that was restored.
  const machine = makeLog();
  for (const text of ["zebra", "ape", "10", "9", "__proto__"]) send(machine, { say: text });
  const other = makeLog();
  other.restore(machine.snapshot());
  assertEquals(textOf(other), textOf(machine));
  assert(textOf(other).includes('{"9":1,"10":2,"zebra":5,"ape":3,"__proto__":9}'));
});

Deno.test("restore() of a JSON state machine refuses a damaged snapshot and keeps its state", () => {
  const machine = makeLog();
  send(machine, { say: "one" });
  const before = textOf(machine);
  for (const text of ["", "{", "1", "null", '"text"', '{"lines":']) {
    const chunks = [new TextEncoder().encode(text)];
    const error = assertThrows(() => machine.restore(chunks), JsonSnapshotError);
    assertEquals(error.code, "snapshot_corrupt");
  }
  assertEquals(textOf(machine), before);
});

Deno.test("decodeResult() never throws, whatever the bytes", () => {
  const answers = ["", "null", "1", "{}", '{"ok":2}', '{"ok":false}', '{"ok":false,"error":{}}'];
  for (const answer of answers) {
    const outcome = decodeResult(new TextEncoder().encode(answer));
    assert(!outcome.ok && outcome.error.code === "unreadable");
  }
  const random = new Random(31);
  for (let round = 0; round < 1_000; round++) {
    assert(!decodeResult(random.bytes(random.below(30))).ok);
  }
});

Deno.test("jsonStateMachine() tells the objects of commands and queries, if its definition does", () => {
  const make = jsonStateMachine<object, { of?: string }, null, { of?: string }>({
    initial: {},
    apply: () => null,
    commandObject: ({ of }) => of!.toUpperCase(),
    queryObject: ({ of }) => of,
  });
  const machine = make();
  assertEquals(machine.commandObject?.(encodeCommand({ of: "a" })), "A");
  assertEquals(machine.queryObject?.(encodeCommand({ of: "a" })), "a");
  // Of nobody knows what, not a reason to crash.
  assertEquals(machine.commandObject?.(encodeCommand({})), undefined);
  assertEquals(machine.commandObject?.(new Uint8Array([1])), undefined);
  assertEquals(machine.queryObject?.(encodeCommand({ of: 7 })), undefined);
  assertEquals(makeLog().commandObject?.(encodeCommand({ say: "a" })), undefined);
});
