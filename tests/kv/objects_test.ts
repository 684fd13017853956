// Keys one by one against the whole store: the same commands and queries, and the same answers but for
// revisions.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import {
  decodeQueryResult,
  decodeResult,
  encodeBatch,
  encodeCommand,
  encodeQuery,
  type KeyCommand,
  type KvQuery,
  type KvQueryResult,
  type KvResult,
  type Page,
  type Scan,
} from "../../protocols/kv/commands.ts";
import { fromSortable, inRange, type KeyRange, toSortable } from "../../protocols/key_range.ts";
import { KvObjects } from "../../protocols/kv/objects.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import type { Objects, ObjectVisitor } from "../../protocols/object_machine.ts";
import { bytesOf, keysOf, Random, randomCommand, run, textOf } from "./helpers.ts";

interface Held {
  readonly state: Uint8Array | null;
  readonly revision: number;
}

/** What a replica does with the machine, but for replicating. Revisions of different keys are far apart. */
class Replica implements Objects {
  readonly machine: KvObjects;
  readonly unsettled = new Set<string>();
  readonly #objects = new Map<string, Held>();
  #shown = 0;

  constructor(machine = new KvObjects()) {
    this.machine = machine;
  }

  get revision(): number {
    return Math.max(0, ...[...this.#objects.values()].map(({ revision }) => revision));
  }

  get size(): number {
    return [...this.#objects.values()].filter(({ state }) => state !== null).length;
  }

  /** How many keys were shown since it was last asked. */
  get shown(): number {
    const shown = this.#shown;
    this.#shown = 0;
    return shown;
  }

  run(command: KeyCommand): KvResult {
    const bytes = encodeCommand(command);
    const { state, revision } = this.#held(this.machine.commandObject(bytes)!);
    // What is handed in is valid during the call only.
    const passing = state?.slice() ?? null;
    const next = (revision || command.key.length * 1000) + 1;
    const { result, after } = this.machine.execute(bytes, passing, revision, next);
    passing?.fill(0);
    bytes.fill(0);
    if (after !== undefined) this.#objects.set(command.key, { state: after, revision: next });
    const decoded = decodeResult(result);
    assert(decoded.type !== "unreadable");
    return decoded;
  }

  ask(query: KvQuery): KvQueryResult | readonly string[] {
    const bytes = encodeQuery(query);
    const key = this.machine.queryObject(bytes);
    const answer = key === undefined
      ? this.machine.answerAll(bytes, this)
      : this.machine.answer(bytes, this.#held(key).state, this.#held(key).revision);
    if (!(answer instanceof Uint8Array)) return answer.map(fromSortable);
    const decoded = decodeQueryResult(answer);
    assert(decoded.type !== "unreadable");
    return decoded;
  }

  ascend(range: KeyRange, visit: ObjectVisitor): void {
    this.#visit(range, 1, visit);
  }

  descend(range: KeyRange, visit: ObjectVisitor): void {
    this.#visit(range, -1, visit);
  }

  #held(key: string): Held {
    return this.#objects.get(key) ?? { state: null, revision: 0 };
  }

  #visit(range: KeyRange, direction: 1 | -1, visit: ObjectVisitor): void {
    const names = [...this.#objects.keys()].map(toSortable).filter((name) => inRange(range, name));
    for (const name of names.sort((a, b) => (a < b ? -1 : 1) * direction)) {
      const key = fromSortable(name);
      const { state, revision } = this.#held(key);
      if (state === null && !this.unsettled.has(key)) continue;
      this.#shown++;
      const object = this.unsettled.has(key) ? "unsettled" : { state: state!, revision };
      if (!visit(name, object)) return;
    }
  }
}

function replicaOf(...keys: string[]): Replica {
  const replica = new Replica();
  for (const key of keys) replica.run({ type: "put", key, value: bytesOf(`value of ${key}`) });
  return replica;
}

function page(replica: Replica, scan: Omit<Scan, "type">): Page {
  const result = replica.ask({ type: "scan", ...scan });
  assert("type" in result && result.type === "page", JSON.stringify(result));
  return result;
}

/** A result without what the two number differently, `modRevision` of absent keys excepted. */
function comparable(result: KvResult | KvQueryResult): unknown {
  const mask = (name: string, value: unknown) => {
    if (name.endsWith("evision") && value !== 0) return undefined;
    if (name === "revision" || name === "cursor") return undefined;
    if (typeof value === "bigint") return `${value}n`;
    return value instanceof Uint8Array ? textOf(value) : value;
  };
  return JSON.parse(JSON.stringify(result, mask));
}

/** The same command, where it asks for a revision, with one that is right, or not, for both alike. */
function adapted(command: KeyCommand, store: KvStore, replica: Replica): [KeyCommand, KeyCommand] {
  if (command.type === "increment" || command.condition?.type !== "mod-revision") {
    return [command, command];
  }
  const isRight = command.condition.modRevision < 25;
  const revisions = [store, replica].map((asked) => {
    const query = { type: "get", key: command.key } as const;
    const found = asked === store
      ? decodeQueryResult(store.query(encodeQuery(query)))
      : replica.ask(query) as KvQueryResult;
    return found.type === "found" ? found.modRevision : 0;
  });
  const withRevision = (right: number): KeyCommand => {
    const modRevision = isRight ? right : right + 1;
    return { ...command, condition: { type: "mod-revision", modRevision } };
  };
  return [withRevision(revisions[0]!), withRevision(revisions[1]!)];
}

function randomScan(random: Random): Scan {
  const reverse = random.below(2) === 0;
  const shape = { keysOnly: random.below(3) === 0, limit: 1 + random.below(12), reverse };
  const key = () => `key-${random.below(20)}`;
  switch (random.below(4)) {
    case 0:
      return { type: "scan", ...shape };
    case 1:
      return { type: "scan", ...shape, prefix: "key-1" };
    case 2:
      return { type: "scan", ...shape, start: key(), end: key() };
    default:
      return { type: "scan", countOnly: true, reverse, start: key() };
  }
}

Deno.test("KvObjects answers commands and queries as KvStore does, but for revisions", () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    const store = new KvStore();
    const replica = new Replica();
    const both = (query: KvQuery) => {
      const expected = decodeQueryResult(store.query(encodeQuery(query)));
      const actual = replica.ask(query);
      assert(expected.type !== "unreadable" && "type" in actual, JSON.stringify(actual));
      assertEquals(comparable(actual), comparable(expected), JSON.stringify(query));
      const cursors = [expected, actual].map((r) => r.type === "page" ? r.cursor : null);
      assertEquals(cursors[1], cursors[0]);
      return cursors[0];
    };
    for (let round = 0; round < 200; round++) {
      const [forStore, forReplica] = adapted(randomCommand(random, 20), store, replica);
      const expected = run(store, forStore);
      const actual = replica.run(forReplica);
      const what = `seed ${seed}: ${forReplica.type} of ${forReplica.key}`;
      assertEquals(comparable(actual), comparable(expected), what);
      both({ type: "get", key: `key-${random.below(20)}` });
      both({ type: "size" });
      const scan = randomScan(random);
      for (let cursor = both(scan); cursor !== null;) cursor = both({ ...scan, cursor });
    }
  }
});

Deno.test("KvObjects.execute() gives a key the revision that it is told", () => {
  const replica = new Replica();
  const first = replica.run({ type: "put", key: "a", value: bytesOf("1") });
  assertEquals(first, {
    type: "put",
    revision: 1001,
    createRevision: 1001,
    modRevision: 1001,
    version: 1,
    created: true,
  });
  const sum = replica.run({ type: "increment", key: "a", delta: 2n });
  assertEquals(sum, {
    type: "incremented",
    revision: 1002,
    createRevision: 1001,
    modRevision: 1002,
    version: 2,
    created: false,
    value: 3n,
  });
  assertEquals(replica.ask({ type: "get", key: "a" }), {
    type: "found",
    revision: 1002,
    createRevision: 1001,
    modRevision: 1002,
    version: 2,
    value: bytesOf("3"),
  });
});

Deno.test("KvObjects.execute() begins a deleted key anew, above the revision of its deletion", () => {
  const replica = replicaOf("a");
  assertEquals(replica.run({ type: "delete", key: "a" }), {
    type: "deleted",
    revision: 1002,
    deleted: true,
  });
  assertEquals(replica.run({ type: "delete", key: "a" }), {
    type: "deleted",
    revision: 1002,
    deleted: false,
  });
  const condition = { type: "mod-revision", modRevision: 1002 } as const;
  const refused = replica.run({ type: "put", key: "a", value: bytesOf("1"), condition });
  assertEquals(refused, { type: "precondition_failed", revision: 1002, modRevision: 0 });
  assertEquals(replica.ask({ type: "get", key: "a" }), { type: "absent", revision: 1002 });
  const again = replica.run({ type: "put", key: "a", value: bytesOf("1") });
  assert(again.type === "put");
  assertEquals([again.created, again.createRevision, again.version], [true, 1003, 1]);
});

Deno.test("KvObjects.execute() refuses what is too large, and changes nothing", () => {
  const replica = new Replica(new KvObjects({ keyBytesMax: 4, valueBytesMax: 20 }));
  const value = new Uint8Array(21);
  assertEquals(replica.run({ type: "put", key: "a", value }), {
    type: "too_large",
    revision: 0,
    what: "value",
    bytes: 21,
    limit: 20,
  });
  assertEquals(replica.run({ type: "delete", key: "ababa" }), {
    type: "too_large",
    revision: 0,
    what: "key",
    bytes: 5,
    limit: 4,
  });
  assertEquals(replica.size, 0);
  assertThrows(() => new KvObjects({ valueBytesMax: 1 }), TroupeError, "valueBytesMax");
});

Deno.test("KvObjects.isReadModifyWrite() is true of all but puts without a condition", () => {
  const value = bytesOf("1");
  const commands: readonly [KeyCommand, boolean][] = [
    [{ type: "put", key: "a", value }, false],
    [{ type: "put", key: "a", value, condition: { type: "absent" } }, true],
    [{ type: "put", key: "a", value, condition: { type: "exists" } }, true],
    [{ type: "delete", key: "a" }, true],
    [{ type: "increment", key: "a", delta: 1n }, true],
  ];
  for (const [command, isReadModifyWrite] of commands) {
    const bytes = encodeCommand(command);
    assertEquals(new KvObjects().isReadModifyWrite(bytes), isReadModifyWrite, command.type);
  }
});

Deno.test("KvObjects refuses bytes that are no command and no query, with a reason", () => {
  const machine = new KvObjects();
  const random = new Random(9);
  for (let round = 0; round < 1_000; round++) {
    const garbage = Uint8Array.of(5 + random.below(251), ...random.bytes(random.below(40)));
    assertEquals(machine.commandObject(garbage), undefined);
    assertEquals(decodeResult(machine.refuse(garbage)!).type, "malformed");
    assertEquals(machine.queryObject(garbage), undefined);
    const answer = machine.answerAll(garbage, new Replica());
    assert(answer instanceof Uint8Array);
    assertEquals(decodeQueryResult(answer).type, "malformed");
  }
  const command = encodeCommand({ type: "delete", key: "a" });
  assertEquals([machine.commandObject(command), machine.refuse(command)], ["a", undefined]);
  const batch = encodeBatch([command]);
  assertEquals([machine.commandObject(batch), machine.refuse(batch)], [undefined, undefined]);
});

Deno.test("KvObjects.answerAll() of a scan names what has to be settled first, and no more", () => {
  const replica = replicaOf("a", "b", "c", "d", "e", "f");
  for (const key of ["b", "d", "f"]) replica.unsettled.add(key);
  assertEquals(replica.ask({ type: "scan", limit: 1 }), ["b"]);
  assertEquals(replica.ask({ type: "scan", limit: 3 }), ["b", "d"]);
  assertEquals(replica.ask({ type: "scan" }), ["b", "d", "f"]);
  assertEquals(replica.ask({ type: "scan", reverse: true, limit: 2 }), ["f", "d"]);
  assertEquals(replica.ask({ type: "scan", start: "e" }), ["f"]);
  assertEquals(replica.ask({ type: "scan", countOnly: true, end: "e" }), ["b", "d"]);
  assertEquals(replica.ask({ type: "size" }), { type: "count", revision: 1001, count: 6 });
  replica.unsettled.delete("b");
  assertEquals(keysOf(page(replica, { limit: 2 })), ["a", "b"]);
});

Deno.test("KvObjects.answerAll() of a scan looks no further than a page, settled or not", () => {
  const replica = replicaOf(...Array.from({ length: 50 }, (_, index) => `${index}`));
  page(replica, { limit: 10 });
  assertEquals(replica.shown, 11);
  replica.unsettled.add("0");
  replica.ask({ type: "scan", limit: 10 });
  assertEquals(replica.shown, 11);
});

Deno.test("KvObjects.answerAll() of a scan fills the page when what was unsettled is gone", () => {
  const replica = replicaOf("a", "b", "c", "d");
  replica.unsettled.add("a");
  assertEquals(replica.ask({ type: "scan", limit: 2 }), ["a"]);
  replica.run({ type: "delete", key: "a" });
  replica.unsettled.clear();
  const first = page(replica, { limit: 2 });
  assertEquals(keysOf(first), ["b", "c"]);
  assertEquals(keysOf(page(replica, { limit: 2, cursor: first.cursor! })), ["d"]);
});

Deno.test("KvObjects.mergeResults() takes the greatest revision: they cannot be added up", () => {
  const shares = [replicaOf("a", "ccc"), replicaOf("bb"), replicaOf()];
  const query = { type: "scan" } as const;
  const bytes = encodeQuery(query);
  const answers = shares.map((share) => share.machine.answerAll(bytes, share) as Uint8Array);
  const merged = decodeQueryResult(new KvObjects().mergeResults(bytes, answers));
  assert(merged.type === "page");
  assertEquals([keysOf(merged), merged.revision], [["a", "bb", "ccc"], 3001]);
});
