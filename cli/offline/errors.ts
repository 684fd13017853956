import { TroupeError } from "../../actors/errors.ts";

/** A bound of the offline log was reached. Nothing was stored. */
export class OfflineLogFull extends TroupeError {
  /** Says which bound. */
  constructor(what: string) {
    super("offline_log_full", `Cannot store any more offline: ${what}. Merge first`);
  }
}

/** A part of the offline log is unreadable: operations that were acknowledged may be missing. */
export class OfflineLogDamaged extends TroupeError {
  /** Says where. */
  constructor(where: string) {
    super(
      "offline_log_damaged",
      `Cannot use the offline log: ${where}, and operations may be missing. ` +
        "Keep a copy of its directory, and start another log",
    );
  }
}

/** The log has dealt with another cluster: what it knows, and its ids, mean nothing to this one. */
export class OtherCluster extends TroupeError {
  /** Names both. */
  constructor(bound: string, found: string) {
    super("offline_other_cluster", `Cannot merge into ${found}: the log belongs to ${bound}`);
  }
}

/** An operation that does not fit what the key is, as far as is known here. Nothing was stored. */
export class DoesNotFit extends TroupeError {
  /** Says what does not fit. */
  constructor(code: "not_a_number" | "number_overflow" | "wrong_operation", message: string) {
    super(code, message);
  }
}
