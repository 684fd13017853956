import { assert, assertEquals, assertMatch } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { encode } from "../../actors/schema.ts";
import { DialerHandshake, type Identity } from "../../transport/handshake.ts";
import { ask, echo, echoOf } from "./support.ts";
import {
  clusterOf,
  eventually,
  listeningNode,
  noNet,
  NOWHERE,
  Stranger,
  type TcpNode,
} from "./tcp_support.ts";

const random = randomStream(1, "hostile");
const pretender: Identity = { cluster: "test", node: 1, nodes: 2, boot: 5 };

function randomBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => randomInteger(random, 256));
}

/** Checks that two nodes still answer each other. */
async function assertWorking(nodes: readonly TcpNode[]): Promise<void> {
  const [first, second] = nodes as [TcpNode, TcpNode];
  await eventually(() => first.isConnectedTo(1) && second.isConnectedTo(0), "they are connected");
  assertEquals((await ask(first.system, 1, 5)).number, 5);
  assertEquals((await ask(second.system, 0, 6)).number, 6);
}

Deno.test({
  name: "TcpTransport hangs up on strangers that send garbage, counts them, and goes on",
  ignore: noNet,
  fn: async () => {
    await using cluster = await clusterOf(2);
    const [at] = cluster.nodes as [TcpNode];
    const garbage = [
      Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      Uint8Array.of(0, 0, 0, 0),
      new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      Uint8Array.of(0, 0, 0, 3, 1, 2, 3),
      Uint8Array.of(0, 0, 0, 2, 16, 0),
      ...Array.from({ length: 20 }, () => Uint8Array.of(0x7f, ...randomBytes(2_000))),
    ];
    for (const bytes of garbage) {
      using stranger = await Stranger.dial(at.transport.address);
      await stranger.write(bytes);
      await stranger.untilClosed();
    }
    assertEquals(at.transport.figures().garbage, garbage.length);
    assertEquals(at.transport.figures().unidentifiedNow, 0);
    // Logged, but not each.
    assertEquals(at.log.filter(({ level }) => level === "warn").length, 3);
    await assertWorking(cluster.nodes);
  },
});

Deno.test({
  name: "TcpTransport hangs up on a peer that it cannot understand, and on no other",
  ignore: noNet,
  fn: async () => {
    const frame = (...bytes: number[]) => Uint8Array.of(0, 0, 0, bytes.length, ...bytes);
    const toEcho = [16, 0, 0, 0, 4, ...new TextEncoder().encode("echo"), 0, 0, 0, 0];
    const cases: [RegExp, Uint8Array][] = [
      [/exceeds the limit/, Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
      [/Unknown variant with index 9/, frame(...toEcho, 9)],
      [/bytes wanted/, frame(...toEcho)],
      [/left over/, frame(...toEcho, ...encode(echo, tellOf(1)), 0)],
      [/not open/, frame(16, 0, 0, 0, 1, 65, 0, 0, 0, 0)],
      [/no message/, frame(1)],
      [/no target/, frame(16, 0xff, 0, 0, 0)],
    ];
    for (const [reason, bytes] of cases) {
      await using cluster = await clusterOf(3);
      const [at, , third] = cluster.nodes as [TcpNode, TcpNode, TcpNode];
      using peer = await Stranger.dial(at.transport.address);
      const step = await peer.shakeHands({ ...pretender, nodes: 3 }, 0);
      assertEquals(step.type, "accepted");
      await peer.write(bytes);
      await peer.untilClosed();
      const event = at.events.find(({ type }) => type === "garbage");
      assert(event?.type === "garbage");
      assertEquals(event.node, 1);
      assertMatch(event.reason, reason);
      assertEquals(at.transport.figures().garbage, 1);
      assertEquals((await ask(third.system, 0, 7)).number, 7);
    }
  },
});

Deno.test({
  name: "TcpTransport takes what came before the garbage",
  ignore: noNet,
  fn: async () => {
    await using at = listeningNode(0, [NOWHERE, NOWHERE]);
    using peer = await Stranger.dial(at.transport.address);
    await peer.shakeHands(pretender, 0);
    const name = new TextEncoder().encode("echo");
    const payload = encode(echo, tellOf(3));
    const body = [16, 0, 0, 0, 4, ...name, 0, 0, 0, 0, ...payload];
    await peer.write(Uint8Array.of(0, 0, 0, body.length, ...body, 0, 0, 0, 0));
    await peer.untilClosed();
    await eventually(() => at.told.length === 1, "the message is delivered");
    assertEquals(at.told, [3]);
  },
});

Deno.test({
  name: "TcpTransport gives a slow sender no more time than a silent one",
  ignore: noNet,
  fn: async () => {
    await using at = listeningNode(0, [NOWHERE, NOWHERE]);
    const figures = () => at.transport.figures();
    using silent = await Stranger.dial(at.transport.address);
    using slow = await Stranger.dial(at.transport.address);
    await eventually(() => figures().unidentifiedNow === 2, "both are accepted");
    const { hello } = new DialerHandshake(pretender, 0);
    for (let count = 0; count < 19; count++) {
      await slow.write(hello.subarray(count, count + 1));
      at.clock.runFor(100);
    }
    assertEquals(figures().unidentifiedNow, 2);
    at.clock.runFor(100);
    await Promise.all([silent.untilClosed(), slow.untilClosed()]);
    assertEquals([figures().unidentifiedNow, figures().unidentified], [0, 2]);
    assertEquals(at.events, [
      { type: "unidentified", reason: "deadline" },
      { type: "unidentified", reason: "deadline" },
    ]);
    assertEquals(at.clock.pending, 0);
  },
});

Deno.test({
  name: "TcpTransport closes the oldest of too many idle connections, and peers still get in",
  ignore: noNet,
  fn: async () => {
    const addresses = [NOWHERE, NOWHERE];
    await using at = listeningNode(0, addresses, { unidentifiedMax: 50 });
    await using peer = listeningNode(1, addresses);
    const strangers: Stranger[] = [];
    using _all = new DisposableStack();
    for (let count = 0; count < 300; count++) {
      strangers.push(_all.use(await Stranger.dial(at.transport.address)));
    }
    const figures = () => at.transport.figures();
    await eventually(() => figures().unidentified === 250, "250 are closed");
    assertEquals(figures().unidentifiedNow, 50);
    await Promise.all(strangers.slice(0, 250).map((stranger) => stranger.untilClosed()));
    at.transport.start();
    peer.transport.start();
    await assertWorking([at, peer]);
    assertEquals(figures().unidentified, 251);
    at.clock.runFor(2_000);
    await Promise.all(strangers.map((stranger) => stranger.untilClosed()));
    assertEquals([figures().unidentifiedNow, figures().unidentified], [0, 300]);
    assertEquals(at.events.filter((event) => event.type === "garbage"), []);
    assert(at.log.filter(({ level }) => level !== "debug").length < 10);
  },
});

Deno.test({
  name: "TcpTransport lets a newer connection of a peer replace the older",
  ignore: noNet,
  fn: async () => {
    await using at = listeningNode(0, [NOWHERE, NOWHERE]);
    using older = await Stranger.dial(at.transport.address);
    assertEquals((await older.shakeHands(pretender, 0)).type, "accepted");
    using newer = await Stranger.dial(at.transport.address);
    assertEquals((await newer.shakeHands({ ...pretender, boot: 6 }, 0)).type, "accepted");
    await older.untilClosed();
    assertEquals(at.events, [
      { type: "accepted", node: 1, boot: 5 },
      { type: "closed", node: 1, reason: "replaced by a newer connection" },
      { type: "accepted", node: 1, boot: 6 },
    ]);
    const [link] = at.transport.figures().links;
    assertEquals(link?.incoming.connected, true);
  },
});

Deno.test({
  name: "TcpTransport outlives an acceptor that answers with garbage, or not at all",
  ignore: noNet,
  fn: async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const addresses = [NOWHERE, { host: "127.0.0.1", port: listener.addr.port }];
    await using node = listeningNode(0, addresses);
    node.transport.start();
    const lost = (reason: string) =>
      eventually(
        () => node.events.some((event) => event.type === "disconnected" && event.reason === reason),
        reason,
      );
    const first = await listener.accept();
    await first.write(randomBytes(100).fill(0x7f, 0, 1));
    await eventually(() => node.transport.figures().garbage === 1, "the garbage is noticed");
    first.close();
    node.clock.runFor(50);
    (await listener.accept()).close();
    await lost("closed by the peer");
    node.clock.runFor(100);
    using third = await listener.accept();
    node.clock.runFor(2_000);
    await lost("not accepted within 2000 ms");
    await third.read(new Uint8Array(1_000));
    assertEquals(node.isConnectedTo(1), false);
    assertEquals(node.system.send(echoOf(1), tellOf(1)), "dead");
  },
});

function tellOf(number: number) {
  return { type: "tell", number, data: new Uint8Array() } as const;
}
