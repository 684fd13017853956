/**
 * Replicas that write, mail, lose, repeat, delay, repair, crash, forget and are replaced at random, each
 * checked against the model after every step. Time is a number.
 */
import { assert, assertEquals } from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { decode, encode } from "../../actors/schema.ts";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import type { GossipData } from "../../protocols/gossip/data.ts";
import { type Dots, type ReplicaId, replicaId } from "../../protocols/gossip/dot.ts";
import { STAMP_ZERO } from "../../protocols/gossip/hybrid_clock.ts";
import { type Delta, deltaSchema } from "../../protocols/gossip/key_state.ts";
import { type Repair, repairSchema } from "../../protocols/gossip/repair.ts";
import { digestOf, readSnapshot, snapshotChunks } from "../../protocols/gossip/snapshot.ts";
import { type Report, reportSchema, StableCut } from "../../protocols/gossip/stable_cut.ts";
import { HybridClock } from "../../protocols/gossip/hybrid_clock.ts";
import { GossipData as Data } from "../../protocols/gossip/data.ts";
import { GossipStore } from "../../protocols/gossip/store.ts";
import type { Operation } from "../../protocols/gossip/strategy.ts";
import { Model, nameOf } from "./model.ts";
import { bytesOf, STRATEGIES } from "./support.ts";

const KEYS = ["lww/a", "lww/b", "siblings/a", "siblings/b", "counter/a", "set/a", "merge/a"];

interface Replica {
  node: number;
  data: GossipData;
  cut: StableCut;
  hybridClock: HybridClock;
  /** The bound of stamps that is durable. */
  boundMs: number;
  /** What a crash leaves: a snapshot, and the own events since. */
  snapshot: Uint8Array[];
  log: Delta[];
  durable: NodeClock;
  members: Set<ReplicaId>;
  closed: Set<ReplicaId>;
  skewMs: number;
}

type Mail =
  | { readonly to: number; readonly from: ReplicaId; readonly delta: Uint8Array }
  | { readonly to: number; readonly from: ReplicaId; readonly repair: Uint8Array }
  | { readonly to: number; readonly from: ReplicaId; readonly report: Uint8Array };

export interface Faults {
  /** Of a hundred messages, how many are lost. */
  readonly lost: number;
  /** Of a thousand steps, how many are crashes. */
  readonly crashes: number;
  /** Of a thousand steps, how many replace a replica by a new life without memory. */
  readonly amnesia: number;
  /** Whether only keys that have tombstones are used. */
  readonly tombstones?: boolean;
}

export class RandomCluster {
  readonly model = new Model();
  readonly replicas: Replica[] = [];
  readonly contexts = new Map<string, Dots[]>();
  readonly #random: RandomStream;
  readonly #faults: Faults;
  #mail: Mail[] = [];
  #now = 1_000_000;
  #lives = 0;
  resets = 0;
  collected = 0;
  pruned = 0;

  constructor(seed: number, count: number, faults: Faults) {
    this.#random = randomStream(seed, "gossip");
    this.#faults = faults;
    for (let node = 0; node < count; node++) this.replicas.push(this.#newLife(node));
    const ids = this.replicas.map(({ data }) => data.store.self);
    for (const replica of this.replicas) ids.forEach((id) => replica.members.add(id));
  }

  #below(count: number): number {
    return randomInteger(this.#random, count);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  #newLife(node: number): Replica {
    const store = new GossipStore(replicaId(node, ++this.#lives));
    const hybridClock = new HybridClock(0, STAMP_ZERO, { leaseMs: 200, maxDriftMs: 1e6 });
    return {
      node,
      data: new Data(store, STRATEGIES, hybridClock),
      cut: new StableCut(),
      hybridClock,
      boundMs: 0,
      snapshot: [...snapshotChunks(store.freeze())],
      log: [],
      durable: new NodeClock(),
      members: new Set([store.self]),
      closed: new Set(),
      skewMs: this.#below(100),
    };
  }

  #time(replica: Replica): number {
    const now = this.#now + replica.skewMs;
    const wanted = replica.hybridClock.leaseWanted(now);
    if (wanted !== undefined) {
      replica.boundMs = wanted;
      replica.hybridClock.leaseGranted(wanted);
    }
    return now;
  }

  step(): void {
    this.#now += this.#below(4);
    const dice = this.#below(1000);
    const { crashes, amnesia } = this.#faults;
    if (dice < crashes) this.#crash(this.#below(this.replicas.length));
    else if (dice < crashes + amnesia) this.#forget(this.#below(this.replicas.length));
    else if (dice < 220) this.#operate(this.#pick(this.replicas));
    else if (dice < 640) this.#deliver();
    else if (dice < 780) this.#askRepair(this.#pick(this.replicas), this.#pick(this.replicas));
    else if (dice < 870) this.#report(this.#pick(this.replicas));
    else if (dice < 950) this.#clean(this.#pick(this.replicas));
    else if (dice < 980) this.#save(this.#pick(this.replicas));
    else this.#pick(this.replicas).skewMs = this.#below(100);
  }

  #operate(replica: Replica): void {
    const key = this.#pick(this.#faults.tombstones === true ? KEYS.slice(0, 2) : KEYS);
    const { store } = replica.data;
    if (this.#below(3) === 0) this.#remember(key, replica.data.read(key).context);
    const operation = this.#operation(key);
    const known = this.#knows(store.clock.clone());
    const written = replica.data.perform(key, operation, this.#time(replica));
    this.model.record(store.self, key, operation, written.delta, known);
    this.#remember(key, written.context);
    if (written.delta === undefined) return;
    replica.log.push(written.delta);
    this.#broadcast(replica, "delta", encode(deltaSchema, written.delta));
  }

  #remember(key: string, context: Dots): void {
    this.contexts.set(key, [...(this.contexts.get(key) ?? []).slice(-3), context]);
  }

  #operation(key: string): Operation {
    const value = bytesOf(String(this.#below(50)));
    const known = this.contexts.get(key);
    const context = !key.startsWith("lww") && known !== undefined && this.#below(3) > 0
      ? { context: this.#pick(known) }
      : {};
    const deletes = this.#below(this.#faults.tombstones === true ? 2 : 4) === 0;
    if (key.startsWith("counter")) {
      return this.#below(15) === 0
        ? { type: "delete" }
        : { type: "increment", by: BigInt(this.#below(9) - 4) };
    }
    if (key.startsWith("set")) {
      if (this.#below(15) === 0) return { type: "delete" };
      const element = bytesOf(String(this.#below(5)));
      return deletes ? { type: "remove", element } : { type: "add", element };
    }
    return deletes ? { type: "delete", ...context } : { type: "put", value, ...context };
  }

  #knows(clock: NodeClock): (name: string) => boolean {
    const names = new Set([...clock.dots()].map(nameOf));
    return (name) => names.has(name);
  }

  #broadcast(from: Replica, what: "delta" | "report", bytes: Uint8Array): void {
    for (const replica of this.replicas) {
      if (replica !== from) this.#send(from, replica, { [what]: bytes });
    }
  }

  #send(from: Replica, to: Replica, content: Record<string, Uint8Array>): void {
    if (this.#below(100) < this.#faults.lost) return;
    const mail = { to: to.node, from: from.data.store.self, ...content } as Mail;
    this.#mail.push(mail);
    if (this.#below(10) === 0) this.#mail.push(mail);
  }

  #deliver(): void {
    if (this.#mail.length === 0) return;
    const at = this.#below(this.#mail.length);
    const mail = this.#mail[at]!;
    this.#mail[at] = this.#mail.at(-1)!;
    this.#mail.pop();
    const to = this.replicas[mail.to]!;
    // What is closed is not heard; a life that is not known yet says first who it is.
    if (to.closed.has(mail.from) || !to.members.has(mail.from)) return;
    if ("delta" in mail) to.data.receive(decode(deltaSchema, mail.delta), this.#time(to));
    else if ("repair" in mail) this.#takeRepair(to, decode(repairSchema, mail.repair));
    else this.#takeReport(to, decode(reportSchema, mail.report));
  }

  #takeRepair(to: Replica, repair: Repair): void {
    const covers = to.data.store.clock.dominates(repair.missing);
    assertEquals(to.data.applyRepair(repair, this.#time(to)), covers ? 0 : undefined);
  }

  #takeReport(to: Replica, report: Report): void {
    for (const id of report.members) if (!to.closed.has(id)) to.members.add(id);
    for (const id of report.closed) this.#close(to, id);
    to.cut.take(report);
  }

  #close(replica: Replica, id: ReplicaId): void {
    replica.closed.add(id);
    replica.members.delete(id);
  }

  #askRepair(asker: Replica, answerer: Replica): void {
    if (asker === answerer || asker.closed.has(answerer.data.store.self)) return;
    if (!asker.members.has(answerer.data.store.self)) return;
    const budget = this.#below(3) === 0 ? 1 : 400;
    const repair = answerer.data.repairFor(asker.data.store.clock.clone(), budget);
    if (repair === "nothing") return;
    if (repair !== "reset") {
      return this.#send(answerer, asker, { repair: encode(repairSchema, repair) });
    }
    this.resets++;
    const chunks = [...snapshotChunks(answerer.data.store.freeze())];
    asker.data.adopt(readSnapshot(chunks), this.#time(asker));
  }

  #reportOf(replica: Replica): Report {
    const { store } = replica.data;
    const clock = replica.durable.clone();
    clock.join(ownOf(store));
    return {
      replica: store.self,
      clock,
      promised: replica.hybridClock.promise(this.#time(replica)),
      members: [...replica.members],
      closed: [...replica.closed],
    };
  }

  #report(replica: Replica): void {
    const report = this.#reportOf(replica);
    replica.cut.take(report);
    this.#broadcast(replica, "report", encode(reportSchema, report));
  }

  #clean(replica: Replica): void {
    const { store } = replica.data;
    replica.cut.take(this.#reportOf(replica));
    this.pruned += store.prune(replica.cut.stable(store.self));
    if (this.#below(20) === 0) store.trimIndex(5 + this.#below(20));
    const horizon = replica.cut.horizon(store.self, store.clock);
    if (horizon !== undefined) this.collected += store.collect(horizon, 100);
  }

  #save(replica: Replica): void {
    replica.snapshot = [...snapshotChunks(replica.data.store.freeze())];
    replica.durable = replica.data.store.clock.clone();
    replica.log = [];
  }

  /** Loses what is not durable, and goes on under the same id. */
  #crash(node: number): void {
    const replica = this.replicas[node]!;
    const store = new GossipStore(replica.data.store.self);
    store.joinAll(readSnapshot(replica.snapshot));
    for (const delta of replica.log) store.apply(delta);
    assert(store.clock.top(store.self) === replica.data.store.clock.top(store.self));
    const options = { leaseMs: 200, maxDriftMs: 1e6 };
    replica.hybridClock = new HybridClock(replica.boundMs, store.latest, options);
    replica.data = new Data(store, STRATEGIES, replica.hybridClock);
    replica.cut = new StableCut();
  }

  /** Loses everything: a new life, admitted by another member, that closes the old one. */
  #forget(node: number): void {
    const old = this.replicas[node]!.data.store.self;
    const admitter = this.replicas[(node + 1) % this.replicas.length]!;
    if (admitter.closed.has(old)) return;
    // An admitter that others do not know yet could be lost before they do.
    if (this.replicas.some(({ members }) => !members.has(admitter.data.store.self))) return;
    if (this.replicas.some(({ members }) => !members.has(old))) return;
    const replica = this.#newLife(node);
    const { self } = replica.data.store;
    this.#close(admitter, old);
    admitter.members.add(self);
    replica.members = new Set([...admitter.members]);
    replica.closed = new Set(admitter.closed);
    this.#adopt(replica, admitter);
    replica.hybridClock.observe(admitter.hybridClock.promise(this.#time(admitter)));
    this.replicas[node] = replica;
    this.#save(replica);
    this.#save(admitter);
  }

  /** Every replica shows what follows from the events that it knows, and nothing else. */
  check(): void {
    for (const { data } of this.replicas) {
      const known = this.#knows(data.store.clock);
      for (const key of KEYS) {
        assertEquals(data.read(key).reading, this.model.reading(key, known), `${key} differs`);
      }
    }
  }

  /** Repairs until nothing is missing, then cleans up; returns the digests of all. */
  heal(): string[] {
    this.#mail = [];
    for (let round = 0; round < 3; round++) {
      for (const asker of this.replicas) {
        for (const answerer of this.replicas) this.#pullAll(asker, answerer);
      }
    }
    for (const replica of this.replicas) this.#save(replica);
    this.#now += 1_000;
    for (let round = 0; round < 3; round++) {
      for (const from of this.replicas) {
        const report = this.#reportOf(from);
        for (const to of this.replicas) this.#takeReport(to, report);
      }
    }
    for (const replica of this.replicas) this.#clean(replica);
    return this.replicas.map(({ data }) => digestOf(data.store.freeze()));
  }

  #adopt(replica: Replica, from: Replica): void {
    replica.data.adopt(from.data.store.freeze(), this.#time(replica));
  }

  #pullAll(asker: Replica, answerer: Replica): void {
    for (;;) {
      const repair = answerer.data.repairFor(asker.data.store.clock.clone(), 300);
      if (repair === "nothing") return;
      if (repair === "reset") return this.#adopt(asker, answerer);
      assertEquals(asker.data.applyRepair(repair, this.#time(asker)), 0);
    }
  }
}

function ownOf({ clock, self }: GossipStore): NodeClock {
  return NodeClock.fromIntervals(
    [[self, clock.intervals(self)] as const].filter(([, set]) => set.length > 0),
  );
}
