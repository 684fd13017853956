import { assertEquals, assertRejects } from "@std/assert";
import {
  decodeQueryResult,
  encodeBatch,
  encodeCommand,
  encodeQuery,
  type KvQueryResult,
} from "../../protocols/kv/commands.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { volumeOf } from "../../protocols/volumes.ts";
import {
  type Answer,
  BadQuery,
  NoActiveReplicas,
  NoSession,
  Overloaded,
  type Requests,
  RequestSuperseded,
  type SubmitOptions,
  Unavailable,
  UnknownOutcome,
  Unsupported,
} from "../../transport/service.ts";
import { VolumeRouter, type VolumeRouterOptions } from "../../transport/volume_router.ts";

const VOLUMES = 4;

/** A volume that executes at once. */
class FakeVolume implements Requests {
  readonly #machine: StateMachine;
  executed = 0;
  queried = 0;
  opened = 0;
  /** Sessions that were opened, and evicted since. */
  readonly evicted = new Set<number>();
  failure: unknown;

  constructor(machine: StateMachine) {
    this.#machine = machine;
  }

  submit(command: Uint8Array, { id }: SubmitOptions = {}): Promise<Answer> {
    return Promise.try(() => {
      if (this.failure !== undefined) throw this.failure;
      if (id?.requestNumber === 0) {
        const isOpen = id.clientId <= this.opened && !this.evicted.has(id.clientId);
        throw isOpen ? new RequestSuperseded(id, 0) : new NoSession(id.clientId);
      }
      const opNumber = ++this.executed;
      return { result: this.#machine.apply(command, { opNumber, time: 0 }), opNumber };
    });
  }

  query(query: Uint8Array): Promise<Answer> {
    return Promise.try(() => {
      if (this.failure !== undefined) throw this.failure;
      this.queried++;
      return { result: this.#machine.query!(query), opNumber: this.executed };
    });
  }

  openSession(): Promise<number> {
    return Promise.resolve(++this.opened);
  }
}

function setUp(
  makeMachine: () => StateMachine = () => new KvStore(),
  options: Partial<VolumeRouterOptions> = {},
) {
  const volumes = Array.from({ length: VOLUMES }, () => new FakeVolume(makeMachine()));
  const machine = makeMachine();
  const router = new VolumeRouter({ volumes, machine, whyInactive: () => undefined, ...options });
  return { router, volumes };
}

/** A key of a volume. */
function keyOf(volume: number): string {
  for (let index = 0;; index++) if (volumeOf(`${index}`, VOLUMES) === volume) return `${index}`;
}

const put = (key: string) => encodeCommand({ type: "put", key, value: new Uint8Array([1]) });
const get = (key: string) => encodeQuery({ type: "get", key });

Deno.test("VolumeRouter takes commands and queries to the volume of their object", async () => {
  const { router, volumes } = setUp();
  const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
  for (const key of keys) await router.submit(put(key));
  const expected = Array.from(
    { length: VOLUMES },
    (_, volume) => keys.filter((key) => volumeOf(key, VOLUMES) === volume).length,
  );
  assertEquals(volumes.map(({ executed }) => executed), expected);
  for (const key of keys) {
    const { result } = await router.query(get(key));
    assertEquals(decodeQueryResult(result).type, "found");
  }
  assertEquals(volumes.map(({ queried }) => queried), expected);
});

Deno.test("VolumeRouter takes a command on several objects to their volume, if it is the same for all", async () => {
  const { router, volumes } = setUp();
  await router.submit(encodeBatch([put(keyOf(2)), put(keyOf(2))]));
  assertEquals(volumes.map(({ executed }) => executed), [0, 0, 1, 0]);
  const error = await assertRejects(
    () => router.submit(encodeBatch([put(keyOf(1)), put(keyOf(2))])),
    Unsupported,
  );
  assertEquals(error.message.includes("2 volumes"), true);
  assertEquals(volumes.map(({ executed }) => executed), [0, 0, 1, 0]);
});

Deno.test("VolumeRouter asks all volumes what concerns all of them, and merges their answers", async () => {
  const { router, volumes } = setUp();
  for (let index = 0; index < 40; index++) await router.submit(put(`key ${index}`));
  const { result, opNumber } = await router.query(encodeQuery({ type: "size" }));
  assertEquals((decodeQueryResult(result) as KvQueryResult & { count: number }).count, 40);
  assertEquals(opNumber, 40);
  assertEquals(volumes.map(({ queried }) => queried), [1, 1, 1, 1]);
});

Deno.test("VolumeRouter takes what names no object, and sessions, to volume 0", async () => {
  const { router, volumes } = setUp();
  await router.submit(new Uint8Array([99]));
  assertEquals(await router.openSession(), 1);
  assertEquals(volumes.map(({ executed, opened }) => executed + opened), [2, 0, 0, 0]);
});

Deno.test("VolumeRouter keeps a state machine that knows no objects in volume 0", async () => {
  const { router, volumes } = setUp(() => ({
    apply: () => new Uint8Array([1]),
    query: () => new Uint8Array([2]),
    snapshot: () => [],
    restore: () => {},
  }));
  await router.submit(new Uint8Array());
  assertEquals((await router.query(new Uint8Array())).result, new Uint8Array([2]));
  assertEquals(volumes.map(({ executed, queried }) => executed + queried), [2, 0, 0, 0]);
});

Deno.test("VolumeRouter refuses a query about all volumes that nobody can merge", async () => {
  const { router } = setUp(() => {
    const store = new KvStore();
    return {
      apply: (command) => store.apply(command),
      query: (query) => store.query(query),
      commandObject: (command) => store.commandObject(command),
      queryObject: (query) => store.queryObject(query),
      snapshot: () => store.snapshot(),
      restore: (chunks) => store.restore(chunks),
    };
  });
  await router.query(get("key"));
  await assertRejects(() => router.query(encodeQuery({ type: "size" })), BadQuery);
});

Deno.test("VolumeRouter says why nobody takes a request, if that is known", async () => {
  const { router, volumes } = setUp(undefined, {
    whyInactive: (volume, isUpdate) => isUpdate && volume === 2 ? "has no member left" : undefined,
  });
  for (const volume of volumes) volume.failure = new Unavailable("Nobody answers");
  const refused = await assertRejects(() => router.submit(put(keyOf(2))), NoActiveReplicas);
  assertEquals(refused.message, "Volume 2 has no member left");
  await assertRejects(() => router.submit(put(keyOf(1))), Unavailable);
  await assertRejects(() => router.query(get(keyOf(2))), Unavailable);
  volumes[2]!.failure = new Overloaded("Too much");
  await assertRejects(() => router.submit(put(keyOf(2))), Overloaded);
});

Deno.test("VolumeRouter takes no client id to a volume that volume 0 has not given out", async () => {
  const { router, volumes } = setUp();
  const id = { clientId: 2 ** 52, requestNumber: 1 };
  await assertRejects(() => router.submit(put(keyOf(2)), { id }), NoSession);
  assertEquals(volumes[2]!.executed, 0);
});

Deno.test("VolumeRouter takes a client id to all volumes that was given out at another node", async () => {
  const { router, volumes } = setUp();
  volumes[0]!.opened = 10;
  for (const clientId of [7, 3, 7]) {
    await router.submit(put(keyOf(2)), { id: { clientId, requestNumber: 1 } });
  }
  assertEquals([volumes[2]!.executed, volumes[0]!.opened], [3, 10]);
});

Deno.test("VolumeRouter takes a client id to other volumes that volume 0 has evicted", async () => {
  const { router, volumes } = setUp();
  volumes[0]!.opened = 10;
  volumes[0]!.evicted.add(7);
  await router.submit(put(keyOf(2)), { id: { clientId: 7, requestNumber: 1 } });
  assertEquals(volumes[2]!.executed, 1);
});

Deno.test("VolumeRouter asks volume 0 for no client id that it has heard of, or a smaller one", async () => {
  const { router, volumes } = setUp();
  const clientId = await router.openSession();
  volumes[0]!.failure = new Unavailable("Nobody answers");
  await router.submit(put(keyOf(2)), { id: { clientId, requestNumber: 1 } });
  assertEquals(volumes[2]!.executed, 1);
});

Deno.test("VolumeRouter promises that nothing was executed if volume 0 does not tell of a client id", async () => {
  const { router, volumes } = setUp();
  const id = { clientId: 1, requestNumber: 1 };
  volumes[0]!.failure = new UnknownOutcome({ ...id, requestNumber: 0 }, 1_000);
  await assertRejects(() => router.submit(put(keyOf(2)), { id }), Unavailable);
  assertEquals(volumes[2]!.executed, 0);
});
