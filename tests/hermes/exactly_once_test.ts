import { assertEquals } from "@std/assert";
import type { HermesMessage } from "../../protocols/hermes/messages.ts";
import { bytesOf } from "../vr/machine.ts";
import { show } from "../protocols/member_cluster.ts";
import { clusterOf, countOf, invsOnlyTo } from "./with_clients.ts";

Deno.test("a request that comes again is answered from what is remembered", () => {
  const { cluster, a } = clusterOf();
  assertEquals(cluster.execute(a, 1, ["x+1"]), ["1"]);
  assertEquals(show(cluster.answer(cluster.submit(0, a, 1, "x+1"))), "1");
  assertEquals(show(cluster.answer(cluster.submit(1, a, 1, "x+1"))), "1");
  assertEquals(cluster.read(2, "x"), "1");
});

Deno.test("a request that comes again while it is under way is executed once, and both are answered", () => {
  const { cluster, a } = clusterOf();
  const attempts = [0, 1, 2].map((node) => cluster.submit(node, a, 1, "x+1"));
  assertEquals(attempts.map((attempt) => show(cluster.answer(attempt))), ["1", "1", "1"]);
  assertEquals(cluster.read(0, "x"), "1");
});

Deno.test("a client's requests are executed at its home, whichever node it asks", () => {
  const { cluster, a, b } = clusterOf();
  const attempts = [cluster.submit(2, a, 1, "x=1"), cluster.submit(2, b, 1, "y=1")];
  attempts.forEach((attempt) => cluster.answer(attempt));
  assertEquals(attempts.map(({ from }) => from), [[0], [1]]);
});

Deno.test("whoever is not a client's home executes nothing for it, whatever its client table believes", () => {
  const { cluster, a } = clusterOf();
  const recalls = countOf(cluster, "recall");
  const command = bytesOf("x=1");
  cluster.deliver(1, { type: "execute", clientId: a, requestNumber: 1, command });
  cluster.settle();
  assertEquals([recalls(), cluster.read(1, "x")], [0, "-"]);
});

Deno.test("earlier requests are superseded, and number 0 executes nothing", () => {
  const { cluster, a } = clusterOf();
  cluster.execute(a, 5, ["x+1"]);
  for (const number of [4, 0]) {
    assertEquals(cluster.answer(cluster.submit(0, a, number, "x+2")), {
      type: "superseded",
      newest: 5,
    });
  }
  assertEquals(cluster.answer(cluster.submit(0, 8_000, 0, "x+2")), { type: "noSession" });
  assertEquals(cluster.answer(cluster.submit(0, 8_000, 1, "x+2")), { type: "noSession" });
  assertEquals(cluster.read(0, "x"), "1");
});

Deno.test("a session is known everywhere as soon as it is open", () => {
  const { cluster, a } = clusterOf();
  cluster.crash(0);
  cluster.assign([1, 2]);
  assertEquals(cluster.answer(cluster.submit(1, a, 0, "x=1")), { type: "superseded", newest: 0 });
  assertEquals(show(cluster.answer(cluster.submit(1, a, 1, "x=1"))), "ok");
});

Deno.test("sessions opened at all nodes at once have ids of their own, whose home they are", () => {
  const { cluster } = clusterOf();
  const ids = Array.from({ length: 9 }, (_, index) => cluster.session(index % 3));
  assertEquals(ids.map((id) => id % 8), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  assertEquals(new Set(ids).size, 9);
  for (const { index } of cluster.nodes) cluster.crash(index);
  for (const { index } of cluster.nodes) cluster.restart(index);
  assertEquals(cluster.session(0) > Math.max(...ids), true);
});

Deno.test("a command that changes nothing is not executed by a copy of it that was delayed", () => {
  const { cluster, a, b } = clusterOf();
  cluster.execute(b, 1, ["x=0"], 1);
  assertEquals(show(cluster.answer(cluster.submit(0, a, 1, "x?1:2"))), "0");
  cluster.execute(b, 2, ["x=1"], 1);
  assertEquals(show(cluster.answer(cluster.submit(0, a, 1, "x?1:2"))), "0");
  // Nor anywhere else, after its home is gone.
  cluster.crash(0);
  cluster.assign([1, 2]);
  assertEquals(show(cluster.answer(cluster.submit(1, a, 1, "x?1:2"))), "0");
  for (const node of [1, 2]) cluster.restart(node);
  assertEquals(show(cluster.answer(cluster.submit(1, a, 1, "x?1:2"))), "0");
  assertEquals(cluster.read(1, "x"), "1");
});

Deno.test("a command that changes nothing is not answered before everybody remembers it", () => {
  const { cluster, a } = clusterOf();
  const undo = cluster.onMessage(({ type }, _from, to) =>
    type === "note" && to === 2 ? { copies: 0 } : undefined
  );
  const attempt = cluster.submit(0, a, 1, "x?1:2");
  cluster.run(100);
  assertEquals(attempt.replies, []);
  undo();
  assertEquals(show(cluster.answer(attempt)), "-");
});

Deno.test("a home that only one replica remembers a fruitless command of tells everybody before it answers", () => {
  const { cluster, a, b } = clusterOf();
  cluster.execute(b, 1, ["x=0"], 1);
  const undo = cluster.onMessage(({ type }, _from, to) =>
    type === "note" && to !== 2 ? { copies: 0 } : undefined
  );
  cluster.submit(0, a, 1, "x?1:2");
  cluster.run(5);
  cluster.crash(0);
  undo();
  cluster.assign([1, 2]);
  cluster.execute(b, 2, ["x=1"], 1);
  const notes = countOf(cluster, "note");
  assertEquals(show(cluster.answer(cluster.submit(1, a, 1, "x?1:2"))), "0");
  assertEquals(notes() > 0, true);
  assertEquals(cluster.read(1, "x"), "1");
});

Deno.test("a session that is evicted executes nothing a second time", () => {
  const { cluster, a, b } = clusterOf({ sessionsMax: 3 });
  cluster.execute(a, 1, ["x+1"]);
  for (let count = 0; count < 6; count++) cluster.session(1);
  assertEquals(cluster.answer(cluster.submit(0, a, 1, "x+1")).type, "noSession");
  assertEquals(cluster.answer(cluster.submit(0, a, 2, "x+1")).type, "noSession");
  assertEquals(cluster.answer(cluster.submit(1, b, 1, "x+1")).type, "noSession");
  assertEquals(cluster.read(1, "x"), "1");
});

for (const receiver of [1, 2]) {
  Deno.test(`a copy of an earlier request that comes late to node ${receiver} does not bring back its evicted session (sim seed 133)`, () => {
    const { cluster, a } = clusterOf({ sessionsMax: 3 });
    const late: HermesMessage[] = [];
    const undo = cluster.onMessage((message, _, to) => {
      if (message.type === "inv" && to === receiver) late.push(message);
      return undefined;
    });
    cluster.execute(a, 1, ["x=1"]);
    undo();
    cluster.execute(a, 2, ["x=2"]);
    for (let count = 0; count < 6; count++) cluster.session(1);
    for (const message of late) cluster.deliver(receiver, message);
    cluster.settle();
    // Started anew, its home asks the others.
    cluster.restart(0);
    assertEquals(cluster.answer(cluster.submit(0, a, 2, "x=2")).type, "noSession");
    assertEquals([late.length, cluster.read(1, "x")], [1, "2"]);
  });
}

Deno.test("a request that is finished where its session is not evicted is executed once, and its client is told so or nothing", () => {
  const { cluster, a } = clusterOf({ sessionsMax: 3 });
  cluster.execute(a, 1, ["x=0"]);
  cluster.settle();
  const undo = invsOnlyTo(cluster, 0, [1]);
  const acks = cluster.onMessage((message) =>
    message.type === "ack" && message.acks.some(({ object }) => object === "x")
      ? { copies: 0 }
      : undefined
  );
  cluster.submit(0, a, 2, "x=1");
  cluster.run(5);
  undo();
  acks();
  cluster.crash(0);
  cluster.assign([1, 2]);
  // Replays begin some time later.
  const late = cluster.onMessage((message) =>
    message.type === "inv" && message.updates.some(({ object }) => object === "x")
      ? { copies: 0 }
      : undefined
  );
  for (let count = 0; count < 6; count++) cluster.session(1);
  late();
  // Node 2 has forgotten how far this client was.
  assertEquals(show(cluster.answer(cluster.submit(1, a, 2, "x=1"))), "noSession");
  const other = cluster.session(2);
  assertEquals(cluster.execute(other, 1, ["x+2"], 2), ["12"]);
});

Deno.test("a result too large to be remembered is said to be that when it is asked for again", () => {
  const { cluster, a } = clusterOf();
  const part = "1".repeat(1_500_000);
  for (let number = 1; number <= 3; number++) {
    const reply = cluster.answer(cluster.submit(0, a, number, `x+${part}`));
    assertEquals(reply.type, "result");
  }
  const again = cluster.answer(cluster.submit(0, a, 3, `x+${part}`));
  assertEquals([again.type, again.type === "resultTooLarge" && again.resultBytes], [
    "resultTooLarge",
    4_500_000,
  ]);
});

Deno.test("commands of several objects are unsupported, and those that make no sense are told so", () => {
  const { cluster, a } = clusterOf();
  assertEquals(cluster.answer(cluster.submit(1, a, 1, "x,y")).type, "unsupported");
  assertEquals(show(cluster.answer(cluster.submit(1, a, 1, "?"))), "nonsense");
});
