import { until } from "../cluster/until.ts";
import { RawClient } from "./raw_client.ts";
import { MAY_LISTEN } from "./support.ts";

async function hasRedis(): Promise<boolean> {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted" || !MAY_LISTEN) return false;
  try {
    const { stdout } = await new Deno.Command("redis-server", { args: ["--version"] }).output();
    return /v=7\.0\./.test(new TextDecoder().decode(stdout));
  } catch {
    return false;
  }
}

/** Whether there is a `redis-server` 7.0, which is what our answers are modelled on. */
export const HAS_REDIS: boolean = await hasRedis();

/** A `redis-server`, without a file and without children. */
export class RedisProcess implements AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  readonly #process: Deno.ChildProcess;

  constructor() {
    const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = probe.addr.port;
    probe.close();
    this.#process = new Deno.Command("redis-server", {
      args: ["--port", String(this.port), "--save", "", "--appendonly", "no"],
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Connects as soon as it listens. */
  connect(): Promise<RawClient> {
    return until("Redis listens", async () => {
      try {
        return await RawClient.connect(this.port);
      } catch {
        return undefined;
      }
    }, () => Promise.resolve("Redis"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }
}
