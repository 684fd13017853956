/**
 * Read-modify-writes of Hermes, message by message, and that requests are executed once: the scenarios of the
 * reference (chain.md, 8) that concern them, and the traps of hermes.md 4.5.
 */
import { assert, assertEquals } from "@std/assert";
import type { HermesMessageOf } from "../../protocols/hermes/messages.ts";
import { decodeResult } from "../../protocols/kv/commands.ts";
import type { SentMessage } from "../../sim/network.ts";
import { HermesDirector, NAMES } from "./traces/hermes_director.ts";

const decoder = new TextDecoder();
const isAboutK = HermesDirector.isAbout("k");

/** What the last results of a client say. */
function resultOf(director: HermesDirector, client: string) {
  const reply = director.clients.repliesTo(client).findLast(({ type }) => type === "result");
  assert(reply?.type === "result");
  return decodeResult(reply.result);
}

/** Whether a message carries an update after which an object holds a text. */
function holds({ message }: SentMessage, text: string): boolean {
  const { updates = [] } = message as Partial<HermesMessageOf<"inv">>;
  return updates.some(({ state }) => state !== null && decoder.decode(state).endsWith(text));
}

function increment(director: HermesDirector, client: string, node: number): void {
  director.submit(client, { type: "increment", key: "k", delta: 1n }, node);
}

Deno.test("hermes 10: a write at the same time beats a read-modify-write, which begins anew from it", () => {
  for (const [writer, swapper] of [[0, 2], [2, 0]] as const) {
    const director = new HermesDirector();
    director.write("B", "k", "0", 1);
    const [w, s] = [NAMES[writer], NAMES[swapper]];
    const before = [w, s].map((name) => director.count(name));
    director.ask(w, "k", "1", writer);
    director.swap(s, "k", "0", "2", swapper);
    director.until(() => [w, s].every((name, at) => director.isAnswered(name, before[at]!)));
    assertEquals(resultOf(director, s).type, "precondition_failed");
    director.until(() => director.replica(swapper).aborts === 1);
    director.acknowledged.set("k", "1");
    director.end();
  }
});

Deno.test("hermes 10: of two read-modify-writes at once one is first, and the other begins from it", () => {
  const director = new HermesDirector();
  const before = ["A", "C"].map((name) => director.count(name));
  increment(director, "A", 0);
  increment(director, "C", 2);
  director.until(() => ["A", "C"].every((name, at) => director.isAnswered(name, before[at]!)));
  const sums = ["A", "C"].map((client) => {
    const result = resultOf(director, client);
    return result.type === "incremented" ? Number(result.value) : 0;
  });
  assertEquals(sums.sort(), [1, 2]);
  director.acknowledged.set("k", "2");
  director.end();
});

Deno.test("hermes 10: all increments of all nodes count, however they get in each other's way", () => {
  const director = new HermesDirector();
  const names = ["A", "B", "C"];
  for (let round = 0; round < 10; round++) {
    const before = names.map((name) => director.count(name));
    for (const [node, name] of names.entries()) increment(director, name, node);
    director.until(() => names.every((name, at) => director.isAnswered(name, before[at]!)));
  }
  director.acknowledged.set("k", "30");
  director.end();
});

Deno.test("hermes 10: a read-modify-write is sent again in a new epoch, and what was acknowledged before is void", () => {
  const director = new HermesDirector();
  const invs = director.note(["inv"]);
  const lost = director.drop(["ack"], (sent) => sent.from === 2 && isAboutK(sent));
  const before = director.count("A");
  increment(director, "A", 0);
  director.run(20);
  const { epoch } = director.configuration;
  director.world.node(2).crash("lose");
  director.untilMembers(0, 1);
  lost();
  assertEquals(director.results("A", before), 0, "the acknowledgement of 1 is of the epoch before");
  director.until(() => director.isAnswered("A", before));
  const epochs = invs.filter((sent) => sent.from === 0 && sent.to === 1 && isAboutK(sent))
    .map(({ message }) => (message as { epoch: number }).epoch);
  assertEquals(epochs, [epoch, epoch + 1]);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes 10: a read-modify-write is not acknowledged by who has something later, but answered with that", () => {
  const director = new HermesDirector();
  director.write("B", "k", "0", 1);
  const sent = director.note(["inv", "ack"]);
  // The write is everywhere but at replica 2, which begins from what was before it.
  const late = director.hold(["inv"], (sent) => sent.from === 0 && sent.to === 2 && isAboutK(sent));
  director.ask("A", "k", "1", 0);
  director.run(5);
  const before = director.count("C");
  const since = sent.length;
  director.swap("C", "k", "0", "2", 2);
  director.run(5);
  const back = sent.slice(since).filter(({ from, to }) => from === 1 && to === 2);
  assertEquals(back.map(({ type }) => type), ["inv"]);
  late.release();
  director.until(() => director.isAnswered("C", before));
  assertEquals(resultOf(director, "C").type, "precondition_failed");
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes 10: an overtaken read-modify-write is not told to have failed while it may yet be committed (4.5)", () => {
  const clients = { A: 0, B: 1, C: 2, D: 3 };
  const director = new HermesDirector({ nodes: 5, clients });
  director.write("A", "k", "0", 0);
  // The read-modify-write of 2 reaches 1 alone, and the write of 3 reaches 2 alone.
  const rmw = director.drop(["inv"], ({ from, to }) => from === 2 && to !== 1);
  const write = director.drop(["inv"], ({ from, to }) => from === 3 && to !== 2);
  const refused = director.drop(["inv", "val", "ack"], ({ to }) => to === 3);
  const before = director.count("C");
  director.swap("C", "k", "0", "rmw", 2);
  director.ask("D", "k", "write", 3);
  director.run(60);
  assertEquals(director.results("C", before), 0, "nobody knows");
  director.world.node(2).crash("lose");
  director.world.node(3).crash("lose");
  for (const end of [rmw, write, refused]) end();
  director.untilMembers(0, 1, 4);
  // Replica 1 has finished what only it had.
  assertEquals(director.read("A", "k", 0), "rmw");
  director.clients.repeat("C", 1);
  director.until(() => director.isAnswered("C", before));
  assertEquals(resultOf(director, "C").type, "put");
  director.acknowledged.set("k", "rmw");
  director.end();
});

Deno.test("hermes 10: a read-modify-write comes right after its base: a write that ran beside that is not lost", () => {
  const director = new HermesDirector();
  const [low, swapper, high] = [0, 1, 2] as const;
  const clients = [low, high, swapper].map((node) => NAMES[node]!);
  director.write(clients[0]!, "k", "0", low);
  // Two writes at once. The higher one is on its way to the third replica, where the lower one is valid.
  const isLate = (sent: SentMessage) => sent.to === swapper && holds(sent, "high");
  const late = director.hold(["inv"], isLate);
  // What its coordinator has in place of the lower one must not give it away either.
  const vals = director.note(["val"]);
  const before = clients.map((name) => director.count(name));
  director.ask(clients[0]!, "k", "low", low);
  director.ask(clients[1]!, "k", "high", high);
  director.until(() => director.isAnswered(clients[0]!, before[0]!));
  const spared = vals.filter((sent) => sent.from === low && isAboutK(sent));
  assertEquals(spared, [], "it was overtaken");
  // The third replica finishes what it has: the lower write, which is committed, is valid there now.
  assertEquals(director.read(clients[2]!, "k", swapper), "low");
  director.swap(clients[2]!, "k", "low", "lost", swapper);
  director.run(20);
  late.release();
  director.until(() => clients.every((name, at) => director.isAnswered(name, before[at]!)));
  director.run(20);
  // The swap is not told to have succeeded, or it is overwritten: the higher write is not lost.
  assertEquals(director.read(clients[0]!, "k", low), "high");
  director.acknowledged.set("k", "high");
  director.end();
});

// Requests

Deno.test("hermes: the coordinator dies with an update that one other has: the retry is not executed again", () => {
  const director = new HermesDirector();
  const lost = director.drop(["inv"], (sent) => sent.from === 0 && sent.to === 2 && isAboutK(sent));
  const before = director.count("A");
  increment(director, "A", 0);
  director.run(10);
  director.world.node(0).crash("lose");
  lost();
  director.untilMembers(1, 2);
  for (const node of [2, 1]) {
    director.clients.repeat("A", node);
    director.run(10);
  }
  director.insist("A", before);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes: the coordinator restarts with an update that only others have: the retry is not executed again", () => {
  const director = new HermesDirector();
  director.world.node(0).behave({ slowness: 400 });
  const before = director.count("A");
  increment(director, "A", 0);
  director.until(() => director.replica(1).invalid === 1);
  // It is on its disk no more, and it stays in the epoch.
  director.world.node(0).crash("lose");
  director.world.node(0).behave({ slowness: 1 });
  director.world.node(0).start();
  director.until(() => director.isIn(0, director.configuration.epoch));
  director.insist("A", before);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes: an update that nobody has but its dead coordinator is executed when it is asked for again", () => {
  const director = new HermesDirector();
  const lost = director.drop(["inv"], (sent) => sent.from === 0 && isAboutK(sent));
  const before = director.count("A");
  increment(director, "A", 0);
  director.run(10);
  director.world.node(0).crash("lose");
  lost();
  director.untilMembers(1, 2);
  director.clients.repeat("A", 1);
  director.insist("A", before);
  director.world.node(0).start();
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes: a comparison that fails is not made again, when a late copy of it comes to another home", () => {
  const director = new HermesDirector();
  director.write("B", "k", "0", 1);
  const before = director.count("A");
  director.swap("A", "k", "1", "2", 0);
  director.insist("A", before);
  assertEquals(resultOf(director, "A").type, "precondition_failed");
  director.world.node(0).crash("lose");
  director.untilMembers(1, 2);
  // By now it would hold.
  director.write("B", "k", "1", 1);
  director.clients.repeat("A", 1);
  director.run(100);
  director.end();
});
