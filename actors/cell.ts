import type { Actor, ActorFactory, Cancel, SpawnOptions, Supervision } from "./actor.ts";
import { TroupeError } from "./errors.ts";
import { Mailbox } from "./mailbox.ts";
import type { RandomStream } from "./random.ts";
import type { Ref } from "./ref.ts";
import { ACTOR_NAME_BYTES_MAX } from "./schema.ts";
import { type PendingRestart, supervisionPolicy } from "./supervisor.ts";
import type { Turn } from "./turn.ts";

/** Where an actor stands. */
export type CellState = "running" | "restarting" | "stopped";

/** A timer of an actor; replaced by a later one with the same key. */
export interface KeyedTimer {
  readonly cancel: Cancel;
}

/** What makes a cell. */
export interface CellOptions {
  /** The node that it is on. */
  readonly node: number;
  /** Its full name. */
  readonly name: string;
  /** None for the root. */
  readonly parent: Cell | undefined;
  readonly factory: ActorFactory<unknown>;
  readonly options: SpawnOptions;
  /** Makes its random stream when it first draws. */
  readonly newRandom: () => RandomStream;
}

const MAILBOX_CAPACITY_DEFAULT = 4096;
const textEncoder = new TextEncoder();

/** What outlives an actor's incarnations: its name, its place in the tree, its figures. */
export class Cell {
  readonly name: string;
  readonly parent: Cell | undefined;
  readonly factory: ActorFactory<unknown>;
  /** How it supervises its children. */
  readonly supervision: Required<Supervision>;
  /** In the order of their start. */
  readonly children = new Map<string, Cell>();
  readonly #options: SpawnOptions;
  readonly #newRandom: () => RandomStream;
  #random: RandomStream | undefined;

  state: CellState = "restarting";
  incarnation = 0;
  self: Ref<unknown>;
  /** The living incarnation's; `undefined` while there is none. */
  turn: Turn | undefined;
  actor: Actor<unknown> | undefined;
  mailbox: Mailbox<unknown>;
  readonly timers = new Map<string, KeyedTimer>();
  stash: unknown[] = [];
  /** Who waits for the end of this incarnation, and what each is to be told. */
  readonly watchers = new Map<Cell, unknown[]>();
  /** Whose watcher this incarnation is. */
  readonly watching = new Set<Cell>();
  /** Whether it waits in the run queue. */
  queued = false;
  processed = 0;
  restarts = 0;
  /** Whether its last incarnation failed. */
  hasFailed = false;
  /** Questions to this incarnation that are not answered yet. */
  asks = 0;
  /** When children failed, within the window of the supervision. */
  failures: number[] = [];
  /** The restart that it waits for. */
  pendingRestart: PendingRestart | undefined;

  constructor({ node, name, parent, factory, options, newRandom }: CellOptions) {
    this.name = name;
    this.parent = parent;
    this.factory = factory;
    this.supervision = supervisionPolicy(options.supervision);
    this.#options = options;
    this.#newRandom = newRandom;
    this.self = { node, name, incarnation: 0 };
    this.mailbox = this.#newMailbox();
  }

  /** The next number of its random stream, which all its incarnations share. */
  random(): number {
    this.#random ??= this.#newRandom();
    return this.#random();
  }

  /**
   * The full name of a child to be.
   *
   * @throws {TroupeError} `bad_name`, or `name_taken` if a child of that name lives.
   */
  childName(name: string): string {
    const path = this.parent === undefined ? name : `${this.name}/${name}`;
    if (name === "" || /[/$]/.test(name)) {
      throw new TroupeError(
        "bad_name",
        `Cannot spawn "${path}": a name is not empty and has no "/" and no "$"`,
      );
    }
    // No name of this many characters can have more bytes.
    const isSurelyShort = path.length * 3 <= ACTOR_NAME_BYTES_MAX;
    if (!isSurelyShort && textEncoder.encode(path).length > ACTOR_NAME_BYTES_MAX) {
      throw new TroupeError(
        "bad_name",
        `Cannot spawn "${path}": the name has more than ${ACTOR_NAME_BYTES_MAX} bytes`,
      );
    }
    if (this.children.has(path)) {
      throw new TroupeError("name_taken", `Cannot spawn "${path}": the name is taken`);
    }
    return path;
  }

  /** Whether an actor of that name would be a child of this one. */
  isParentOf(name: string): boolean {
    const prefix = this.parent === undefined ? "" : `${this.name}/`;
    return name.startsWith(prefix) && !name.includes("/", prefix.length);
  }

  /** Prepares a new incarnation: nothing of the last one is left. */
  renew(incarnation: number): void {
    if (this.incarnation !== 0) this.mailbox = this.#newMailbox();
    this.incarnation = incarnation;
    this.self = { node: this.self.node, name: this.name, incarnation };
    this.stash = [];
    this.failures = [];
  }

  #newMailbox(): Mailbox<unknown> {
    const { mailboxCapacity = MAILBOX_CAPACITY_DEFAULT, overflow = "reject" } = this.#options;
    return new Mailbox(mailboxCapacity, overflow);
  }
}
