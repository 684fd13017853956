/**
 * What keeps replicas of chains apart and in order: the scenarios of the reference (chain.md, 8) that concern the
 * oracle itself and the hygiene of actors, and an operator who moves volumes.
 */
import { assert, assertEquals } from "@std/assert";
import { KvStore } from "../../protocols/kv/store.ts";
import { encodeCommand, encodeQuery } from "../../protocols/kv/commands.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { Oracle } from "../../sim/oracle.ts";
import { ChainDirector } from "./traces/chain_director.ts";

const [HEAD, MIDDLE, TAIL] = [0, 1, 2] as const;
const encoder = new TextEncoder();

function put(requestNumber: number, key: string, value: string): Uint8Array {
  const command = encodeCommand({ type: "put", key, value: encoder.encode(value) });
  return encodeRequest({ type: "command", clientId: 1, requestNumber, command });
}

/** An oracle that has seen two keys written, the first one twice. */
function oracleOf(readsByObject: boolean): Oracle {
  const oracle = new Oracle(() => new KvStore(), () => 0, undefined, { readsByObject });
  const open = encodeRequest({ type: "open-session", nonce: 1, sessionsMax: 2 });
  const requests = [open, put(1, "a", "1"), put(2, "b", "1"), put(3, "a", "2")];
  for (const [index, request] of requests.entries()) {
    oracle.committed(0, { type: "execute", opNumber: index + 1, time: 0, requests: [request] });
  }
  return oracle;
}

/** What is complained of when a key is read at an op-number by who has seen all. */
function complaintsOf(key: string, opNumber: number, readsByObject = true): number {
  const oracle = oracleOf(readsByObject);
  const query = encodeQuery({ type: "get", key });
  const machine = new KvStore();
  const requests: [string, string][] = [["a", "1"], ["b", "1"], ["a", "2"]];
  for (const [index, [name, value]] of requests.entries()) {
    if (index + 2 > opNumber) break;
    const command = encodeCommand({ type: "put", key: name, value: encoder.encode(value) });
    machine.apply(command);
  }
  const result = machine.query(query);
  const question = { client: 7, floor: 4, query, isStale: false };
  oracle.checkRead(question, { type: "result", opNumber, result });
  return oracle.violations.length;
}

Deno.test("chain 13: a read may lack changes of other objects, and none of its own", () => {
  assertEquals(complaintsOf("b", 3), 0);
  assertEquals(complaintsOf("b", 4), 0);
  assertEquals(complaintsOf("a", 4), 0);
  assertEquals(complaintsOf("a", 3), 1, "it lacks the second write");
  assertEquals(complaintsOf("b", 2), 1, "it lacks the only write");
  assertEquals(complaintsOf("b", 3, false), 1, "where reads are not told apart by objects");
});

Deno.test("chain 15: two replicas in one process share nothing: each volume has its own log and state", () => {
  const director = new ChainDirector({ chain: { volumes: 2 } });
  const [first, second] = director.world.volumes;
  const before = second!.oracle.length;
  for (let value = 0; value < 5; value++) director.write("A", `${value}`, `${value}`);
  assertEquals(second!.oracle.length, before);
  assert(first!.oracle.length >= 6);
  assert(first!.oracle.digest() !== second!.oracle.digest());
});

Deno.test("chain 15: what is sent again comes in its order, and equal writes are told apart", () => {
  const director = new ChainDirector({ clients: ["A", "B", "C"] });
  const updates = director.note(["update"]);
  const lost = director.drop(["update"], ({ from }) => from === HEAD);
  const before = ["A", "B", "C"].map((name) => director.count(name));
  const { length } = director.world.volumes[0]!.oracle;
  for (const name of ["A", "B", "C"]) {
    director.ask(name, "k", "the same", HEAD);
    director.run(3);
  }
  lost();
  updates.length = 0;
  for (const [index, name] of ["A", "B", "C"].entries()) {
    director.until(() => director.isAnswered(name, before[index]!));
  }
  const sent = updates.filter(({ from }) => from === HEAD)
    .map(({ message }) => (message as { entry: { opNumber: number } }).entry.opNumber);
  assertEquals(sent, sent.toSorted((a, b) => a - b));
  assertEquals(director.world.volumes[0]!.oracle.length, length + sent.length);
  director.acknowledged.set("k", "the same");
  director.end();
});

Deno.test("chain: a node that is removed leaves, another takes its place, and nobody misses anything", () => {
  const director = new ChainDirector({ nodes: 4, chain: { length: 3 }, clients: ["A", "B"] });
  assertEquals(director.order, [0, 1, 2]);
  director.write("A", "k", "1");
  director.world.submit({ type: "remove", node: HEAD });
  for (let value = 0; director.order.includes(HEAD); value++) {
    director.write("A", "k", `${value}`, MIDDLE);
    assert(value < 500, director.world.describe());
  }
  director.untilOrder(MIDDLE, TAIL, 3);
  director.world.submit({ type: "add", node: HEAD });
  director.world.submit({ type: "rebalance" });
  director.untilOrder(0, 1, 2);
  director.end();
});

Deno.test("chain: the primary of the master's group is killed, and chains are reconfigured all the same", () => {
  const director = new ChainDirector({ nodes: 5, clients: ["A", "B"] });
  const primary = director.world.nodes.find((node) => node.master?.leading)!;
  primary.crash("lose");
  director.world.node((primary.index + 2) % 5).crash("lose");
  director.until(() => director.order.length === 3 && director.configuration.joining === null);
  director.write("A", "k", "1");
  director.end();
});
