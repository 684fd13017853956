// The encodings: whatever is written is read back the same, and no bytes make a decoder throw.
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeCommand,
  decodeQuery,
  decodeQueryResult,
  decodeResult,
  encodeBatch,
  encodeCommand,
  encodeQuery,
  encodeQueryResult,
  encodeResult,
  INTEGER_MAX,
  INTEGER_MIN,
  type KvCommand,
  KvInputError,
  type KvQuery,
  type KvQueryResult,
  type KvResult,
} from "../../protocols/kv/commands.ts";
import { bytesOf, Random } from "./helpers.ts";

const ODD_KEYS = [
  "a",
  "schlüssel/ñ",
  "\ufeffwith a byte order mark",
  "🐘",
  "\u0000",
  "x".repeat(1024),
];
const METADATA = { createRevision: 3, modRevision: 2 ** 40, version: 7 };

const COMMANDS: readonly KvCommand[] = [
  ...ODD_KEYS.map((key): KvCommand => ({ type: "put", key, value: bytesOf("value") })),
  { type: "put", key: "k", value: new Uint8Array() },
  {
    type: "put",
    key: "k",
    value: bytesOf("v"),
    condition: { type: "mod-revision", modRevision: 2 ** 53 - 1 },
  },
  { type: "put", key: "k", value: bytesOf("v"), condition: { type: "exists" } },
  { type: "put", key: "k", value: bytesOf("v"), condition: { type: "absent" } },
  { type: "put", key: "k", value: bytesOf("v"), condition: { type: "value", value: bytesOf("w") } },
  { type: "delete", key: "k" },
  { type: "delete", key: "k", condition: { type: "mod-revision", modRevision: 0 } },
  { type: "delete", key: "k", condition: { type: "value", value: new Uint8Array() } },
  ...[0n, 1n, -1n, INTEGER_MAX, INTEGER_MIN, 2n ** 32n, -(2n ** 32n) - 1n]
    .map((delta): KvCommand => ({ type: "increment", key: "k", delta })),
  {
    type: "batch",
    commands: [
      { type: "put", key: "k", value: bytesOf("v") },
      { type: "put", key: "k", value: new Uint8Array(), condition: { type: "absent" } },
      { type: "delete", key: "l", condition: { type: "value", value: bytesOf("w") } },
      { type: "increment", key: "m", delta: -1n },
    ],
  },
  { type: "batch", commands: [{ type: "delete", key: "k" }] },
];

const SCAN = {
  type: "scan",
  limit: 100,
  prefix: undefined,
  start: undefined,
  end: undefined,
  cursor: undefined,
  keysOnly: false,
  countOnly: false,
  reverse: false,
} as const;

const QUERIES: readonly KvQuery[] = [
  ...ODD_KEYS.map((key): KvQuery => ({ type: "get", key })),
  SCAN,
  { ...SCAN, limit: 1000, prefix: "", reverse: true },
  { ...SCAN, start: "a", end: "b", keysOnly: true },
  { ...SCAN, end: "🐘", countOnly: true },
  { ...SCAN, cursor: "AbC-_" },
  { type: "size" },
];

const RESULTS: readonly KvResult[] = [
  { type: "put", revision: 9, createRevision: 9, modRevision: 9, version: 1, created: true },
  { type: "put", revision: 9, createRevision: 3, modRevision: 9, version: 4, created: false },
  { type: "deleted", revision: 9, deleted: true },
  { type: "deleted", revision: 9, deleted: false },
  {
    type: "incremented",
    revision: 9,
    createRevision: 2,
    modRevision: 9,
    version: 2,
    created: false,
    value: -42n,
  },
  { type: "precondition_failed", revision: 9, modRevision: 0 },
  { type: "not_a_number", revision: 9, modRevision: 8 },
  { type: "number_overflow", revision: 9, modRevision: 8 },
  { type: "too_large", revision: 9, what: "key", bytes: 2000, limit: 1024 },
  { type: "too_large", revision: 9, what: "value", bytes: 2 ** 32 - 1, limit: 1024 },
  { type: "malformed", revision: 9, reason: "Key is empty" },
  {
    type: "batch",
    revision: 10,
    results: [
      { type: "put", revision: 9, createRevision: 9, modRevision: 9, version: 1, created: true },
      { type: "deleted", revision: 9, deleted: false },
      { type: "too_large", revision: 9, what: "key", bytes: 2000, limit: 1024 },
      { type: "precondition_failed", revision: 10, modRevision: 10 },
    ],
  },
];

const QUERY_RESULTS: readonly KvQueryResult[] = [
  { type: "found", revision: 9, ...METADATA, value: bytesOf("value") },
  { type: "found", revision: 9, ...METADATA, value: new Uint8Array() },
  { type: "absent", revision: 9 },
  { type: "count", revision: 9, count: 2 ** 33 },
  { type: "page", revision: 9, items: [], cursor: null },
  { type: "page", revision: 9, items: [{ key: "🐘", ...METADATA }], cursor: "abc" },
  {
    type: "page",
    revision: 9,
    items: [
      { key: "a", ...METADATA, value: bytesOf("1") },
      { key: "b", ...METADATA, value: new Uint8Array() },
    ],
    cursor: null,
  },
  { type: "malformed", revision: 9, reason: "Key is empty" },
];

Deno.test("decodeCommand() reads what encodeCommand() wrote", () => {
  for (const command of COMMANDS) assertEquals(decodeCommand(encodeCommand(command)), command);
});

Deno.test("encodeCommand() refuses a batch without commands", () => {
  assertThrows(() => encodeCommand({ type: "batch", commands: [] }), KvInputError, "no commands");
});

Deno.test("decodeCommand() takes no batch in a batch, none that is empty, none under a condition", () => {
  const inner = encodeCommand({ type: "batch", commands: [{ type: "delete", key: "k" }] });
  const conditional = inner.slice();
  conditional[1] = 2;
  for (
    const bytes of [encodeBatch([inner]), Uint8Array.of(4, 0), conditional, inner.slice(0, -1)]
  ) {
    assertEquals(decodeCommand(bytes).type, "malformed");
  }
});

Deno.test("decodeQuery() reads what encodeQuery() wrote", () => {
  for (const query of QUERIES) assertEquals(decodeQuery(encodeQuery(query)), query);
});

Deno.test("decodeResult() reads what encodeResult() wrote", () => {
  for (const result of RESULTS) assertEquals(decodeResult(encodeResult(result)), result);
});

Deno.test("decodeQueryResult() reads what encodeQueryResult() wrote", () => {
  for (const result of QUERY_RESULTS) {
    assertEquals(decodeQueryResult(encodeQueryResult(result)), result);
  }
});

Deno.test("encodeQuery() fills in the defaults of a scan", () => {
  assertEquals(decodeQuery(encodeQuery({ type: "scan" })), SCAN);
});

Deno.test("encodeCommand() makes a put of a short key 6 bytes longer than key and value", () => {
  const bytes = encodeCommand({ type: "put", key: "key", value: new Uint8Array(100) });
  assertEquals(bytes.length, 6 + 3 + 100);
});

Deno.test("encodeCommand() refuses what could never make sense", () => {
  const value = bytesOf("v");
  const condition = (modRevision: number) => ({ type: "mod-revision", modRevision }) as const;
  const cases: [string, KvCommand][] = [
    ["bad_request", { type: "put", key: "", value }],
    ["bad_request", { type: "put", key: "lone \ud83d surrogate", value }],
    ["too_large", { type: "put", key: "x".repeat(8193), value }],
    ["too_large", { type: "put", key: "ü".repeat(4097), value }],
    ["bad_request", { type: "put", key: "k", value, condition: condition(-1) }],
    ["bad_request", { type: "put", key: "k", value, condition: condition(1.5) }],
    ["bad_request", { type: "delete", key: "k", condition: condition(2 ** 53) }],
    ["bad_request", { type: "increment", key: "k", delta: INTEGER_MAX + 1n }],
    ["bad_request", { type: "increment", key: "k", delta: INTEGER_MIN - 1n }],
  ];
  for (const [code, command] of cases) {
    assertEquals(assertThrows(() => encodeCommand(command), KvInputError).code, code);
  }
});

Deno.test("encodeQuery() refuses what could never make sense", () => {
  const cases: KvQuery[] = [
    { type: "get", key: "" },
    { type: "scan", limit: 0 },
    { type: "scan", limit: 1001 },
    { type: "scan", limit: 1.5 },
    { type: "scan", prefix: "a", start: "b" },
    { type: "scan", prefix: "a", end: "b" },
    { type: "scan", prefix: "\udc00" },
    { type: "scan", countOnly: true, cursor: "abc" },
  ];
  for (const query of cases) {
    assertEquals(assertThrows(() => encodeQuery(query), KvInputError).code, "bad_request");
  }
});

Deno.test("decodeCommand() gives a reason for bytes that are no command", () => {
  const put = encodeCommand({ type: "put", key: "key", value: bytesOf("v") });
  const increment = encodeCommand({ type: "increment", key: "key", delta: 1n });
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /1 bytes wanted at byte 0/],
    [Uint8Array.of(99, ...put.slice(1)), /No command with tag 99/],
    [Uint8Array.of(1, 99, ...put.slice(2)), /No condition with tag 99/],
    [put.slice(0, 8), /3 bytes wanted/],
    [Uint8Array.of(1, 0, 0, 0, 0, 0, 1), /Key is empty/],
    [Uint8Array.of(1, 0, 0, 0, 0, 1, 0xff), /Key is not valid UTF-8/],
    [Uint8Array.of(1, 0, 0xff, 0xff, 0xff, 0xff, 1), /exceeds its limit of 8192/],
    [Uint8Array.of(...increment, 0), /1 bytes left over/],
    [Uint8Array.of(3, 2, ...increment.slice(2)), /takes no condition/],
  ];
  for (const [bytes, expected] of cases) {
    const result = decodeCommand(bytes);
    assert(result.type === "malformed" && expected.test(result.reason), JSON.stringify(result));
  }
});

Deno.test("decoders never throw, whatever the bytes", () => {
  const random = new Random(1);
  const valid = [
    ...COMMANDS.map(encodeCommand),
    ...QUERIES.map(encodeQuery),
    ...RESULTS.map(encodeResult),
    ...QUERY_RESULTS.map(encodeQueryResult),
  ];
  let refused = 0;
  for (let round = 0; round < 50_000; round++) {
    const bytes = round % 3 === 0 ? random.bytes(random.below(60)) : mutated(random, valid);
    const decoded = [
      decodeCommand(bytes).type,
      decodeQuery(bytes).type,
      decodeResult(bytes).type,
      decodeQueryResult(bytes).type,
    ];
    refused += decoded.filter((type) => type === "malformed" || type === "unreadable").length;
  }
  assert(refused > 50_000 && refused < 200_000, `${refused} of 200,000 refused`);
});

function mutated(random: Random, valid: readonly Uint8Array[]): Uint8Array {
  const bytes = random.of(valid).slice();
  if (random.below(3) === 0) return bytes.slice(0, random.below(bytes.length + 1));
  for (let flips = random.below(4); flips >= 0; flips--) {
    bytes[random.below(bytes.length)] = random.below(256);
  }
  return bytes;
}
