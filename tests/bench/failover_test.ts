import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Clients, type Success } from "../../bench/failover/clients.ts";
import { plot } from "../../bench/failover/plot.ts";
import { timeoutLines } from "../../bench/failover/systems.ts";
import { AFTER_MS, BEFORE_MS, BUCKET_MS, traceOf } from "../../bench/failover/trace.ts";
import { TROUPE_DIALECT } from "../../bench/peers/drivers/dialects.ts";
import { parseConfig } from "../../cli/config.ts";

const LOST_AT = 10_000;

/** Two clients that are served every 10 ms, but for an outage; and after it every 20 ms. */
function successes(outage: { from: number; until: number }): Success[] {
  const served: Success[] = [];
  for (let at = LOST_AT - BEFORE_MS; at < LOST_AT + AFTER_MS; at += 10) {
    const since = at - LOST_AT;
    if (since >= outage.from && since < outage.until) continue;
    const isSlow = since >= outage.until && since % 20 !== 0;
    for (const client of isSlow ? [] : [0, 1]) {
      served.push({ at: at + client, client, isWrite: client === 0 });
    }
  }
  return served;
}

Deno.test("traceOf() tells how long nobody was served, and what is left of the throughput", () => {
  const trace = traceOf(successes({ from: 100, until: 700 }), LOST_AT);
  assertEquals(trace.buckets.length, (BEFORE_MS + AFTER_MS) / BUCKET_MS);
  assertEquals(trace.buckets[0], 4);
  // From the last one of client 1 to the first one of client 0; and of each by itself.
  assertEquals([trace.outageMs, trace.writeOutageMs, trace.slowestMs], [609, 610, 610]);
  assertEquals([trace.ratio, trace.recoveredMs], [0.5, 700]);
});

Deno.test("traceOf() counts no gap from before the loss", () => {
  const times = [0, 500, 1_000, 1_010, 1_020].map((ms) => LOST_AT - BEFORE_MS + ms);
  const trace = traceOf(times.map((at) => ({ at, client: 0, isWrite: true })), LOST_AT);
  // The one during which the node was lost counts whole.
  assertEquals(trace.outageMs, 500);
});

Deno.test("timeoutLines() is what is there by default, if nodes are suspected as by default", () => {
  for (const protocol of ["vr", "chain", "hermes"] as const) {
    const head = `protocol: ${protocol}\nreplicas_addresses: [127.0.0.1:7200]\n`;
    const read = (lines: string) => parseConfig(head + lines, "c.yaml");
    assertEquals(read(timeoutLines(protocol, 500)), read(""));
    assertEquals(read(timeoutLines(protocol, 150)).timeouts.suspicionMs, 150);
  }
});

Deno.test({
  name: "Clients go on with another node when one refuses, and with none that is silent",
  ignore: Deno.permissions.querySync({ name: "net" }).state !== "granted",
  async fn() {
    const asked: string[] = [];
    const late = Promise.withResolvers<void>();
    const serve = (handler: Deno.ServeHandler) =>
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
    const [refusing, silent, serving] = [
      serve(() => new Response("no primary", { status: 503 })),
      serve(() => late.promise.then(() => new Response("late"))),
      serve((request) => {
        asked.push(`${request.method} ${new URL(request.url).pathname}`);
        return new Response("done", { status: 201 });
      }),
    ];
    const endpoints = [refusing!, silent!, serving!].map(({ addr }) =>
      `http://127.0.0.1:${(addr as Deno.NetAddr).port}`
    );
    const load = { clients: 3, writes: 1, keys: 1, attemptMs: 100 };
    const clients = new Clients(endpoints, TROUPE_DIALECT, load);
    await clients.steady();
    const successes = clients.take();
    await clients[Symbol.asyncDispose]();
    late.resolve();
    await Promise.all([refusing!, silent!, serving!].map((server) => server.shutdown()));
    assertEquals(new Set(successes.map(({ client }) => client)), new Set([0, 1, 2]));
    assert(successes.every(({ isWrite }) => isWrite));
    assertEquals(new Set(asked), new Set(["PUT /v1/kv/failover-0"]));
  },
});

Deno.test("plot() draws every run and their median, a panel for each protocol", () => {
  const traces = [100, 200].map((from) => traceOf(successes({ from, until: 700 }), LOST_AT));
  const svg = plot([{ title: "A & B", traces }, { title: "C", traces }], "two kills");
  assert(svg.startsWith("<svg "));
  assertEquals(svg.match(/<polyline class="run"/g)?.length, 4);
  assertEquals(svg.match(/<polyline class="median"/g)?.length, 2);
  assertStringIncludes(svg, "A &amp; B");
  assertStringIncludes(svg, "two kills");
  assert(!svg.includes("NaN"));
});
