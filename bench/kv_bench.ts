/**
 * The key-value store by itself: what one replica needs to encode, decode and execute.
 *
 * ```sh
 * deno bench bench/kv_bench.ts
 * ```
 *
 * @module
 */
import {
  decodeCommand,
  decodeQueryResult,
  decodeResult,
  encodeCommand,
  encodeQuery,
  type KeyCommand,
} from "../protocols/kv/commands.ts";
import { KvStore } from "../protocols/kv/store.ts";

const KEYS = 100_000;
/** Commands that a bench cycles through; few enough to stay in the processor's cache. */
const SAMPLE = 1_000;

const value = new Uint8Array(100).map((_, index) => index);

/** Spreads the keys over the whole range, in no order. */
function keyOf(index: number): string {
  return `user:${String((index * 7919) % KEYS).padStart(12, "0")}`;
}

function putOf(index: number): KeyCommand {
  return { type: "put", key: keyOf(index), value };
}

function filledStore(): KvStore {
  const store = new KvStore();
  for (let index = 0; index < KEYS; index++) store.apply(encodeCommand(putOf(index)));
  return store;
}

const store = filledStore();
const commands = Array.from({ length: SAMPLE }, (_, index) => putOf(index * 97));
const puts = commands.map(encodeCommand);
const gets = commands.map(({ key }) => encodeQuery({ type: "get", key }));
const increments = commands.map((_, index) =>
  encodeCommand({ type: "increment", key: `counter:${index}`, delta: 1n })
);
const refused = commands.map(({ key }) =>
  encodeCommand({ type: "put", key, value, condition: { type: "absent" } })
);
const putResult = store.apply(puts[0]!);
const getResult = store.query(gets[0]!);
const scan = encodeQuery({ type: "scan", start: "user:000000050000", limit: 100 });
const page = store.query(scan);
const countAll = encodeQuery({ type: "scan", start: "user:000000050000", countOnly: true });

let turn = 0;
/** The next of a list, round and round. */
function next<T>(list: readonly T[]): T {
  turn = (turn + 1) % SAMPLE;
  return list[turn]!;
}

Deno.bench("encodeCommand: put of 100 bytes", { group: "codec" }, () => {
  encodeCommand(next(commands));
});
Deno.bench("decodeCommand: put of 100 bytes", { group: "codec" }, () => {
  decodeCommand(next(puts));
});
Deno.bench("decodeResult: put", { group: "codec" }, () => {
  decodeResult(putResult);
});
Deno.bench("decodeQueryResult: value of 100 bytes", { group: "codec" }, () => {
  decodeQueryResult(getResult);
});
Deno.bench("decodeQueryResult: page of 100 items", { group: "codec" }, () => {
  decodeQueryResult(page);
});

Deno.bench("apply: put over a value", { group: "100,000 keys" }, () => {
  store.apply(next(puts));
});
Deno.bench("apply: put whose condition fails", { group: "100,000 keys" }, () => {
  store.apply(next(refused));
});
Deno.bench("apply: increment", { group: "100,000 keys" }, () => {
  store.apply(next(increments));
});
Deno.bench("query: get", { group: "100,000 keys" }, () => {
  store.query(next(gets));
});
Deno.bench("query: page of 100 items", { group: "100,000 keys" }, () => {
  store.query(scan);
});
Deno.bench("query: count of 50,000 keys", { group: "100,000 keys" }, () => {
  store.query(countAll);
});

const chunks = [...store.snapshot()];

Deno.bench("snapshot: all chunks", { group: "snapshot of 100,000 keys" }, () => {
  for (const chunk of store.snapshot()) chunk.length;
});
Deno.bench("restore", { group: "snapshot of 100,000 keys" }, () => {
  new KvStore().restore(chunks);
});
Deno.bench("digest", { group: "snapshot of 100,000 keys" }, () => {
  store.digest();
});
