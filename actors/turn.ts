import type {
  ActorFactory,
  Cancel,
  Context,
  LogLevel,
  Operation,
  Outcome,
  SpawnOptions,
} from "./actor.ts";
import { Cell } from "./cell.ts";
import type { Environment } from "./environment.ts";
import { TroupeError } from "./errors.ts";
import type { EventStream } from "./events.ts";
import type { Ref } from "./ref.ts";

/** What a turn needs of the system that it runs in. */
export interface TurnHost {
  readonly node: number;
  readonly environment: Environment;
  readonly events: EventStream;
  deliver(to: Ref<never>, message: unknown): void;
  wake(cell: Cell): void;
  adopt(cell: Cell): void;
  start(cell: Cell): void;
  stopCell(cell: Cell): void;
  find(ref: Ref<never>): Cell | undefined;
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
  readonly #incarnation: number;
  #targets: Ref<never>[] = [];
  #messages: unknown[] = [];
  #effects: (() => void)[] = [];
  #stops: (() => void)[] = [];
  #spawned = new Set<string>();

  constructor(cell: Cell, host: TurnHost) {
    this.#cell = cell;
    this.#host = host;
    this.#incarnation = cell.incarnation;
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
    this.#targets.push(to as Ref<never>);
    this.#messages.push(message);
  }

  spawn<T>(name: string, factory: ActorFactory<T>, options: SpawnOptions = {}): Ref<T> {
    const parent = this.#cell;
    const path = parent.parent === undefined ? name : `${parent.name}/${name}`;
    if (parent.children.has(path) || this.#spawned.has(path)) {
      throw new TroupeError("name_taken", `Cannot spawn "${path}": the name is taken`);
    }
    const host = this.#host;
    const random = host.environment.random(`actor/${path}`);
    const cell = new Cell(
      path,
      parent,
      factory as ActorFactory<unknown>,
      options,
      host.node,
      random,
    );
    this.#spawned.add(path);
    this.#effects.push(() => {
      host.adopt(cell);
      host.start(cell);
    });
    return { node: host.node, name: path, incarnation: 0 };
  }

  stop(ref: Ref<never>): void {
    this.#stops.push(() => {
      const cell = this.#host.find(ref);
      if (cell !== undefined && (cell === this.#cell || cell.parent === this.#cell)) {
        this.#host.stopCell(cell);
      }
    });
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
      if (target?.state === "running") {
        target.watchers.push({ cell: this.#cell, incarnation: this.#incarnation, message });
      } else {
        this.#post(() => message);
      }
    });
  }

  setTimer(key: string, delayMs: number, message: unknown): void {
    this.#effects.push(() => {
      const timers = this.#cell.timers;
      timers.get(key)?.cancel();
      // A fired timer counts only while it is still the one under its key: replaced or cancelled
      // after it fired, but before it is received, it is withdrawn.
      const timer: { cancel: Cancel } = { cancel: () => {} };
      timer.cancel = this.#host.environment.after(delayMs, () => {
        this.#post(() => {
          if (timers.get(key) !== timer) return undefined;
          timers.delete(key);
          return message;
        });
      });
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
      const done = (outcome: Outcome<T>) => this.#post(() => toMessage(outcome));
      try {
        operation(done);
      } catch (error) {
        done({ ok: false, error: error instanceof Error ? error : new Error(String(error)) });
      }
    });
  }

  stash(message: unknown): void {
    const { stash, mailbox, name } = this.#cell;
    if (stash.length >= mailbox.capacity) {
      throw new TroupeError(
        "stash_full",
        `Cannot stash another message of "${name}": ${stash.length} are stashed`,
      );
    }
    stash.push(message);
  }

  unstash(): void {
    this.#effects.push(() => {
      const stashed = this.#cell.stash;
      this.#cell.stash = [];
      this.#cell.mailbox.putBack(stashed);
      this.#host.wake(this.#cell);
    });
  }

  publish(topic: string, detail: unknown): void {
    this.#effects.push(() => this.#host.events.publish({ type: "published", topic, detail }));
  }

  log(level: LogLevel, text: string): void {
    this.#host.environment.log(level, this.#cell.name, text);
  }

  maybe(label: string): boolean {
    return this.#host.environment.maybe(label);
  }

  /** Does what the turn asked for: everything else first, then the sends, then the stops. */
  release(): void {
    if (this.#effects.length > 0) {
      const effects = this.#effects;
      this.#effects = [];
      this.#spawned.clear();
      for (const effect of effects) effect();
    }
    if (this.#targets.length > 0) {
      const targets = this.#targets;
      const messages = this.#messages;
      this.#targets = [];
      this.#messages = [];
      for (let index = 0; index < targets.length; index++) {
        this.#host.deliver(targets[index]!, messages[index]);
      }
    }
    if (this.#stops.length > 0) {
      const stops = this.#stops;
      this.#stops = [];
      for (const stop of stops) stop();
    }
  }

  /** Posts to this incarnation; nothing happens if it is gone. */
  #post(take: () => unknown): void {
    const cell = this.#cell;
    if (cell.incarnation !== this.#incarnation || cell.state !== "running") return;
    cell.postSystem({ take });
    this.#host.wake(cell);
  }
}
