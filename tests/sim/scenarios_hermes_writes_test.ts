/**
 * Writes of Hermes, message by message: the scenarios of the reference (chain.md, 8) that concern INV, ACK and
 * VAL, and what of them is lost, late or repeated (hermes.md, 4.4 and 4.6).
 */
import { assert, assertEquals } from "@std/assert";
import type { HermesMessageOf } from "../../protocols/hermes/messages.ts";
import type { SentMessage } from "../../sim/network.ts";
import { HermesDirector, NAMES } from "./traces/hermes_director.ts";

const isAboutK = HermesDirector.isAbout("k");

/** Where an update of "k" comes in the messages of a kind, and under which timestamp. */
function stamps(messages: readonly SentMessage[]): string[] {
  return messages.flatMap(({ message }) => {
    const { vals = [] } = message as HermesMessageOf<"val">;
    return vals.filter(({ object }) => object === "k").map(({ ts }) => JSON.stringify(ts));
  });
}

Deno.test("hermes 8: of two writes at once the higher one stays; both are answered, the lower one without VAL", () => {
  for (const sparesValidations of [true, false]) {
    const director = new HermesDirector({ replica: { sparesValidations } });
    const [low, , high] = [0, 1, 2] as const;
    const vals = director.note(["val"]);
    const before = [low, high].map((node) => director.count(NAMES[node]!));
    director.ask(NAMES[low], "k", "low", low);
    director.ask(NAMES[high], "k", "high", high);
    const isAnswered = (node: number, at: number) => director.isAnswered(NAMES[node]!, before[at]!);
    director.until(() => [low, high].every(isAnswered));
    director.run(50);
    director.acknowledged.set("k", "high");
    const of = (node: number) => stamps(vals.filter(({ from }) => from === node)).length;
    assertEquals([of(low), of(high)], [sparesValidations ? 0 : 2, 2]);
    director.end();
  }
});

Deno.test("hermes 8: a write that is overtaken is answered by its own acknowledgements, and by no others", () => {
  const director = new HermesDirector();
  const [low, other, high] = [0, 1, 2] as const;
  const acks = director.hold(["ack"], ({ from, to }) => from === other && to === low);
  const client = NAMES[low];
  const before = director.count(client);
  director.ask(client, "k", "low", low);
  director.ask(NAMES[high], "k", "high", high);
  director.run(30);
  // What overtakes it is committed at all of them by now.
  assertEquals(director.read(NAMES[high], "k", high), "high");
  assertEquals(director.read(NAMES[other], "k", low), "high");
  assertEquals(director.results(client, before), 0);
  acks.release();
  director.run(30);
  assertEquals(director.results(client, before), 1);
  director.acknowledged.set("k", "high");
  director.end();
});

Deno.test("hermes 8: a VAL is lost: whoever needs the object replays its update", () => {
  const director = new HermesDirector();
  const lost = director.drop(["val"], (sent) => sent.to === 2 && isAboutK(sent));
  director.write("A", "k", "1", 0);
  const replays = director.note(["inv"]);
  assertEquals(director.read("C", "k", 2), "1");
  assert(replays.some((sent) => sent.from === 2 && isAboutK(sent)), "by replica 2");
  lost();
  director.end();
});

Deno.test("hermes 8: a VAL is lost, and nobody needs the object: it becomes valid all the same", () => {
  const director = new HermesDirector();
  const lost = director.drop(["val"], isAboutK);
  director.write("A", "k", "1", 0);
  director.until(() => director.replica(2).invalid === 1);
  lost();
  director.until(() => director.replica(2).invalid === 0);
  director.end();
});

Deno.test("hermes 8: the writer crashes before it has committed: whoever holds its update finishes it", () => {
  const director = new HermesDirector();
  const lost = director.drop(["ack"], isAboutK);
  const before = director.count("A");
  director.ask("A", "k", "1", 0);
  director.run(20);
  director.world.node(0).crash("lose");
  lost();
  director.untilMembers(1, 2);
  assertEquals(director.read("B", "k", 1), "1");
  assertEquals(director.results("A", before), 0);
  // Its client asks again, and is told what became of it.
  director.clients.repeat("A", 1);
  director.until(() => director.isAnswered("A", before));
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes 8: the writer crashes when one has its update: that one alone finishes it", () => {
  const director = new HermesDirector();
  const lost = director.drop(["inv"], (sent) => sent.to === 2 && isAboutK(sent));
  director.ask("A", "k", "1", 0);
  director.run(20);
  director.world.node(0).crash("lose");
  lost();
  director.untilMembers(1, 2);
  assertEquals(director.read("C", "k", 2), "1");
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes 8: a VAL of an earlier write validates nothing", () => {
  const director = new HermesDirector();
  const stale = director.hold(["val"], (sent) => sent.to === 2 && isAboutK(sent));
  director.write("A", "k", "1", 0);
  assertEquals(stale.messages.length, 1);
  // The second write is at replica 2, and nobody knows yet whether it is everywhere.
  const acks = director.hold(["ack"], ({ to }) => to === 0);
  director.ask("A", "k", "2", 0);
  director.run(20);
  stale.release();
  director.run(5);
  const before = director.count("C");
  director.look("C", "k", 2);
  director.run(20);
  assertEquals(director.results("C", before), 0, "it may not be committed");
  acks.release();
  director.insist("A");
  director.acknowledged.set("k", "2");
  director.end();
});

Deno.test("hermes 8: an INV that comes again changes nothing, and is acknowledged again", () => {
  const director = new HermesDirector();
  const invs = director.note(["inv"]);
  director.write("A", "k", "1", 0);
  director.run(20);
  const again = invs.find((sent) => sent.to === 2 && isAboutK(sent))!;
  const acks = director.note(["ack"]);
  director.world.network.deliver(again);
  director.run(20);
  assertEquals(acks.filter(isAboutK).map(({ from, to }) => [from, to]), [[2, 0]]);
  director.run(60);
  assertEquals(director.replica(2).invalid, 0);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes 8: an acknowledgement of an earlier write does not count for a later one", () => {
  const director = new HermesDirector();
  const old = director.note(["ack"]);
  director.write("A", "k", "1", 0);
  const again = old.find((sent) => sent.from === 2 && isAboutK(sent))!;
  const acks = director.hold(["ack"], ({ from, to }) => from === 2 && to === 0);
  const before = director.count("A");
  director.ask("A", "k", "2", 0);
  director.run(20);
  director.world.network.deliver(again);
  director.run(20);
  assertEquals(director.results("A", before), 0);
  acks.release();
  director.insist("A", before);
  director.acknowledged.set("k", "2");
  director.end();
});

Deno.test("hermes: nothing is acknowledged before it is durable", () => {
  const director = new HermesDirector();
  director.write("A", "k", "0", 0);
  for (const node of director.world.nodes) node.behave({ slowness: 200 });
  director.ask("A", "k", "1", 0);
  director.until(() => director.replica(2).invalid === 1);
  // Whatever the disks had not kept is gone: an acknowledgement would have been a lie.
  for (const node of director.world.nodes) node.crash("lose");
  for (const node of director.world.nodes) node.behave({ slowness: 1 });
  director.world.startAll();
  const found = director.read("B", "k", 1);
  assert(found === "0" || found === "1", `${found}`);
  director.insist("A");
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes: all crash at once, and everything is there again", () => {
  const director = new HermesDirector();
  for (let value = 0; value < 5; value++) director.write("A", `${value}`, `${value}`, 0);
  director.submit("A", { type: "delete", key: "0" }, 0);
  director.until(() => director.replica(2).tombstones === 1);
  for (const node of director.world.nodes) node.crash("lose");
  director.world.startAll();
  director.acknowledged.delete("0");
  assertEquals(director.read("B", "0", 1), null);
  director.end();
});

Deno.test("hermes: acknowledgements to all: nobody needs a VAL to know that an update is committed", () => {
  const director = new HermesDirector({ replica: { broadcastsAcks: true } });
  const sent = director.note(["val", "inv"]);
  director.write("A", "k", "1", 0);
  const { now } = director.world.clock;
  assertEquals(director.read("C", "k", 2), "1");
  assert(director.world.clock.now - now < 10, "nobody waits");
  const about = sent.filter(isAboutK).map(({ type, from }) => `${type} of ${from}`);
  assertEquals(about, ["inv of 0", "inv of 0"]);
  director.end();
});

Deno.test("hermes: with acknowledgements to all, those that come before the update count when it is there", () => {
  const director = new HermesDirector({ replica: { broadcastsAcks: true } });
  director.write("A", "k", "1", 0);
  const held = director.hold(["inv"], (sent) => sent.to === 2 && isAboutK(sent));
  const before = director.count("A");
  director.ask("A", "k", "2", 0);
  director.run(20);
  assertEquals(director.results("A", before), 0, "one has not acknowledged it");
  held.release();
  director.run(20);
  assertEquals(director.results("A", before), 1);
  assertEquals(director.read("C", "k", 2), "2");
  director.acknowledged.set("k", "2");
  director.end();
});
