import { assert, assertEquals, assertRejects } from "@std/assert";
import { Cluster, NODES } from "../../bench/nodes/cluster.ts";
import { Server } from "../../bench/nodes/server.ts";
import { isWhole } from "../../bench/nodes/troupe.ts";
import type { NodeStatus } from "../../transport/service.ts";
import { until } from "../cluster/until.ts";

const MAY_RUN = Deno.build.os !== "windows" &&
  Deno.permissions.querySync({ name: "run" }).state === "granted";

Deno.test({
  name: "Server starts, is killed and started again, and keeps what it wrote last",
  ignore: !MAY_RUN,
  async fn() {
    await using server = new Server("s", ["sh", "-c", "echo life of $$; exec cat"]);
    assertEquals(server.pid, null);
    server.start();
    const first = server.pid!;
    await until("it has written", () => server.log !== "");
    await server.kill();
    assertEquals([server.pid, server.log], [null, `life of ${first}`]);
    server.start();
    const second = server.pid!;
    await until("it has written", () => server.log.includes("\n"));
    assertEquals(server.log, `life of ${first}\nlife of ${second}`);
    await server.stop();
    assertEquals(server.pid, null);
  },
});

Deno.test({
  name: "Cluster says which node has ended instead of becoming ready, and what it wrote",
  ignore: !MAY_RUN,
  async fn() {
    const servers = Array.from(
      { length: NODES },
      (_, node) =>
        new Server(`node ${node}`, ["sh", "-c", node === 1 ? "echo no disk" : "exec cat"]),
    );
    await using cluster = new Cluster({
      name: "c",
      servers,
      directories: [],
      urls: [],
      respPorts: [],
      isReady: (node) => Promise.resolve(node !== 1),
      isWhole: () => Promise.resolve(true),
      leader: () => Promise.resolve(2),
    });
    const error = await assertRejects(() => cluster.start(), Error, "c: node 1 has ended");
    assert(error.message.endsWith("no disk"));
    assertEquals(await cluster.leader(), 2);
  },
});

Deno.test("isWhole() wants every node in every volume, and all of one mind", () => {
  const volume = { volume: 0, epoch: 1, role: "member", joining: null, leaving: null, leaseMs: 9 };
  const seen = (changes: object[] = [{}, {}, {}]) =>
    changes.map((change, node) => ({
      node,
      status: "normal",
      view: 3,
      volumes: [{ ...volume, members: [0, 1, 2] }],
      ...change,
    })) as unknown as NodeStatus[];
  assert(isWhole(seen()));
  assert(!isWhole(seen().slice(1)));
  assert(!isWhole(seen([{}, {}, { view: 4 }])));
  assert(!isWhole(seen([{}, { status: "forming" }, {}])));
  assert(!isWhole(seen([{ volumes: [{ ...volume, members: [0, 1] }] }, {}, {}])));
  assert(!isWhole(seen([{ volumes: [{ ...volume, members: [0, 1, 2], joining: 2 }] }, {}, {}])));
});
