import { assertEquals, assertRejects } from "@std/assert";
import { decodeCommand, encodeCommand, type KeyResult } from "../../protocols/kv/commands.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { RespError } from "../../transport/resp/reply.ts";
import { WriteGroups } from "../../transport/resp/write_groups.ts";
import {
  type Answer,
  type Requests,
  type SubmitOptions,
  Unavailable,
} from "../../transport/service.ts";

/** Executes what is submitted when it is told to. */
class SlowRequests implements Requests {
  readonly store = new KvStore();
  /** How many commands each submission has, 0 for one that is no batch. */
  readonly submitted: number[] = [];
  readonly timeouts: number[] = [];
  readonly #waiting: (() => void)[] = [];
  #more = Promise.withResolvers<void>();

  async submit(command: Uint8Array, { timeoutMs }: SubmitOptions = {}): Promise<Answer> {
    const decoded = decodeCommand(command);
    this.submitted.push(decoded.type === "batch" ? decoded.commands.length : 0);
    this.timeouts.push(timeoutMs!);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#more.resolve();
    this.#more = Promise.withResolvers();
    await promise;
    return { result: this.store.apply(command), opNumber: 1 };
  }

  query(): Promise<Answer> {
    return Promise.reject(new Unavailable("No queries here"));
  }

  openSession(): Promise<number> {
    return Promise.resolve(1);
  }

  /** Waits until so many were submitted. */
  async until(count: number): Promise<void> {
    while (this.submitted.length < count) await this.#more.promise;
  }

  /** Executes the first that waits. */
  release(): void {
    this.#waiting.shift()!();
  }
}

function setUp(commandBytesMax = 1_000) {
  const requests = new SlowRequests();
  const clock = { now: 0 };
  const now = () => clock.now;
  return {
    requests,
    clock,
    groups: new WriteGroups({ requests, commandBytesMax, requestMs: 500, now }),
  };
}

const put = (key: string, bytes = 1) =>
  encodeCommand({ type: "put", key, value: new Uint8Array(bytes) });
const puts = (count: number) => Array.from({ length: count }, () => put("k"));
const types = (results: readonly KeyResult[]) => results.map(({ type }) => type);

Deno.test("WriteGroups.addAll() makes one command of the writes of a turn, and tells each its own results", async () => {
  const { requests, groups } = setUp();
  const number = groups.groupFor(20);
  const first = groups.addAll([put("a")]);
  const second = groups.addAll([encodeCommand({ type: "delete", key: "a" }), put("b")]);
  const third = groups.addAll([encodeCommand({ type: "delete", key: "c" })]);
  assertEquals([number, groups.groupFor(20)], [1, 1]);
  await requests.until(1);
  requests.release();
  assertEquals(types(await first), ["put"]);
  assertEquals(types(await second), ["deleted", "put"]);
  assertEquals(await third, [{ type: "deleted", revision: 3, deleted: false }]);
  assertEquals([requests.submitted, requests.timeouts, groups.groupFor(20)], [[4], [500], 2]);
});

Deno.test("WriteGroups.add() promises what is made of the result, and what that throws is of this write alone", async () => {
  const { requests, groups } = setUp();
  const defect = new Error("a defect");
  const failing = groups.add(put("a"), () => {
    throw defect;
  });
  const [type, others] = [groups.add(put("b"), ({ type }) => type), groups.addAll(puts(2))];
  const caught = assertRejects(() => failing, Error, defect.message);
  await requests.until(1);
  requests.release();
  await caught;
  assertEquals([await type, types(await others)], ["put", ["put", "put"]]);
});

Deno.test("WriteGroups.addAll() submits a write that is alone as it is", async () => {
  const { requests, groups } = setUp();
  const only = groups.addAll([put("a")]);
  await requests.until(1);
  requests.release();
  assertEquals(types(await only), ["put"]);
  assertEquals(requests.submitted, [0]);
});

/** Has four groups under way, each as large as those before it: eight commands. */
async function fill({ requests, groups }: ReturnType<typeof setUp>): Promise<Promise<unknown>[]> {
  const writes: Promise<unknown>[] = [];
  for (const [index, count] of [1, 1, 2, 4].entries()) {
    writes.push(groups.addAll(puts(count)));
    await requests.until(index + 1);
  }
  return writes;
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

Deno.test("WriteGroups.addAll() has four groups under way at most", async () => {
  const world = setUp();
  const { requests, groups, clock } = world;
  const writes = [...await fill(world), groups.addAll(puts(9))];
  await nextTurn();
  assertEquals(requests.submitted, [0, 0, 2, 4]);
  requests.release();
  await nextTurn();
  clock.now += 5; // Nobody else asks.
  await requests.until(5);
  assertEquals(requests.submitted, [0, 0, 2, 4, 9]);
  for (let index = 0; index < 4; index++) requests.release();
  await Promise.all(writes);
});

Deno.test("WriteGroups.addAll() gathers until there is as much as is under way", async () => {
  const { requests, groups } = setUp();
  const writes = [groups.addAll(puts(3))];
  await requests.until(1);
  for (let index = 0; index < 2; index++) {
    writes.push(groups.addAll(puts(1)));
    await nextTurn();
  }
  assertEquals(requests.submitted, [3]);
  writes.push(groups.addAll(puts(1)));
  await requests.until(2);
  assertEquals(requests.submitted, [3, 3]);
  requests.release();
  requests.release();
  await Promise.all(writes);
});

Deno.test("WriteGroups.addAll() waits for most of those that were just answered, but not for long", async () => {
  const { requests, groups, clock } = setUp();
  const answer = async (count: number) => {
    const write = groups.addAll(puts(count));
    await requests.until(requests.submitted.length + 1);
    requests.release();
    await write;
  };
  await answer(10);
  const early = groups.addAll(puts(8));
  await nextTurn();
  assertEquals(requests.submitted, [10]);
  await answer(1);
  await early;
  assertEquals(requests.submitted, [10, 9]);
  const few = groups.addAll(puts(2));
  await nextTurn();
  assertEquals(requests.submitted, [10, 9]);
  clock.now += 5;
  await requests.until(3);
  requests.release();
  await few;
  assertEquals(requests.submitted, [10, 9, 2]);
});

Deno.test("WriteGroups.addAll() begins another group where there is no room, and groupFor() says so", async () => {
  const { requests, groups } = setUp(200);
  const all = [groups.addAll([put("a", 100)])];
  assertEquals([groups.groupFor(50), groups.groupFor(150)], [1, 2]);
  all.push(groups.addAll([put("b", 120)]));
  assertEquals(groups.groupFor(10), 2);
  await requests.until(2);
  assertEquals(requests.submitted, [0, 0]);
  requests.release();
  requests.release();
  await Promise.all(all);
});

Deno.test("WriteGroups.addAll() refuses what must be written at once, and is too long for one command", async () => {
  const { requests, groups } = setUp(200);
  const error = await assertRejects(() => groups.addAll([put("a", 100), put("b", 120)]), RespError);
  assertEquals(error.message.includes("more than the limit of 200"), true);
  assertEquals(requests.submitted, []);
});

Deno.test("WriteGroups.addAll() tells every write of a group what went wrong with it", async () => {
  const { requests, groups } = setUp();
  requests.submit = () => Promise.reject(new Unavailable("No majority"));
  const writes = [groups.addAll([put("a")]), groups.addAll([put("b")])];
  for (const write of writes) await assertRejects(() => write, Unavailable, "No majority");
});

Deno.test("WriteGroups.addAll() gives up a write whose time has passed before it could be sent", async () => {
  const world = setUp();
  const { requests, clock, groups } = world;
  const writes = await fill(world);
  writes.push(groups.addAll(puts(9)));
  clock.now = 95;
  requests.release();
  await nextTurn();
  clock.now = 100;
  await requests.until(5);
  assertEquals(requests.timeouts.at(-1), 400);
  const late = groups.addAll(puts(20));
  clock.now = 695;
  requests.release();
  await nextTurn();
  clock.now = 700;
  await assertRejects(() => late, Unavailable, "Earlier writes took more than 500 ms");
  for (let index = 0; index < 3; index++) requests.release();
  await Promise.all(writes);
  assertEquals(requests.submitted.length, 5);
});

Deno.test("WriteGroups.addAll() takes an answer that is none of its commands for a defect", async () => {
  const { requests, groups } = setUp();
  requests.submit = () => Promise.resolve({ result: new Uint8Array([77]), opNumber: 1 });
  await assertRejects(() => groups.addAll([put("a")]), Error, "unreadable");
});
