import { TroupeError } from "../../actors/errors.ts";

/** An operation that the strategy of its key does not know. Nothing was changed. */
export class WrongOperation extends TroupeError {
  /** Takes the operation and the strategy of the key. */
  constructor(operation: string, strategy: string) {
    super("wrong_operation", `Cannot ${operation} a key whose strategy is "${strategy}"`);
  }
}

/** A key that has so much that no more is taken. Nothing was changed. */
export class KeyFull extends TroupeError {
  /** Takes the code for programs, what there is too much of, and how much there may be. */
  constructor(code: "too_many_siblings" | "set_full" | "key_too_large", what: string, max: number) {
    super(code, `Cannot add to a key that has ${what}, of which there may be ${max}`);
  }
}

/** A value, an element or a key that is too long. Nothing was changed. */
export class InputTooLarge extends TroupeError {
  /** Takes what is too long, how long it is, and how long it may be, in bytes. */
  constructor(what: string, bytes: number, max: number) {
    super("too_large", `Cannot take a ${what} of ${bytes} bytes, more than ${max}`);
  }
}

/** A counter whose share of one replica would leave 64 bits. Nothing was changed. */
export class CounterOverflow extends TroupeError {
  /** Takes what the share would be. */
  constructor(total: bigint) {
    super("counter_overflow", `Cannot count to ${total}: beyond 64 bits`);
  }
}

/** A merge function of the user's did not make one value of two. Nothing was changed. */
export class MergeFailed extends TroupeError {
  /** Says what it did instead. */
  constructor(what: string) {
    super("merge_failed", `Cannot merge what is concurrent: the merge function ${what}`);
  }
}

/** A stamp so far ahead of the own clock that one of the two clocks must be wrong. */
export class ClockDrift extends TroupeError {
  /** Takes how far ahead it is, and how far it may be. */
  constructor(aheadMs: number, maxDriftMs: number) {
    super("clock_drift", `Stamp is ${aheadMs} ms ahead, more than the ${maxDriftMs} ms allowed`);
  }
}

/** A stamp was asked for before the lease it needs was durable. Retry when it is. */
export class LeaseExhausted extends TroupeError {
  /** Takes the end of the lease, in milliseconds since 1970. */
  constructor(boundMs: number) {
    super("lease_exhausted", `Cannot issue a stamp beyond the durable bound of ${boundMs} ms`);
  }
}

/**
 * Others have seen events of this replica that it does not know: its disk went back in time. It must
 * stop writing, and start again under a new incarnation.
 */
export class ReplicaAmnesia extends TroupeError {
  /** Takes the last own event known here, and the last known elsewhere. */
  constructor(own: number, elsewhere: number) {
    super(
      "replica_amnesia",
      `Replica knows ${own} events of its own, but others have seen number ${elsewhere}`,
    );
  }
}

/** A token that cannot be used. */
export class TokenError extends TroupeError {
  /** Says what is wrong with it. */
  constructor(code: "token_damaged" | "token_foreign" | "token_too_large", what: string) {
    super(code, `Token cannot be used: ${what}`);
  }
}

/** A snapshot of a store that is torn, damaged, or none at all. */
export class GossipSnapshotError extends TroupeError {
  /** Says what is wrong with it. */
  constructor(what: string) {
    super("snapshot_corrupt", `Snapshot of a gossip store is not usable: ${what}`);
  }
}
