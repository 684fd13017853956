import type { Operation } from "./operation.ts";

/** What a state is known by. */
export type StateKey = string | number;

/** A part of a state that operations can be told to need or to give; see {@linkcode Tokens}. */
export type Token = string | number | null | symbol;

/** What an operation gives that may leave any token behind. */
export const ANY_TOKEN: unique symbol = Symbol("any token");

/**
 * What the operations of a history are checked against: a sequential specification.
 *
 * States are immutable. Operations hold what was answered, so `step` both executes and checks.
 *
 * Only the first members are needed. The others make the search faster, some of them by orders of
 * magnitude, and must then be right: a wrong one makes wrong verdicts.
 *
 * @typeParam State A state; never `undefined`.
 * @typeParam Op An operation with its arguments and its output.
 */
export interface Model<State, Op extends Operation> {
  /** The state before the history. */
  readonly initial: State;
  /**
   * The state after the operation takes effect, `undefined` if it cannot take effect in this state
   * with the output that was recorded. If its outcome is unknown it has no output, and any would do.
   */
  step(state: State, op: Op): State | undefined;
  /** What tells a state from all others: equal keys mean that no operation tells them apart. */
  key(state: State): StateKey;
  /** The operation in a few words, for people: `put "a"`, `get -> "b"`. */
  describe(op: Op): string;
  /** The state in a few words, for people, as the end of a sentence. */
  describeState(state: State): string;

  /**
   * Which part of the history an operation belongs to, if the parts have nothing to do with each
   * other: a history is linearizable if each of its parts is (Herlihy and Wing, theorem 1).
   */
  partition?(op: Op): string;
  /** Whether the operation changes no state in which it can take effect with its output. */
  isReadOnly?(op: Op): boolean;
  /** Makes the outcomes of some orders known beforehand. */
  readonly tokens?: Tokens<State, Op>;
  /**
   * A name for what the operation does, equal for two of them only if they do the same in every
   * state. `undefined` if applying such operations again and again leads to ever new states.
   */
  repeats?(op: Op): string | undefined;
  /**
   * The same specification for a history of just these operations: it may treat as one what none of
   * them tells apart.
   */
  specialise?(ops: readonly Op[]): Model<State, Op>;
  /**
   * About how many bytes a state takes that is not shared with other states.
   *
   * @default {64}
   */
  bytesOf?(state: State): number;
}

/**
 * Says of every state one thing that operations depend on, such as a register's value.
 *
 * A search that knows that nobody writes a value again, and that someone has yet to read it, need not
 * try what overwrites it.
 */
export interface Tokens<State, Op extends Operation> {
  /** The token of a state. */
  of(state: State): Token;
  /**
   * The only token with which the operation can take effect, if there is one. Of an operation of
   * unknown outcome: the only one with which it would change anything.
   */
  needs(op: Op): Token | undefined;
  /**
   * The token after the operation if it changes the token, {@linkcode ANY_TOKEN} if that cannot be
   * said, `undefined` if it never changes it. One that needs a token and gives another always changes
   * it.
   */
  gives(op: Op): Token | typeof ANY_TOKEN | undefined;
}
