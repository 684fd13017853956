import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { FRAME_HEADER_BYTES, FrameError, FrameKind } from "../../transport/frame.ts";
import {
  AcceptorHandshake,
  DialerHandshake,
  type HandshakeStep,
  type Identity,
  PROTOCOL_VERSION,
} from "../../transport/handshake.ts";

const SECRET = "a secret of the cluster";

function identity(node: number, changes: Partial<Identity> = {}): Identity {
  return { cluster: "test", node, nodes: 3, boot: 1_000 + node, ...changes };
}

function body(frame: Uint8Array | undefined): Uint8Array {
  assert(frame !== undefined);
  return frame.subarray(FRAME_HEADER_BYTES);
}

interface Ended {
  readonly dialer: HandshakeStep | undefined;
  readonly acceptor: HandshakeStep;
}

/** Hands the frames of one side to the other until one of them has made up its mind. */
function shakeHands(from: Identity, at: Identity, to = at.node): Ended {
  const dialer = new DialerHandshake(from, to);
  const acceptor = new AcceptorHandshake(at);
  let theirs = acceptor.receive(body(dialer.hello));
  let ours: HandshakeStep | undefined;
  while (theirs.reply !== undefined) {
    ours = dialer.receive(body(theirs.reply));
    if (ours.type !== "continue") break;
    theirs = acceptor.receive(body(ours.reply));
  }
  return { dialer: ours, acceptor: theirs };
}

/** Checks that the acceptor refuses, and that the dialer is told the same. */
function assertRefused({ dialer, acceptor }: Ended, code: string): void {
  assert(acceptor.type === "refused" && dialer?.type === "refused");
  assertEquals([acceptor.by, acceptor.code], ["us", code]);
  assertEquals([dialer.by, dialer.code, dialer.text], ["peer", code, acceptor.text]);
}

/** Checks that the dialer hangs up, whatever the acceptor thinks. */
function assertDialerRefuses({ dialer }: Ended): void {
  assert(dialer?.type === "refused");
  assertEquals([dialer.by, dialer.code], ["us", "unauthenticated"]);
}

Deno.test("Handshake introduces two nodes of one cluster to each other", () => {
  const { dialer, acceptor } = shakeHands(identity(0), identity(2));
  assert(dialer?.type === "accepted" && acceptor.type === "accepted");
  assertEquals([dialer.node, dialer.boot], [2, 1_002]);
  assertEquals([acceptor.node, acceptor.boot], [0, 1_000]);
});

Deno.test("Handshake refuses another cluster, a wrong index, an unknown one, and the node itself", () => {
  assertRefused(shakeHands(identity(0, { cluster: "other" }), identity(1)), "wrong_cluster");
  assertRefused(shakeHands(identity(0), identity(1), 2), "wrong_index");
  assertRefused(shakeHands(identity(3, { nodes: 4 }), identity(1)), "unknown_index");
  assertRefused(shakeHands(identity(1), identity(1)), "self");
});

Deno.test("AcceptorHandshake.receive() refuses another version, however it goes on", () => {
  const hello = body(new DialerHandshake(identity(0), 1).hello);
  const other = hello.slice(0, 12);
  other[8] = PROTOCOL_VERSION + 1;
  const step = new AcceptorHandshake(identity(1)).receive(other);
  assert(step.type === "refused");
  assertEquals(step.code, "wrong_version");
  assert(step.text.includes(`${PROTOCOL_VERSION}, not ${PROTOCOL_VERSION + 1}`), step.text);
  const told = new DialerHandshake(identity(0), 1).receive(body(step.reply));
  assert(told.type === "refused");
  assertEquals([told.by, told.code], ["peer", "wrong_version"]);
});

Deno.test("Handshake with the same secret on both sides is accepted by both", () => {
  const secret = { secret: SECRET };
  const { dialer, acceptor } = shakeHands(identity(0, secret), identity(1, secret));
  assertEquals([dialer?.type, acceptor.type], ["accepted", "accepted"]);
});

Deno.test("Handshake fails if the secrets differ, or only one side has one", () => {
  const one = { secret: SECRET };
  const other = { secret: SECRET + "!" };
  assertRefused(shakeHands(identity(0, other), identity(1, one)), "unauthenticated");
  assertDialerRefuses(shakeHands(identity(0), identity(1, one)));
  assertDialerRefuses(shakeHands(identity(0, one), identity(1)));
});

Deno.test("DialerHandshake.receive() does not believe an acceptor that cannot prove itself", () => {
  const dialer = new DialerHandshake(identity(0, { secret: SECRET }), 1);
  const impostor = new AcceptorHandshake(identity(1, { secret: SECRET + "!" }));
  const challenge = impostor.receive(body(dialer.hello));
  assertEquals(dialer.receive(body(challenge.reply)).type, "continue");
  const welcome = new AcceptorHandshake(identity(1)).receive(body(dialer.hello));
  assertDialerRefuses({ dialer: dialer.receive(body(welcome.reply)), acceptor: welcome });
});

Deno.test("AcceptorHandshake.receive() does not believe a proof given to another connection", () => {
  const acceptor = () => new AcceptorHandshake(identity(1, { secret: SECRET }));
  const [first, second] = [acceptor(), acceptor()];
  const dialer = new DialerHandshake(identity(0, { secret: SECRET }), 1);
  const challenge = first.receive(body(dialer.hello));
  const proof = body(dialer.receive(body(challenge.reply)).reply);
  assertNotEquals(second.receive(body(dialer.hello)).reply, challenge.reply);
  assertEquals(first.receive(proof).type, "accepted");
  const replayed = second.receive(proof);
  assert(replayed.type === "refused");
  assertEquals(replayed.code, "unauthenticated");
});

Deno.test("Handshake frames out of their order are an error", () => {
  const secret = { secret: SECRET };
  const dialer = new DialerHandshake(identity(0, secret), 1);
  const acceptor = new AcceptorHandshake(identity(1, secret));
  const proof = Uint8Array.of(FrameKind.proof, ...new Uint8Array(32));
  assertThrows(() => acceptor.receive(proof), FrameError);
  const challenge = body(acceptor.receive(body(dialer.hello)).reply);
  assertThrows(() => acceptor.receive(body(dialer.hello)), FrameError);
  assertEquals(dialer.receive(challenge).type, "continue");
  assertThrows(() => dialer.receive(challenge), FrameError);
  assertThrows(() => dialer.receive(proof), FrameError);
  const open = new AcceptorHandshake(identity(1));
  open.receive(body(dialer.hello));
  assertThrows(() => open.receive(proof), FrameError);
});

Deno.test("Handshake throws nothing but TroupeErrors on random bytes, and accepts none", () => {
  const random = randomStream(1, "handshake");
  const hello = body(new DialerHandshake(identity(0, { secret: SECRET }), 1).hello);
  let thrown = 0;
  for (let round = 0; round < 3_000; round++) {
    const bytes = round % 2 === 0
      ? Uint8Array.from(
        { length: 1 + randomInteger(random, 100) },
        () => randomInteger(random, 256),
      )
      : hello.slice(0, 1 + randomInteger(random, hello.length));
    bytes[0] = 1 + randomInteger(random, 6);
    for (const side of [AcceptorHandshake, DialerHandshake]) {
      try {
        const step = new side(identity(1, { secret: SECRET }), 0).receive(bytes);
        assertNotEquals(step.type, "accepted");
      } catch (error) {
        assert(error instanceof TroupeError, String(error));
        thrown++;
      }
    }
  }
  assert(thrown > 3_000, `only ${thrown} errors`);
});
