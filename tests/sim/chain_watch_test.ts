import { assertEquals } from "@std/assert";
import { type Entry, GENESIS, sealEntry } from "../../protocols/entry.ts";
import type { ChainMessage } from "../../protocols/chain/messages.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { MasterMachine } from "../../protocols/master/machine.ts";
import { VolumeAccount } from "../../sim/master/volume_account.ts";
import { ChainWatch } from "../../sim/chain/chain_watch.ts";
import { Decided } from "../../sim/master/decided.ts";
import { type LeaseHolder, LeaseWatch } from "../../sim/master/lease_watch.ts";

const NOWHERE = { node: 0, name: "replica", incarnation: 0 };

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

/** Takes these configurations, one after the other; returns what was wrong with them. */
function decide(decided: Decided, ...volumes: VolumeConfiguration[]): (string | undefined)[] {
  return volumes.map((each) => {
    const version = (decided.configuration?.version ?? 0) + 1;
    const configuration = { version, formed: true, nodes: [], volumes: [each] };
    return decided.take({ configuration } as unknown as MasterMachine);
  });
}

function entry(opNumber: number, parent: Uint8Array, text: string): Entry {
  const requests = [new TextEncoder().encode(text)];
  return sealEntry({ opNumber, view: 1, time: 0, parent, requests });
}

const FIRST = entry(1, GENESIS, "first");
const SECOND = entry(2, FIRST.checksum, "second");
const OTHER = entry(2, FIRST.checksum, "other");

/** A chain 0, 1, 2 in epoch 1, and what is complained of. */
class Watched {
  readonly complaints: string[] = [];
  readonly decided = new Decided(1);
  readonly watch = new ChainWatch({
    volume: 0,
    decided: this.decided,
    fail: (what) => this.complaints.push(what),
  });
  #ticket = 0;

  constructor() {
    decide(this.decided, volume(1, [0, 1, 2]));
    for (const node of [0, 1, 2]) this.stands(node);
  }

  stands(node: number, position: { epoch?: number; committed?: number; sent?: number } = {}): void {
    this.watch.published(node, {
      epoch: 1,
      committed: 0,
      sent: 0,
      commits: node === 2,
      ...position,
    });
  }

  append(node: number, ...entries: Entry[]): number {
    const ticket = ++this.#ticket;
    const { opNumber: first } = entries[0]!;
    const replyTo = NOWHERE as never;
    const bytes = entries.map((each) => each.bytes);
    this.watch.asked(node, { type: "append", ticket, first, entries: bytes, replyTo });
    return ticket;
  }

  keep(node: number, ...entries: Entry[]): void {
    const ticket = this.append(node, ...entries);
    this.watch.answered(node, { type: "durable", ticket });
  }

  send(from: number, to: number, message: Record<string, unknown>): void {
    const { type } = message as { type: string };
    const sent = { at: 0, from, to, actor: "volume-0/replica", type, message, isReplay: false };
    this.watch.sent(sent, { epoch: 1, node: from, link: 1, ...message } as unknown as ChainMessage);
  }
}

function complaintsOf(act: (watched: Watched) => void): string[] {
  const watched = new Watched();
  act(watched);
  return watched.complaints.map((text) => text.replace("volume 0: ", ""));
}

Deno.test("ChainWatch has nothing against an update that goes down and is acknowledged", () => {
  const complaints = complaintsOf((watched) => {
    for (const node of [0, 1, 2]) {
      watched.keep(node, FIRST);
      if (node < 2) watched.send(node, node + 1, { type: "update", committed: 0, entry: FIRST });
    }
    watched.send(2, 1, { type: "ack", committed: 1, received: 1 });
    watched.watch.executes(1, 1);
  });
  assertEquals(complaints, []);
});

Deno.test("ChainWatch complains of what is forwarded or acknowledged before it is durable", () => {
  const complaints = complaintsOf((watched) => {
    watched.append(0, FIRST);
    watched.send(0, 1, { type: "update", committed: 0, entry: FIRST });
    watched.append(1, FIRST);
    watched.send(1, 0, { type: "ack", committed: 0, received: 1 });
  });
  assertEquals(complaints, [
    "replica 0 forwards 1, which is not durable there",
    "replica 1 acknowledges 1, which is not durable there",
  ]);
});

Deno.test("ChainWatch complains of a successor with more, or something else, than its predecessor", () => {
  const complaints = complaintsOf((watched) => {
    watched.keep(0, FIRST);
    watched.keep(1, FIRST);
    watched.keep(2, FIRST, SECOND);
    watched.keep(0, SECOND);
    watched.keep(1, OTHER);
  });
  assertEquals(complaints, [
    "epoch 1: replica 2 has entry 2, and its predecessor 1 has none after 1",
    "epoch 1: 0 and 1 have different entries 2",
  ]);
});

Deno.test("ChainWatch complains of what is taken to be committed and is not at the last member", () => {
  const complaints = complaintsOf((watched) => {
    watched.keep(0, FIRST);
    watched.keep(1, FIRST);
    watched.append(2, FIRST);
    watched.send(0, 1, { type: "tip", opNumber: 1, committed: 1 });
    watched.watch.executes(1, 1);
  });
  assertEquals(complaints, [
    "replica 0 takes 1 to be committed, which it is not",
    "replica 1 executes 1, which the last member does not hold",
  ]);
});

Deno.test("ChainWatch complains of what one commits who was the last member, without the new one", () => {
  const complaints = complaintsOf((watched) => {
    for (const node of [0, 1, 2]) watched.keep(node, FIRST);
    decide(watched.decided, volume(2, [0, 1, 2], 3), volume(3, [0, 1, 2, 3]));
    watched.watch.executes(2, 1);
    watched.keep(3, FIRST);
    watched.watch.executes(2, 1);
  });
  assertEquals(complaints, ["replica 2 executes 1, which the last member does not hold"]);
});

Deno.test("ChainWatch complains of epochs that go back, are nobody's, or put others between two", () => {
  const complaints = complaintsOf((watched) => {
    watched.send(0, 2, { type: "tip", opNumber: 0, committed: 0 });
    watched.send(0, 1, { type: "tip", epoch: 7, opNumber: 0, committed: 0 });
    decide(watched.decided, volume(2, [0, 2]));
    watched.send(1, 0, { type: "outdated", epoch: 2 });
    watched.send(1, 0, { type: "outdated" });
    watched.stands(2, { epoch: 2 });
    watched.stands(2);
  });
  assertEquals(complaints, [
    "tip between 0 and 2, who are no neighbours in epoch 1",
    "replica 0 speaks in epoch 7, which nobody has decided",
    "replica 1 speaks in epoch 1 after 2",
    "replica 2 goes back from epoch 2 to 1",
  ]);
});

Deno.test("ChainWatch complains of a last member that keeps an entry back", () => {
  assertEquals(complaintsOf((watched) => watched.stands(2, { sent: 1 })), [
    "replica 2 is the last member, and has not committed 1 entries",
  ]);
});

Deno.test("ChainWatch complains of reads and versions of who was expelled", () => {
  const complaints = complaintsOf((watched) => {
    watched.watch.answersRead(2);
    watched.send(2, 1, { type: "version", ticket: 1, opNumber: 0 });
    decide(watched.decided, volume(2, [0, 1]));
    watched.watch.answersRead(2);
    watched.send(2, 1, { type: "version", ticket: 2, opNumber: 0 });
  });
  assertEquals(complaints, [
    "node 2 answers a read, though it is no member any more",
    "replica 2 gives a version in epoch 1, and is not the last member",
  ]);
});

Deno.test("ChainWatch complains of a version that lacks what is committed", () => {
  const complaints = complaintsOf((watched) => {
    for (const node of [0, 1, 2]) watched.keep(node, FIRST);
    watched.send(2, 1, { type: "ack", committed: 1, received: 1 });
    watched.send(2, 1, { type: "version", ticket: 1, opNumber: 0 });
  });
  assertEquals(complaints, ["replica 2 gives version 0, though 1 is committed"]);
});

Deno.test("LeaseWatch complains of who is expelled while it has a lease", () => {
  const expelled = (holder: LeaseHolder | undefined, leaving: number | null = null): string[] => {
    const complaints: string[] = [];
    const watch = new LeaseWatch({
      holder: () => holder,
      fail: (what) => complaints.push(what),
    });
    for (const each of [{ ...volume(1, [0, 1]), leaving }, volume(2, [0])]) {
      watch.decided({ version: each.epoch, formed: true, nodes: [], volumes: [each] });
    }
    return complaints;
  };
  const holder = { birth: 1, leaseUntil: 110, time: 100 };
  assertEquals(expelled(holder), [
    "volume 0: node 1 is expelled while it has a lease, for 10.0 ms more",
  ]);
  assertEquals(expelled({ ...holder, time: 110 }), []);
  assertEquals(expelled({ ...holder, leaseUntil: null }), []);
  // It has stopped; it has another disk; it is not there.
  assertEquals([expelled(holder, 1), expelled({ ...holder, birth: 2 }), expelled(undefined)], [
    [],
    [],
    [],
  ]);
});

Deno.test("Decided.take() takes steps, and complains of leaps and of two configurations of an epoch", () => {
  const steps = [volume(1, [0, 1]), volume(2, [0, 1], 2), volume(3, [0, 1, 2]), volume(4, [1, 2])];
  assertEquals(decide(new Decided(1), ...steps), [undefined, undefined, undefined, undefined]);
  const wrong = [
    [volume(1, [0, 1]), volume(2, [0, 1, 2])],
    [volume(1, [0, 1]), volume(2, [1, 0])],
    [volume(1, [0, 1]), volume(2, [])],
    [volume(1, [0, 1]), volume(1, [1])],
    [volume(2, [0, 1]), volume(1, [1])],
  ];
  assertEquals(wrong.map((volumes) => decide(new Decided(1), ...volumes)[1]), [
    "volume 0, epoch 2: member 2 was neither a member nor joining, or not there",
    "volume 0, epoch 2: member 0 was neither a member nor joining, or not there",
    "volume 0, epoch 2 has no members, and there were some before",
    "volume 0, epoch 1 has two configurations",
    "volume 0, epoch 1 comes after epoch 2",
  ]);
});

Deno.test("VolumeAccount leaves of every volume a member at work that holds everything", () => {
  const decided = new Decided(1);
  const atWork = new Set([0, 1, 2]);
  const account = new VolumeAccount({
    decided,
    nodeCount: 3,
    volumes: 1,
    isAtWork: (node) => atWork.has(node),
  });
  decide(decided, volume(1, [0, 1]));
  assertEquals([account.mayHarm(0, 0), account.mayWipe(0)], [true, true]);
  account.harmed(0, 0, 3);
  assertEquals([account.whole(0), account.mayHarm(1, 0), account.lost], [[1], false, []]);
  account.normal(0, 0, 3);
  assertEquals(account.whole(0), [1], "the same process does not know");
  account.normal(0, 0, 4);
  assertEquals(account.whole(0), [0, 1]);
  atWork.delete(1);
  assertEquals(account.mayHarm(0, 0), false, "who is not there may be expelled");
  account.harmed(0, 0, 4);
  account.harmed(1, 0, 1);
  assertEquals(account.lost, [0]);
});
