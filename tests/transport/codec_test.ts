import { assert, assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { ANY_INCARNATION, type Ref, refTo } from "../../actors/ref.ts";
import {
  type Reader,
  ref,
  type Schema,
  struct,
  u32,
  u8,
  type Writer,
} from "../../actors/schema.ts";
import { MessageCodec, UndecodableMessage } from "../../transport/codec.ts";
import { FRAME_HEADER_BYTES, FrameError } from "../../transport/frame.ts";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import { ask, type Echo, echo, type Echoed, echoOf, spawnEcho, virtualNode } from "./support.ts";

const FRAME_BYTES_MAX = 4_096;

/** A node whose messages for others are collected as frames. */
function nodeWithCodec(node: number, clock = new VirtualClock(), seed = 1) {
  const world = virtualNode(node, clock, seed);
  const codec = new MessageCodec(world.system, FRAME_BYTES_MAX);
  const frames: Uint8Array[] = [];
  const encode = (to: Ref<never>, message: unknown): Uint8Array => {
    const writer = codec.newWriter();
    codec.write(writer, to, message);
    return writer.finish().subarray(FRAME_HEADER_BYTES);
  };
  world.system.connect({ send: (to, message) => frames.push(encode(to, message)) > 0 });
  return { ...world, clock, codec, frames, encode };
}

const tell = (number: number, length = 3): Echo => ({
  type: "tell",
  number,
  data: new Uint8Array(length),
});

/** A question of node 0, and the frame of node 1's answer to it. */
function answered() {
  const clock = new VirtualClock();
  const asking = nodeWithCodec(0, clock);
  const answering = nodeWithCodec(1, clock);
  spawnEcho(answering.system);
  const answer = ask(asking.system, 1, 7);
  answering.codec.deliver(asking.frames[0]!);
  clock.runFor(1);
  return { asking, answer, frame: answering.frames[0]! };
}

Deno.test("MessageCodec carries a question to another node and its answer back", async () => {
  const { asking, answer, frame } = answered();
  asking.codec.deliver(frame);
  const echoed = await answer;
  assertEquals(echoed.number, 7);
  assertEquals(echoed.data.length, 100);
  assertEquals(asking.system.deadLetters, 0);
});

Deno.test("MessageCodec.deliver() makes a dead letter of an answer that nobody waits for any more", async () => {
  const { asking, answer, frame } = answered();
  asking.codec.deliver(frame);
  await answer;
  asking.codec.deliver(frame);
  asking.codec.deliver(frame.slice(0, -4));
  assertEquals(asking.system.deadLetters, 2);
});

Deno.test("MessageCodec.deliver() does not read an answer to a question of an earlier process", () => {
  const answering = nodeWithCodec(1);
  spawnEcho(answering.system);
  const earlier = nodeWithCodec(0, answering.clock, 1);
  ask(earlier.system, 1, 7).catch(() => {});
  answering.codec.deliver(earlier.frames[0]!);
  answering.clock.runFor(1);

  // A schema that the answer to the earlier question does not fit.
  const later = nodeWithCodec(0, answering.clock, 2);
  const other = struct({ replyTo: ref(struct({ one: u8 })) });
  later.system.ask(refTo<unknown>(1, "other", other), (replyTo) => ({ replyTo }), {
    timeoutMs: 60_000,
  }).catch(() => {});
  later.codec.deliver(answering.frames[0]!);
  assertEquals(later.system.deadLetters, 1);
});

Deno.test("MessageCodec.deliver() throws on a name that is not open to other nodes", () => {
  const { codec, encode, system } = nodeWithCodec(1);
  system.spawn("private", () => ({ receive: () => {} }));
  const { incarnation } = system.figures()[0]!;
  const open = { schema: echo as Schema<unknown>, node: 1 };
  const toNobody = { ...open, name: "nobody", incarnation: ANY_INCARNATION };
  assertThrows(() => codec.deliver(encode(toNobody, tell(1))), UndecodableMessage, '"nobody"');
  const toPrivate = { ...open, name: "private", incarnation };
  assertThrows(() => codec.deliver(encode(toPrivate, tell(1))), UndecodableMessage, "not open");
  assertEquals(system.deadLetters, 0);
});

Deno.test("MessageCodec.deliver() makes a dead letter of a message for an incarnation that is gone", () => {
  const { codec, encode, system } = nodeWithCodec(1);
  const told = spawnEcho(system);
  const gone = { node: 1, incarnation: 12, schema: echo as Schema<unknown> };
  codec.deliver(encode({ ...gone, name: "echo" }, tell(1)));
  codec.deliver(encode({ ...gone, name: "echo/child" }, tell(1)));
  codec.deliver(encode({ ...gone, name: "$" }, tell(1)));
  assertEquals(system.deadLetters, 3);
  assertEquals(told, []);
});

Deno.test("MessageCodec.deliver() refuses every frame that is cut short, or too long", () => {
  const { codec, encode, system, clock } = nodeWithCodec(1);
  const told = spawnEcho(system);
  const frame = encode(echoOf(1), tell(5));
  for (let length = 1; length < frame.length; length++) {
    const error = assertThrows(() => codec.deliver(frame.slice(0, length)), TroupeError);
    assert(error instanceof FrameError || error instanceof UndecodableMessage);
  }
  const longer = Uint8Array.from([...frame, 0]);
  assertThrows(() => codec.deliver(longer), UndecodableMessage, "1 bytes left over");
  codec.deliver(frame);
  clock.runFor(1);
  assertEquals(told, [5]);
});

Deno.test("MessageCodec.deliver() throws nothing but its own errors on damaged frames", () => {
  const { codec, encode, system } = nodeWithCodec(1);
  spawnEcho(system);
  const random = randomStream(1, "damage");
  const frame = encode(echoOf(1), tell(5, 40));
  let refused = 0;
  for (let round = 0; round < 3_000; round++) {
    const damaged = frame.slice();
    for (let count = 0; count < 3; count++) {
      damaged[randomInteger(random, damaged.length)] = randomInteger(random, 256);
    }
    try {
      codec.deliver(damaged);
    } catch (error) {
      assert(error instanceof FrameError || error instanceof UndecodableMessage, String(error));
      refused++;
    }
  }
  assert(refused > 500, `only ${refused} frames were refused`);
});

Deno.test("MessageCodec.deliver() survives a schema that throws anything", () => {
  const { codec, encode, system } = nodeWithCodec(1);
  const bottomless: Schema<unknown> = {
    write: () => {},
    read: (reader: Reader): unknown => [bottomless.read(reader)],
  };
  system.expose("deep", bottomless);
  const to = { node: 1, name: "deep", incarnation: ANY_INCARNATION, schema: bottomless };
  assertThrows(() => codec.deliver(encode(to, null)), UndecodableMessage);
});

Deno.test("MessageCodec.write() leaves the buffer as it was when it throws", () => {
  const { codec } = nodeWithCodec(0);
  const writer: Writer = codec.newWriter();
  codec.write(writer, echoOf(1), tell(1));
  const before = writer.finish();
  const refused: [string, Ref<never>, unknown][] = [
    ["no_schema", refTo(1, "echo"), tell(1)],
    ["no_schema", { node: 1, name: "$", incarnation: 5 }, tell(1)],
    ["schema_violation", echoOf(1), { ...tell(1), number: -1 }],
    ["schema_violation", refTo(1, "x".repeat(129), echo), tell(1)],
    ["message_too_large", echoOf(1), tell(1, FRAME_BYTES_MAX)],
  ];
  for (const [code, to, message] of refused) {
    const error = assertThrows(() => codec.write(writer, to, message), TroupeError);
    assertEquals(error.code, code);
    assertEquals(writer.view(), before);
  }
});

Deno.test("MessageCodec.write() opens an actor to answers, and never with a second schema", () => {
  const { codec, system } = nodeWithCodec(0);
  const number = struct({ number: u32 });
  const asked = struct({ replyTo: ref(number) });
  const askedOtherwise = struct({ replyTo: ref(struct({ one: u8 })) });
  const replyTo: Ref<{ number: number }> = system.named("counter");
  const writer = codec.newWriter();
  codec.write(writer, refTo(1, "other", asked), { replyTo });
  codec.write(writer, refTo(1, "other", asked), { replyTo });
  assertEquals(system.schemaOf("counter"), number as Schema<never>);
  const error = assertThrows(
    () => codec.write(writer, refTo(1, "other", askedOtherwise), { replyTo }),
    TroupeError,
  );
  assertEquals(error.code, "schema_conflict");
  assertEquals(system.schemaOf("counter"), number as Schema<never>);
});

Deno.test("MessageCodec.write() does not open refs to actors of other nodes", () => {
  const { codec, system } = nodeWithCodec(0);
  const asked = struct({ replyTo: ref(echo) });
  const replyTo: Ref<Echoed> = { node: 2, name: "elsewhere", incarnation: 3 };
  codec.write(codec.newWriter(), refTo(1, "other", asked), { replyTo });
  assertEquals(system.schemaOf("elsewhere"), undefined);
});
