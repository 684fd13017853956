import type { RandomStream } from "../../actors/random.ts";
import { Broadcasts } from "./broadcasts.ts";
import { choose } from "./choice.ts";
import { eventsOf, memberOf, type SwimMember } from "./events.ts";
import { retransmitLimit } from "./formulas.ts";
import type { LocalHealth } from "./health.ts";
import { type MemberRecord, PIGGYBACK_MAX } from "./messages.ts";
import type { SwimOptions } from "./options.ts";
import { OwnRecord } from "./own_record.ts";
import { isLiving, isSound, overrides } from "./precedence.ts";
import { ProbeOrder } from "./probe_order.ts";
import type { Step } from "./step.ts";
import { Suspicion } from "./suspicion.ts";

interface Member {
  record: MemberRecord;
  /** When it began to be, or no longer to be, among the living. */
  changedAt: number;
  suspicion: Suspicion | undefined;
}

/**
 * Who is known, and how they are: takes the claims of others, holds against them what is known, and has
 * what is new passed on. Of the node itself nobody is believed but the node: what others claim of it, it
 * contradicts.
 */
export class MemberList {
  readonly #options: SwimOptions;
  readonly #step: Step;
  readonly #random: RandomStream;
  readonly #members = new Map<number, Member>();
  readonly #broadcasts = new Broadcasts();
  readonly #probeOrder: ProbeOrder;
  /** The node itself. */
  readonly own: OwnRecord;

  constructor(options: SwimOptions, step: Step, random: RandomStream, health: LocalHealth) {
    this.#options = options;
    this.#step = step;
    this.#random = random;
    this.#probeOrder = new ProbeOrder(random);
    this.own = new OwnRecord(options.node, options.meta, this.#broadcasts, health);
  }

  // What is known

  /** Everyone else that is known, living or not. */
  get others(): SwimMember[] {
    return [...this.#members.values()].map(({ record }) => memberOf(record));
  }

  /** What is known of a member. */
  find(node: number): SwimMember | undefined {
    const member = this.#members.get(node);
    return member && memberOf(member.record);
  }

  /** How many take part, the node itself among them. */
  get livingCount(): number {
    return this.#livingNodes().length + 1;
  }

  /** Members that there is news of. */
  get newsCount(): number {
    return this.#broadcasts.size;
  }

  /** Everything, for an exchange of lists. */
  records(): MemberRecord[] {
    return [this.own.record, ...[...this.#members.values()].map(({ record }) => record)];
  }

  // Whom to speak to

  /** The next one to probe. */
  nextProbed(): SwimMember | undefined {
    // Whoever is dead stays in the order for a while: it is passed over, once a round at the most.
    for (let tries = 2 * this.#members.size; tries > 0; tries--) {
      const node = this.#probeOrder.next();
      if (node !== undefined && this.isLiving(node)) return this.find(node);
    }
    return undefined;
  }

  /** Whether a node takes part, as far as is known. */
  isLiving(node: number): boolean {
    const member = this.#members.get(node);
    return member !== undefined && isLiving(member.record);
  }

  /** So many who can probe another: who are alive beyond doubt, and not that one. */
  chooseHelpers(count: number, target: number): number[] {
    const able = this.#nodesThat(({ record }) =>
      record.state === "alive" && record.node !== target
    );
    return choose(able, count, this.#random);
  }

  /** Some who take part. */
  chooseLiving(count: number): number[] {
    return choose(this.#livingNodes(), count, this.#random);
  }

  /** Some to pass news on to: who take part, or have died not long ago. */
  chooseListeners(count: number): number[] {
    const since = this.#step.now - this.#options.tuning.gossipToDeadMs;
    const listening = this.#nodesThat(({ record, changedAt }) =>
      isLiving(record) || (record.state === "dead" && changedAt >= since)
    );
    return choose(listening, count, this.#random);
  }

  /** Who may be there although they are not known to take part: the dead, and the seeds. */
  lost(): number[] {
    const dead = this.#nodesThat(({ record }) => record.state === "dead");
    const seeds = this.#options.seeds.filter((seed) =>
      seed !== this.#options.node && !this.isLiving(seed) && !dead.includes(seed)
    );
    return [...dead, ...seeds];
  }

  /** News for a member; if it is said not to be alive, that first, for it to contradict. */
  newsFor(node: number): MemberRecord[] {
    return this.#news(this.find(node)?.state === "alive" ? undefined : node);
  }

  /**
   * News for one that is probed, and first what is held of it, whatever that is: a suspect is to contradict
   * at once (Lifeguard IV-C); and if two processes of a node, neither with a memory, have said different
   * things under one incarnation, the living one is to hear of it.
   */
  newsForProbed(node: number): MemberRecord[] {
    return this.#news(node);
  }

  // What the node itself finds

  /** Suspects that incarnation of a member, or confirms that it is suspect. */
  accuse(node: number, incarnation: number): void {
    const member = this.#members.get(node);
    if (member === undefined || !isLiving(member.record)) return;
    this.take({ ...member.record, incarnation, state: "suspect", by: this.#options.node });
  }

  /** A suspect may have had its time. */
  suspicionOver(node: number): void {
    const member = this.#members.get(node);
    if (member?.suspicion === undefined) return;
    const leftMs = member.suspicion.deadline - this.#step.now;
    // Timers may be early, by a little.
    if (leftMs > 1) return this.#step.setTimer({ type: "suspicion", node }, leftMs);
    this.take({ ...member.record, state: "dead", by: this.#options.node });
  }

  /** Gives every suspect its full time anew. */
  restartSuspicions(): void {
    for (const { record, suspicion } of this.#members.values()) {
      suspicion?.restart(this.#step.now);
      if (suspicion !== undefined) this.#await(record.node, suspicion);
    }
  }

  // What others claim

  /** Takes a whole list. Who is dead to others gets the chance to contradict: they may be cut off. */
  takeList(records: readonly MemberRecord[]): void {
    for (const record of records) {
      this.take(record.state === "dead" ? { ...record, state: "suspect" } : record, record.state);
    }
  }

  /** Takes a claim; `said` is what its sender made of it. */
  take(news: MemberRecord, said = news.state): void {
    if (!isSound(news)) return;
    if (news.node === this.#options.node) return this.own.take(news);
    const member = this.#members.get(news.node);
    if (member === undefined) {
      // Nobody is told of those who are gone, or their records would never end.
      if (said === "alive" || said === "suspect") this.#admit(news);
    } else if (overrides(news, member.record)) {
      this.#replace(member, news);
    } else {
      this.#confirm(member, news);
    }
  }

  /** Forgets who has been gone for long. */
  reap(): void {
    const since = this.#step.now - this.#options.tuning.reapMs;
    for (const [node, { record, changedAt }] of this.#members) {
      if (isLiving(record) || changedAt > since) continue;
      this.#members.delete(node);
      this.#probeOrder.remove(node);
      this.#broadcasts.drop(node);
      this.#step.tell({ type: "member-forgotten", member: memberOf(record) });
    }
  }

  #admit(news: MemberRecord): void {
    const record: MemberRecord = { ...news, state: "left" };
    const member = { record, changedAt: this.#step.now, suspicion: undefined };
    this.#members.set(news.node, member);
    this.#probeOrder.add(news.node);
    this.#replace(member, news);
  }

  #replace(member: Member, news: MemberRecord): void {
    const before = member.record;
    // What was received is a view of a whole message.
    member.record = { ...news, meta: news.meta.slice() };
    if (isLiving(before) !== isLiving(news)) member.changedAt = this.#step.now;
    this.#broadcasts.put(member.record);
    this.#judge(member);
    for (const event of eventsOf(before, member.record)) this.#step.tell(event);
  }

  /** Begins the suspicion of a suspect, and ends that of anyone else. */
  #judge(member: Member): void {
    const { node, state, by } = member.record;
    const wasSuspected = member.suspicion !== undefined;
    member.suspicion = undefined;
    if (state === "suspect") {
      const { tuning } = this.#options;
      member.suspicion = new Suspicion(tuning, this.livingCount, by, this.#step.now);
      this.#await(node, member.suspicion);
    } else if (wasSuspected) {
      this.#step.cancelTimer({ type: "suspicion", node });
    }
  }

  #await(node: number, suspicion: Suspicion): void {
    const leftMs = Math.max(0, suspicion.deadline - this.#step.now);
    this.#step.setTimer({ type: "suspicion", node }, leftMs);
  }

  #confirm({ record, suspicion }: Member, news: MemberRecord): void {
    if (suspicion === undefined || news.state !== "suspect") return;
    if (news.incarnation !== record.incarnation || !suspicion.confirm(news.by)) return;
    this.#broadcasts.put({ ...record, by: news.by });
    this.#await(record.node, suspicion);
  }

  #news(about: number | undefined): MemberRecord[] {
    const held = about === undefined ? undefined : this.#members.get(about)?.record;
    const first = held === undefined ? [] : [held];
    const limit = retransmitLimit(this.#options.tuning, this.livingCount);
    return [...first, ...this.#broadcasts.take(PIGGYBACK_MAX - first.length, limit)];
  }

  #livingNodes(): number[] {
    return this.#nodesThat(({ record }) => isLiving(record));
  }

  #nodesThat(condition: (member: Member) => boolean): number[] {
    return [...this.#members.values()].filter(condition).map(({ record }) => record.node);
  }
}
