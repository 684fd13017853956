import { assertEquals } from "@std/assert";
import {
  ChangeRefused,
  type ClusterChange,
  type ClusterLayout,
  Unavailable,
} from "../../transport/service.ts";
import { FakeService } from "./fake_service.ts";
import { headersOf, problem, world } from "./support.ts";

const CONFIGURATION: ClusterLayout = {
  topology: "chain",
  version: 7,
  formed: true,
  nodes: [],
  volumes: [],
};

/** A service whose master grants everything but what `refusal` is. */
function adminWorld(refusal?: unknown) {
  const service = new FakeService();
  const changes: ClusterChange[] = [];
  service.admin = {
    show: () => Promise.try(() => decide()),
    change: (change) =>
      Promise.try(() => {
        changes.push(change);
        return decide();
      }),
  };
  function decide() {
    if (refusal !== undefined) throw refusal;
    return CONFIGURATION;
  }
  return { ...world({}, service), changes };
}

Deno.test("GET /v1/admin/show, or chain, answers what the master has decided", async () => {
  const { ask } = adminWorld();
  for (const name of ["show", "chain"]) {
    const response = await ask(`GET /v1/admin/${name}`);
    assertEquals(await response.json(), CONFIGURATION);
    assertEquals(headersOf(response, "troupe-node"), ["0"]);
  }
});

Deno.test("POST /v1/admin/... asks the master for a change", async () => {
  const { ask, changes } = adminWorld();
  for (const path of ["add?node=3", "remove?node=0", "rebalance"]) {
    const response = await ask(`POST /v1/admin/${path}`);
    assertEquals([response.status, await response.json()], [200, CONFIGURATION]);
  }
  assertEquals(changes, [
    { type: "add", node: 3 },
    { type: "remove", node: 0 },
    { type: "rebalance" },
  ]);
});

Deno.test("/v1/admin/... refuses what makes no sense", async () => {
  const { ask, changes } = adminWorld();
  const lines = [
    "POST /v1/admin/add",
    "POST /v1/admin/remove?node=x",
    "POST /v1/admin/add?node=-1",
  ];
  for (const line of [...lines, "POST /v1/admin/rebalance?node=1", "GET /v1/admin/chain?x"]) {
    await problem(await ask(line), "bad_request");
  }
  await problem(await ask("GET /v1/admin/add?node=1"), "method_not_allowed");
  assertEquals(changes, []);
});

Deno.test("/v1/admin/... passes on what the master refuses", async () => {
  for (const code of ["last_member", "no_such_node", "not_formed"] as const) {
    const { ask } = adminWorld(new ChangeRefused(code, "Cannot"));
    await problem(await ask("POST /v1/admin/remove?node=2"), code);
  }
  const { ask } = adminWorld(new Unavailable("No majority"));
  const response = await ask("GET /v1/admin/chain");
  assertEquals(response.headers.get("retry-after"), "1");
  await problem(response, "unavailable");
});

Deno.test("/v1/admin/... says why there is nothing to change with a protocol that has no master", async () => {
  const document = await problem(await world().ask("GET /v1/admin/chain"), "not_supported");
  assertEquals(
    document.detail,
    'The protocol "vr" has no master: its replicas are those of the configuration file',
  );
});
