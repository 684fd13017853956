import { assertEquals } from "@std/assert";
import { UnknownOutcome } from "../../cli/client.ts";
import { type Call, FakeCluster, type Fault } from "../cli/fake_cluster.ts";
import { Device, outcomes, shared } from "./support.ts";

const isWrite = (call: Call) => call.ids !== null;

/** Operations whose number of executions shows. */
async function withWork(): Promise<Device> {
  const device = await Device.start();
  await device.log.increment("n", 1n);
  await device.put("k", "1");
  await device.log.increment("n", 1n);
  await device.put("k", "2");
  await device.log.delete("k");
  await device.put("k", "3");
  return device;
}

function assertMerged(cluster: FakeCluster, device: Device): void {
  assertEquals([cluster.store.text("n"), cluster.store.text("k")], ["2", "3"]);
  assertEquals(cluster.store.executed, 6);
  assertEquals([device.show("n"), device.show("k"), device.log.state.pendingCount], ["2", "3", 0]);
}

Deno.test("A merge that is cut off at any request, and a power failure, goes on and does each once", async () => {
  for (const executes of [false, true]) {
    for (let requests = 1; requests < 15; requests++) {
      const cluster = new FakeCluster();
      const device = await withWork();
      const controller = new AbortController();
      let left = requests;
      const fetch: FakeCluster["fetch"] = async (input, init) => {
        if (--left > 0) return await cluster.fetch(input, init);
        if (left === 0 && executes) await cluster.fetch(input, { ...init, signal: null });
        controller.abort();
        throw new TypeError("cut off");
      };
      const { signal } = controller;
      const cut = await shared({ endpoints: cluster.endpoints, fetch }).catch(() => undefined);
      if (cut !== undefined) await device.merge(cut, { signal });
      device.disk.crash();
      await device.restart();
      const report = await device.merge(await shared(cluster));
      assertEquals([report.stopped, report.lines.length], [null, 6], `${requests} ${executes}`);
      assertMerged(cluster, device);
    }
  }
});

Deno.test("A merge whose disk stops at any operation goes on and does each once", async () => {
  for (let operations = 1; operations < 80; operations += 3) {
    const cluster = new FakeCluster();
    const device = await withWork();
    device.disk.stopAfter(operations);
    const store = await shared(cluster);
    let ended = false;
    const merging = device.merge(store).then(() => ended = true);
    // Until nothing happens any more: what is answered is answered at once.
    const { promise: idle, resolve } = Promise.withResolvers<void>();
    const port = new MessageChannel();
    let turns = 0;
    port.port1.onmessage = () => {
      if (ended || ++turns > 400) resolve();
      else port.port2.postMessage(null);
    };
    port.port2.postMessage(null);
    await Promise.race([merging, idle]);
    await idle;
    port.port1.close();
    port.port2.close();
    device.disk.crash();
    await device.restart();
    const report = await device.merge(await shared(cluster));
    assertEquals(report.stopped, null);
    assertMerged(cluster, device);
  }
});

Deno.test("A write whose outcome is unknown is repeated under the same ids", async () => {
  for (const fault of ["drop-after", "unknown", "drop-before", "internal-error"] as const) {
    const cluster = new FakeCluster();
    const device = await withWork();
    for (let time = 0; time < 4; time++) cluster.failNext(fault as Fault, isWrite);
    const report = await device.merge(await shared(cluster));
    assertEquals(report.stopped, null);
    assertMerged(cluster, device);
  }
});

Deno.test("A merge whose cluster does not know ends as interrupted, and goes on", async () => {
  const cluster = new FakeCluster();
  const device = await withWork();
  for (let time = 0; time < 10_000; time++) cluster.failNext("unknown", isWrite);
  const report = await device.merge(await shared(cluster, { timeoutMs: 30 }));
  assertEquals(report.stopped?.type, "interrupted");
  const { error } = report.stopped as { error: unknown };
  assertEquals([error instanceof UnknownOutcome, report.waiting], [true, 6]);
  const healed = new FakeCluster();
  Object.assign(healed, { store: cluster.store });
  assertEquals((await device.merge(await shared(healed))).stopped, null);
  assertMerged(cluster, device);
});

/** An operation was sent, and the merge interrupted before it heard; then the session is forgotten. */
async function forgotten(run: (device: Device) => Promise<unknown>, executes: boolean) {
  const cluster = new FakeCluster();
  cluster.store.set("n", "10");
  cluster.store.set("gone", "base");
  const device = await Device.start();
  await device.fetch(await shared(cluster), "gone");
  await run(device);
  const controller = new AbortController();
  const fetch: FakeCluster["fetch"] = async (input, init) => {
    const isWrite = new Headers(init.headers).has("client-id");
    if (!isWrite) return await cluster.fetch(input, init);
    if (executes) await cluster.fetch(input, { ...init, signal: null });
    controller.abort();
    throw new TypeError("cut off");
  };
  const cut = await shared({ endpoints: cluster.endpoints, fetch });
  await device.merge(cut, { signal: controller.signal });
  cluster.store.evictSessions();
  await device.restart();
  return { cluster, device, store: await shared(cluster) };
}

Deno.test("With its session forgotten, a write is told from what the key is", async () => {
  for (const executes of [false, true]) {
    const put = await forgotten((device) => device.put("k", "v"), executes);
    const report = await put.device.merge(put.store);
    assertEquals([outcomes(report), put.cluster.store.executed], [["1 k done"], 1]);
    assertEquals(report.lines[0]!.note, executes ? "found in place" : "");
    const gone = await forgotten((device) => device.log.delete("gone"), executes);
    assertEquals(outcomes(await gone.device.merge(gone.store)), ["1 gone done"]);
    assertEquals([gone.cluster.store.text("gone"), gone.cluster.store.executed], [undefined, 1]);
  }
});

Deno.test("With its session forgotten, an increment that was not done is done", async () => {
  const { cluster, device, store } = await forgotten(
    (device) => device.log.increment("n", 1n),
    false,
  );
  assertEquals(outcomes(await device.merge(store)), ["1 n done"]);
  assertEquals(cluster.store.text("n"), "11");
});

Deno.test("With its session forgotten, an increment that may have been done waits for the user", async () => {
  const { cluster, device, store } = await forgotten(
    (device) => device.log.increment("n", 1n),
    true,
  );
  const report = await device.merge(store);
  assertEquals(report.stopped, { type: "unresolved", number: 1, key: "n" });
  assertEquals([cluster.store.text("n"), report.waiting], ["11", 1]);
  await device.restart();
  assertEquals((await device.merge(store)).stopped?.type, "unresolved");
  const skipped = await device.merge(store, { unresolved: "skip" });
  assertEquals([outcomes(skipped), cluster.store.text("n")], [["1 n unresolved"], "11"]);
  assertEquals([device.show("n"), device.log.state.pendingCount], ["11", 0]);
});

Deno.test("With its session forgotten, an increment is repeated if the user says so", async () => {
  const { cluster, device, store } = await forgotten(
    (device) => device.log.increment("n", 1n),
    true,
  );
  const report = await device.merge(store, { unresolved: "repeat" });
  assertEquals([outcomes(report), cluster.store.text("n")], [["1 n done"], "12"]);
});

Deno.test("A session that is forgotten between two requests is replaced by another", async () => {
  const cluster = new FakeCluster();
  const device = await withWork();
  let writes = 0;
  const fetch: FakeCluster["fetch"] = (input, init) => {
    if (new Headers(init.headers).has("client-id") && ++writes === 3) cluster.store.evictSessions();
    return cluster.fetch(input, init);
  };
  const report = await device.merge(await shared({ endpoints: cluster.endpoints, fetch }));
  assertEquals(report.stopped, null);
  assertMerged(cluster, device);
});

Deno.test("A session that is forgotten between two attempts of a request leaves it unresolved", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("n", "10");
  const device = await Device.start();
  await device.log.increment("n", 1n);
  let writes = 0;
  const fetch: FakeCluster["fetch"] = async (input, init) => {
    const response = await cluster.fetch(input, init);
    if (!new Headers(init.headers).has("client-id") || ++writes > 1) return response;
    await response.body?.cancel();
    cluster.store.evictSessions();
    throw new TypeError("cut off");
  };
  const report = await device.merge(await shared({ endpoints: cluster.endpoints, fetch }));
  assertEquals(report.stopped, { type: "unresolved", number: 1, key: "n" });
  assertEquals(cluster.store.text("n"), "11");
});
