import type { Actor, ActorFactory, Cancel, SpawnOptions, Supervision } from "./actor.ts";
import { Mailbox, type SystemMessage } from "./mailbox.ts";
import type { RandomStream } from "./random.ts";
import type { Ref } from "./ref.ts";

/** Where an actor stands. */
export type CellState = "running" | "restarting" | "stopped";

/** Who waits for the end of an incarnation. */
export interface Watcher {
  readonly cell: Cell;
  readonly incarnation: number;
  readonly message: unknown;
}

/** A timer of an actor; replaced by a later one with the same key. */
export interface KeyedTimer {
  readonly cancel: Cancel;
}

const MAILBOX_CAPACITY_DEFAULT = 4096;

/** What outlives an actor's incarnations: its name, its place in the tree, its figures. */
export class Cell {
  readonly name: string;
  readonly parent: Cell | undefined;
  readonly factory: ActorFactory<unknown>;
  readonly options: SpawnOptions;
  /** In the order of their start. */
  readonly children = new Map<string, Cell>();
  readonly random: RandomStream;

  state: CellState = "restarting";
  incarnation = 0;
  self: Ref<unknown>;
  actor: Actor<unknown> | undefined;
  mailbox: Mailbox<unknown>;
  timers = new Map<string, KeyedTimer>();
  stash: unknown[] = [];
  watchers: Watcher[] = [];
  /** Whether it waits in the run queue. */
  queued = false;
  processed = 0;
  restarts = 0;
  /** When children failed, within the window of the supervision. */
  failures: number[] = [];
  /** Changes when a pending restart of this cell is overtaken by something else. */
  restartToken = 0;

  constructor(
    name: string,
    parent: Cell | undefined,
    factory: ActorFactory<unknown>,
    options: SpawnOptions,
    node: number,
    random: RandomStream,
  ) {
    this.name = name;
    this.parent = parent;
    this.factory = factory;
    this.options = options;
    this.random = random;
    this.self = { node, name, incarnation: 0 };
    this.mailbox = this.#newMailbox();
  }

  /** How it supervises its children. */
  get supervision(): Supervision {
    return this.options.supervision ?? {};
  }

  /** Prepares a new incarnation: nothing of the last one is left. */
  renew(incarnation: number): void {
    this.incarnation = incarnation;
    this.self = { node: this.self.node, name: this.name, incarnation };
    this.mailbox = this.#newMailbox();
    this.timers = new Map();
    this.stash = [];
    this.watchers = [];
    this.failures = [];
  }

  /** Posts something that must reach the given incarnation however full its mailbox is. */
  postSystem(message: SystemMessage<unknown>): void {
    this.mailbox.offerSystem(message);
  }

  #newMailbox(): Mailbox<unknown> {
    const { mailboxCapacity = MAILBOX_CAPACITY_DEFAULT, overflow = "reject" } = this.options;
    return new Mailbox(mailboxCapacity, overflow);
  }
}
