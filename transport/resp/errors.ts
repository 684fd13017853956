/**
 * What goes wrong, as clients of Redis are told: the first word is what programs go by.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import {
  NoActiveReplicas,
  Overloaded,
  ResultTooLarge,
  Unavailable,
  UnknownOutcome,
} from "../service.ts";
import { RespError } from "./reply.ts";

/** A number that is none. */
export function notAnInteger(): RespError {
  return new RespError("ERR value is not an integer or out of range");
}

/** Options that do not go together, or are none. */
export function syntaxError(): RespError {
  return new RespError("ERR syntax error");
}

/** A command, or `client|list`, with too few arguments or too many. */
export function wrongArity(command: string): RespError {
  return new RespError(`ERR wrong number of arguments for '${command}' command`);
}

/** What cannot be stored. */
export function valueTooLong(): RespError {
  return new RespError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
}

/** A key that is longer than the store takes. */
export function keyTooLong(bytes: number, limit: number): RespError {
  return new RespError(`ERR key of ${bytes} bytes exceeds the limit of ${limit}`);
}

/** What needs keys that go away by themselves. */
export function noExpiry(): RespError {
  return new RespError("ERR expiry is not supported: keys are kept until they are deleted");
}

/**
 * What a client is told of an error: `TRYAGAIN` and `CLUSTERDOWN` were certainly not executed, of
 * `UNKNOWN` nobody can say, `ERR` is the request's own fault. Of an error that nobody foresaw, `onDefect`
 * is told, and the client that the outcome is not known.
 */
export function toRespError(error: unknown, onDefect: (error: unknown) => void): RespError {
  if (error instanceof RespError) return error;
  if (error instanceof Overloaded) return new RespError(`TRYAGAIN ${error.message}`);
  if (error instanceof Unavailable || error instanceof NoActiveReplicas) {
    return new RespError(`CLUSTERDOWN ${error.message}`);
  }
  if (error instanceof UnknownOutcome || error instanceof ResultTooLarge) {
    return new RespError(`UNKNOWN ${error.message}`);
  }
  if (error instanceof TroupeError && error.code !== "unexpected_result") {
    return new RespError(`ERR ${error.message}`);
  }
  onDefect(error);
  return new RespError("UNKNOWN The node failed on this command: it may or may not be executed");
}
