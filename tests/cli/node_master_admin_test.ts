import { assertEquals, assertRejects } from "@std/assert";
import { MasterAdmin } from "../../cli/node/master_admin.ts";
import { encodeCommand, type MasterCommand } from "../../protocols/master/commands.ts";
import { MasterMachine } from "../../protocols/master/machine.ts";
import { ChangeRefused, type Requests } from "../../transport/service.ts";

/** An operator's way to a master that executes at once. */
function setUp(nodeCount = 2) {
  const machine = new MasterMachine({ nodeCount, volumes: 1, length: 0 });
  const requests: Requests = {
    submit: (command) => Promise.try(() => ({ result: machine.apply(command), opNumber: 1 })),
    query: (query) => Promise.try(() => ({ result: machine.query(query), opNumber: 1 })),
    openSession: () => Promise.resolve(1),
  };
  const enter = (node: number): MasterCommand => ({
    type: "enter",
    node,
    after: 0,
    dataCenter: "",
    births: [{ volume: 0, birth: 10 + node }],
    suspects: [],
  });
  const form = () => {
    for (let node = 0; node < nodeCount; node++) machine.apply(encodeCommand(0, enter(node)));
  };
  return { admin: new MasterAdmin(requests, nodeCount, "chain"), form };
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const { code, message } = await assertRejects(() => promise, ChangeRefused);
  return `${code}: ${message}`;
}

Deno.test("MasterAdmin.show() gives what the master has decided", async () => {
  const { admin, form } = setUp();
  assertEquals((await admin.show()).formed, false);
  form();
  const { topology, formed, volumes } = await admin.show();
  assertEquals(topology, "chain");
  assertEquals([formed, volumes[0]?.members.map(({ node }) => node)], [true, [0, 1]]);
});

Deno.test("MasterAdmin.change() gives what is decided then", async () => {
  const { admin, form } = setUp();
  form();
  const { nodes, volumes } = await admin.change({ type: "remove", node: 0 });
  assertEquals([nodes[0]?.wanted, volumes[0]?.leaving], [false, 0]);
  assertEquals((await admin.change({ type: "add", node: 0 })).nodes[0]?.wanted, true);
  assertEquals((await admin.change({ type: "rebalance" })).formed, true);
});

Deno.test("MasterAdmin.change() says why something cannot be", async () => {
  const { admin, form } = setUp();
  assertEquals(
    await refusal(admin.change({ type: "rebalance" })),
    "not_formed: The cluster is not formed yet: some nodes have never been there",
  );
  form();
  assertEquals(
    await refusal(admin.change({ type: "add", node: 2 })),
    "no_such_node: The cluster has no node 2: its nodes are 0 to 1",
  );
  const alone = setUp(1);
  alone.form();
  assertEquals(
    await refusal(alone.admin.change({ type: "remove", node: 0 })),
    "last_member: Node 0 cannot be removed: it is the only one that has the data of some volume",
  );
});
