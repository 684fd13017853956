import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import {
  type Dialect,
  ETCD_DIALECT,
  TROUPE_DIALECT,
} from "../../../bench/peers/drivers/dialects.ts";
import type { Target } from "../../../bench/peers/drivers/driver.ts";
import { wrk } from "../../../bench/peers/drivers/wrk.ts";
import { parseWrkResult, requestFile } from "../../../bench/peers/drivers/wrk_script.ts";
import type { Work } from "../../../bench/peers/load.ts";

const granted = (name: "read" | "write" | "net" | "run") =>
  Deno.permissions.querySync({ name }).state === "granted";

function hasWrk(): boolean {
  if (!granted("run") || !granted("net") || !granted("write") || !granted("read")) return false;
  try {
    new Deno.Command("wrk", { args: ["--version"] }).outputSync();
    return true;
  } catch {
    return false;
  }
}

Deno.test("parseWrkResult() refuses what is not our script's", () => {
  assertEquals(parseWrkResult("x\nresult: 10 2000000 1500 9000 3\n"), {
    requests: 10,
    seconds: 2,
    p50Ms: 1.5,
    p99Ms: 9,
    errors: 3,
  });
  assertThrows(() => parseWrkResult("Requests/sec: 5"), Error, "Cannot read what wrk printed");
});

Deno.test("requestFile() speaks both dialects", () => {
  const lines = (dialect: Dialect, work: Work) => requestFile(dialect, work, ["k1"], "v");
  assertEquals(lines(TROUPE_DIALECT, "put"), "PUT\t/v1/kv/k1\tv\n");
  assertEquals(lines(TROUPE_DIALECT, "get"), "GET\t/v1/kv/k1\t\n");
  assertEquals(lines(ETCD_DIALECT, "put"), 'POST\t/v3/kv/put\t{"key":"azE=","value":"dg=="}\n');
  assertEquals(lines(ETCD_DIALECT, "get"), 'POST\t/v3/kv/range\t{"key":"azE="}\n');
});

/** What came to a server that refuses some keys. */
interface Seen {
  readonly server: Deno.HttpServer<Deno.NetAddr>;
  readonly counts: { put: number; get: number };
  readonly keys: Set<string>;
  readonly bodies: Set<string>;
}

function serve(): Seen {
  const counts = { put: 0, get: 0 };
  const [keys, bodies] = [new Set<string>(), new Set<string>()];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const key = new URL(request.url).pathname;
      counts[request.method === "PUT" ? "put" : "get"]++;
      keys.add(key);
      if (request.method === "PUT") bodies.add(await request.text());
      return new Response("", { status: key.endsWith("7") ? 500 : 200 });
    },
  );
  return { server, counts, keys, bodies };
}

Deno.test({
  name: "wrk() mixes puts and gets as it is told, at every node, and counts errors",
  ignore: !hasWrk(),
  async fn() {
    const directory = await Deno.makeTempDir();
    const nodes = [serve(), serve()];
    const urls = nodes.map(({ server }) => `http://127.0.0.1:${server.addr.port}`);
    const target = { cluster: { urls }, nodes: [0, 1], directory };
    const signal = new AbortController().signal;
    const load = { writes: 0.25, connections: 4, pipeline: 1, valueBytes: 9 };
    const result = await wrk(TROUPE_DIALECT)
      .measure({ ...target, signal } as unknown as Target, load, { seconds: 1, seed: 1 });
    for (const { server, counts, keys, bodies } of nodes) {
      await server.shutdown();
      assertGreater(counts.get, counts.put, JSON.stringify(counts));
      assertEquals(bodies, new Set(["v".repeat(9)]));
      assert([...keys].every((key) => /^\/v1\/kv\/bench-\d{10}$/.test(key)));
    }
    await Deno.remove(directory, { recursive: true });
    assert(result.requests > result.errors && result.errors > 0, JSON.stringify(result));
    assertGreater(result.seconds, 0.5);
    assert(result.p50Ms > 0 && result.p50Ms <= result.p99Ms);
  },
});
