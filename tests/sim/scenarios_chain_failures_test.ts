/**
 * What becomes of chains whose members fail: the scenarios of the reference (chain.md, 8) that concern the head,
 * the middle, the tail, and several of them, with the master that decides.
 */
import { assert, assertEquals } from "@std/assert";
import { ChainDirector } from "./traces/chain_director.ts";

const [HEAD, MIDDLE, TAIL] = [0, 1, 2] as const;

Deno.test("chain 1: the head dies with an update that nobody else has: the retry is executed, once", () => {
  const director = new ChainDirector();
  const lost = director.drop(["update"], ({ from }) => from === HEAD);
  const before = director.count("A");
  director.ask("A", "k", "1", HEAD);
  director.run(20);
  const { length } = director.world.volumes[0]!.oracle;
  director.world.node(HEAD).crash("lose");
  lost();
  director.untilOrder(MIDDLE, TAIL);
  assertEquals(director.results("A", before), 0);
  director.insist("A", before);
  assertEquals(director.world.volumes[0]!.oracle.length, length + 1);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("chain 1: the head dies when its update is on the way: the retry finds it executed", () => {
  const director = new ChainDirector();
  const held = director.hold(["update"], ({ from }) => from === MIDDLE);
  const before = director.count("A");
  director.ask("A", "k", "1", HEAD);
  director.run(20);
  assertEquals(held.messages.length, 1);
  director.world.node(HEAD).crash("lose");
  director.untilOrder(MIDDLE, TAIL);
  held.release();
  const { length } = director.world.volumes[0]!.oracle;
  director.insist("A", before);
  director.acknowledged.set("k", "1");
  // The entry of the head of before, and nothing besides.
  assert(director.world.volumes[0]!.oracle.length <= length + 1);
  director.write("A", "k", "2", MIDDLE);
  director.end();
});

Deno.test("chain 1: a retry is not answered while the update is under way, and once when it is committed", () => {
  const director = new ChainDirector();
  const held = director.hold(["update"], ({ from }) => from === MIDDLE);
  const before = director.count("A");
  director.ask("A", "k", "1", HEAD);
  director.run(20);
  director.clients.repeat("A", HEAD);
  director.run(100);
  assertEquals(director.results("A", before), 0, "it can still be dropped by failures");
  held.release();
  director.run(100);
  const answers = director.clients.repliesTo("A").slice(before);
  // By the tail, and by the head to the one who came back.
  assert(answers.length >= 1 && answers.length <= 2, JSON.stringify(answers));
  assertEquals(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("chain 2: what a dead middle has sent comes after the resend, and changes nothing", () => {
  const director = new ChainDirector({ clients: ["A", "B"] });
  const late = director.hold(["update"], ({ from }) => from === MIDDLE);
  const before = director.count("A");
  director.ask("A", "k", "1", HEAD);
  director.run(20);
  assertEquals(late.messages.length, 1);
  director.world.node(MIDDLE).crash("lose");
  director.untilOrder(HEAD, TAIL);
  director.until(() => director.isAnswered("A", before));
  director.acknowledged.set("k", "1");
  director.write("B", "k", "2", HEAD);
  late.release();
  director.run(50);
  assertEquals(director.read("B", "k", TAIL), "2");
  director.end();
});

Deno.test("chain 3: the tail dies with updates unacknowledged: the next tail commits them all, and answers", () => {
  const names = ["A", "B", "C", "D"];
  const director = new ChainDirector({ clients: names });
  const lost = director.drop(["update", "tip"], ({ to }) => to === TAIL);
  const before = names.map((name) => director.count(name));
  for (const name of names) director.ask(name, name, name, HEAD);
  director.run(50);
  const { applied, acknowledged } = director.replica(MIDDLE);
  assert(
    applied > acknowledged,
    `${applied} is in the log of the middle, ${acknowledged} committed`,
  );
  director.world.node(TAIL).crash("lose");
  lost();
  director.untilOrder(HEAD, MIDDLE);
  director.run(20);
  // Nobody has asked again: the new tail knows whom the old one owed an answer.
  assertEquals(names.map((name, index) => director.results(name, before[index])), [1, 1, 1, 1]);
  for (const name of names) director.acknowledged.set(name, name);
  director.end();
});

Deno.test("chain 4: a tail that is expelled and alive serves no read that is too old", () => {
  const director = new ChainDirector({ clients: ["A", "B"], chain: { reads: "tail" } });
  director.write("A", "k", "1");
  // Only its client reaches it.
  for (const other of [HEAD, MIDDLE]) {
    director.world.network.cut(TAIL, other);
    director.world.network.cut(other, TAIL);
  }
  const { epoch } = director.configuration;
  const answered: number[] = [];
  while (director.configuration.epoch === epoch) {
    const before = director.count("B");
    director.look("B", "k", TAIL);
    director.run(20);
    answered.push(director.results("B", before));
  }
  assert(answered[0]! > 0, "it has a lease at first");
  assertEquals(answered.at(-1), 0, "it has none any more when another one is tail");
  director.untilOrder(HEAD, MIDDLE);
  director.write("A", "k", "2", HEAD);
  const before = director.count("B");
  director.look("B", "k", TAIL);
  director.run(2_000);
  assertEquals(director.results("B", before), 0);
  director.end();
});

Deno.test("chain 5: a node joins while others write and read: it answers nothing before it is the tail", () => {
  const director = new ChainDirector({ clients: ["A", "B"] });
  for (let value = 0; value < 20; value++) director.write("A", `${value}`, `${value}`);
  director.world.node(TAIL).wipe();
  director.untilOrder(HEAD, MIDDLE);
  director.world.node(TAIL).start();
  const isTail = () => director.order.at(-1) === TAIL;
  for (let value = 0; !isTail(); value++) {
    director.write("A", "k", `${value}`, HEAD);
    // The oracle knows whom it is asked of; the read is passed on, or sees what was just written.
    assertEquals(director.read("B", "k", TAIL), `${value}`);
    assert(value < 1_000, director.world.describe());
  }
  director.untilOrder(HEAD, MIDDLE, TAIL);
  director.end();
});

Deno.test("chain 6: two reconfigurations back to back: both middles of five die", () => {
  const director = new ChainDirector({ nodes: 5, clients: ["A", "B"] });
  const before = director.count("A");
  const lost = director.drop(["update"], ({ from }) => from === 1);
  director.ask("A", "k", "1", 0);
  director.run(20);
  lost();
  director.world.node(1).crash("lose");
  director.world.node(2).crash("lose");
  director.untilOrder(0, 3, 4);
  director.until(() => director.isAnswered("A", before));
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("chain 6: the successor of a dead middle dies before it is sent what it asked for", () => {
  const director = new ChainDirector({ nodes: 5, clients: ["A", "B"] });
  const before = director.count("A");
  const lost = director.drop(["update"], ({ from }) => from === 1);
  director.ask("A", "k", "1", 0);
  director.run(20);
  let isDead = false;
  director.world.network.filter(({ type, from }) => {
    if (isDead || type !== "resume" || from !== 2) return undefined;
    isDead = true;
    director.world.clock.after(0, () => director.world.node(2).crash("lose"));
    return undefined;
  });
  director.world.node(1).crash("lose");
  lost();
  director.untilOrder(0, 3, 4);
  assert(isDead);
  director.until(() => director.isAnswered("A", before));
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("chain 6: all die at once, and the whole chain comes back with everything", () => {
  const director = new ChainDirector();
  for (let value = 0; value < 5; value++) director.write("A", `${value}`, `${value}`);
  for (const node of director.world.nodes) node.crash("lose");
  director.world.startAll();
  director.end();
});

for (const [name, victim] of [["head", HEAD], ["middle", MIDDLE], ["tail", TAIL]] as const) {
  Deno.test(`chain: a ${name} that is heard and hears nobody is expelled, and not let in again`, () => {
    const director = new ChainDirector();
    director.write("A", "k", "1");
    for (const { index } of director.world.nodes) director.world.network.cut(index, victim);
    const others = [HEAD, MIDDLE, TAIL].filter((node) => node !== victim);
    director.untilOrder(...others);
    const { epoch } = director.configuration;
    director.run(5_000);
    assertEquals(director.configuration.epoch, epoch, director.decision);
    director.end();
  });
}

Deno.test("chain: a node that hears fewer and fewer others has nobody expelled in the end", () => {
  const director = new ChainDirector({ chain: { leaseMs: 150 } });
  director.write("A", "k", "1");
  // It hears nothing of the middle first: by itself that would be a reason.
  director.world.network.cut(MIDDLE, HEAD);
  director.run(200);
  director.world.network.cut(TAIL, HEAD);
  director.untilOrder(MIDDLE, TAIL);
  director.run(5_000);
  assertEquals(director.order, [MIDDLE, TAIL], director.decision);
  director.end();
});
