import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import { MessageCodec } from "../../transport/codec.ts";
import { FRAME_HEADER_BYTES } from "../../transport/frame.ts";
import { AcceptorHandshake, type Identity } from "../../transport/handshake.ts";
import { LinkObserver } from "../../transport/observer.ts";
import { settingsOf, type TcpTransportOptions } from "../../transport/options.ts";
import { Peer } from "../../transport/peer.ts";
import type { Socket, SocketHandlers } from "../../transport/socket.ts";
import type { TransportEvent } from "../../transport/transport.ts";
import { type Echo, echoOf, virtualNode } from "./support.ts";

const addresses = [0, 1, 2].map((node) => ({ host: "127.0.0.1", port: 7_200 + node }));

/** A socket whose other end is the test. */
class FakeSocket implements Socket {
  readonly handlers: SocketHandlers;
  readonly written: Uint8Array[] = [];
  isClosed = false;
  #done: (() => void)[] = [];

  constructor(handlers: SocketHandlers) {
    this.handlers = handlers;
  }

  write(bytes: Uint8Array, done: () => void): void {
    assert(!this.isClosed, "written to after it was closed");
    this.written.push(bytes.slice());
    this.#done.push(done);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The kernel has taken everything written so far. */
  complete(): void {
    const done = this.#done;
    this.#done = [];
    for (const each of done) each();
  }

  /** Opens and answers the hello as the given node. */
  accept(as: Identity): void {
    this.handlers.opened!();
    const step = new AcceptorHandshake(as).receive(this.written[0]!.subarray(FRAME_HEADER_BYTES));
    this.complete();
    this.handlers.received(step.reply!);
  }
}

/** The link of node 0 to node 1, in virtual time, with a network that is the test's. */
function peerWorld(options: Partial<TcpTransportOptions> = {}) {
  const clock = new VirtualClock();
  const { system, environment, events } = virtualNode(0, clock);
  const settings = settingsOf({ cluster: "test", addresses, ...options }, 0);
  const sockets: FakeSocket[] = [];
  const peer = new Peer(1, {
    environment,
    settings,
    identity: { cluster: "test", node: 0, nodes: 3, boot: 1 },
    codec: new MessageCodec(system, settings.frameBytesMax),
    observer: new LinkObserver(system),
    addressOf: (node) => settings.addresses[node]!,
    hears: () => world.hears,
    dial: (_address, handlers) => {
      sockets.push(new FakeSocket(handlers));
      return sockets.at(-1)!;
    },
    flushLater: () => {},
  });
  const world = { hears: false };
  const last = () => sockets.at(-1)!;
  const accept = (changes: Partial<Identity> = {}) =>
    last().accept({ cluster: "test", node: 1, nodes: 3, boot: 2, ...changes });
  const untilDialled = () => {
    const from = clock.now;
    const count = sockets.length;
    assert(clock.runUntil(() => sockets.length > count, 10_000), "not dialled");
    return clock.now - from;
  };
  return { clock, peer, events, sockets, last, accept, untilDialled, world };
}

function tell(number: number, length = 0): Echo {
  return { type: "tell", number, data: new Uint8Array(length) };
}

/** The numbers of the messages in a write. */
function numbersIn(bytes: Uint8Array | undefined): number[] {
  const numbers: number[] = [];
  const view = new DataView(bytes!.buffer, bytes!.byteOffset);
  for (let at = 0; at < bytes!.length; at += FRAME_HEADER_BYTES + view.getUint32(at)) {
    // Length, kind, "echo" with its length, incarnation, variant: then the number.
    numbers.push(view.getUint32(at + 4 + 1 + 4 + 4 + 4 + 1));
  }
  return numbers;
}

Deno.test("Peer.send() drops messages until the peer has accepted", () => {
  const { peer, last, accept } = peerWorld();
  assertEquals(peer.send(echoOf(1), tell(1)), false);
  peer.open();
  assertEquals(peer.send(echoOf(1), tell(2)), false);
  accept();
  assertEquals(peer.send(echoOf(1), tell(3)), true);
  peer.flush();
  assertEquals(numbersIn(last().written.at(-1)), [3]);
  const { state, dropped, framesSent, connections } = peer.figures;
  assertEquals([state, dropped, framesSent, connections], ["connected", 2, 1, 1]);
});

Deno.test("Peer.flush() has one write in flight, and sends what gathers meanwhile in the next", () => {
  const { peer, last, accept } = peerWorld();
  peer.open();
  accept();
  for (const number of [1, 2]) peer.send(echoOf(1), tell(number));
  peer.flush();
  for (const number of [3, 4, 5]) {
    peer.send(echoOf(1), tell(number));
    peer.flush();
  }
  assertEquals(last().written.slice(1).map(numbersIn), [[1, 2]]);
  last().complete();
  assertEquals(last().written.slice(1).map(numbersIn), [[1, 2], [3, 4, 5]]);
  last().complete();
  assertEquals(last().written.length, 3);
  assertEquals([peer.figures.writes, peer.figures.framesSent], [2, 5]);
  assertEquals(peer.figures.queuedBytes, 0);
});

Deno.test("Peer.send() drops what finds no room, and takes messages again after a write", () => {
  const frameBytesMax = 2_000;
  const { peer, last, accept } = peerWorld({ frameBytesMax, queueBytesMax: 5_000 });
  peer.open();
  accept();
  const send = (number: number) => peer.send(echoOf(1), tell(number, 1_000));
  assertEquals([1, 2].map(send), [true, true]);
  peer.flush();
  assertEquals([3, 4, 5, 6].map(send), [true, true, false, false]);
  assertLessOrEqual(peer.figures.queuedBytes, 5_000);
  assertEquals(peer.figures.dropped, 2);
  last().complete();
  assertEquals([7, 8].map(send), [true, true]);
  last().complete();
  assertEquals(last().written.slice(1).map(numbersIn), [[1, 2], [3, 4], [7, 8]]);
});

Deno.test("Peer does not send to the next connection what waited for the one that was lost", () => {
  const { peer, clock, last, accept } = peerWorld();
  peer.open();
  accept();
  peer.send(echoOf(1), tell(1));
  peer.flush();
  peer.send(echoOf(1), tell(2));
  const lost = last();
  lost.handlers.closed("reset");
  assertEquals([peer.isConnected, peer.figures.dropped, peer.figures.queuedBytes], [false, 1, 0]);
  clock.runFor(50);
  accept();
  lost.complete();
  peer.send(echoOf(1), tell(3));
  peer.flush();
  assertEquals(last().written.slice(1).map(numbersIn), [[3]]);
});

Deno.test("Peer dials again after pauses that double up to a maximum, less a random part", () => {
  const { peer, last, untilDialled } = peerWorld({ backoffMinMs: 100, backoffMaxMs: 1_000 });
  const shares = new Set<number>();
  peer.open();
  for (const pauseMs of [100, 200, 400, 800, 1_000, 1_000, 1_000]) {
    last().handlers.closed("refused");
    assertEquals(peer.figures.state, "waiting");
    const tookMs = untilDialled();
    assertGreaterOrEqual(tookMs, pauseMs / 2);
    assertLessOrEqual(tookMs, pauseMs);
    shares.add(tookMs / pauseMs);
  }
  assertEquals(shares.size, 7);
});

Deno.test("Peer says that its node is gone when nobody listens where it was, and it sends nothing", () => {
  const { peer, clock, events, last, accept, untilDialled, world } = peerWorld();
  const gone = () =>
    events.flatMap((event) => event.type === "published" ? [event.detail as TransportEvent] : [])
      .filter(({ type }) => type === "gone");
  peer.open();
  last().handlers.closed("nobody listens", true);
  assertEquals(gone(), [], "it has never been there");
  untilDialled();
  accept();
  clock.runFor(10);
  last().handlers.closed("reset");
  assertEquals(gone(), [], "only the connection is lost");
  untilDialled();
  world.hears = true;
  last().handlers.closed("nobody listens", true);
  assertEquals(gone(), [], "it is connected to this node");
  untilDialled();
  world.hears = false;
  last().handlers.closed("no route", false);
  assertEquals(gone(), [], "nothing is known");
  untilDialled();
  last().handlers.closed("nobody listens", true);
  assertEquals(gone(), [{ type: "gone", node: 1 }]);
});

Deno.test("Peer starts its pauses anew only after a connection that has lasted", () => {
  const { peer, clock, last, accept, untilDialled } = peerWorld({ backoffMinMs: 100 });
  const pauseAfter = (connectedMs: number) => {
    accept();
    clock.runFor(connectedMs);
    last().handlers.closed("reset");
    return untilDialled();
  };
  peer.open();
  for (let flap = 0; flap < 5; flap++) pauseAfter(10);
  assertGreaterOrEqual(pauseAfter(10), 1_000);
  assertLessOrEqual(pauseAfter(10_000), 100);
});

Deno.test("Peer gives up an attempt that is not accepted in time, connected or not", () => {
  const { peer, clock, sockets, last, events, untilDialled } = peerWorld({ handshakeMs: 300 });
  peer.open();
  clock.runFor(299);
  assertEquals(last().isClosed, false);
  clock.runFor(1);
  assertEquals([sockets[0]!.isClosed, peer.figures.state], [true, "waiting"]);
  untilDialled();
  last().handlers.opened!();
  clock.runFor(299);
  assertEquals(peer.figures.state, "handshaking");
  clock.runFor(1);
  assertEquals(sockets[1]!.isClosed, true);
  const [first] = events;
  assert(first?.type === "published");
  assertEquals(first.detail, {
    type: "disconnected",
    node: 1,
    reason: "not accepted within 300 ms",
  });
});

Deno.test("Peer.wake() ends the pause at once, and disturbs nothing else", () => {
  const { peer, clock, sockets, last, accept } = peerWorld();
  peer.wake();
  assertEquals(sockets.length, 0);
  peer.open();
  peer.wake();
  assertEquals(sockets.length, 1);
  last().handlers.closed("refused");
  peer.wake();
  assertEquals(sockets.length, 2);
  accept();
  peer.wake();
  clock.runFor(10_000);
  assertEquals([sockets.length, peer.isConnected], [2, true]);
});

Deno.test("Peer hangs up on a peer that refuses it, and tries again", () => {
  const { peer, clock, sockets, accept } = peerWorld();
  peer.open();
  accept({ cluster: "another" });
  assertEquals([sockets[0]!.isClosed, peer.figures.state], [true, "waiting"]);
  clock.runFor(50);
  accept();
  assertEquals(peer.isConnected, true);
});

Deno.test("Peer hangs up on an acceptor that sends what it should not", () => {
  const welcome = (frame: Uint8Array) => {
    const { peer, last, accept } = peerWorld();
    peer.open();
    accept();
    last().handlers.received(frame);
    return [peer.isConnected, last().isClosed];
  };
  assertEquals(welcome(Uint8Array.of(0, 0, 0, 1, 16)), [false, true]);
  assertEquals(welcome(Uint8Array.of(0xff, 0xff, 0xff, 0xff)), [false, true]);
});

Deno.test("Peer.close() ends the connection, the pause, and every further attempt", () => {
  for (const isConnected of [true, false]) {
    const { peer, clock, sockets, last, accept } = peerWorld();
    peer.open();
    if (isConnected) accept();
    else last().handlers.closed("refused");
    peer.close();
    assertEquals(clock.pending, 0);
    clock.runFor(10_000);
    assertEquals([sockets.length, peer.figures.state], [1, "closed"]);
    assertLess(peer.figures.connections, 2);
    assertEquals(peer.send(echoOf(1), tell(1)), false);
  }
});
