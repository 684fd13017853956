import { assertEquals } from "@std/assert";
import { randomStream } from "../../actors/random.ts";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import { type Envelope, MemoryNetwork, type MemoryNetworkOptions } from "../../transport/memory.ts";
import { ask, type Echo, echoOf, spawnEcho, virtualNode } from "./support.ts";

/** Nodes on one clock and one network; `told[n]` is what the echo of node n was told. */
function networkOf(count: number, options: MemoryNetworkOptions = {}) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(options);
  const nodes = Array.from({ length: count }, (_, node) => virtualNode(node, clock));
  const transports = nodes.map(({ system }) => network.join(system));
  const told = nodes.map(({ system }) => spawnEcho(system));
  const tell = (from: number, to: number, ...numbers: number[]) => {
    for (const number of numbers) nodes[from]!.system.send(echoOf(to), message(number));
  };
  return { clock, network, nodes, transports, told, tell };
}

function message(number: number): Echo {
  return { type: "tell", number, data: new Uint8Array(3) };
}

function numberOf({ message }: Envelope): number {
  return (message as Echo).number;
}

Deno.test("MemoryNetwork carries a question to another node and its answer back", async () => {
  const { clock, nodes, network } = networkOf(2, { latencyMs: () => 5 });
  const answer = ask(nodes[0]!.system, 1, 7);
  clock.runFor(9);
  assertEquals(network.figures.delivered, 1);
  clock.runFor(1);
  assertEquals(await answer, { type: "echoed", number: 7, data: new Uint8Array(100) });
});

Deno.test("MemoryNetwork delivers copies, as messages are encoded and decoded", () => {
  const { clock, nodes, network } = networkOf(2);
  const received: Echo[] = [];
  nodes[1]!.system.stop(nodes[1]!.system.named("echo"));
  nodes[1]!.system.spawn<Echo>("echo", () => ({ receive: (each) => received.push(each) }));
  const sent = { ...message(1), unknown: "not in the schema" };
  nodes[0]!.system.send(echoOf(1), sent);
  sent.data[0] = 9;
  clock.runFor(1);
  assertEquals(received, [message(1)]);
  assertEquals(network.figures, { sent: 1, delivered: 1, dropped: 0, undecodable: 0 });
});

Deno.test("MemoryNetwork keeps the order of a link, however the latencies fall", () => {
  const random = randomStream(1, "latency");
  const { clock, told, tell } = networkOf(3, { latencyMs: () => 100 * random() });
  const numbers = Array.from({ length: 50 }, (_, index) => index);
  tell(0, 2, ...numbers);
  tell(1, 2, ...numbers.map((number) => 100 + number));
  clock.runFor(100);
  assertEquals(told[2]!.filter((number) => number < 100), numbers);
  assertEquals(told[2]!.filter((number) => number >= 100).length, 50);
});

Deno.test("MemoryNetwork.intercept() drops, duplicates and delays what it picks", () => {
  const { clock, network, told, tell } = networkOf(2);
  const stop = network.intercept((envelope) => {
    switch (numberOf(envelope)) {
      case 1:
        return { copies: 0 };
      case 2:
        return { copies: 2 };
      case 3:
        return { delayMs: 10 };
      default:
        return undefined;
    }
  });
  tell(0, 1, 1, 2, 3, 4);
  clock.runFor(1);
  assertEquals(told[1], [2, 2, 4]);
  clock.runFor(10);
  assertEquals(told[1], [2, 2, 4, 3]);
  stop();
  tell(0, 1, 1);
  clock.runFor(1);
  assertEquals(told[1], [2, 2, 4, 3, 1]);
  assertEquals(network.figures.dropped, 1);
});

Deno.test("MemoryNetwork.intercept() leaves the decision to the first filter that makes one", () => {
  const { clock, network, told, tell } = networkOf(2);
  network.intercept((envelope) => numberOf(envelope) === 1 ? { copies: 2 } : undefined);
  network.intercept(() => ({ copies: 0 }));
  tell(0, 1, 1, 2);
  clock.runFor(1);
  assertEquals(told[1], [1, 1]);
});

Deno.test("MemoryNetwork.intercept() is told how the way of each copy ended", () => {
  const { clock, network, tell } = networkOf(2, { latencyMs: () => 10 });
  const ends: string[] = [];
  network.intercept((envelope) => ({
    copies: numberOf(envelope) === 1 ? 0 : 2,
    onEnd: (end) => ends.push(`${numberOf(envelope)} ${end}`),
  }));
  tell(0, 1, 1, 2);
  clock.runFor(10);
  tell(0, 1, 3);
  network.cut(0, 1);
  clock.runFor(10);
  network.heal(0, 1);
  network.leave(1);
  tell(0, 1, 4);
  clock.runFor(10);
  assertEquals(ends, [
    "1 dropped",
    "2 arrived",
    "2 arrived",
    "3 cut",
    "3 cut",
    "4 no-receiver",
  ]);
});

Deno.test("MemoryNetwork.cut() stops one direction, and what is on its way in it", () => {
  const { clock, network, transports, told, tell } = networkOf(2, { latencyMs: () => 10 });
  tell(0, 1, 1);
  clock.runFor(5);
  network.cut(0, 1);
  tell(0, 1, 2);
  tell(1, 0, 3);
  clock.runFor(10);
  assertEquals(told, [[3], []]);
  assertEquals(transports[0]!.peers().map(({ connected }) => connected), [false]);
  assertEquals(transports[1]!.peers().map(({ connected }) => connected), [true]);
  network.heal(0, 1);
  tell(0, 1, 4);
  clock.runFor(10);
  assertEquals(told, [[3], [4]]);
});

Deno.test("MemoryNetwork.join() loses what was on its way to the process before", () => {
  const { clock, network, told, tell } = networkOf(2, { latencyMs: () => 10 });
  tell(0, 1, 1);
  const { system } = virtualNode(1, clock, 2);
  network.join(system);
  const toldLater = spawnEcho(system);
  tell(0, 1, 2);
  clock.runFor(10);
  assertEquals([told[1], toldLater], [[], [2]]);
});

Deno.test("MemoryNetwork.leave() makes a node unreachable, and silent", () => {
  const { clock, network, nodes, transports, told, tell } = networkOf(3);
  network.leave(1);
  assertEquals(nodes[0]!.system.send(echoOf(1), message(1)), "dead");
  assertEquals(nodes[1]!.system.send(echoOf(0), message(1)), "dead");
  tell(0, 2, 2);
  clock.runFor(10);
  assertEquals(told, [[], [], [2]]);
  assertEquals(transports[0]!.peers().map(({ node }) => node), [2]);
});

Deno.test("MemoryNetwork counts a message that its receiver cannot read, and goes on", () => {
  const { clock, network, nodes, told, tell } = networkOf(2);
  const { schema } = echoOf(1);
  nodes[0]!.system.send({ ...echoOf(1), name: "nobody", schema: schema! }, message(1));
  tell(0, 1, 2);
  clock.runFor(1);
  assertEquals([network.figures.undecodable, told[1]], [1, [2]]);
  assertEquals(nodes[1]!.log.filter(({ level }) => level === "error").length, 1);
});
