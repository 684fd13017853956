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
const types = (results: readonly KeyResult[]) => results.map(({ type }) => type);

Deno.test("WriteGroups.add() makes one command of the writes of a turn, and tells each its own results", async () => {
  const { requests, groups } = setUp();
  const number = groups.groupFor(20);
  const first = groups.add([put("a")]);
  const second = groups.add([encodeCommand({ type: "delete", key: "a" }), put("b")]);
  const third = groups.add([encodeCommand({ type: "delete", key: "c" })]);
  assertEquals([number, groups.groupFor(20)], [1, 1]);
  await requests.until(1);
  requests.release();
  assertEquals(types(await first), ["put"]);
  assertEquals(types(await second), ["deleted", "put"]);
  assertEquals(await third, [{ type: "deleted", revision: 3, deleted: false }]);
  assertEquals([requests.submitted, requests.timeouts, groups.groupFor(20)], [[4], [500], 2]);
});

Deno.test("WriteGroups.add() submits a write that is alone as it is", async () => {
  const { requests, groups } = setUp();
  const only = groups.add([put("a")]);
  await requests.until(1);
  requests.release();
  assertEquals(types(await only), ["put"]);
  assertEquals(requests.submitted, [0]);
});

Deno.test("WriteGroups.add() gathers what comes while four groups are under way", async () => {
  const { requests, groups } = setUp();
  const all: Promise<unknown>[] = [];
  for (let group = 1; group <= 4; group++) {
    all.push(groups.add([put(`k${group}`)]));
    await requests.until(group);
  }
  for (let index = 0; index < 5; index++) {
    all.push(groups.add([put("later")]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assertEquals(requests.submitted, [0, 0, 0, 0]);
  requests.release();
  await requests.until(5);
  assertEquals(requests.submitted, [0, 0, 0, 0, 5]);
  for (let index = 0; index < 4; index++) requests.release();
  await Promise.all(all);
});

Deno.test("WriteGroups.add() begins another group where there is no room, and groupFor() says so", async () => {
  const { requests, groups } = setUp(200);
  const all = [groups.add([put("a", 100)])];
  assertEquals([groups.groupFor(50), groups.groupFor(150)], [1, 2]);
  all.push(groups.add([put("b", 120)]));
  assertEquals(groups.groupFor(10), 2);
  await requests.until(2);
  assertEquals(requests.submitted, [0, 0]);
  requests.release();
  requests.release();
  await Promise.all(all);
});

Deno.test("WriteGroups.add() refuses what must be written at once, and is too long for one command", async () => {
  const { requests, groups } = setUp(200);
  const error = await assertRejects(() => groups.add([put("a", 100), put("b", 120)]), RespError);
  assertEquals(error.message.includes("more than the limit of 200"), true);
  assertEquals(requests.submitted, []);
});

Deno.test("WriteGroups.add() tells every write of a group what went wrong with it", async () => {
  const { requests, groups } = setUp();
  requests.submit = () => Promise.reject(new Unavailable("No majority"));
  const writes = [groups.add([put("a")]), groups.add([put("b")])];
  for (const write of writes) await assertRejects(() => write, Unavailable, "No majority");
});

Deno.test("WriteGroups.add() gives up a write whose time has passed before it could be sent", async () => {
  const { requests, clock, groups } = setUp();
  const all = [];
  for (let group = 1; group <= 4; group++) {
    all.push(groups.add([put(`k${group}`)]));
    await requests.until(group);
  }
  const late = groups.add([put("late")]);
  clock.now = 100;
  requests.release();
  await requests.until(5);
  assertEquals(requests.timeouts.at(-1), 400);
  const tooLate = groups.add([put("too late")]);
  clock.now = 700;
  requests.release();
  await assertRejects(() => tooLate, Unavailable, "Earlier writes took more than 500 ms");
  for (let index = 0; index < 3; index++) requests.release();
  await Promise.all([...all, late]);
  assertEquals(requests.submitted.length, 5);
});

Deno.test("WriteGroups.add() takes an answer that is none of its commands for a defect", async () => {
  const { requests, groups } = setUp();
  requests.submit = () => Promise.resolve({ result: new Uint8Array([77]), opNumber: 1 });
  await assertRejects(() => groups.add([put("a")]), Error, "unreadable");
});
