/**
 * The published traces in which the paper's protocol loses what it has acknowledged (reference/vr.md, E1 and
 * E2), message by message. Comments say which rule keeps ours from going the same way.
 */
import { assert, assertEquals } from "@std/assert";
import type { SentMessage } from "../../sim/network.ts";
import { Director, plain } from "./traces/director.ts";

const VIEW_CHANGE = ["startViewChange", "doViewChange"] as const;

/**
 * E1, steps 1 and 2 up to the first crash: NL (replica 1) leaves for view 1 because it hears nothing of
 * OL (replica 0), the primary of view 0, and R (replica 2) hears nothing of that.
 */
function withOneWhoLeft(durability: "disk" | "memory") {
  const director = new Director({ durability });
  director.write("A", "before", "kept");
  director.run(60);
  const held = director.hold(VIEW_CHANGE);
  // A suspicion alone changes no view (E15): R has one, too, and says so to NL, whom nobody hears.
  const silence = director.drop(["exitView"], ({ from }) => from === 1);
  director.cut([0], [1, 2]);
  director.until(() => director.replica(1).view === 1);
  director.run(5);
  director.heal();
  silence();
  for (const index of [0, 2]) {
    assertEquals([director.replica(index).status, director.replica(index).view], ["normal", 0]);
  }
  assert(held.messages.some((sent) => sent.from === 1 && sent.to === 2));
  return { director, held };
}

Deno.test("E1: the three-replica trace, with disks", () => {
  const { director, held } = withOneWhoLeft("disk");
  const { world } = director;
  // 1. NL crashes and comes back. The paper's NL recovers in view 0. Ours has its promise on its disk,
  // synced before STARTVIEWCHANGE left (fix A), and stays in view 1.
  world.node(1).crash("lose");
  world.node(1).start();
  director.run(60);
  assertEquals([director.replica(1).status, director.replica(1).view], ["view-change", 1]);
  // 2. R gets NL's old STARTVIEWCHANGE, leaves for view 1 and gives its log; all of that is delayed. It
  // crashes, and the paper's R is back in view 0. Ours is not.
  const old = held.messages.find((sent) => sent.from === 1 && sent.to === 2)!;
  world.network.deliver(old);
  director.run(20);
  assert(held.messages.some((sent) => plain(sent)!.type === "doViewChange" && sent.from === 2));
  world.node(2).crash("lose");
  world.node(2).start();
  director.run(20);
  assertEquals([director.replica(2).status, director.replica(2).view], ["view-change", 1]);
  // 3. OL and R would commit operation o now, without NL. Ours do not: R acknowledges nothing of view 0.
  const before = director.clients.repliesTo("A").length;
  director.ask("A", "o", "1", 0);
  director.run(60);
  assert(!director.isAnswered("A", before));
  // 4. NL gets R's old messages and begins view 1, without o: nobody was told that it is there.
  held.release();
  director.until(() => director.primary === 1);
  director.insist("A");
  director.acknowledged.set("o", "1");
  director.end();
});

Deno.test("E1: the three-replica trace, without disks", () => {
  const { director, held } = withOneWhoLeft("memory");
  const { world } = director;
  // 1. NL crashes and recovers with what OL and R tell it: it is back in view 0, and has forgotten that it
  // left. But both know of its new life, as it asked them.
  world.node(1).crash("lose");
  world.node(1).start();
  director.until(() => world.node(1).isNormal);
  assertEquals(director.replica(1).view, 0);
  // 2. R gets the STARTVIEWCHANGE of NL's former life. Its crash vector says so (fix B), and R, who has
  // heard of the new one, drops it: it does not leave for view 1, and gives no log.
  const old = held.messages.filter((sent) => sent.from === 1 && sent.to === 2);
  for (const sent of old) world.network.deliver(sent);
  director.run(20);
  assertEquals([director.replica(2).status, director.replica(2).view], ["normal", 0]);
  assertEquals(held.messages.filter(({ from }) => from === 2), []);
  // 3. OL and R commit operation o; NL misses its PREPARE.
  const miss = director.drop(["prepare"], ({ to }) => to === 1);
  director.write("A", "o", "1", 0);
  miss();
  // 4. Whatever is left of the old view change begins no view without o.
  held.release();
  director.run(20);
  assertEquals(director.read("A", "o", 1), "1");
  // Nor does a true one.
  world.node(0).crash("lose");
  director.untilReplaced(0);
  assertEquals(director.read("A", "o", 1), "1");
  director.end();
});

/** The replicas of the trace of E2, by what views they are primary of. */
const [R3, R1, R2] = [0, 1, 2] as const;

Deno.test("E2: the trace of 24 states, in which state transfer truncates the log", () => {
  const director = new Director({}, ["A", "B", "C"]);
  const { world } = director;
  // r1 is primary of view 1.
  world.node(R3).crash("keep");
  world.node(R3).start();
  director.until(() => director.isConverged && director.primary === R1);
  const start = director.replica(R1).opNumber;
  // v1 is committed with r1 and r2, and r2 does not know that it is. r3 misses it.
  director.cut([R1], [R3]);
  const unknown = director.drop(["commit", "getState"]);
  director.write("A", "v1", "1", R1);
  director.isolate(R2);
  // v2 is in the log of r1 only.
  director.ask("B", "v2", "2", R1);
  director.until(() => director.replica(R1).opNumber === start + 2);
  const { opNumber, commitNumber } = director.replica(R2);
  assertEquals([opNumber, commitNumber], [start + 1, start]);
  // r3 hears nothing of r1, which cannot replicate, so both leave: for view 2, whose primary r2 is not
  // there, and then for view 3, whose primary is r3. It takes the log of r1. STARTVIEW to r1 is lost.
  director.until(() => director.replica(R1).view === 2);
  unknown();
  const lost = director.drop(["startView", "commit", "prepare"], ({ to }) => to === R1);
  director.heal();
  director.isolate(R2);
  director.until(() => director.primary === R3 && director.replica(R3).view === 3);
  assertEquals(director.replica(R3).opNumber, start + 2);
  assertEquals([director.replica(R1).status, director.replica(R1).view], ["view-change", 3]);
  // r3 prepares v3, of view 3, and r2 gets that: a later view, and a gap. The paper's r2 cuts its log down to
  // what it knows to be committed, which is without v1, and calls itself normal in view 3. Ours keeps
  // log, view and last normal view until it has the log of view 3 as a whole, which never comes.
  const never = director.drop(["newState"]);
  director.heal();
  director.isolate(R1);
  const asked = director.hold(["getState"], ({ from }) => from === R2);
  director.ask("C", "v3", "3", R3);
  director.until(() => asked.messages.length > 0);
  const meanwhile = director.replica(R2);
  assertEquals(
    [meanwhile.view, meanwhile.lastNormalView, meanwhile.opNumber],
    [1, 1, start + 1],
    "E2: no truncation, no new view before its log",
  );
  // View 4 begins without r3: r1 brings [v1, v2] and r2 brings [v1], both of view 1. The paper's r2 brings
  // nothing, of view 3, and wins.
  director.heal();
  director.isolate(R3);
  const votes = director.hold(["doViewChange"], ({ from }) => from === R2);
  director.until(() => votes.messages.some((sent) => viewOf(sent) === 4));
  const vote = votes.messages.map(plain).find((sent) => sent!.type === "doViewChange")!;
  assert(vote.type === "doViewChange");
  assertEquals([vote.lastNormalView, vote.opNumber], [1, start + 1]);
  votes.release();
  lost();
  never();
  asked.release();
  director.until(() => director.primary === R1 && director.replica(R1).view >= 4);
  assertEquals(director.read("A", "v1", R1), "1");
  director.end();
});

function viewOf(sent: SentMessage): number | undefined {
  const message = plain(sent);
  return message !== undefined && "view" in message ? message.view : undefined;
}
