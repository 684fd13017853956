import { assert, assertEquals } from "@std/assert";
import { REPLICAS_MAX } from "../../cli/config/read_addresses.ts";
import { defaultConfig, parseConfig } from "../../cli/config.ts";
import { Node } from "../../cli/node/node.ts";
import { MAILBOX_CAPACITY } from "../../cli/node/protocol_node.ts";
import { REQUEST_BYTES_MAX } from "../../protocols/client_messages.ts";
import { REQUEST_HEADER_BYTES } from "../../protocols/request.ts";
import { RESP_IN_FLIGHT_MAX } from "../../transport/resp/server.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";

const MAY_RUN = ["net", "read", "write", "sys"].every((name) =>
  Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state === "granted"
);
const MIB = 1 << 20;

/** Answers every command by its length. */
class Lengths implements StateMachine {
  apply(command: Uint8Array): Uint8Array {
    return new TextEncoder().encode(String(command.length));
  }

  *snapshot(): Iterable<Uint8Array> {}

  restore(): void {}
}

async function postCommand(url: string, length: number): Promise<string> {
  const body = new Uint8Array(length);
  const response = await fetch(`${url}/v1/commands`, { method: "POST", body });
  return `${response.status} ${(await response.text()).slice(0, 20)}`;
}

Deno.test({
  name:
    "Node refuses a command that is too large to be passed on, and takes the largest that is not",
  ignore: !MAY_RUN,
  async fn() {
    const data = await Deno.makeTempDir();
    const anyPort = [{ host: "127.0.0.1", port: 0 }];
    const config = {
      ...defaultConfig({ nodes: 1, data }),
      replicasAddresses: anyPort,
      httpAddresses: anyPort,
      batching: { entryBytesMax: 2 * MIB, requestsMax: 1_024, pipeline: 4 },
    };
    try {
      await using node = await Node.start({
        config,
        index: 0,
        machine: () => new Lengths(),
        onLog: () => {},
      });
      const largest = REQUEST_BYTES_MAX - REQUEST_HEADER_BYTES;
      assertEquals(await postCommand(node.address.url, largest), `200 ${largest}`);
      assertEquals((await postCommand(node.address.url, largest + 1)).slice(0, 3), "413");
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
});

Deno.test("parseConfig() lets no more requests in than the mailbox of a primary holds", () => {
  const most = parseConfig(
    "replicas_addresses: [localhost:7200]\nlimits: {http_in_flight_max: 8192}",
    "c.yaml",
  );
  const fromEach = most.limits.httpInFlightMax + RESP_IN_FLIGHT_MAX;
  assert(REPLICAS_MAX * fromEach < MAILBOX_CAPACITY);
});
