import type { ActorFactory, Supervision } from "../../actors/actor.ts";
import { decode } from "../../actors/schema.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { openEntry, requestsOf } from "../../protocols/entry.ts";
import type { GossipData } from "../../protocols/gossip/data.ts";
import type { ReplicaId } from "../../protocols/gossip/dot.ts";
import type { GossipFigures } from "../../protocols/gossip/figures.ts";
import { spawnGossipNode } from "../../protocols/gossip/gossip_node.ts";
import { journalRecords } from "../../protocols/gossip/journal_records.ts";
import { GOSSIP } from "../../protocols/gossip/names.ts";
import type { Wrap } from "../../protocols/group.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import { journal } from "../../storage/journal.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";
import { RESTARTS_MAX, SimNode } from "../processes.ts";
import type { GossipWorld } from "./gossip_world.ts";
import { CLUSTER } from "./reply_check.ts";
import { wrongState } from "./state_check.ts";
import { simStrategies } from "./strategies.ts";

/** As in production: nothing may be lost inside a node. */
const MAILBOX_CAPACITY = 65_536;
/** Between two looks at a state, in milliseconds. */
const LOOK_MS = 40;

/** What is looked at of a replica. */
export interface LookedAt {
  readonly id: ReplicaId;
  readonly isWhole: boolean;
  readonly data: GossipData;
}

/** A node of a gossip cluster. */
export class GossipNode extends SimNode {
  readonly #world: GossipWorld;
  #replica: LookedAt | undefined;
  /** The replica whose memory was lost. */
  #forgetting: ReplicaId | undefined;
  /** What the journal was asked to keep, until it is durable; by ticket. */
  #asked = new Map<number, readonly Uint8Array[]>();
  #lookedAt = -Infinity;

  constructor(world: GossipWorld, index: number) {
    super(world, index);
    this.#world = world;
  }

  /** What its replica last said of itself. */
  get gossip(): GossipFigures | undefined {
    return this.figures(GOSSIP.replica) as GossipFigures | undefined;
  }

  /** The present replica. */
  get replica(): LookedAt | undefined {
    return this.isUp ? this.#replica : undefined;
  }

  /** Whether it serves clients. */
  get isReady(): boolean {
    return this.gossip?.state === "ready" && this.gossip.stalled === null;
  }

  override get hasDisks(): boolean {
    return !this.#isInMemory;
  }

  override get mayCrash(): boolean {
    return !this.#isInMemory || this.#world.mayHarm(this.index);
  }

  override crashActor(name: string): void {
    const hasMemory = name === GOSSIP.journal || name === GOSSIP.replica;
    if (this.#isInMemory && hasMemory) {
      this.#world.promises.excuse(this.index);
      this.#forgetting = this.replica?.id;
    }
    super.crashActor(name);
  }

  /** Whether its memory is lost, and it is about to find out: it looks as if it still served. */
  get isForgetting(): boolean {
    return this.#forgetting !== undefined && this.replica?.id === this.#forgetting;
  }

  /** Compares what the replica shows with what follows from the events that it has. */
  look(byBytes = false): void {
    const { replica } = this;
    if (replica === undefined || !replica.isWhole) return;
    const { data: { store }, id } = replica;
    const wrong = wrongState(store, this.#world.table, { byBytes });
    if (wrong !== undefined) this.#world.fail(`node ${this.index} ${wrong}`);
    this.#world.promises.require(id, store.clock);
  }

  protected override get supervision(): Supervision {
    return { strategy: "one-for-one", maxRestarts: RESTARTS_MAX };
  }

  protected override spawn(system: ActorSystem): void {
    const { setup, group } = this.#world;
    const { tuning, hybridClock, spread, swim } = setup;
    spawnGossipNode(system, {
      cluster: CLUSTER,
      seeds: this.#world.seeds,
      strategies: simStrategies(),
      journal: (log) => this.#isInMemory ? memoryJournal() : journal(this.disk(log), group.journal),
      mailboxCapacity: MAILBOX_CAPACITY,
      tuning,
      hybridClock,
      coordinator: { spread },
      swim,
      supervision: { maxRestarts: RESTARTS_MAX },
      wrap: this.#wrap,
    });
  }

  readonly #wrap: Wrap =
    <M>(name: string, factory: ActorFactory<M>): ActorFactory<M> => (context) => {
      const actor = factory(context);
      if (name === GOSSIP.replica) this.#replica = actor as unknown as LookedAt;
      return {
        receive: (message) => {
          if (name === GOSSIP.journal) this.#asks(message as JournalRequest);
          if (name === GOSSIP.replica) this.#answered(message as JournalReply);
          actor.receive(message);
        },
        stopped: () => actor.stopped?.(),
      };
    };

  #asks(request: JournalRequest): void {
    if (request.type !== "append") return;
    this.#asked.set(request.ticket, request.entries.flatMap(eventsOf));
  }

  #answered(reply: JournalReply): void {
    if (reply.type === "loaded") return this.#durable(reply.entries.flatMap(eventsOf));
    if (reply.type !== "durable") return;
    this.#durable(this.#asked.get(reply.ticket) ?? []);
    this.#asked.delete(reply.ticket);
  }

  #durable(events: readonly Uint8Array[]): void {
    for (const bytes of events) this.#world.durable(this.index, bytes);
  }

  protected override began(actor: string): void {
    if (actor !== GOSSIP.replica) return;
    this.#asked = new Map();
    this.#world.mail.started(this.index);
  }

  protected override published(actor: string, topic: string): void {
    const { gossip, replica } = this;
    if (actor !== GOSSIP.replica || topic !== "gossip" || gossip === undefined) return;
    const { state, incarnation, members, stalled, keys, tombstones } = gossip;
    this.#world.counted(this.index, new Set(members.map(({ node }) => node)).size);
    // Whoever asked for it, once or again.
    if (state === "leaving" || state === "left") this.#world.promises.excuse(this.index);
    if (replica !== undefined) this.#world.promises.runs(replica.id);
    if (state === "ready" && replica !== undefined) this.#world.promises.serves(replica.id);
    const text = `${state}, incarnation ${incarnation}, ${members.length} members` +
      (stalled === null ? "" : `, stalled: ${stalled}`);
    this.#world.tell({
      type: "stands",
      node: this.index,
      log: undefined,
      standing: {
        status: state,
        view: incarnation,
        isLeading: false,
        text,
        log: `${keys} keys, ${tombstones} tombstones`,
      },
    });
    if (this.#world.clock.now < this.#lookedAt + LOOK_MS) return;
    this.#lookedAt = this.#world.clock.now;
    // Not in the middle of what it does.
    this.#world.clock.after(0, () => this.look());
  }

  protected override mayHarm(): boolean {
    if (!this.#world.mayHarm(this.index)) return false;
    this.#world.promises.harmed(this.index);
    return true;
  }

  protected override dying(): void {
    if (this.#isInMemory) this.#world.promises.excuse(this.index);
  }

  protected override lost(): void {
    this.#world.promises.renewed(this.index);
  }

  get #isInMemory(): boolean {
    return this.#world.group.durability === "memory";
  }
}

/** The events in an entry of the journal. */
function eventsOf(entry: Uint8Array): Uint8Array[] {
  return requestsOf(openEntry(entry)).flatMap((request) =>
    decode(journalRecords, request).flatMap((record) =>
      record.type === "event" ? [record.bytes.slice()] : []
    )
  );
}
