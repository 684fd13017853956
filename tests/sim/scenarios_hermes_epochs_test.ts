/**
 * Epochs of Hermes, message by message: the scenarios of the reference (chain.md, 8) that concern
 * reconfiguration, joining and lives (hermes.md 4.7), with the master that decides.
 */
import { assert, assertEquals } from "@std/assert";
import { HermesDirector } from "./traces/hermes_director.ts";

const isAboutK = HermesDirector.isAbout("k");

Deno.test("hermes 9: a new epoch reaches nodes at different times: an update waits for those who are late", () => {
  const director = new HermesDirector();
  const lost = director.drop(["ack"], (sent) => sent.from === 2 && isAboutK(sent));
  const before = director.count("A");
  director.ask("A", "k", "1", 0);
  director.run(20);
  const { epoch } = director.configuration;
  director.world.node(2).crash("lose");
  // Replica 1 has acknowledged it, in the epoch before, which it does not know to be over.
  director.until(() => director.configuration.epoch > epoch);
  director.world.network.cut(0, 1);
  director.until(() => director.isIn(0, epoch + 1));
  lost();
  director.run(60);
  assertEquals([director.isIn(1, epoch), director.results("A", before)], [true, 0]);
  director.world.network.healAll();
  director.until(() => director.isAnswered("A", before));
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes 9: an acknowledgement of the epoch before does not count, however late it comes", () => {
  const director = new HermesDirector();
  const late = director.hold(["ack"], (sent) => sent.from === 1 && isAboutK(sent));
  const before = director.count("A");
  director.ask("A", "k", "1", 0);
  director.run(20);
  assert(late.messages.length > 0);
  const [old] = late.messages;
  director.world.node(2).crash("lose");
  director.untilMembers(0, 1);
  director.world.network.deliver(old!);
  director.run(10);
  assertEquals(director.results("A", before), 0);
  late.release();
  director.insist("A", before);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes 9: whoever is expelled and does not know it commits nothing, and validates nothing", () => {
  const director = new HermesDirector({ clients: { A: 0, B: 1, C: 2 } });
  director.write("A", "k", "0", 0);
  // Replica 2 hears nobody, and is heard by its client alone.
  const sent = director.hold(["inv"], (each) => each.from === 2 && isAboutK(each));
  director.isolate(2);
  const before = director.count("C");
  director.ask("C", "k", "lost", 2);
  director.untilMembers(0, 1);
  director.write("A", "k", "1", 0);
  assertEquals(director.results("C", before), 0);
  // What it has sent comes now.
  sent.release();
  director.run(50);
  assertEquals(director.read("B", "k", 1), "1");
  director.world.network.healAll();
  director.insist("C", before);
  // It is asked again, and executed now: after what was written meanwhile.
  director.acknowledged.set("k", "lost");
  director.end();
});

Deno.test("hermes: a replica that restarts keeps its place, and what it has acknowledged", () => {
  const director = new HermesDirector();
  const { epoch } = director.configuration;
  director.write("A", "k", "1", 0);
  director.world.node(2).crash("lose");
  director.world.node(2).start();
  director.until(() => director.isIn(2, epoch));
  assertEquals(director.read("C", "k", 2), "1");
  assertEquals(director.configuration.epoch, epoch);
  director.write("A", "k", "2", 0);
  director.end();
});

Deno.test("hermes: a coordinator that restarts gives no timestamp twice", () => {
  const director = new HermesDirector();
  director.write("A", "k", "0", 0);
  director.world.node(0).behave({ slowness: 400 });
  // Its write is at replica 1 alone, and not on its own disk.
  const lost = director.drop(["inv"], (sent) => sent.to === 2 && isAboutK(sent));
  director.ask("A", "k", "forgotten", 0);
  director.until(() => director.replica(1).invalid === 1);
  director.world.node(0).crash("lose");
  director.world.node(0).behave({ slowness: 1 });
  director.world.node(0).start();
  director.until(() => director.isIn(0, director.configuration.epoch));
  lost();
  // Another client writes there; the watch knows the contents of all timestamps.
  const [before, own] = [director.count("B"), director.count("A")];
  director.ask("B", "k", "1", 0);
  director.clients.repeat("A", 0);
  director.until(() => director.isAnswered("B", before) && director.isAnswered("A", own));
  director.acknowledged.clear();
  director.end();
});

// Joining

Deno.test("hermes 11: a node joins while others write and read, and serves nobody before it has everything", () => {
  const director = new HermesDirector({ replica: { chunkBytes: 1 } });
  for (let value = 0; value < 20; value++) director.write("A", `${value}`, `${value}`, 0);
  director.world.node(2).wipe();
  director.untilMembers(0, 1);
  director.world.node(2).start();
  const isMember = () => director.order.includes(2);
  for (let value = 0; !isMember(); value++) {
    director.write("A", "k", `${value}`, 0);
    director.write("B", `${value % 20}`, `${value}`, 1);
    // It passes the read on, or sees what was just written.
    assertEquals(director.read("B", "k", 2), `${value}`);
    assert(value < 1_000, director.world.describe());
  }
  director.untilMembers(0, 1, 2);
  director.end();
});

Deno.test("hermes 11: the donor dies when it has handed out a part: another one goes on", () => {
  const clients = { A: 0, B: 1, C: 2 };
  const director = new HermesDirector({ nodes: 4, clients, replica: { chunkBytes: 1 } });
  for (let value = 0; value < 20; value++) director.write("A", `${value}`, `${value}`, 0);
  director.world.node(3).wipe();
  director.untilMembers(0, 1, 2);
  const chunks = director.note(["chunk"]);
  director.world.node(3).start();
  director.until(() => chunks.length > 5);
  const donor = chunks[0]!.from;
  director.world.node(donor).crash("lose");
  const others = [0, 1, 2].filter((node) => node !== donor);
  director.untilMembers(...others, 3);
  director.world.node(donor).start();
  director.end();
});

Deno.test("hermes 11: tombstones are copied, too: what was deleted is not resurrected by an update that is late", () => {
  const director = new HermesDirector();
  director.write("B", "other", "1", 1);
  // A write of "k" that replica 2 never gets, and its copy that stays on the way.
  const invs = director.note(["inv"]);
  director.write("A", "k", "1", 0);
  const late = invs.find((sent) => sent.to === 2 && isAboutK(sent))!;
  director.submit("A", { type: "delete", key: "k" }, 0);
  director.insist("A");
  director.world.node(2).wipe();
  director.untilMembers(0, 1);
  director.world.node(2).start();
  director.untilMembers(0, 1, 2);
  director.until(() => director.replica(2).tombstones === 1);
  // As if it had been sent in this epoch: a replay.
  const { epoch } = director.configuration;
  const life = director.replica(0).life;
  const message = { ...late.message as object, epoch, life };
  director.world.network.deliver({ ...late, message });
  director.run(20);
  assertEquals(director.read("C", "k", 2), null);
  director.acknowledged.delete("k");
  director.end();
});

Deno.test("hermes 11: what is copied does not undo what came meanwhile", () => {
  const director = new HermesDirector();
  director.write("A", "k", "1", 0);
  director.world.node(2).wipe();
  director.untilMembers(0, 1);
  const chunks = director.hold(["chunk"]);
  director.world.node(2).start();
  director.until(() => chunks.messages.length > 0);
  // It is on its way; what is written now needs the newcomer's acknowledgement.
  director.write("A", "k", "2", 0);
  chunks.release();
  director.untilMembers(0, 1, 2);
  assertEquals(director.read("C", "k", 2), "2");
  director.end();
});

Deno.test("hermes 11: what is under way when a node joins is committed with it, or copied by it", () => {
  const director = new HermesDirector();
  for (let value = 0; value < 5; value++) director.write("A", `${value}`, `${value}`, 0);
  director.world.node(2).wipe();
  director.untilMembers(0, 1);
  const held = director.hold(["ack"], (sent) => sent.from === 1 && isAboutK(sent));
  const before = director.count("A");
  director.ask("A", "k", "1", 0);
  director.run(10);
  director.world.node(2).start();
  director.until(() => director.configuration.joining?.node === 2);
  held.release();
  director.untilMembers(0, 1, 2);
  director.insist("A", before);
  director.acknowledged.set("k", "1");
  director.end();
});

Deno.test("hermes 11: a newcomer that becomes a member asks for nothing more while that is not durable yet", () => {
  const director = new HermesDirector();
  director.write("A", "k", "1", 0);
  director.world.node(2).wipe();
  director.untilMembers(0, 1);
  director.world.node(2).start();
  director.until(() => director.configuration.joining?.node === 2);
  director.until(() => director.order.includes(2));
  director.world.node(2).behave({ slowness: 400 });
  director.run(300);
  director.world.node(2).behave({ slowness: 1 });
  director.untilMembers(0, 1, 2);
  director.end();
});

Deno.test("hermes: a node is removed by its operator, with what it coordinates, and comes back", () => {
  const director = new HermesDirector();
  director.write("C", "k", "1", 2);
  director.world.submit({ type: "remove", node: 2 });
  director.untilMembers(0, 1);
  // Its client is served by another one.
  director.write("C", "k", "2", 0);
  director.world.submit({ type: "add", node: 2 });
  director.untilMembers(0, 1, 2);
  director.write("C", "k", "3", 2);
  director.end();
});

Deno.test("hermes: a node leaves a volume in which nothing is written", () => {
  const director = new HermesDirector({ clients: {} });
  director.world.submit({ type: "remove", node: 1 });
  director.untilMembers(0, 2);
  director.nothingWrong();
});
