// The rules of commands, one by one.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { decodeResult, encodeCommand, encodeQuery } from "../../protocols/kv/commands.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { ask, bytesOf, get, put, Random, randomCommand, run } from "./helpers.ts";

Deno.test("KvStore.apply() of a put tells creation from replacement", () => {
  const store = new KvStore();
  assertEquals(put(store, "a", "1"), {
    type: "put",
    revision: 1,
    createRevision: 1,
    modRevision: 1,
    version: 1,
    created: true,
  });
  put(store, "b", "1");
  assertEquals(put(store, "a", "2"), {
    type: "put",
    revision: 3,
    createRevision: 1,
    modRevision: 3,
    version: 2,
    created: false,
  });
  assertEquals(get(store, "a"), "2");
});

Deno.test("KvStore.apply() counts a put of the same value as a write", () => {
  const store = new KvStore();
  put(store, "a", "1");
  put(store, "a", "1");
  assertEquals(store.revision, 2);
});

Deno.test("KvStore.apply() of a delete takes a revision only if the key was there", () => {
  const store = new KvStore();
  put(store, "a", "1");
  assertEquals(run(store, { type: "delete", key: "a" }), {
    type: "deleted",
    revision: 2,
    deleted: true,
  });
  assertEquals(run(store, { type: "delete", key: "a" }), {
    type: "deleted",
    revision: 2,
    deleted: false,
  });
  assertEquals([get(store, "a"), store.size], [undefined, 0]);
});

Deno.test("KvStore.apply() begins a key anew after it was deleted", () => {
  const store = new KvStore();
  put(store, "a", "1");
  put(store, "a", "2");
  run(store, { type: "delete", key: "a" });
  const result = put(store, "a", "3");
  assert(result.type === "put");
  assertEquals([result.created, result.createRevision, result.version], [true, 4, 1]);
});

Deno.test("KvStore.query() of a get returns value and metadata, or absence", () => {
  const store = new KvStore();
  put(store, "a", "1");
  put(store, "b", "1");
  put(store, "a", "2");
  assertEquals(ask(store, { type: "get", key: "a" }), {
    type: "found",
    revision: 3,
    createRevision: 1,
    modRevision: 3,
    version: 2,
    value: bytesOf("2"),
  });
  assertEquals(ask(store, { type: "get", key: "c" }), { type: "absent", revision: 3 });
  assertEquals(ask(store, { type: "size" }), { type: "count", revision: 3, count: 2 });
});

Deno.test("KvStore keeps an empty value apart from an absent key", () => {
  const store = new KvStore();
  put(store, "a", "");
  assertEquals([get(store, "a"), get(store, "b")], ["", undefined]);
});

Deno.test("KvStore copies what it keeps", () => {
  const store = new KvStore();
  const command = encodeCommand({ type: "put", key: "a", value: bytesOf("before") });
  store.apply(command);
  command.fill(0);
  assertEquals(get(store, "a"), "before");
  const result = ask(store, { type: "get", key: "a" });
  assert(result.type === "found");
  result.value.fill(0);
  assertEquals(get(store, "a"), "before");
});

Deno.test("KvStore.apply() writes only if the condition holds", () => {
  const value = bytesOf("new");
  const cases = [
    { condition: { type: "mod-revision", modRevision: 1 }, present: true, absent: false },
    { condition: { type: "mod-revision", modRevision: 2 }, present: false, absent: false },
    { condition: { type: "mod-revision", modRevision: 0 }, present: false, absent: true },
    { condition: { type: "exists" }, present: true, absent: false },
    { condition: { type: "absent" }, present: false, absent: true },
    { condition: { type: "value", value: bytesOf("old") }, present: true, absent: false },
    { condition: { type: "value", value: bytesOf("odd") }, present: false, absent: false },
    { condition: { type: "value", value: bytesOf("older") }, present: false, absent: false },
    { condition: { type: "value", value: bytesOf("") }, present: false, absent: false },
  ] as const;
  for (const { condition, present, absent } of cases) {
    for (const type of ["put", "delete"] as const) {
      const command = { type, key: "a", value, condition };
      const store = new KvStore();
      const refusedAbsent = run(store, command).type === "precondition_failed";
      assertEquals(refusedAbsent, !absent, `${type} of an absent key if ${condition.type}`);
      const other = new KvStore();
      put(other, "a", "old");
      const result = run(other, command);
      assertEquals(result.type === "precondition_failed", !present, `${type} if ${condition.type}`);
      if (!present) {
        assertEquals(result, { type: "precondition_failed", revision: 1, modRevision: 1 });
        assertEquals([get(other, "a"), other.revision], ["old", 1]);
      }
    }
  }
});

Deno.test("KvStore.apply() reports modRevision 0 when the condition fails on an absent key", () => {
  const result = run(new KvStore(), { type: "delete", key: "a", condition: { type: "exists" } });
  assertEquals(result, { type: "precondition_failed", revision: 0, modRevision: 0 });
});

Deno.test("KvStore.apply() answers garbage with a reason and changes nothing", () => {
  const store = new KvStore();
  const random = new Random(9);
  put(store, "a", "1");
  const before = store.digest();
  for (let round = 0; round < 2_000; round++) {
    // The first byte is no command's, so that whatever follows cannot be one.
    const garbage = Uint8Array.of(4 + random.below(252), ...random.bytes(random.below(40)));
    const result = decodeResult(store.apply(garbage));
    assert(result.type === "malformed" && result.revision === 1, JSON.stringify(result));
  }
  assertEquals(decodeResult(store.query(new Uint8Array())).type, "malformed");
  assertEquals(store.digest(), before);
});

Deno.test("KvStore refuses keys and values beyond its limits, counted in bytes", () => {
  const store = new KvStore({ keyBytesMax: 8, valueBytesMax: 20 });
  const value = new Uint8Array(20);
  assertEquals(run(store, { type: "put", key: "12345678", value }).type, "put");
  assertEquals(run(store, { type: "put", key: "üüüü", value }).type, "put");
  assertEquals(run(store, { type: "put", key: "🐘🐘", value }).type, "put");
  const tooLarge = { type: "too_large", revision: 3 } as const;
  assertEquals(
    run(store, { type: "put", key: "üüüü!", value }),
    { ...tooLarge, what: "key", bytes: 9, limit: 8 },
  );
  assertEquals(
    run(store, { type: "increment", key: "見見見", delta: 1n }),
    { ...tooLarge, what: "key", bytes: 9, limit: 8 },
  );
  assertEquals(
    run(store, { type: "delete", key: "🐘🐘x" }),
    { ...tooLarge, what: "key", bytes: 9, limit: 8 },
  );
  assertEquals(
    run(store, { type: "put", key: "a", value: new Uint8Array(21) }),
    { ...tooLarge, what: "value", bytes: 21, limit: 20 },
  );
  assertEquals(store.size, 3);
});

Deno.test("KvStore takes keys of 1 KiB and values of 512 KiB unless told otherwise", () => {
  const store = new KvStore();
  const key = "k".repeat(1024);
  const value = new Uint8Array(512 * 1024).fill(7);
  assertEquals(run(store, { type: "put", key, value }).type, "put");
  const found = ask(store, { type: "get", key });
  assert(found.type === "found");
  assertEquals(found.value, value);
  assertEquals(run(store, { type: "put", key: `${key}k`, value }).type, "too_large");
  const larger = new Uint8Array(512 * 1024 + 1);
  assertEquals(run(store, { type: "put", key, value: larger }).type, "too_large");
});

Deno.test("KvStore refuses options out of bounds", () => {
  for (const keyBytesMax of [0, 8193, 1.5, NaN]) {
    assertThrows(() => new KvStore({ keyBytesMax }), TroupeError, "keyBytesMax");
  }
  for (const valueBytesMax of [19, 2 ** 40, -1]) {
    assertThrows(() => new KvStore({ valueBytesMax }), TroupeError, "valueBytesMax");
  }
});

Deno.test("KvStore.apply() of a batch executes its commands in their order, each for itself", () => {
  const store = new KvStore({ valueBytesMax: 20 });
  const result = run(store, {
    type: "batch",
    commands: [
      { type: "put", key: "a", value: bytesOf("1") },
      { type: "increment", key: "a", delta: 2n },
      { type: "put", key: "b", value: bytesOf("x"), condition: { type: "exists" } },
      { type: "put", key: "b", value: new Uint8Array(21) },
      { type: "delete", key: "c" },
      { type: "put", key: "c", value: bytesOf("y") },
    ],
  });
  assert(result.type === "batch");
  assertEquals(
    result.results.map(({ type, revision }) => `${type} ${revision}`),
    ["put 1", "incremented 2", "precondition_failed 2", "too_large 2", "deleted 2", "put 3"],
  );
  assertEquals([result.revision, store.revision], [3, 3]);
  assertEquals([get(store, "a"), get(store, "b"), get(store, "c")], ["3", undefined, "y"]);
});

Deno.test("KvStore.apply() of a batch does what its commands do one after the other", () => {
  const random = new Random(11);
  const [one, other] = [new KvStore(), new KvStore()];
  for (let round = 0; round < 300; round++) {
    const commands = Array.from({ length: 1 + random.below(20) }, () => randomCommand(random, 50));
    const result = run(one, { type: "batch", commands });
    const results = commands.map((command) => run(other, command));
    assert(result.type === "batch");
    assertEquals(result.results, results as typeof result.results);
    assertEquals(result.revision, other.revision);
  }
  assertEquals(one.digest(), other.digest());
});

Deno.test("KvStore.apply() executes nothing of a batch that is damaged", () => {
  const store = new KvStore();
  const bytes = encodeCommand({
    type: "batch",
    commands: [{ type: "put", key: "a", value: bytesOf("1") }, { type: "delete", key: "b" }],
  });
  const result = decodeResult(store.apply(bytes.slice(0, -1)));
  assertEquals([result.type, store.revision], ["malformed", 0]);
});

Deno.test("KvStore gives every replica the same results and the same digest", () => {
  const random = new Random(10);
  const stores = [new KvStore(), new KvStore()] as const;
  for (let step = 0; step < 20_000; step++) {
    const command = encodeCommand(randomCommand(random, 200));
    assertEquals(stores[0].apply(command), stores[1].apply(command));
    if (step % 5_000 === 0) assertEquals(stores[0].digest(), stores[1].digest());
  }
  assertEquals(stores[0].digest(), stores[1].digest());
});

Deno.test("KvStore.digest() changes with any part of the state", () => {
  const digests = new Set<string>();
  const store = new KvStore();
  digests.add(store.digest());
  put(store, "a", "1");
  digests.add(store.digest());
  put(store, "a", "1");
  digests.add(store.digest());
  put(store, "b", "1");
  digests.add(store.digest());
  run(store, { type: "delete", key: "b" });
  digests.add(store.digest());
  assertEquals(digests.size, 5);
});

Deno.test("KvStore tells the key that a command or a query is about, and that others are about many", () => {
  const store = new KvStore();
  const of = (command: Parameters<typeof encodeCommand>[0]) =>
    store.commandObject(encodeCommand(command));
  assertEquals(of({ type: "put", key: "a", value: bytesOf("1") }), "a");
  assertEquals(of({ type: "delete", key: "b" }), "b");
  assertEquals(of({ type: "increment", key: "c", delta: 1n }), "c");
  assertEquals(store.commandObject(new Uint8Array([9, 9])), undefined);
  const batch = encodeCommand({
    type: "batch",
    commands: [{ type: "delete", key: "a" }, { type: "delete", key: "b" }],
  });
  assertEquals(store.commandObject(batch), undefined);
  assertEquals(store.commandObjects(batch), ["a", "b"]);
  for (const other of [encodeCommand({ type: "delete", key: "a" }), new Uint8Array([4, 9])]) {
    assertEquals(store.commandObjects(other), undefined);
  }
  assertEquals(store.queryObject(encodeQuery({ type: "get", key: "a" })), "a");
  for (const query of [{ type: "scan", prefix: "a" }, { type: "size" }] as const) {
    assertEquals(store.queryObject(encodeQuery(query)), undefined);
  }
  assertEquals(store.queryObject(new Uint8Array([9, 9])), undefined);
});
