import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { transaction } from "../../bench/growth/etcd_load.ts";
import type { Second } from "../../bench/growth/load.ts";
import { bytesPerKey } from "../../bench/growth/memory.ts";
import { parseFlags } from "../../bench/growth/options.ts";
import { plotLoad } from "../../bench/growth/plot.ts";
import { Probe } from "../../bench/growth/probe.ts";
import { directoryOf, residentBytes } from "../../bench/growth/processes.ts";
import { KEY_BYTES, keyOf, loadResp, VALUE_BYTES } from "../../bench/growth/resp_load.ts";
import { loadTable, memoryTable, startTable } from "../../bench/growth/tables.ts";
import { encodeCommand, parseAnswer, respCommands } from "../../bench/nodes/resp.ts";
import { until } from "../cluster/until.ts";

const MAY_LISTEN = Deno.permissions.querySync({ name: "net" }).state === "granted";

/** A server that notes the keys that are set, and refuses what it is told to, once. */
class FakeStore implements AsyncDisposable {
  readonly keys: string[] = [];
  readonly refused = new Set<string>();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #running = this.#accept();

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#running;
  }

  async #accept(): Promise<void> {
    const serving: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) serving.push(this.#serve(connection));
    } finally {
      await Promise.all(serving);
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    using _ = connection;
    const chunk = new Uint8Array(64 * 1024);
    let text = "";
    for (let count; (count = await connection.read(chunk)) !== null;) {
      text += new TextDecoder().decode(chunk.subarray(0, count));
      const command = /^\*3\r\n\$3\r\nSET\r\n\$16\r\n(.{16})\r\n\$100\r\nv{100}\r\n/;
      let answers = "";
      for (let match; (match = command.exec(text)) !== null;) {
        text = text.slice(match[0].length);
        const key = match[1]!;
        if (this.refused.delete(key)) answers += "-TRYAGAIN too much is under way\r\n";
        else {
          this.keys.push(key);
          answers += "+OK\r\n";
        }
      }
      await connection.write(new TextEncoder().encode(answers));
    }
  }
}

Deno.test({
  name: "loadResp() writes every key, and a pipeline once more of which one was refused",
  ignore: !MAY_LISTEN,
  async fn() {
    await using store = new FakeStore();
    store.refused.add(keyOf(105));
    let written = 0;
    const onWritten = (count: number) => written += count;
    const work = { port: store.port, from: 90, count: 100, connections: 3, pipeline: 16 };
    assertEquals(await loadResp({ ...work, onWritten }), 1);
    const all = Array.from({ length: 100 }, (_, index) => keyOf(90 + index));
    assertEquals([...new Set(store.keys)].sort(), all);
    assertEquals([written, store.keys.length], [100, 115], "all but the one are there twice");
  },
});

Deno.test("keyOf() gives keys of one length, in the order of their numbers", () => {
  assertEquals(keyOf(0), "key:000000000000");
  assertEquals(keyOf(10_000_000), "key:000010000000");
  assertEquals([keyOf(123).length, VALUE_BYTES], [KEY_BYTES, 100]);
});

Deno.test("transaction() puts the keys that are asked for", () => {
  const { success } = JSON.parse(transaction(7, 2));
  const keys = success.map((each: { requestPut: { key: string } }) => atob(each.requestPut.key));
  assertEquals(keys, [keyOf(7), keyOf(8)]);
  assertEquals(atob(success[0].requestPut.value).length, VALUE_BYTES);
});

Deno.test("parseAnswer() waits until an answer is whole", () => {
  assertEquals(parseAnswer(""), undefined);
  assertEquals(parseAnswer("+O"), undefined);
  assertEquals(parseAnswer("+OK\r\n"), "+OK");
  assertEquals(parseAnswer(":12\r\n"), ":12");
  assertEquals(parseAnswer("$-1\r\n"), null);
  assertEquals(parseAnswer("$3\r\nab"), undefined);
  assertEquals(parseAnswer("$3\r\nabc\r\n"), "abc");
});

Deno.test("encodeCommand() counts bytes", () => {
  assertEquals(
    new TextDecoder().decode(encodeCommand(["GET", "ä"])),
    "*2\r\n$3\r\nGET\r\n$2\r\nä\r\n",
  );
});

Deno.test({
  name: "respCommands() and Probe take it as no answer when nobody listens",
  ignore: !MAY_LISTEN,
  async fn() {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    assertEquals(await respCommands(port, [["PING"]]), null);
    const url = `http://127.0.0.1:${port}`;
    await using probe = new Probe({ url, method: "GET", path: "/livez", body: "" }, 1);
    await until("it has failed", () => probe.failures > 1);
    assertEquals(probe.take(), []);
  },
});

Deno.test({
  name: "Probe notes how long answers take, and counts refusals",
  ignore: !MAY_LISTEN,
  async fn() {
    let isRefusing = false;
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("answer", { status: isRefusing ? 503 : 200 }),
    );
    const url = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`;
    const probe = new Probe({ url, method: "PUT", path: "/v1/kv/k", body: "v" }, 1);
    const taken: number[] = [];
    await until("it was answered", () => taken.push(...probe.take()) > 2);
    assert(taken.every((ms) => ms > 0));
    assertEquals(probe.failures, 0);
    isRefusing = true;
    await until("it was refused", () => probe.failures > 0);
    await probe[Symbol.asyncDispose]();
    await server.shutdown();
  },
});

Deno.test("residentBytes() and directoryOf() see what is there, and nothing where nothing is", () => {
  assertEquals(residentBytes(null), 0);
  assertEquals(directoryOf("/no/such/directory"), { bytes: 0, names: [] });
});

Deno.test("bytesPerKey() is the mean over the nodes", () => {
  const figures = { system: "s", keys: 10, seconds: 2, before: [100, 100], after: [200, 300] };
  const row = { ...figures, disk: [1 << 20, 2 << 20] };
  assertEquals(bytesPerKey(row), 15);
  assertStringIncludes(memoryTable([row]), "15");
  assertStringIncludes(memoryTable([row]), "1/2");
});

Deno.test("startTable() has no figure where an operator is needed", () => {
  const row = { system: "etcd", keys: 1_000, nodeStoppedMs: 1_234, nodeKilledMs: 2_000 };
  const table = startTable([
    { ...row, clusterStoppedMs: 3_000, clusterKilledMs: 4_000, recoveredMs: null },
  ]);
  assertEquals(table.split("\n")[1]!.split(/ +/), [
    "etcd",
    "1,000",
    ...["1.23", "2.00", "3.00", "4.00", "-"],
  ]);
});

/** 20 seconds of loading, 10 of overwriting and one of rest; a snapshot each 7 seconds, no probe in the third. */
function seconds(): Second[] {
  return Array.from({ length: 31 }, (_, index) => ({
    at: index + 1,
    phase: index < 20 ? "load" : index < 30 ? "overwrite" : "rest",
    written: 100 * (index + 1),
    opsPerSecond: 100,
    probeP50Ms: index === 2 ? NaN : 1,
    probeMaxMs: index === 2 ? NaN : 2,
    memory: [1 << 20, 2 << 20, 3 << 20],
    disk: [4 << 20, 5 << 20, 6 << 20],
    snapshots: Math.floor(index / 7),
  }));
}

Deno.test("loadTable() has a row for each tenth of the load, and for what follows", () => {
  const rows = loadTable(seconds()).trim().split("\n").slice(1).map((row) => row.split(/ +/));
  assertEquals(rows.map(([phase]) => phase), [
    ...Array(10).fill("load"),
    ...Array(5).fill("overwrite"),
    "rest",
  ]);
  assertEquals(rows.at(-1), ["rest", "3,100", "100", "1.0", "2.0", "2.0", "1/2/3", "4/5/6", "4"]);
});

Deno.test("plotLoad() draws every figure, snapshots and the ends of the phases", () => {
  const svg = plotLoad(seconds(), "a < b");
  assert(svg.startsWith("<svg "));
  assertEquals(svg.match(/<polyline /g)?.length, 1 + 2 + 3 + 3);
  assertEquals(svg.match(/class="phase"/g)?.length, 4 * 2);
  assertEquals(svg.match(/class="snapshot"/g)?.length, 4 * 4);
  assertStringIncludes(svg, "a &lt; b");
  assert(!svg.includes("NaN"));
});

Deno.test("parseFlags() takes all systems, but only vr for a load by itself, and names what it does not know", () => {
  assertEquals(parseFlags([]).systems.length, 6);
  const load = parseFlags(["--only", "load"]);
  assertEquals(load.systems.map(({ id }) => id), ["vr"]);
  assertEquals(load.keys, undefined);
  const some = parseFlags(["--only", "start,memory", "--systems", "etcd,vr", "--keys", "5"]);
  assertEquals([some.parts, some.systems.map(({ id }) => id)], [["memory", "start"], [
    "vr",
    "etcd",
  ]]);
  assertThrows(() => parseFlags(["--only", "speed"]), Error, 'There is no part "speed"');
});
