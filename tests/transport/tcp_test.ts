import { assert, assertEquals, assertLessOrEqual, assertMatch, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import type { Ref } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { ListenFailed } from "../../transport/socket.ts";
import { TcpTransport } from "../../transport/tcp.ts";
import type { Address } from "../../transport/address.ts";
import { ask, type Echo, echo, type Echoed, echoOf, spawnEcho, virtualNode } from "./support.ts";
import { clusterOf, eventually, listeningNode, noNet, type TcpNode } from "./tcp_support.ts";

function tell(number: number, length = 0): Echo {
  return { type: "tell", number, data: new Uint8Array(length) };
}

function outgoing(node: TcpNode, to: number) {
  return node.transport.figures().links.find((link) => link.node === to)!.outgoing;
}

Deno.test({
  name: "TcpTransport carries questions and answers between three nodes, with and without a secret",
  ignore: noNet,
  fn: async () => {
    for (const options of [{}, { secret: "0123456789abcdef" }]) {
      await using cluster = await clusterOf(3, options);
      const answers: Promise<Echoed>[] = [];
      for (const { system, node } of cluster.nodes) {
        for (const to of [0, 1, 2]) answers.push(ask(system, to, 10 * node + to));
      }
      const numbers = (await Promise.all(answers)).map(({ number }) => number);
      assertEquals(numbers, [0, 1, 2, 10, 11, 12, 20, 21, 22]);
      assertEquals(cluster.nodes.map(({ system }) => system.deadLetters), [0, 0, 0]);
      assertEquals(cluster.nodes.map(({ transport }) => transport.figures().garbage), [0, 0, 0]);
    }
  },
});

Deno.test({
  name: "TcpTransport carries a message of a megabyte, and small ones behind it in their order",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(2);
    const [from, to] = cluster.nodes as [TcpNode, TcpNode];
    from.system.send(echoOf(1), tell(0, 1 << 20));
    const numbers = Array.from({ length: 2_000 }, (_, index) => index + 1);
    for (const number of numbers) from.system.send(echoOf(1), tell(number, number));
    await eventually(() => to.told.length === 2_001, "all messages arrive");
    assertEquals(to.told, [0, ...numbers]);
    const { incoming } = to.transport.figures().links[0]!;
    const { framesSent: framesReceived, bytesSent: bytesReceived } = outgoing(from, 1);
    assertEquals(incoming, { connected: true, framesReceived, bytesReceived });
  },
});

Deno.test({
  name: "TcpTransport writes what is sent in one turn, or outside of any, in one write",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(2);
    const [from, to] = cluster.nodes as [TcpNode, TcpNode];
    const burst: Ref<"go"> = from.system.spawn("burst", (context) => ({
      receive: () => {
        for (let number = 0; number < 100; number++) context.send(echoOf(1), tell(number));
      },
    }));
    let writesAtTurnEnd = 0;
    from.system.onTurnEnd(() => writesAtTurnEnd = outgoing(from, 1).writes);
    from.system.send(burst, "go");
    await eventually(() => to.told.length === 100, "the burst arrives");
    assertEquals(writesAtTurnEnd, 1);
    assertEquals([outgoing(from, 1).writes, outgoing(from, 1).framesSent], [1, 100]);
    for (let number = 0; number < 50; number++) from.system.send(echoOf(1), tell(number));
    await eventually(() => to.told.length === 150, "the other messages arrive");
    assertEquals([outgoing(from, 1).writes, outgoing(from, 1).framesSent], [2, 150]);
  },
});

Deno.test({
  name: "TcpTransport reconnects to a peer that has restarted, and drops what was sent meanwhile",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(2, { secret: "0123456789abcdef" });
    const [stays, restarts] = cluster.nodes as [TcpNode, TcpNode];
    await restarts.transport.close();
    await eventually(() => !stays.isConnectedTo(1), "the loss is noticed");
    assertEquals(stays.system.send(echoOf(1), tell(1)), "dead");
    await using next = listeningNode(1, cluster.addresses, { secret: "0123456789abcdef" });
    next.transport.start();
    // The pause of the node that stayed never ends by itself: time stands still.
    await eventually(() => stays.isConnectedTo(1) && next.isConnectedTo(0), "they are connected");
    assertEquals((await ask(stays.system, 1, 5)).number, 5);
    assertEquals((await ask(next.system, 0, 6)).number, 6);
    assertEquals([restarts.told, next.told], [[], []]);
    assertEquals([outgoing(stays, 1).connections, outgoing(stays, 1).dropped], [2, 1]);
  },
});

Deno.test({
  name: "TcpTransport refuses nodes of another cluster, another secret, and at a wrong address",
  ignore: noNet,
  fn: async () => {
    const addresses: Address[] = new Array(4).fill({ host: "127.0.0.1", port: 0 });
    const secret = "0123456789abcdef";
    await using at = listeningNode(0, addresses, { secret });
    await using elsewhere = listeningNode(1, [...addresses], { cluster: "other", secret });
    await using stranger = listeningNode(2, [...addresses], { secret: "another 9abcdef" + "!" });
    const misled = [at.transport.address!, at.transport.address!, addresses[2]!, addresses[3]!];
    await using lost = listeningNode(3, misled, { secret });
    const codes = new Map([
      [elsewhere, ["wrong_cluster"]],
      [stranger, ["unauthenticated"]],
      [lost, ["wrong_index"]],
    ]);
    for (const { transport } of codes.keys()) transport.start();
    for (const [{ transport }, [code]] of codes) {
      const key = `peer/${code}`;
      await eventually(() => transport.figures().refusals.get(key) === 1, `refused: ${key}`);
    }
    const { refusals } = at.transport.figures();
    assertEquals(
      [...refusals].sort(),
      [["us/unauthenticated", 1], ["us/wrong_cluster", 1], ["us/wrong_index", 1]],
    );
    assertEquals([elsewhere, stranger].map((node) => node.isConnectedTo(0)), [false, false]);
    assertEquals([lost.isConnectedTo(0), lost.isConnectedTo(1)], [true, false]);
    const warnings = at.log.filter(({ level }) => level === "warn");
    assertEquals(warnings.length, 3);
    for (const { text } of [...warnings, ...elsewhere.log, ...stranger.log]) {
      assert(!text.includes("9abcdef"), `the secret is logged: ${text}`);
    }
    await eventually(() => at.transport.figures().unidentifiedNow === 0, "refused ones are gone");
  },
});

Deno.test({
  name:
    "TcpTransport.send() drops what finds no room in the queue, and goes on after the next write",
  ignore: noNet,
  fn: async () => {
    const queueBytesMax = 100_000;
    await using cluster = await clusterOf(2, { frameBytesMax: 20_000, queueBytesMax });
    const [from, to] = cluster.nodes as [TcpNode, TcpNode];
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    const sent = numbers.filter((number) => {
      return from.system.send(echoOf(1), tell(number, 10_000)) === "remote";
    });
    assertEquals(sent, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assertLessOrEqual(outgoing(from, 1).queuedBytes, queueBytesMax);
    assertEquals(outgoing(from, 1).dropped, 21);
    await eventually(() => to.told.length === sent.length, "what was taken arrives");
    assertEquals(from.system.send(echoOf(1), tell(99, 10_000)), "remote");
    await eventually(() => to.told.at(-1) === 99, "the next message arrives");
    assertEquals(to.told, [...sent, 99]);
  },
});

Deno.test({
  name: "TcpTransport drops a message that its schema refuses, and those to nodes that are not",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(2);
    const [from] = cluster.nodes as [TcpNode];
    assertEquals(from.system.send(echoOf(1), { ...tell(1), number: -1 }), "dead");
    assertEquals(from.system.send({ ...echoOf(7), schema: echo as never }, tell(1)), "dead");
    assertEquals(from.system.deadLetters, 2);
    assertEquals(from.transport.figures().unknownNode, 1);
    assertMatch(from.log.find(({ level }) => level === "error")!.text, /Not a u32: -1/);
    assertEquals((await ask(from.system, 1, 5)).number, 5);
  },
});

Deno.test({
  name: "TcpTransport makes dead letters of answers that come too late, and stays connected",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(2);
    const [asking, answering] = cluster.nodes as [TcpNode, TcpNode];
    const held: Ref<Echoed>[] = [];
    answering.system.stop(answering.system.named("echo"));
    const slow = answering.system.spawn<Echo>("echo", (context) => ({
      receive: (message) => {
        if (message.type === "ask") return void held.push(message.replyTo as Ref<Echoed>);
        const { number, data } = message;
        for (const replyTo of held) context.send(replyTo, { type: "echoed", number, data });
      },
    }));
    const answer = ask(asking.system, 1, 1).catch((error: TroupeError) => error.code);
    await eventually(() => held.length === 1, "the question arrives");
    asking.clock.runFor(60_000);
    assertEquals(await answer, "ask_timeout");
    answering.system.send(slow, tell(2));
    await eventually(() => asking.system.deadLetters === 1, "the answer is a dead letter");
    assertEquals(asking.transport.figures().garbage, 0);
    assert(asking.isConnectedTo(1) && answering.isConnectedTo(0));
  },
});

Deno.test({
  name: "TcpTransport.close() leaves nothing behind, and nothing to start again",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(3);
    const [closed, , other] = cluster.nodes as [TcpNode, TcpNode, TcpNode];
    for (let number = 0; number < 100; number++) closed.system.send(echoOf(1), tell(number, 9_999));
    await closed.transport.close();
    await closed.transport.close();
    assertEquals(closed.clock.pending, 0);
    assertEquals(closed.system.send(echoOf(1), tell(1)), "dead");
    assertEquals(closed.transport.peers().map(({ connected }) => connected), [false, false]);
    const error = assertThrows(() => closed.transport.start(), TroupeError);
    assertEquals(error.code, "transport_closed");
    await eventually(() => !other.isConnectedTo(0), "the others notice");
    assertEquals((await ask(other.system, 1, 5)).number, 5);
  },
});

Deno.test({
  name: "TcpTransport.listen() throws ListenFailed if the address is taken",
  ignore: noNet,
  fn: async () => {
    await using node = listeningNode(0, []);
    const { system } = virtualNode(0);
    const addresses = [node.transport.address!];
    const second = new TcpTransport(system, { cluster: "test", addresses });
    const error = assertThrows(() => second.listen(), ListenFailed, "Cannot listen on 127.0.0.1:");
    assertEquals(error.code, "listen_failed");
    await second.close();
  },
});

Deno.test({
  name: "TcpTransport.metrics() tells of every link, each name with one type and help",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(3);
    const [node] = cluster.nodes as [TcpNode];
    await ask(node.system, 1, 5);
    const metrics = node.transport.metrics();
    const valueOf = (name: string, peer: string) =>
      metrics.find((each) => each.name === name && each.labels?.["peer"] === peer)?.value;
    assertEquals(valueOf("troupe_transport_peer_connected", "2"), 1);
    assertEquals(valueOf("troupe_transport_frames_sent_total", "1"), 1);
    assertEquals(valueOf("troupe_transport_frames_received_total", "1"), 1);
    assertEquals(valueOf("troupe_transport_frames_sent_total", "2"), 0);
    const kinds = new Set(metrics.map(({ name, type, help }) => `${name} ${type} ${help}`));
    assertEquals(kinds.size, new Set(metrics.map(({ name }) => name)).size);
    for (const { name, type } of metrics) assertEquals(name.endsWith("_total"), type === "counter");
  },
});

Deno.test("TcpTransport refuses options that make no sense, and does not repeat the secret", () => {
  const addresses = [{ host: "127.0.0.1", port: 0 }];
  const { system } = virtualNode(0);
  const bad = [
    { addresses: [] },
    { addresses: new Array(257).fill(addresses[0]) },
    { secret: "short secret" },
    { frameBytesMax: 100 },
    { frameBytesMax: 2 ** 32 },
    { queueBytesMax: 8 * 1024 * 1024 },
    { handshakeMs: 0 },
    { unidentifiedMax: 0.5 },
    { backoffMinMs: 3_000 },
    { backoffMaxMs: NaN },
  ];
  for (const options of bad) {
    const error = assertThrows(
      () => new TcpTransport(system, { cluster: "test", addresses, ...options }),
      TroupeError,
    );
    assertEquals(error.code, "bad_option");
    assert(!error.message.includes("short secret"));
  }
});

Deno.test("TcpTransport leaves the actor system alone until it listens", () => {
  const { environment } = virtualNode(0);
  const system = new ActorSystem({ node: 0, environment });
  spawnEcho(system);
  const addresses = [0, 1].map(() => ({ host: "127.0.0.1", port: 0 }));
  const transport = new TcpTransport(system, { cluster: "test", addresses });
  assertEquals(transport.address, undefined);
  assertEquals(system.send(echoOf(1), tell(1)), "dead");
  assertEquals(transport.figures().links[0]!.outgoing.dropped, 0);
});
