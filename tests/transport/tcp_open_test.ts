import { assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { ask } from "./support.ts";
import {
  clusterOf,
  eventually,
  listeningNode,
  noNet,
  NOWHERE,
  type TcpNode,
} from "./tcp_support.ts";

Deno.test({
  name:
    "TcpTransport that is open takes in a node that is not among its addresses, and learns its own",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(2, { isOpen: true });
    const [first, second] = cluster.nodes as [TcpNode, TcpNode];
    // The newcomer knows the first by the configuration, and the first nothing of it.
    await using newcomer = listeningNode(9, [cluster.addresses[0]!], { isOpen: true });
    newcomer.transport.start();
    const at = newcomer.transport.address!;
    await eventually(() => newcomer.isConnectedTo(0), "the newcomer is connected");
    assertEquals(first.transport.peers().map(({ node }) => node), [1]);
    first.transport.setAddress(9, at);
    await eventually(() => first.isConnectedTo(9), "the first is connected to the newcomer");
    assertEquals((await ask(newcomer.system, 0, 7)).number, 7);
    assertEquals((await ask(first.system, 9, 8)).number, 8);
    // Learning the same again changes nothing.
    first.transport.setAddress(9, { ...at });
    assertEquals(first.isConnectedTo(9), true);
    const link = first.transport.figures().links.find(({ node }) => node === 9);
    assertEquals(link?.incoming.connected, true);
    assertEquals(second.transport.peers().map(({ node }) => node), [0]);
  },
});

Deno.test({
  name: "TcpTransport that is open follows a node that has moved",
  ignore: noNet,
  fn: async () => {
    await using newcomer = listeningNode(1, [NOWHERE], { isOpen: true });
    await using first = listeningNode(0, [], { isOpen: true });
    first.transport.setAddress(1, NOWHERE);
    first.transport.start();
    newcomer.transport.start();
    await eventually(
      () => first.events.some(({ type }) => type === "disconnected"),
      "nobody is where the newcomer was believed to be",
    );
    first.transport.setAddress(1, newcomer.transport.address!);
    newcomer.transport.setAddress(0, first.transport.address!);
    await eventually(() => first.isConnectedTo(1), "the first has found it");
    assertEquals((await ask(first.system, 1, 3)).number, 3);
  },
});

Deno.test({
  name: "TcpTransport.forget() hangs up on a node that was learned, until it is learned again",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(2, { isOpen: true });
    const [first] = cluster.nodes as [TcpNode, TcpNode];
    await using newcomer = listeningNode(9, [cluster.addresses[0]!], { isOpen: true });
    newcomer.transport.start();
    const at = newcomer.transport.address!;
    first.transport.setAddress(9, at);
    await eventually(() => first.isConnectedTo(9), "the first is connected to the newcomer");
    first.transport.forget(9);
    first.transport.forget(1);
    assertEquals(first.transport.peers().map(({ node }) => node), [1]);
    assertEquals(first.isConnectedTo(1), true);
    first.transport.setAddress(9, at);
    await eventually(() => first.isConnectedTo(9), "the first is connected to it again");
    await eventually(() => newcomer.isConnectedTo(0), "the newcomer is connected");
    assertEquals((await ask(first.system, 9, 8)).number, 8);
  },
});

Deno.test({
  name:
    "TcpTransport.setAddress() refuses the node itself, indices that no node has, and a closed cluster",
  ignore: noNet,
  fn: async () => {
    await using open = listeningNode(0, [], { isOpen: true });
    await using closed = listeningNode(0, []);
    for (const node of [0, -1, 256, 1.5]) {
      assertThrows(() => open.transport.setAddress(node, NOWHERE), TroupeError, `node ${node}`);
    }
    assertThrows(() => closed.transport.setAddress(1, NOWHERE), TroupeError, "node 1");
  },
});

Deno.test({
  name: "TcpTransport that is not open refuses a node that is not among its addresses",
  ignore: noNet,
  fn: async () => {
    await using first = listeningNode(0, []);
    await using stranger = listeningNode(9, [first.transport.address!], { isOpen: true });
    stranger.transport.start();
    await eventually(
      () =>
        first.events.some((event) => event.type === "refused" && event.code === "unknown_index"),
      "the stranger is refused",
    );
  },
});
