import type { Ref } from "./ref.ts";

/**
 * One incarnation of an actor.
 *
 * `receive` runs to its end without suspending, so nothing can change between a check and its use.
 * Everything it asks of its {@linkcode Context} is released only if it returns: a turn that throws
 * has sent nothing, and the supervisor decides what happens next.
 */
export interface Actor<M> {
  /** Handles one message. */
  receive(message: M): void;
  /** Called once when this incarnation ends, for whatever reason. May not send. */
  stopped?(): void;
}

/**
 * Makes one incarnation of an actor. Called at spawn and again at every restart; sends and timers
 * asked for here are released when it returns, and an error here is a failure like any other.
 */
export type ActorFactory<M> = (context: Context<M>) => Actor<M>;

/** Cancels, at most once, something that was to happen. */
export type Cancel = () => void;

/** How an operation of the outside world ended. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Error };

/**
 * Something slow (a disk write, say) that reports its end exactly once through `done`, later and
 * never from within the call. A callback and not a promise, so that the simulator can decide when
 * it ends.
 */
export type Operation<T> = (done: (outcome: Outcome<T>) => void) => void;

/** Severity of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** An actor's only door to the outside: clock, randomness, other actors, slow operations. */
export interface Context<M> {
  /** This very incarnation. */
  readonly self: Ref<M>;
  /** The index of the node the actor runs on. */
  readonly node: number;
  /** Monotonic time in milliseconds; only differences mean anything. */
  now(): number;
  /** The node's wall clock, in milliseconds since 1970. It may jump. */
  wallTime(): number;
  /** A number in [0, 1) from the actor's own random stream. */
  random(): number;
  /** Sends a message; at most once, in order, never an error of the sender. */
  send<T>(to: Ref<T>, message: T): void;
  /**
   * Starts a child; it is stopped when this actor ends. The ref names whichever incarnation is alive.
   *
   * @throws {TroupeError} `name_taken` if a child of that name lives; `bad_name` for an empty name, one
   *   with a `/` or `$`, or of more than 128 bytes with the parent's; `bad_option` if an option is out
   *   of range.
   */
  spawn<T>(name: string, factory: ActorFactory<T>, options?: SpawnOptions): Ref<T>;
  /**
   * Stops a child, or the actor itself, after the turn and everything it sent.
   *
   * @throws {TroupeError} `not_a_child` if it is neither.
   */
  stop(ref: Ref<never>): void;
  /**
   * Sends `message` to this actor exactly once when the given incarnation (on this node) ends, at
   * once if it is dead already. For actors of other nodes there are failure detectors.
   *
   * @throws {TroupeError} `not_local` if it is an actor of another node.
   */
  watch(ref: Ref<never>, message: M): void;
  /**
   * Posts `message` to this actor after `delayMs`. A timer of the same key is replaced; one that
   * has already fired but was not yet received is withdrawn. Timers die with the incarnation. A
   * negative delay counts as none.
   *
   * @throws {TroupeError} `bad_delay` if the delay is not a finite number.
   */
  setTimer(key: string, delayMs: number, message: M): void;
  /** Cancels a timer; an unknown key is ignored. */
  cancelTimer(key: string): void;
  /** Starts an operation after the turn; its outcome comes back as a message. */
  perform<T>(operation: Operation<T>, toMessage: (outcome: Outcome<T>) => M): void;
  /**
   * Puts the message aside until {@linkcode Context.unstash}.
   *
   * @throws {TroupeError} `stash_full` beyond the mailbox's capacity; what was put back and not yet
   *   received counts too.
   */
  stash(message: M): void;
  /** Puts everything stashed so far back at the front of the mailbox, in its order. */
  unstash(): void;
  /** Tells the node's observers; see `EventStream`. */
  publish(topic: string, detail: unknown): void;
  /** Writes a log line at once, even if the turn fails later. */
  log(level: LogLevel, text: string): void;
  /** A rare branch, forced on now and then by the simulator; always false in production. */
  maybe(label: string): boolean;
}

/** What happens to a message for a full mailbox. */
export type OverflowPolicy = "reject" | "drop-oldest";

/** What a supervisor does about a failed child. */
export type Directive = "restart" | "stop" | "escalate";

/** How an actor supervises its children. */
export interface Supervision {
  /**
   * Who restarts with a failed child: it alone, all its siblings, or it and those started after it.
   *
   * @default {"one-for-one"}
   */
  readonly strategy?: "one-for-one" | "all-for-one" | "rest-for-one";
  /**
   * Restarts tolerated within `windowMs`; one more and the failure escalates to the parent.
   *
   * @default {3}
   */
  readonly maxRestarts?: number;
  /**
   * The window of `maxRestarts`, in milliseconds.
   *
   * @default {10_000}
   */
  readonly windowMs?: number;
  /**
   * Delay before the first restart, in milliseconds. It doubles with each failure in the window.
   *
   * @default {10}
   */
  readonly backoffMinMs?: number;
  /**
   * The longest delay before a restart, in milliseconds.
   *
   * @default {2_000}
   */
  readonly backoffMaxMs?: number;
  /**
   * The share of the delay that is drawn at random, from 0 (none) to 1 (all of it).
   *
   * @default {0.5}
   */
  readonly jitter?: number;
  /**
   * What to do about an error.
   *
   * @default {() => "restart"}
   */
  readonly decide?: (error: unknown) => Directive;
}

/** How an actor is started. */
export interface SpawnOptions {
  /**
   * Messages the mailbox holds. System messages (timers, notices) have a lane of their own.
   *
   * @default {4096}
   */
  readonly mailboxCapacity?: number;
  /**
   * What happens to a message for a full mailbox: the new one is refused, or the oldest dropped.
   *
   * @default {"reject"}
   */
  readonly overflow?: OverflowPolicy;
  /** How this actor supervises its own children. */
  readonly supervision?: Supervision;
}
