import { assertEquals, assertThrows } from "@std/assert";
import { parseRedisResult, together } from "../../../bench/peers/drivers/redis_benchmark.ts";
import { hasReplicas } from "../../../bench/nodes/redis.ts";

const HEAD =
  '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"';

Deno.test("parseRedisResult() reads what redis-benchmark prints", () => {
  const text = `${HEAD}\n"SET","50000.00","0.420","0.080","0.391","0.607","0.903","3.007"\n`;
  assertEquals(parseRedisResult(text, 100_000), {
    requests: 100_000,
    seconds: 2,
    p50Ms: 0.391,
    p99Ms: 0.903,
    errors: 0,
  });
});

Deno.test("parseRedisResult() refuses what has no figures", () => {
  for (const text of ["", `${HEAD}\n`, `${HEAD}\n"GET","nan"\n`, '"GET","0","1","1","1","1","1"']) {
    assertThrows(() => parseRedisResult(text, 1), Error, "Cannot read what redis-benchmark");
  }
});

Deno.test("together() takes the time of the slowest and flatters no latency", () => {
  const part = (requests: number, seconds: number, p50Ms: number, p99Ms: number) => ({
    requests,
    seconds,
    p50Ms,
    p99Ms,
    errors: 1,
  });
  assertEquals(together([part(100, 1, 2, 9), part(300, 2, 4, 5)]), {
    requests: 400,
    seconds: 2,
    p50Ms: 3.5,
    p99Ms: 9,
    errors: 2,
  });
});

Deno.test("hasReplicas() counts replicas that have caught up", () => {
  const info = (state: string) =>
    "$500\r\n# Replication\r\nrole:master\r\nconnected_slaves:2\r\n" +
    "slave0:ip=127.0.0.1,port=7001,state=online,offset=14,lag=0\r\n" +
    `slave1:ip=127.0.0.1,port=7002,state=${state},offset=0,lag=0\r\n`;
  assertEquals([hasReplicas(info("online"), 2), hasReplicas(info("wait_bgsave"), 2)], [
    true,
    false,
  ]);
  assertEquals([hasReplicas("", 2), hasReplicas(info("online"), 1)], [false, false]);
});
