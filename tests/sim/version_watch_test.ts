import { assertEquals } from "@std/assert";
import type { HermesMessage, Requester, Update } from "../../protocols/hermes/messages.ts";
import {
  cidOf,
  nextRmw,
  nextWrite,
  ORIGIN,
  type Timestamp,
} from "../../protocols/hermes/timestamp.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { MasterMachine } from "../../protocols/master/machine.ts";
import { Decided } from "../../sim/master/decided.ts";
import { stampWords } from "../../sim/hermes/stamp.ts";
import { VersionWatch } from "../../sim/hermes/version_watch.ts";

const NOTHING: string[] = [];

function volume(epoch: number, members: number[], joining?: number): VolumeConfiguration {
  return {
    volume: 0,
    epoch,
    members: members.map((node) => ({ node, birth: 1 })),
    joining: joining === undefined ? null : { node: joining, birth: 1 },
    leaving: null,
    writable: true,
  };
}

/** A write, or a read-modify-write, that a node coordinates. */
function update(node: number, changes: Partial<Update> & { readonly value?: string } = {}): Update {
  const { value = "1", base = ORIGIN, isRmw = false, ...others } = changes;
  const next = isRmw ? nextRmw : nextWrite;
  return {
    object: "k",
    ts: next(base, cidOf(node, 1, 0)),
    base,
    isRmw,
    state: new TextEncoder().encode(value),
    requester: null,
    ...others,
  };
}

function by(clientId: number, requestNumber: number): Requester {
  return { clientId, requestNumber, result: new Uint8Array(), resultBytes: 0 };
}

/** Replicas 0, 1 and 2 in epoch 1, and what is complained of. */
class Watched {
  readonly complaints: string[] = [];
  readonly decided = new Decided(1);
  readonly watch = new VersionWatch({
    volume: 0,
    decided: this.decided,
    leases: true,
    now: () => 0,
    fail: (what) => this.complaints.push(what),
  });
  #ticket = 0;

  constructor() {
    this.decide(volume(1, [0, 1, 2]));
    for (const node of [0, 1, 2]) this.watch.published(node, { birth: 1, epoch: 1 });
  }

  decide(next: VolumeConfiguration): void {
    const version = (this.decided.configuration?.version ?? 0) + 1;
    const configuration = { version, formed: true, nodes: [], volumes: [next] };
    this.decided.take({ configuration } as unknown as MasterMachine);
  }

  /** Replicas keep updates; they are durable at once. */
  keep(nodes: readonly number[], ...updates: readonly Update[]): void {
    for (const node of nodes) {
      const ticket = ++this.#ticket;
      for (const each of updates) this.watch.keeps(node, each);
      this.watch.holdings.asked(node, ticket, updates);
      this.watch.holdings.durable(node, ticket);
    }
  }

  send(from: number, message: Record<string, unknown>): void {
    const { type } = message as { type: string };
    const to = (from + 1) % 3;
    const sent = { at: 0, from, to, actor: "volume-0/replica", type, message, isReplay: false };
    const whole = { epoch: 1, node: from, life: 1, ...message };
    this.watch.sent(sent, whole as unknown as HermesMessage);
  }

  inv(from: number, ...updates: readonly Update[]): void {
    this.send(from, { type: "inv", updates });
  }

  val(from: number, ...updates: readonly Update[]): void {
    this.send(from, { type: "val", vals: updates });
  }

  /** An update goes the way it should. */
  commit(from: number, each: Update): void {
    this.inv(from, each);
    this.keep([0, 1, 2], each);
    this.val(from, each);
  }
}

function complaintsOf(act: (watched: Watched) => void): string[] {
  const watched = new Watched();
  act(watched);
  return watched.complaints.map((text) => text.replace("volume 0: ", ""));
}

function at(ts: Timestamp): string {
  return `"k"@${stampWords(ts)}`;
}

Deno.test("VersionWatch has nothing against writes and read-modify-writes that go their way", () => {
  const write = update(0);
  const rmw = update(1, { base: write.ts, isRmw: true, value: "2", requester: by(8, 1) });
  const next = update(2, { base: rmw.ts, value: "3", requester: by(8, 2) });
  const complaints = complaintsOf((watched) => {
    for (const [node, each] of [write, rmw, next].entries()) watched.commit(node, each);
    watched.send(1, { type: "ack", acks: [next] });
    // A replay, by whoever holds it, and the stale VAL that it leads to.
    watched.inv(2, write);
    watched.val(2, write);
  });
  assertEquals(complaints, NOTHING);
});

Deno.test("VersionWatch complains of another content under a timestamp, whoever has it, and when", () => {
  const write = update(0, { requester: by(8, 1) });
  const complaints = complaintsOf((watched) => {
    watched.commit(0, write);
    watched.inv(0, { ...write, state: null });
    watched.keep([1], { ...write, isRmw: true });
    watched.inv(2, { ...write, requester: by(8, 2) });
    watched.inv(2, { ...write, requester: null });
  });
  assertEquals(complaints, [
    `replica 0 has another content of ${at(write.ts)} than others`,
    `replica 1 has another content of ${at(write.ts)} than others`,
    `replica 2 has ${at(write.ts)} from another client than others`,
  ]);
});

Deno.test("VersionWatch complains of what is acknowledged before it is durable", () => {
  const [low, high] = [update(0), update(1)];
  const complaints = complaintsOf((watched) => {
    watched.inv(0, low);
    watched.watch.holdings.asked(1, 77, [low]);
    watched.send(1, { type: "ack", acks: [low] });
    // Something later will do.
    watched.keep([2], high);
    watched.send(2, { type: "ack", acks: [low] });
  });
  assertEquals(complaints, [
    `replica 1 acknowledges ${at(low.ts)}, which is not durable there`,
  ]);
});

Deno.test("VersionWatch complains of what is committed and not everywhere, or later there", () => {
  const [low, high] = [update(0), update(1)];
  const complaints = complaintsOf((watched) => {
    watched.inv(0, low);
    watched.keep([0, 1], low);
    watched.keep([2], high);
    watched.val(0, low);
    watched.val(1, high);
  });
  assertEquals(complaints, [
    `replica 1 takes ${at(high.ts)} to be committed, which replica 0 does not hold`,
  ]);
});

Deno.test("VersionWatch counts on who joins, and on the disk that was there when it acknowledged", () => {
  const write = update(0);
  const complaints = complaintsOf((watched) => {
    watched.decide(volume(2, [0, 1, 2], 3));
    watched.watch.published(3, { birth: 1, epoch: 2 });
    watched.keep([0, 1, 2], write);
    watched.send(0, { type: "val", epoch: 2, vals: [write] });
  });
  assertEquals(complaints, [
    `replica 0 takes ${at(write.ts)} to be committed, which replica 3 does not hold`,
  ]);
  const late = complaintsOf((watched) => {
    watched.keep([0, 1, 2], write);
    // One goes, and comes back with nothing, while another one is still in the epoch before.
    watched.decide(volume(2, [0, 1]));
    watched.decide(volume(3, [0, 1], 2));
    watched.watch.holdings.wiped(2);
    watched.val(0, write);
  });
  assertEquals(late, NOTHING);
  const lost = complaintsOf((watched) => {
    watched.keep([0, 1, 2], write);
    watched.watch.renewed(2);
    watched.watch.published(2, { birth: 9, epoch: 0 });
    watched.val(0, write);
    watched.send(2, { type: "ack", life: 2, acks: [write] });
  });
  assertEquals(lost, [`replica 2 acknowledges ${at(write.ts)}, which is not durable there`]);
});

Deno.test("VersionWatch complains of a new member that lacks what is committed", () => {
  const write = update(0);
  const of = (holders: readonly number[]) =>
    complaintsOf((watched) => {
      watched.watch.decided(volume(1, [0, 1, 2]));
      watched.commit(0, write);
      for (const next of [volume(2, [0, 1]), volume(3, [0, 1], 3), volume(4, [0, 1, 3])]) {
        watched.decide(next);
        watched.watch.published(3, { birth: 1, epoch: next.epoch });
        if (next.joining !== null) watched.keep(holders, write);
        watched.watch.decided(next);
      }
    });
  assertEquals(of([3]), NOTHING);
  assertEquals(of([]), [`replica 3 is a member, and does not hold ${at(write.ts)}`]);
});

Deno.test("VersionWatch complains of an update that begins from what is not committed", () => {
  const base = update(0);
  const next = update(1, { base: base.ts });
  const complaints = complaintsOf((watched) => {
    watched.keep([0, 1], base);
    watched.inv(1, next);
  });
  assertEquals(complaints, [
    `replica 1 begins ${at(next.ts)} from ${at(base.ts)}, which replica 2 does not hold`,
  ]);
});

Deno.test("VersionWatch complains of two read-modify-writes of the same state", () => {
  const base = update(0);
  const one = update(1, { base: base.ts, isRmw: true });
  const other = update(2, { base: base.ts, isRmw: true });
  const complaints = complaintsOf((watched) => {
    for (const [node, each] of [base, one, other].entries()) watched.commit(node, each);
  });
  assertEquals(complaints, [
    `${at(other.ts)}, a read-modify-write of ${stampWords(base.ts)}, is committed after ` +
    stampWords(one.ts),
  ]);
});

Deno.test("VersionWatch complains of a write between a read-modify-write and its base, as by the paper's rule", () => {
  // Two writes at once; the lower one is committed first, and a read-modify-write begins from it.
  const [low, high] = [update(0), update(1)];
  const ts = { version: 2, cid: cidOf(2, 1, 0), step: 0, stepCid: 0 };
  const rmw = update(2, { base: low.ts, isRmw: true, ts });
  const complaints = complaintsOf((watched) => {
    watched.keep([0, 1, 2], low, high);
    watched.val(0, low);
    watched.inv(2, rmw);
    watched.val(1, high);
    watched.keep([0, 1, 2], rmw);
    watched.val(2, rmw);
  });
  assertEquals(complaints, [
    `${at(rmw.ts)}, a read-modify-write of ${stampWords(low.ts)}, is committed after ` +
    stampWords(high.ts),
  ]);
  const later = complaintsOf((watched) => {
    watched.keep([0, 1, 2], low, high);
    watched.val(0, low);
    watched.keep([0, 1, 2], rmw);
    watched.val(2, rmw);
    watched.val(1, high);
  });
  assertEquals(later, [
    `${at(high.ts)} is committed between ${stampWords(low.ts)} and its read-modify-write ` +
    stampWords(rmw.ts),
  ]);
});

Deno.test("VersionWatch complains of a request that is executed twice, or after it was said to be void", () => {
  const first = update(0, { isRmw: true, requester: by(8, 1) });
  const second = update(1, { base: first.ts, isRmw: true, requester: by(8, 1) });
  const complaints = complaintsOf((watched) => {
    watched.commit(0, first);
    watched.commit(1, second);
  });
  assertEquals(complaints, [
    `request 8/1 is executed twice: as k@${stampWords(first.ts)} and as k@${stampWords(second.ts)}`,
  ]);
  const record = { clientId: 8, requestNumber: 1, ...first, fate: "overtaken" };
  const recalled = { type: "recalled", record, isPending: false };
  const late = complaintsOf((watched) => {
    watched.inv(0, first);
    watched.send(1, recalled);
    watched.commit(0, first);
    watched.send(1, recalled);
  });
  assertEquals(late, [
    `${at(first.ts)} is committed, though it was said never to be`,
    `replica 1 says that ${at(first.ts)} is overtaken, and it is committed`,
  ]);
});

Deno.test("VersionWatch complains of epochs that go back, are nobody's, or not the speaker's", () => {
  const complaints = complaintsOf((watched) => {
    watched.send(0, { type: "join", epoch: 7 });
    watched.decide(volume(2, [1, 2]));
    watched.send(1, { type: "entered", epoch: 2 });
    watched.send(1, { type: "entered" });
    watched.send(3, { type: "join", epoch: 2 });
    watched.send(3, { type: "outdated", epoch: 2 });
    watched.watch.published(2, { birth: 1, epoch: 2 });
    watched.watch.published(2, { birth: 1, epoch: 1 });
  });
  assertEquals(complaints, [
    "replica 0 speaks in epoch 7, which nobody decided",
    "replica 1 goes back from epoch 2 to 1",
    "replica 3 sends join in epoch 2, of which it is not",
    "replica 2 goes back from epoch 2 to 1",
  ]);
});

Deno.test("VersionWatch complains of a life that is lived twice", () => {
  const complaints = complaintsOf((watched) => {
    watched.send(0, { type: "entered" });
    watched.watch.started(0);
    watched.send(0, { type: "entered" });
    watched.watch.started(0);
    watched.send(0, { type: "entered", life: 2 });
    watched.send(0, { type: "entered", life: 1 });
    watched.watch.renewed(0);
    watched.watch.started(0);
    watched.send(0, { type: "entered", life: 1 });
  });
  assertEquals(complaints, [
    "replica 0 speaks in life 1 after 1",
    "replica 0 speaks in life 1 after 2",
  ]);
});

Deno.test("VersionWatch counts no life in which nothing was said but that an epoch is over", () => {
  const complaints = complaintsOf((watched) => {
    watched.send(0, { type: "entered", life: 1 });
    watched.send(0, { type: "outdated", life: 2 });
    watched.watch.started(0);
    watched.send(0, { type: "entered", life: 2 });
  });
  assertEquals(complaints, []);
});

Deno.test("VersionWatch complains of reads of who was expelled", () => {
  const complaints = complaintsOf((watched) => {
    watched.watch.answersRead(2);
    watched.decide(volume(2, [0, 1]));
    watched.watch.answersRead(2);
  });
  assertEquals(complaints, ["node 2 answers a read, though it is no member any more"]);
});

Deno.test("VersionWatch judges nothing that the network repeats", () => {
  const complaints = complaintsOf((watched) => {
    const message = { type: "val", epoch: 1, node: 0, life: 1, vals: [update(0)] };
    const sent = { at: 0, from: 0, to: 1, actor: "volume-0/replica", type: "val", message };
    watched.watch.sent({ ...sent, isReplay: true }, message);
  });
  assertEquals(complaints, NOTHING);
});
