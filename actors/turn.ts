import type {
  ActorFactory,
  Cancel,
  Context,
  LogLevel,
  Operation,
  Outcome,
  SpawnOptions,
} from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Environment } from "./environment.ts";
import { toError, TroupeError } from "./errors.ts";
import type { EventStream } from "./events.ts";
import { NOTHING, type SystemMessage } from "./mailbox.ts";
import { ANY_INCARNATION, formatRef, type Ref } from "./ref.ts";

/** What a turn needs of the system that it runs in. */
export interface TurnHost {
  readonly node: number;
  readonly environment: Environment;
  readonly events: EventStream;
  /** Delivers a message, or makes it a dead letter. */
  deliver(to: Ref<never>, message: unknown): void;
  /** Posts a system message to a running cell. */
  post(cell: Cell, message: SystemMessage<unknown>): void;
  /** Makes a cell that has no place in the tree yet. */
  newCell(
    name: string,
    parent: Cell,
    factory: ActorFactory<unknown>,
    options: SpawnOptions,
  ): Cell;
  /** Gives a cell its place in the tree. */
  adopt(cell: Cell): void;
  start(cell: Cell): void;
  stopCell(cell: Cell): void;
  /** The cell that a ref reaches at this moment. */
  find(ref: Ref<never>): Cell | undefined;
  /** Puts a cell with something to do in the queue. */
  wake(cell: Cell): void;
}

/**
 * One incarnation's context. What its actor asks for is collected while a turn runs and released by
 * {@linkcode Turn.release} when the turn has returned; a turn that throws is simply never released.
 */
export class Turn implements Context<unknown> {
  readonly self: Ref<unknown>;
  readonly node: number;
  readonly #cell: Cell;
  readonly #host: TurnHost;
  /** Index by index: who gets which message. Used again by every turn. */
  readonly #targets: (Ref<never> | undefined)[] = [];
  readonly #messages: unknown[] = [];
  #sends = 0;
  #effects: (() => void)[] = [];
  #stops: Ref<never>[] = [];
  readonly #spawned = new Set<string>();

  constructor(cell: Cell, host: TurnHost) {
    this.#cell = cell;
    this.#host = host;
    this.self = cell.self;
    this.node = host.node;
  }

  now(): number {
    return this.#host.environment.now();
  }

  wallTime(): number {
    return this.#host.environment.wallTime();
  }

  random(): number {
    return this.#cell.random();
  }

  send<T>(to: Ref<T>, message: T): void {
    const index = this.#sends++;
    this.#targets[index] = to as Ref<never>;
    this.#messages[index] = message;
  }

  spawn<T>(name: string, factory: ActorFactory<T>, options: SpawnOptions = {}): Ref<T> {
    const path = this.#cell.childName(name);
    if (this.#spawned.has(path)) {
      throw new TroupeError("name_taken", `Cannot spawn "${path}" twice in a turn`);
    }
    const host = this.#host;
    const cell = host.newCell(path, this.#cell, factory as ActorFactory<unknown>, options);
    this.#spawned.add(path);
    this.#effects.push(() => {
      host.adopt(cell);
      host.start(cell);
    });
    return { node: this.node, name: path, incarnation: ANY_INCARNATION };
  }

  stop(ref: Ref<never>): void {
    const { name } = this.#cell;
    if (ref.node !== this.node || (ref.name !== name && !this.#cell.isParentOf(ref.name))) {
      throw new TroupeError(
        "not_a_child",
        `Cannot stop ${formatRef(ref)}: it is neither "${name}" itself nor a child of it`,
      );
    }
    this.#stops.push(ref);
  }

  watch(ref: Ref<never>, message: unknown): void {
    if (ref.node !== this.node) {
      throw new TroupeError(
        "not_local",
        `Cannot watch an actor of node ${ref.node} from node ${this.node}`,
      );
    }
    this.#effects.push(() => {
      const target = this.#host.find(ref);
      if (target?.state !== "running") return this.#post(() => message);
      const messages = target.watchers.get(this.#cell);
      if (messages === undefined) target.watchers.set(this.#cell, [message]);
      else messages.push(message);
      this.#cell.watching.add(target);
    });
  }

  setTimer(key: string, delayMs: number, message: unknown): void {
    if (!Number.isFinite(delayMs)) {
      throw new TroupeError("bad_delay", `Cannot set the timer "${key}" to ${delayMs} ms`);
    }
    this.#effects.push(() => {
      const { timers } = this.#cell;
      timers.get(key)?.cancel();
      // A fired timer counts only while it is still the one under its key: replaced or cancelled
      // after it fired, but before it is received, it is withdrawn.
      const timer: { cancel: Cancel } = { cancel: () => {} };
      const take = () => {
        if (timers.get(key) !== timer) return NOTHING;
        timers.delete(key);
        return message;
      };
      timer.cancel = this.#host.environment.after(delayMs, () => this.#post(take));
      timers.set(key, timer);
    });
  }

  cancelTimer(key: string): void {
    this.#effects.push(() => {
      this.#cell.timers.get(key)?.cancel();
      this.#cell.timers.delete(key);
    });
  }

  perform<T>(operation: Operation<T>, toMessage: (outcome: Outcome<T>) => unknown): void {
    this.#effects.push(() => {
      let isDone = false;
      const done = (outcome: Outcome<T>) => {
        if (isDone) return;
        isDone = true;
        this.#post(() => toMessage(outcome));
      };
      try {
        operation(done);
      } catch (error) {
        done({ ok: false, error: toError(error) });
      }
    });
  }

  stash(message: unknown): void {
    const { stash, mailbox, name } = this.#cell;
    const stashed = stash.length + mailbox.unstashed;
    if (stashed >= mailbox.capacity) {
      throw new TroupeError(
        "stash_full",
        `Cannot stash another message of "${name}": ${stashed} are stashed`,
      );
    }
    stash.push(message);
  }

  unstash(): void {
    // At once, for both ends are within the incarnation: if the turn throws, all of it is gone.
    this.#cell.mailbox.putBack(this.#cell.stash);
    this.#cell.stash = [];
    this.#host.wake(this.#cell);
  }

  publish(topic: string, detail: unknown): void {
    const event = { type: "published", actor: this.#cell.name, topic, detail } as const;
    this.#effects.push(() => this.#host.events.publish(event));
  }

  log(level: LogLevel, text: string): void {
    this.#host.environment.log(level, this.#cell.name, text);
  }

  maybe(label: string): boolean {
    return this.#host.environment.maybe(label);
  }

  /** Whether there is nothing to release. */
  get isEmpty(): boolean {
    return this.#sends === 0 && this.#effects.length === 0 && this.#stops.length === 0;
  }

  /** Does what the turn asked for: everything else first, then the sends, then the stops. */
  release(): void {
    if (this.#effects.length > 0) this.#releaseEffects();
    if (this.#sends > 0) this.#releaseSends();
    if (this.#stops.length > 0) this.#releaseStops();
  }

  #releaseEffects(): void {
    const effects = this.#effects;
    this.#effects = [];
    this.#spawned.clear();
    for (const effect of effects) {
      // Someone outside, an observer say, may have ended the actor: no effect may outlive it.
      if (!this.#isAlive()) return;
      effect();
    }
  }

  #releaseSends(): void {
    const count = this.#sends;
    this.#sends = 0;
    for (let index = 0; index < count; index++) {
      const to = this.#targets[index]!;
      const message = this.#messages[index];
      this.#targets[index] = undefined;
      this.#messages[index] = undefined;
      this.#host.deliver(to, message);
    }
  }

  #releaseStops(): void {
    const stops = this.#stops;
    this.#stops = [];
    for (const ref of stops) {
      const cell = this.#host.find(ref);
      if (cell !== undefined) this.#host.stopCell(cell);
    }
  }

  #isAlive(): boolean {
    return this.#cell.turn === this;
  }

  /** Posts to this incarnation; nothing happens if it is gone. */
  #post(take: SystemMessage<unknown>["take"]): void {
    if (this.#isAlive()) this.#host.post(this.#cell, { take });
  }
}
