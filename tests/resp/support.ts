import { RespServer } from "../../transport/resp/server.ts";
import type { ServeRespOptions } from "../../transport/resp/server_options.ts";
import { FakeService } from "../http/fake_service.ts";
import { RawClient } from "./raw_client.ts";

/** What these tests need. */
export const MAY_LISTEN = Deno.permissions.querySync({ name: "net" }).state === "granted";

/** A server over a service of one node, and a client of it. */
export class RespWorld implements AsyncDisposable {
  readonly service: FakeService;
  readonly server: RespServer;
  readonly defects: unknown[] = [];
  readonly #clients: RawClient[] = [];

  constructor(options: Partial<ServeRespOptions> = {}, service: FakeService = new FakeService()) {
    this.service = service;
    this.server = new RespServer({
      service,
      onDefect: (error) => this.defects.push(error),
      ...options,
    });
  }

  get port(): number {
    return this.server.address.port;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect(this.port);
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.server.shutdown();
  }
}

/** A test that needs the network. */
export function respTest(
  name: string,
  fn: (world: RespWorld) => Promise<void>,
  options: Partial<ServeRespOptions> = {},
): void {
  Deno.test({
    name,
    ignore: !MAY_LISTEN,
    async fn() {
      await using world = new RespWorld(options);
      await fn(world);
    },
  });
}
