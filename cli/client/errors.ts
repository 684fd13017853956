/**
 * What a client can be told, as errors. Those that a node raises too are shared with it.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";

export { NoSession, Overloaded, Unavailable, UnknownOutcome } from "../../transport/service.ts";

/** The key that was to be read does not exist. */
export class KeyNotFound extends TroupeError {
  /** The key asked for. */
  readonly key: string;

  /** Names the key asked for. */
  constructor(key: string) {
    super("key_not_found", `No such key: ${JSON.stringify(key)}`);
    this.key = key;
  }
}

/** A conditional write whose condition did not hold. Nothing was changed. */
export class PreconditionFailed extends TroupeError {
  /** The key that was to be written. */
  readonly key: string;
  /** The revision that last modified the key, `null` if the key does not exist. */
  readonly revision: number | null;

  /** Names the key and what it is at, `null` if it does not exist. */
  constructor(key: string, revision: number | null) {
    super(
      "precondition_failed",
      revision === null
        ? `The condition on key ${JSON.stringify(key)} does not hold: the key does not exist`
        : `The condition on key ${
          JSON.stringify(key)
        } does not hold: it is at revision ${revision}`,
    );
    this.key = key;
    this.revision = revision;
  }
}

/**
 * A request that the node refused for what it is; repeating it would not help. `code` is the node's
 * own: `bad_request`, `too_large`, `not_a_number`, `number_overflow`, `request_superseded`, ...
 */
export class RequestRefused extends TroupeError {
  /** The HTTP status, 0 if the request was refused before it was sent. */
  readonly status: number;

  /** Takes over the code and the detail of the node; status 0 if nothing was sent. */
  constructor(code: string, status: number, detail: string) {
    super(code, detail);
    this.status = status;
  }
}

/** An answer that is not what the HTTP API promises: the endpoint is hardly a Troupe node. */
export class BadAnswer extends TroupeError {
  /** The base address that gave the answer. */
  readonly endpoint: string;

  /** Names the endpoint and says what is wrong with its answer. */
  constructor(endpoint: string, what: string) {
    super("bad_answer", `Cannot understand the answer of ${endpoint}: ${what}`);
    this.endpoint = endpoint;
  }
}
