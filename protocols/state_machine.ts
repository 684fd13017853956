/** What the log knows about the entry that a command is executed from. */
export interface ApplyContext {
  /** The op-number of the entry; the same at every replica. */
  readonly opNumber: number;
  /**
   * The primary's wall clock when it ordered the entry, in milliseconds since 1970; the same at every
   * replica and never smaller than in an earlier entry. The only clock that a state machine may use
   * (VRR section 4.4).
   */
  readonly time: number;
}

/**
 * A deterministic state machine: what Troupe replicates.
 *
 * Every replica starts from the same state and is given the same commands in the same order, so the
 * same state and the same results follow, provided that nothing else has a say: no clock, no random
 * numbers, no iteration order that depends on anything but the commands.
 *
 * Commands, results and queries are bytes that mean something to the state machine alone. Bytes
 * handed in are valid during the call only: copy what is kept.
 */
export interface StateMachine {
  /**
   * Executes a command and returns its result. Input that makes no sense is a result too: an
   * `apply` that throws crashes every replica alike, and again whenever they come back. A result of
   * more than 7 MiB (`RESULT_BYTES_MAX`) is not kept: the client is told `result_too_large`.
   */
  apply(command: Uint8Array, context: ApplyContext): Uint8Array;
  /**
   * Answers a query without changing anything. Without this method queries are answered by `apply`
   * through the log.
   */
  query?(query: Uint8Array): Uint8Array;
  /**
   * The only object that a command changes; `undefined` if there may be several, or none of a name. No
   * query that {@linkcode StateMachine.queryObject} assigns to another object may tell whether the command
   * was executed. Depends on the bytes alone. Lets a replica answer a query although changes to other
   * objects are on their way, and tells the share of the objects that a command belongs to. Must not
   * throw, whatever the bytes: for those that make no sense it is `undefined`, too.
   */
  commandObject?(command: Uint8Array): string | undefined;
  /**
   * All objects that a command changes of which {@linkcode StateMachine.commandObject} cannot name the only
   * one; `undefined` for other commands, and where nobody can tell. Such a command is refused if the
   * shares of several replicas would be needed for it. Depends on the bytes alone; must not throw.
   */
  commandObjects?(command: Uint8Array): readonly string[] | undefined;
  /**
   * The only object that a query asks about; `undefined` if it is not of one object, or makes no sense.
   * Must not throw.
   */
  queryObject?(query: Uint8Array): string | undefined;
  /**
   * Makes one answer of those of several state machines, each of which has a share of the objects, to a
   * query that is not of one object. Depends on its arguments alone. Without it, such a query is refused
   * where there are several shares.
   */
  mergeResults?(query: Uint8Array, results: readonly Uint8Array[]): Uint8Array;
  /**
   * The whole state, in chunks of at most 256 KiB or so. The chunks are taken over many turns with
   * commands executed in between, and must nevertheless describe the state at the time of the call.
   */
  snapshot(): Iterable<Uint8Array>;
  /** Replaces the whole state by the one that a snapshot's chunks, in their order, describe. */
  restore(chunks: Iterable<Uint8Array>): void;
}
